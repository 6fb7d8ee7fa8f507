"""Recipes as text: found by name or path, changed by key, checked, and written with every key."""

import difflib
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any, TypeAlias, get_args

from pydantic import BaseModel, ValidationError

from crackwise.errors import RecipeError, suggestion
from crackwise.recipe.classifier import ClassifierRecipe
from crackwise.recipe.generator import GeneratorRecipe
from crackwise.recipe.sections import FOLLOWS_EPOCHS, Recipe

AnyRecipe: TypeAlias = Recipe | ClassifierRecipe | GeneratorRecipe

TASKS: dict[str, type[AnyRecipe]] = {
    "segmentation": Recipe,
    "classification": ClassifierRecipe,
    "generation": GeneratorRecipe,
}
"""The form of a recipe by its key ``task``; one without is for segmentation."""

_DEFAULT_TASK = "segmentation"


def shipped_recipes(task: str = "") -> dict[str, Path]:
    """List the recipes that come with the package, by name; all, or those for one task."""
    folder = Path(str(resources.files("crackwise") / "recipes"))
    found = {path.stem: path for path in sorted(folder.glob("*.toml"))}
    return {name: path for name, path in found.items() if task in {"", _task_of(path.read_text("utf-8"))}}


def load_any(name_or_path: str, overrides: tuple[str, ...] = ()) -> AnyRecipe:
    """Read a shipped recipe by name or any TOML file by path, whatever its task.

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
    if not path.is_file() and (path.suffix == ".toml" or path.name != name_or_path):
        raise RecipeError(f"there is no file {path}; check its path")
    if not path.is_file():
        raise RecipeError(
            f"there is no recipe {name_or_path!r}; give a TOML file or one of: {', '.join(shipped)}"
            f"{suggestion(name_or_path, shipped)}"
        )
    return parse_any(read_toml(path), str(path), overrides)


def read_toml(path: Path) -> str:
    """Read the text of a recipe or sweep; the mark that some editors put before it is dropped.

    Raises
    ------
    RecipeError
        If it is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path} is not UTF-8 ({error.reason}); save it as UTF-8") from error


def load_recipe(name_or_path: str, overrides: tuple[str, ...] = ()) -> Recipe:
    """Read a recipe for segmentation; see :func:`load_any`."""
    return _for_segmentation(load_any(name_or_path, overrides), name_or_path)


def parse_any(text: str, where: str, overrides: tuple[str, ...] = ()) -> AnyRecipe:
    """Build a recipe of any task from TOML text; ``where`` names it in messages."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{where} is not valid TOML: {error}; mend the file") from error
    for override in overrides:
        _override(table, override)
    task = table.get("task", _DEFAULT_TASK)
    if task not in TASKS:
        known = f"{', '.join(TASKS)}{suggestion(str(task), TASKS)}"
        raise RecipeError(f"{where}: task is {task!r}; expected one of: {known}")
    try:
        recipe = TASKS[task].model_validate(table)
    except ValidationError as error:
        raise RecipeError(f"{where}: {_first_fault(error, TASKS[task])}") from error
    _refuse_idle(overrides, recipe)
    return recipe


def parse_recipe(text: str, where: str, overrides: tuple[str, ...] = ()) -> Recipe:
    """Build a recipe for segmentation from TOML text; see :func:`parse_any`."""
    return _for_segmentation(parse_any(text, where, overrides), where)


def dump_recipe(recipe: AnyRecipe) -> str:
    """Write a recipe as TOML that :func:`parse_any` reads back to an equal recipe."""
    table = recipe.model_dump(mode="json")
    sources = table["data"].pop("sources")
    lines = [f"{key} = {_toml(value)}" for key, value in table.items() if not isinstance(value, dict)]
    for section in ("data", "model", "train"):
        lines += ["", f"[{section}]", *(f"{key} = {_toml(value)}" for key, value in table[section].items())]
    for source in sources:
        lines += ["", "[[data.sources]]", *(f"{key} = {_toml(value)}" for key, value in source.items())]
    return "\n".join(lines) + "\n"


def _task_of(text: str) -> str:
    return str(tomllib.loads(text).get("task", _DEFAULT_TASK))


def _for_segmentation(recipe: AnyRecipe, where: str) -> Recipe:
    if not isinstance(recipe, Recipe):
        raise RecipeError(f"{where} is a recipe for {recipe.task}; name one for segmentation")
    return recipe


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
    except tomllib.TOMLDecodeError as error:
        if text.lstrip().startswith(("[", "{")):
            fault = str(error).partition(" (at ")[0].lower()  # the place counts what is put before
            raise RecipeError(
                f"override {override!r} is not valid TOML, {fault}; put names in single quotes and the whole "
                "in double ones, which every shell keeps: --set \"data.sources=[{name='walls'}]\""
            ) from error
        table[last] = text


def _refuse_idle(overrides: tuple[str, ...], recipe: AnyRecipe) -> None:
    """Refuse to count steps where epochs decide."""
    idle = {f"train.{key}" for key in FOLLOWS_EPOCHS} if recipe.train.epochs else set()
    own = next((override for override in overrides if override.partition("=")[0].strip() in idle), None)
    if own is not None:
        raise RecipeError(
            f"override {own!r} plays no part while train.epochs is {recipe.train.epochs}; add "
            "--set train.epochs=0 to count steps, or change train.epochs"
        )


def _first_fault(error: ValidationError, form: type[BaseModel]) -> str:
    first, *others = error.errors()
    branches = [first, *(one for one in others if one["loc"][:2] == first["loc"][:2])]
    fault = max(branches, key=lambda one: len(one["loc"]))  # of a union, the branch that fits farthest
    keys = {key for _, key in _known_keys(form)}
    parts = (
        fault["loc"]
        if fault["type"] == "extra_forbidden"
        else [
            part
            for part in fault["loc"]
            if isinstance(part, int) or part in keys  # without names of branches
        ]
    )
    where = ".".join(map(str, parts))
    if fault["type"] != "extra_forbidden":
        return f"{where}: {fault['msg'][:1].lower()}{fault['msg'][1:]}, got {fault['input']!r}"
    near = _nearest_key(fault["loc"], form)
    return f"unknown key {where}" + (f"; did you mean {near}?" if near else "; remove it")


def _nearest_key(place: tuple[int | str, ...], form: type[BaseModel]) -> str:
    """Give the key, with its sections, that is named most like an unknown one; of several in its own section.

    Empty where none is like it.
    """
    *sections, last = map(str, place)
    own = ".".join(section for section in sections if not section.isdigit())
    known = _known_keys(form)
    near = difflib.get_close_matches(last, {key for _, key in known}, n=1)
    found = [section for section, key in known if key in near]
    if own in found:
        return ".".join([*sections, *near])
    return ".".join(filter(None, [*found[:1], *near]))


def _known_keys(form: type[BaseModel], section: str = "") -> list[tuple[str, str]]:
    """List section and name of the keys of a form and of the forms inside it."""
    keys = [(section, name) for name in form.model_fields]
    for name, field in form.model_fields.items():
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                keys += _known_keys(inner, f"{section}.{name}".lstrip("."))
    return keys


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return repr(value)
