"""Recipes as text: found by name or path, changed by key, checked, and written with every key."""

import difflib
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from crackwise.errors import RecipeError
from crackwise.recipe.sections import DataRecipe, ModelRecipe, Recipe, SourceRecipe, TrainRecipe


def shipped_recipes() -> dict[str, Path]:
    """List the recipes that come with the package, by name."""
    folder = Path(str(resources.files("crackwise") / "recipes"))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def load_recipe(name_or_path: str, overrides: tuple[str, ...] = ()) -> Recipe:
    """Read a shipped recipe by name or any TOML file by path.

    Parameters
    ----------
    name_or_path
        ``crackwise-base`` or ``my/recipe.toml``.
    overrides
        ``key=value`` with dots, such as ``train.steps=400``; the value is TOML, or a string as it stands.

    Raises
    ------
    RecipeError
        If there is no such recipe, or a key or value is not possible.
    """
    shipped = shipped_recipes()
    path = shipped.get(name_or_path, Path(name_or_path))
    if not path.is_file():
        raise RecipeError(
            f"there is no recipe {name_or_path!r}; give a TOML file or one of: {', '.join(shipped)}"
        )
    return parse_recipe(path.read_text(encoding="utf-8"), str(path), overrides)


def parse_recipe(text: str, where: str, overrides: tuple[str, ...] = ()) -> Recipe:
    """Build a recipe from TOML text; ``where`` names it in messages."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{where} is not valid TOML: {error}; mend the file") from error
    for override in overrides:
        _override(table, override)
    try:
        return Recipe.model_validate(table)
    except ValidationError as error:
        raise RecipeError(f"{where}: {_first_fault(error)}") from error


def dump_recipe(recipe: Recipe) -> str:
    """Write a recipe as TOML that :func:`parse_recipe` reads back to an equal recipe."""
    table = recipe.model_dump(mode="json")
    sources = table["data"].pop("sources")
    lines = [f"{key} = {_toml(value)}" for key, value in table.items() if not isinstance(value, dict)]
    for section in ("data", "model", "train"):
        lines += ["", f"[{section}]", *(f"{key} = {_toml(value)}" for key, value in table[section].items())]
    for source in sources:
        lines += ["", "[[data.sources]]", *(f"{key} = {_toml(value)}" for key, value in source.items())]
    return "\n".join(lines) + "\n"


def _override(table: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals:
        raise RecipeError(f"override {override!r} has no value; write key=value, such as train.steps=400")
    *sections, last = key.strip().split(".")
    for section in sections:
        table = table.setdefault(section, {})
        if not isinstance(table, dict):
            raise RecipeError(f"override {override!r}: {section} is not a section; write section.key=value")
    try:
        table[last] = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        table[last] = text


def _first_fault(error: ValidationError) -> str:
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] != "extra_forbidden":
        return f"{where}: {fault['msg'][:1].lower()}{fault['msg'][1:]}, got {fault['input']!r}"
    near = difflib.get_close_matches(str(fault["loc"][-1]), _known_keys(), n=1)
    return f"unknown key {where}" + (f"; did you mean {near[0]}?" if near else "; remove it")


def _known_keys() -> list[str]:
    models = (Recipe, DataRecipe, SourceRecipe, ModelRecipe, TrainRecipe)
    return [key for model in models for key in model.model_fields]


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return repr(value)
