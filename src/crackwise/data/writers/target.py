"""A new folder for a written set: nothing is ever overwritten."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crackwise.errors import OutputError
from crackwise.files import whole_folder


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """Give a temporary folder to fill; it becomes ``out`` when the block ends without an error.

    Raises
    ------
    OutputError
        If ``out`` exists and is not an empty folder, or cannot be written; nothing half-written stays.
    """
    out = out.absolute()
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is a file; choose a new folder")
    if out.is_dir() and any(out.iterdir()):
        raise OutputError(f"{out} is not empty; choose a new folder, nothing is overwritten")
    with whole_folder(out) as folder:
        yield folder
