"""Folders appear whole or not at all: filled under a temporary name beside the target, then renamed."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crackwise.errors import OutputError


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Give a temporary folder to fill; it becomes ``out`` when the block ends without an error.

    Raises
    ------
    OutputError
        If ``out`` exists and is not an empty folder, or cannot be written; nothing half-written stays.
    """
    out = out.absolute()
    _check(out)
    temporary = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        temporary.mkdir(parents=True)
        yield temporary
        if out.exists():
            out.rmdir()
        temporary.rename(out)
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"{out} cannot be written: {reason}; free space or choose another --out") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _check(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is a file; choose a new folder")
    if out.is_dir() and any(out.iterdir()):
        raise OutputError(f"{out} is not empty; choose a new folder, nothing is overwritten")
