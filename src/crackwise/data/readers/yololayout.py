"""Where a YOLO set keeps photos and labels: as Roboflow or Ultralytics lays them out, or side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from crackwise.data.readers.options import ReadOptions
from crackwise.data.readers.splitnames import PARTS
from crackwise.data.readers.splits import split_of
from crackwise.errors import DataError

_PART_OF_KEY = {"train": "train", "val": "validation", "test": "test"}


@dataclass(frozen=True, slots=True)
class Layout:
    """One part of a set.

    Parameters
    ----------
    photos, labels
        Folders; a label file has the name of its photo, with ``.txt``.
    part
        ``train``, ``validation``, ``test`` or empty.
    is_shared
        True when other photos may lie in the folder too: those without a label file say nothing.
    """

    photos: Path
    labels: Path
    part: str = ""
    is_shared: bool = False


def find_layouts(root: Path, stated: Mapping[str, Sequence[str]], options: ReadOptions) -> tuple[Layout, ...]:
    """Find the parts of a set: where ``data.yaml`` says, else by names of folders; last what is in no part.

    Paths in ``data.yaml`` come from other machines: of ``/home/me/walls/images/train`` the last parts that
    exist below ``root`` count, and nothing outside of it is read.

    Parameters
    ----------
    root
        Folder of the set.
    stated
        Folders of the photos by the keys ``train``, ``val``, ``test``.
    options
        ``photos`` is searched instead where it is given.

    Raises
    ------
    DataError
        If the folder of the photos that the user named does not exist.
    """
    if options.photos is not None:
        if not options.photos.is_dir():
            raise DataError(f"there is no folder {options.photos}; check --photos")
        return tuple(_with_photos_elsewhere(root, options.photos))
    found = _stated(root, stated) or list(_by_names(root))
    rest = root / "images"
    if found:
        return (*found, Layout(rest, root / "labels", is_shared=True)) if rest.is_dir() else tuple(found)
    return (Layout(rest, root / "labels") if rest.is_dir() else Layout(root, root),)


def _stated(root: Path, stated: Mapping[str, Sequence[str]]) -> list[Layout]:
    keys: dict[Path, list[str]] = {}
    for key, folders in stated.items():
        for text in folders:
            folder = _inside(root, text)
            if folder is not None:
                keys.setdefault(folder, []).append(key)
    layouts = []
    for folder, used in keys.items():
        part = split_of(folder.relative_to(root).as_posix()) or (
            _PART_OF_KEY[used[0]] if len(used) == 1 else ""
        )
        layouts.append(Layout(folder, _labels_of(root, folder), part))
    return layouts


def _inside(root: Path, text: str) -> Path | None:
    """Find the folder below the set that a stated path ends in."""
    parts = [part for part in PurePosixPath(text.replace("\\", "/")).parts if part not in {"/", "..", "."}]
    for first in range(len(parts)):
        folder = root.joinpath(*parts[first:])
        if _is_folder(folder) and folder.resolve().is_relative_to(root.resolve()):
            return folder / "images" if (folder / "images").is_dir() else folder
    return None


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name that this system cannot hold
        return False


def _by_names(root: Path) -> Iterator[Layout]:
    for name, part in PARTS.items():
        for folder in (root / name / "images", root / "images" / name):
            if folder.is_dir():
                yield Layout(folder, _labels_of(root, folder), part)


def _labels_of(root: Path, photos: Path) -> Path:
    """Swap the last ``images`` of a path for ``labels``, as Ultralytics does; else they lie together."""
    parts = list(photos.relative_to(root).parts)
    if "images" not in parts:
        return photos
    parts[len(parts) - 1 - parts[::-1].index("images")] = "labels"
    return root.joinpath(*parts)


def _with_photos_elsewhere(root: Path, photos: Path) -> Iterator[Layout]:
    found = {
        name: folder
        for name in PARTS
        for folder in (root / name / "labels", root / "labels" / name)
        if folder.is_dir()
    }
    for name, folder in found.items():
        own = [photos / name / "images", photos / "images" / name, photos / name]
        at = next((place for place in own if place.is_dir()), None)
        yield Layout(at or photos, folder, PARTS[name], is_shared=at is None)
    if not found:
        yield Layout(photos, root / "labels" if (root / "labels").is_dir() else root, is_shared=True)
