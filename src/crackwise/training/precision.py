"""The arithmetic of a training: what its run began with, or what is fastest here."""

from pathlib import Path
from typing import Literal, TypeVar

import torch

from crackwise.errors import RecipeError
from crackwise.recipe import ClassifierRecipe, Recipe, parse_any
from crackwise.training.runfiles import RECIPE_FILE

Trained = TypeVar("Trained", Recipe, ClassifierRecipe)


def settled(recipe: Trained, run: Path) -> Trained:
    """Replace the precision ``auto`` of a recipe, so that a run goes on as it began, on any machine.

    Raises
    ------
    RecipeError
        If it is ``16-mixed`` and there is no GPU: PyTorch would compute in bf16 instead.
    """
    if recipe.train.precision == "16-mixed" and not torch.cuda.is_available():
        raise RecipeError("train.precision is 16-mixed, which needs a GPU, and there is none; take auto")
    if recipe.train.precision != "auto":
        return recipe
    train = recipe.train.model_copy(update={"precision": _begun_with(run) or fastest_precision()})
    return recipe.model_copy(update={"train": train})


def fastest_precision() -> Literal["32-true", "bf16-mixed"]:
    """Give bf16 where the processor that trains has instructions for it, else fp32.

    Without them PyTorch still computes in bf16, and takes several times as long (docs/training.md).
    """
    if torch.cuda.is_available():
        has_bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        can = torch.cpu.get_capabilities()
        has_bf16 = can.get("avx512_bf16", False) or can.get("amx_bf16", False)
    return "bf16-mixed" if has_bf16 else "32-true"


def _begun_with(run: Path) -> str:
    """Give the precision of the run that a folder holds; nothing where there is none."""
    path = run / RECIPE_FILE
    return parse_any(path.read_text(encoding="utf-8"), str(path)).train.precision if path.is_file() else ""
