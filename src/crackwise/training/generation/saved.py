"""The file of a trained generator: its weights, and all that is needed to build it again.

A table with ``format``, ``crackwise`` (the release that wrote it), ``recipe`` (TOML text), ``step`` and
``generator`` (the weights by name); it loads with ``weights_only``.
"""

from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import torch
from torch import Tensor

from crackwise.errors import ModelError
from crackwise.files import sha256_of, whole_file
from crackwise.nets.tensorfile import read_tensor_file
from crackwise.recipe import GeneratorRecipe, dump_recipe, parse_any
from crackwise.training.runfiles import GENERATOR_FILE

FORMAT = 1

_FIELDS: dict[str, type] = {"format": int, "crackwise": str, "recipe": str, "step": int, "generator": dict}


@dataclass(frozen=True, slots=True)
class SavedGenerator:
    """Recipe and weights of a generator, the step at which they were reached, and the hash of the file."""

    recipe: GeneratorRecipe
    weights: dict[str, Tensor]
    step: int
    sha256: str


def write_generator(path: Path, recipe: GeneratorRecipe, weights: dict[str, Tensor], step: int) -> None:
    """Write a generator, whole or not at all."""
    content = {
        "format": FORMAT,
        "crackwise": metadata.version("crackwise"),
        "recipe": dump_recipe(recipe),
        "step": step,
        "generator": weights,
    }
    with whole_file(path) as temporary:
        torch.save(content, temporary)


def read_generator(path: Path) -> SavedGenerator:
    """Read a generator from its file, or from the run folder that holds it.

    Raises
    ------
    ModelError
        If there is none, it is damaged, or it is of a newer format.
    """
    file = path / GENERATOR_FILE if path.is_dir() else path
    if not file.is_file():
        raise ModelError(
            f"there is no generator {file}; give the run folder of a finished training, or {GENERATOR_FILE}"
        )
    content = read_tensor_file(file)
    if not isinstance(content, dict) or not all(
        isinstance(content.get(name), kind) for name, kind in _FIELDS.items()
    ):
        raise ModelError(f"{file} is no generator of crackwise train; give the {GENERATOR_FILE} of a run")
    if content["format"] > FORMAT:
        raise ModelError(
            f"{file} has format {content['format']} of crackwise {content['crackwise']}; this is "
            f"{metadata.version('crackwise')}, which knows up to {FORMAT}; update crackwise"
        )
    recipe = parse_any(content["recipe"], f"the recipe inside {file}")
    if not isinstance(recipe, GeneratorRecipe):
        raise ModelError(f"{file} holds a recipe for {recipe.task}; expected one for generation")
    return SavedGenerator(recipe, content["generator"], content["step"], sha256_of(file))
