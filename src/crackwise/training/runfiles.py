"""Names of the files in the run folder of a training; importing them loads nothing."""

from pathlib import Path

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
