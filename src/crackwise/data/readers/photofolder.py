"""Photos in folders, as readers list them."""

import os
from collections.abc import Iterator
from pathlib import Path

from crackwise.data.dataset import IMAGE_SUFFIXES
from crackwise.errors import DataError
from crackwise.photo import HEIC_SUFFIXES

SUFFIXES = IMAGE_SUFFIXES | HEIC_SUFFIXES


def folder_of(path: Path) -> Path:
    """Take a folder, or the folder of a file.

    Raises
    ------
    DataError
        If there is neither.
    """
    if not path.exists():
        raise DataError(f"{path} does not exist; check the path")
    return path if path.is_dir() else path.parent


def photos_below(folder: Path) -> tuple[tuple[str, Path], ...]:
    """List the photos in a folder and its sub-folders with their names below it, sorted.

    Hidden ones are passed over; linked folders are not followed.
    """
    return tuple((path.relative_to(folder).as_posix(), path) for path in files_below(folder, SUFFIXES))


def files_below(folder: Path, suffixes: frozenset[str]) -> Iterator[Path]:
    """List the files of some suffixes in a folder and its sub-folders, sorted, without hidden ones."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in suffixes:
                yield Path(place, name)
