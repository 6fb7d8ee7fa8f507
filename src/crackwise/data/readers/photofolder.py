"""Photos in folders, as readers list them."""

from pathlib import Path

from crackwise.data.dataset import IMAGE_SUFFIXES, files_below
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
