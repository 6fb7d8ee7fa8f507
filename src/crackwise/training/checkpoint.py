"""What a checkpoint says about itself, so that it loads again without its run folder and in later releases.

Beside what Lightning writes, a checkpoint holds a table under ``DESCRIPTION``::

    format    1
    crackwise the release that wrote it
    recipe    the recipe as resolved, as TOML text
    step      the training step of its weights

Checkpoints up to release 0.3.0 hold no description, which counts as format 0; their recipe stands in the file
beside them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from crackwise.errors import ModelError, RecipeError
from crackwise.nets.tensorfile import read_tensor_file
from crackwise.recipe import AnyRecipe, ClassifierRecipe, Recipe, dump_recipe, parse_any
from crackwise.training.runfiles import LAST_FILE, RECIPE_FILE

DESCRIPTION = "crackwise"
FORMAT = 1

_FIELDS: dict[str, type] = {"format": int, "crackwise": str, "recipe": str, "step": int}
_PREFIX = "net."  # the network's name inside the Lightning module


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """The recipe of a run, the weights of one of its checkpoints, and the step at which they were reached."""

    recipe: Recipe
    state: dict[str, torch.Tensor]
    step: int


@dataclass(frozen=True, slots=True)
class FinishedClassifier:
    """As :class:`FinishedRun`, of a classifier."""

    recipe: ClassifierRecipe
    state: dict[str, torch.Tensor]
    step: int


def describe(recipe: AnyRecipe, step: int) -> dict[str, dict[str, Any]]:
    """Give what a Lightning checkpoint of this run has to hold besides, by its key."""
    return {
        DESCRIPTION: {
            "format": FORMAT,
            "crackwise": metadata.version("crackwise"),
            "recipe": dump_recipe(recipe),
            "step": step,
        }
    }


def read_checkpoint(path: Path) -> FinishedRun:
    """Read a checkpoint of this or any earlier release, of a segmentation network.

    Raises
    ------
    ModelError
        If the file is missing, damaged, no checkpoint of crackwise, of a newer format or another task, or of
        an earlier release without its recipe beside it.
    """
    recipe, state, step = _read(path)
    if not isinstance(recipe, Recipe):
        raise ModelError(_of_another_task(path, recipe, "segmentation"))
    return FinishedRun(recipe, state, step)


def read_classifier(path: Path) -> FinishedClassifier:
    """Read a checkpoint of a classifier.

    Raises
    ------
    ModelError
        As :func:`read_checkpoint`.
    """
    recipe, state, step = _read(path)
    if not isinstance(recipe, ClassifierRecipe):
        raise ModelError(_of_another_task(path, recipe, "classification"))
    return FinishedClassifier(recipe, state, step)


def kept_step(path: Path) -> int | None:
    """Give the step of a checkpoint of a run of any task; None where there is none, or it is damaged."""
    try:
        content = read_tensor_file(path)
    except ModelError:
        return None
    step = content.get("global_step", content.get("step")) if isinstance(content, dict) else None
    return step if isinstance(step, int) else None


def what_is_kept(run: Path) -> str:
    """Say which step of an unfinished run can be gone on from."""
    step = kept_step(run / LAST_FILE)
    return "nothing is kept yet" if step is None else f"{run / LAST_FILE} keeps step {step:,}"


def _read(path: Path) -> tuple[AnyRecipe, dict[str, torch.Tensor], int]:
    content = read_tensor_file(path)
    state = _state(content)
    if not state:
        raise ModelError(f"{path} is no checkpoint of crackwise train; give best.ckpt or last.ckpt of a run")
    if DESCRIPTION not in content:
        return _recipe_beside(path), state, int(content.get("global_step", 0))
    description = content[DESCRIPTION]
    _check_format(description, path)
    return _recipe_inside(description, path), state, description["step"]


def _of_another_task(path: Path, recipe: AnyRecipe, task: str) -> str:
    return f"{path} is of a training for {recipe.task}; expected one for {task}, choose another run"


def _state(content: Any) -> dict[str, torch.Tensor]:
    """Give the network's tensors by their names in the network; none if this is no such checkpoint."""
    tensors = content.get("state_dict") if isinstance(content, dict) else None
    if not isinstance(tensors, dict):
        return {}
    return {key.removeprefix(_PREFIX): tensors[key] for key in tensors if str(key).startswith(_PREFIX)}


def _check_format(description: Any, path: Path) -> None:
    """Refuse a newer format, of which no more is known than that it says format and release."""
    if not isinstance(description, dict) or not _holds(description, ("format", "crackwise")):
        raise ModelError(f"{path} does not say its checkpoint format; copy it again from its run folder")
    if description["format"] > FORMAT:
        raise ModelError(
            f"{path} has checkpoint format {description['format']} of crackwise {description['crackwise']}; "
            f"this is {metadata.version('crackwise')}, which knows up to {FORMAT}; update crackwise"
        )
    if not _holds(description, _FIELDS):
        raise ModelError(
            f"{path} lacks its recipe or step, which format {FORMAT} has; copy it again from its run folder"
        )


def _holds(description: dict[str, Any], fields: Iterable[str]) -> bool:
    return all(isinstance(description.get(field), _FIELDS[field]) for field in fields)


def _recipe_inside(description: dict[str, Any], path: Path) -> AnyRecipe:
    try:
        return parse_any(description["recipe"], f"the recipe inside {path}")
    except RecipeError as error:
        raise ModelError(
            f"{error}; it was written by crackwise {description['crackwise']} and this is "
            f"{metadata.version('crackwise')}, use the newer of the two"
        ) from error


def _recipe_beside(path: Path) -> AnyRecipe:
    beside = path.with_name(RECIPE_FILE)
    if not beside.is_file():
        raise ModelError(
            f"{path} has no recipe inside, as crackwise up to 0.3.0 wrote it, and there is no {RECIPE_FILE} "
            "beside it; put that of its run folder there"
        )
    return parse_any(beside.read_text(encoding="utf-8"), str(beside))
