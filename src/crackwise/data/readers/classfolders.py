"""Folders that say what their photos show, such as ``crack/`` and ``nocrack/``."""

from collections.abc import Iterator
from pathlib import Path

from crackwise.data.finding import Finding
from crackwise.data.labelled import LabelledPhoto, LabelledSet, Verdict
from crackwise.data.readers.draft import set_name
from crackwise.data.readers.options import DEFAULTS, ReadOptions
from crackwise.data.readers.photofolder import folder_of, photos_below
from crackwise.data.readers.splitnames import PARTS
from crackwise.data.readers.verdicts import verdict_of
from crackwise.errors import DataError


def read_classfolders(path: Path, options: ReadOptions = DEFAULTS) -> LabelledSet:
    """Read photos whose folder is their label, also below ``train/``, ``valid/`` and ``test/``.

    Raises
    ------
    DataError
        If no folder is named so, none holds a photo, or one lies in a folder of the other class.
    """
    root = folder_of(path)
    cracks = options.categories.crack
    folders = [(folder, part) for folder, part in _folders(root) if _verdict(folder, cracks) is not None]
    if not folders:
        raise DataError(
            f"{root} has no folder whose name says crack or no crack; expected such as crack/ and nocrack/, "
            "or take its folders in with crackwise data import --category"
        )
    photos = [photo for folder, part in folders for photo in _photos(folder, part, root, cracks)]
    if not photos:
        raise DataError(f"the folders of {root} hold no photo; expected .jpg or .png files in them")
    photos.sort(key=lambda photo: photo.name)
    return LabelledSet(set_name(root, options), tuple(photos), tuple(_findings(root, cracks)))


def _folders(root: Path) -> Iterator[tuple[Path, str]]:
    """List the folders of a set with the part that they belong to."""
    for folder in sorted(each for each in root.iterdir() if each.is_dir() and not each.name.startswith(".")):
        part = PARTS.get(folder.name.casefold(), "")
        if part:
            inner = sorted(each for each in folder.iterdir() if each.is_dir())
            yield from ((each, part) for each in inner)
        else:
            yield folder, ""


def _verdict(folder: Path, cracks: tuple[str, ...]) -> bool | None:
    return verdict_of(folder.name, cracks)


def _photos(folder: Path, part: str, root: Path, cracks: tuple[str, ...]) -> Iterator[LabelledPhoto]:
    label = Verdict(bool(_verdict(folder, cracks)))
    for name, image in photos_below(folder):
        _check_inner(folder, name, label.is_cracked, cracks)
        yield LabelledPhoto(f"{folder.relative_to(root).as_posix()}/{name}", image, label, split=part)


def _check_inner(folder: Path, name: str, is_cracked: bool, cracks: tuple[str, ...]) -> None:
    """Refuse a photo below ``crack/`` in a folder ``nocrack/``, or the other way; numbers only count."""
    for inner in Path(name).parts[:-1]:
        if not cracks and not inner.isdigit() and verdict_of(inner) is (not is_cracked):
            said = "cracked" if is_cracked else "not cracked"
            raise DataError(
                f"{folder} would label all its photos {said}, but holds a folder {inner}/; name {folder} "
                "itself as the set, or list path and label of each photo in a table labels.csv"
            )


def _findings(root: Path, cracks: tuple[str, ...]) -> Iterator[Finding]:
    for folder, _ in _folders(root):
        where = folder.relative_to(root).as_posix()
        if _verdict(folder, cracks) is None:
            message = "is a folder whose name says neither crack nor no crack; it is passed over"
            yield Finding("unknown label", "warning", where, message)
        elif not photos_below(folder):
            yield Finding("empty class", "warning", where, "holds no photo; expected .jpg or .png files")
