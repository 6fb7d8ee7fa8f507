"""Names of the files in the run folder of a training, and the last of them; importing loads nothing."""

import json
from pathlib import Path
from typing import Any

from crackwise.errors import DataError

RECIPE_FILE = "recipe.toml"
ENVIRONMENT_FILE = "environment.json"
START_FILE = "start.json"
"""The card of the model file that the training started from."""
SPLIT_FILE = "split.csv"
LABELLED_FILE = "labelled.csv"
"""The mask of each photo by its hash, or what is said of it as a whole."""
LEARNT_FILE = "learnt.csv"
"""The photos that a generator learns from."""
BEST_FILE = "best.ckpt"
LAST_FILE = "last.ckpt"
SCORES_FILE = "scores.json"
MODEL_FILE = "model.onnx"
GENERATOR_FILE = "generator.ckpt"
RESULT_FILE = "result.json"
"""Written last of all: where it is, the training is done."""


def next_log(run: Path) -> str:
    """Name a fresh log folder, as the logger empties one that exists: ``log-1``, after a resume ``log-2``."""
    return f"log-{len(list(run.glob('log-*'))) + 1}"


def read_result(run: Path) -> dict[str, Any]:
    """Read what a finished training says of itself.

    Raises
    ------
    DataError
        If it is not finished, or the file cannot be read.
    """
    path = run / RESULT_FILE
    if not path.is_file():
        raise DataError(
            f"{run} is not finished: it has no {RESULT_FILE}; go on with crackwise train … --out {run} "
            "--resume"
        )
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is damaged: {error}; train again into another folder") from error
    if not isinstance(result, dict):
        raise DataError(f"{path} is damaged: expected keys and values; train again into another folder")
    return result


def number_in(result: dict[str, Any], name: str, run: Path) -> float:
    """Give a number of a result.

    Raises
    ------
    DataError
        If it is missing or none.
    """
    value = result.get(name)
    if not isinstance(value, int | float):
        raise DataError(
            f"{run / RESULT_FILE} is damaged: {name} is {value!r}, expected a number; train again into "
            "another folder"
        )
    return float(value)
