"""Which format a file or folder is in, told by names and by the first keys of a file; no photo is opened."""

import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from crackwise.data.dataset import IMAGE_SUFFIXES
from crackwise.data.readers.photofolder import photos_below
from crackwise.data.readers.table import TABLE_FILE
from crackwise.errors import DataError

_LOOKED_AT = 400  # files of a folder; enough to see what it is
_HEAD_BYTES = 4096
_CLASS_FOLDERS = frozenset({"crack", "cracks", "cracked", "positive"})
_LABEL_FOLDERS = frozenset({"labels"})


def recognise(path: Path) -> str:
    """Name the format of a file or folder, one of the keys of ``READERS``.

    Raises
    ------
    DataError
        If it does not exist or is none that is known.
    """
    if not path.exists():
        raise DataError(f"{path} does not exist; check the path")
    rules = FOLDER_RULES if path.is_dir() else FILE_RULES
    for name, applies in rules.items():
        if applies(path):
            return name
    raise DataError(
        f"the format of {path} is not recognised; expected COCO, LabelMe, CVAT, YOLO, masks, CrackForest, "
        "a table or photos: name it with --format"
    )


def _holds(suffix: str) -> Callable[[Path], bool]:
    return lambda path: any(file.suffix.lower() == suffix for file in _files(path))


def _is_table(path: Path) -> bool:
    return path.suffix.lower() in {".csv", ".tsv"}


def _is_coco_file(path: Path) -> bool:
    """Tell COCO from LabelMe: by the keys of the whole file, or by its beginning where it is damaged."""
    if path.suffix.lower() != ".json":
        return False
    try:
        content = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return b'"shapes"' not in _head(path)
    return not isinstance(content, dict) or "annotations" in content or "shapes" not in content


def _has_table(path: Path) -> bool:
    return (path / TABLE_FILE).is_file()


def _is_run(path: Path) -> bool:
    return (path / "run.json").is_file() and (path / "json").is_dir()


def _is_canonical(path: Path) -> bool:
    images, masks = path / "images", path / "masks"
    if not images.is_dir() or (_has_deeper_photos(images) and not _has_own_tables(path)):
        return False
    if _has_table(path):
        return True
    if not masks.is_dir():
        return False
    stems = {file.stem for file in masks.glob("*.png")}
    photos = [file for file in _files(images) if file.suffix.lower() in IMAGE_SUFFIXES]
    return bool(photos) and sum(photo.stem in stems for photo in photos) * 2 > len(photos)


def _has_deeper_photos(images: Path) -> bool:
    return any(path.parent != images for _, path in photos_below(images))


def _has_own_tables(path: Path) -> bool:
    return any((path / name).is_file() for name in ("groups.csv", "split.csv"))


def _is_yolo(path: Path) -> bool:
    labels = (folder for folder in _folders(path) if folder.name.lower() in _LABEL_FOLDERS)
    return any(file.suffix == ".txt" for folder in labels for file in _files(folder))


def _is_coco(path: Path) -> bool:
    return any(_is_coco_file(file) for file in _files(path) if file.suffix.lower() == ".json")


def _has_masks(path: Path) -> bool:
    names = {folder.name.lower() for folder in _folders(path)}
    return bool(names & {"masks", "mask", "labels", "annotations", "gt", "groundtruth", "ground_truth"})


def _has_classes(path: Path) -> bool:
    return path.is_dir() and any(folder.name.lower() in _CLASS_FOLDERS for folder in _folders(path))


def _has_photos(path: Path) -> bool:
    return any(file.suffix.lower() in IMAGE_SUFFIXES for file in _files(path))


FILE_RULES: dict[str, Callable[[Path], bool]] = {
    "coco": _is_coco_file,
    "labelme": lambda path: path.suffix.lower() == ".json",  # what is not COCO
    "cvat": lambda path: path.suffix.lower() == ".xml",
    "crackforest": lambda path: path.suffix.lower() == ".mat",
    "table": _is_table,
}
"""Tried in this order."""

FOLDER_RULES: dict[str, Callable[[Path], bool]] = {
    "inspection": _is_run,
    "canonical": _is_canonical,
    "crackforest": _holds(".mat"),
    "cvat": _holds(".xml"),
    "coco": _is_coco,
    "yolo": _is_yolo,
    "labelme": _holds(".json"),
    "masks": _has_masks,
    "table": _has_table,
    "classfolders": _has_classes,
    "photos": _has_photos,
}
"""Tried in this order; alpha-channel masks look like photos and are named by the user."""


def _files(folder: Path) -> Iterator[Path]:
    """Give some files of a folder and below, those nearest to it first."""
    for pattern in ("*", "*/*", "*/*/*"):
        files = (file for file in sorted(folder.glob(pattern)) if file.is_file())
        yield from islice(files, _LOOKED_AT)


def _folders(folder: Path) -> Iterator[Path]:
    for pattern in ("*", "*/*"):
        yield from (each for each in sorted(folder.glob(pattern)) if each.is_dir())


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError:
        return b""
