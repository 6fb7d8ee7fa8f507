"""Folders of photos that nobody has labelled."""

from pathlib import Path

from crackwise.data.labelled import LabelledPhoto, LabelledSet, Unlabelled
from crackwise.data.readers.draft import set_name
from crackwise.data.readers.options import DEFAULTS, ReadOptions
from crackwise.data.readers.photofolder import SUFFIXES, folder_of, photos_below
from crackwise.errors import DataError


def read_photos(path: Path, options: ReadOptions = DEFAULTS) -> LabelledSet:
    """List the photos in a folder and its sub-folders, or take one photo.

    Raises
    ------
    DataError
        If there is none.
    """
    root = folder_of(path)
    single = ((path.name, path),) if path.suffix.lower() in SUFFIXES else ()
    found = photos_below(root) if path.is_dir() else single
    if not found:
        raise DataError(f"{path} holds no photo; expected .jpg or .png files")
    photos = tuple(LabelledPhoto(name, image, Unlabelled()) for name, image in found)
    return LabelledSet(set_name(path, options), photos)
