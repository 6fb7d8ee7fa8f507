"""The run folder of a training: where it lies, and what can be read from it."""

from dataclasses import dataclass
from pathlib import Path

from crackwise.errors import DataError
from crackwise.training.checkpoint import FinishedRun, read_checkpoint
from crackwise.training.runfiles import BEST_FILE


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


def read_run(run: Path) -> FinishedRun:
    """Read a run folder.

    Raises
    ------
    DataError
        If the folder holds no finished validation yet.
    """
    checkpoint = run / BEST_FILE
    if not checkpoint.is_file():
        raise DataError(f"{run} holds no {BEST_FILE}; train first, at least up to the first validation")
    return read_checkpoint(checkpoint)
