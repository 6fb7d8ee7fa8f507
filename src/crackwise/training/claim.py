"""Whose run a run folder is: refused to another recipe, described before the first step."""

import json
from pathlib import Path

from crackwise.data.split import Split, write_split
from crackwise.errors import OutputError
from crackwise.files import write_text
from crackwise.recipe import AnyRecipe, dump_recipe, parse_any
from crackwise.training.budget import as_given
from crackwise.training.runfiles import ENVIRONMENT_FILE, RECIPE_FILE, SPLIT_FILE


def check_claim(recipe: AnyRecipe, run: Path) -> None:
    """Refuse a folder that holds a run of another recipe.

    Raises
    ------
    OutputError
        If it does.
    """
    path = run / RECIPE_FILE
    if not path.is_file():
        return
    held = parse_any(path.read_text(encoding="utf-8"), str(path))
    if as_given(held) != as_given(recipe):
        raise OutputError(f"{run} holds a run of another recipe; choose another --out, or delete it")


def describe_run(recipe: AnyRecipe, run: Path, environment: dict[str, str]) -> None:
    """Write the recipe as resolved, and what else the result depends on."""
    write_text(run / RECIPE_FILE, dump_recipe(recipe))
    write_text(run / ENVIRONMENT_FILE, json.dumps(environment, indent=2))


def describe_split(recipe: AnyRecipe, split: Split, run: Path) -> None:
    """Write where each photo went, once."""
    path = run / SPLIT_FILE
    if not path.is_file():
        write_split(split, path, {"command": "crackwise train", "recipe": recipe.name})
