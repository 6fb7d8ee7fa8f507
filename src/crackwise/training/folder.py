"""The run folder of a training: where it lies, and what can be read from it."""

from dataclasses import dataclass
from pathlib import Path

from crackwise.errors import DataError
from crackwise.training.checkpoint import (
    FinishedClassifier,
    FinishedRun,
    read_checkpoint,
    read_classifier,
)
from crackwise.training.runfiles import BEST_FILE, GENERATOR_FILE


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

    @property
    def scenes(self) -> Path:
        """Where drawn scenes lie."""
        return self.drawn or self.run / "drawn"


def read_run(run: Path, checkpoint: str = BEST_FILE) -> FinishedRun:
    """Read a checkpoint of the run folder of a segmentation network.

    Raises
    ------
    DataError
        If it is no folder, or holds no finished validation yet.
    ModelError
        If it is that of another task.
    """
    return read_checkpoint(_checkpoint_of(run, checkpoint))


def read_classifier_run(run: Path) -> FinishedClassifier:
    """Read the run folder of a classifier.

    Raises
    ------
    DataError, ModelError
        As :func:`read_run`.
    """
    return read_classifier(_checkpoint_of(run, BEST_FILE))


def _checkpoint_of(run: Path, name: str) -> Path:
    if run.suffix.lower() == ".onnx":
        raise DataError(f"{run} is a model file and no run folder; give its run folder, or use --model {run}")
    if run.is_file():
        raise DataError(f"{run} is a file; give its run folder, {run.parent}")
    if not run.exists():
        raise DataError(f"there is no run folder {run}; give the --out of a crackwise train")
    if (run / GENERATOR_FILE).is_file():
        raise DataError(f"{run} is the run of a generator; give that of a segmentation network or classifier")
    checkpoint = run / name
    if not checkpoint.is_file():
        raise DataError(f"{run} holds no {name}; train first, at least up to the first validation")
    return checkpoint
