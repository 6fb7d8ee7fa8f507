"""The run folder of a training: where it lies, and what can be read from it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from crackwise.errors import DataError
from crackwise.recipe import Recipe, parse_recipe

RECIPE_FILE = "recipe.toml"
RESULT_FILE = "result.json"
"""Written last of all: where it is, the training is done."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a training reads and writes.

    Parameters
    ----------
    data
        Holds the sources by name.
    run
        The run folder.
    weights
        Holds pre-trained encoder files; None when the recipe names none.
    drawn
        Keeps drawn scenes between runs; None for ``run/drawn``.
    """

    data: Path
    run: Path
    weights: Path | None = None
    drawn: Path | None = None


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """The recipe of a run, the weights of its best checkpoint, and the step at which it was reached."""

    recipe: Recipe
    state: dict[str, torch.Tensor]
    step: int


def read_run(run: Path) -> FinishedRun:
    """Read a run folder.

    Raises
    ------
    DataError
        If the folder holds no finished validation yet.
    """
    checkpoint = run / "best.ckpt"
    if not checkpoint.is_file():
        raise DataError(f"{run} holds no best.ckpt; train first, at least up to the first validation")
    recipe = parse_recipe((run / RECIPE_FILE).read_text(encoding="utf-8"), str(run / RECIPE_FILE))
    content = torch.load(checkpoint, map_location="cpu", weights_only=True)
    return FinishedRun(recipe, state_of(content), int(content["global_step"]))


def state_of(checkpoint: dict[str, Any]) -> dict[str, torch.Tensor]:
    """Take the weights of the network out of a checkpoint."""
    return {key.removeprefix("net."): value for key, value in checkpoint["state_dict"].items()}
