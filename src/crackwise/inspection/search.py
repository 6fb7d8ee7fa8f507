"""What lies in folders and behind patterns: photos, and folders that cannot be searched."""

import glob
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crackwise.errors import SettingsError
from crackwise.inspection.layout import ARTEFACTS, CLASSIFY_FILE, RUN_FILE, RUN_FOLDERS
from crackwise.photo import HEIC_SUFFIXES, PHOTO_SUFFIXES, UNREAD_SUFFIXES

_READ_SUFFIXES = PHOTO_SUFFIXES | HEIC_SUFFIXES


@dataclass(frozen=True, slots=True)
class Match:
    """A photo, or with its fault a folder that cannot be searched."""

    root: Path
    relative: Path
    fault: str = ""

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.root / self.relative


def search(text: str, out: Path | None) -> Iterator[Match]:
    """Find the photos that a file, a folder or a pattern stands for, but those that a run wrote.

    Parameters
    ----------
    text
        As the user wrote it.
    out
        The folder of this run; never searched.

    Raises
    ------
    SettingsError
        If it does not exist, or is a folder that cannot be searched.
    """
    path = Path(text)
    if not text:
        raise SettingsError("a path is empty; name photos or a folder of them")
    if path.is_dir():
        yield from _inside(path, path, out, frozenset())
    elif path.exists():
        yield Match(path.parent, Path(path.name))
    elif (root := _until_magic(path.parts)) != path:
        yield from _matching(path.relative_to(root), root, out)
    else:
        raise SettingsError(f"{text} does not exist; check the path")


def is_run_folder(folder: Path) -> bool:
    """Tell whether a folder holds the artefacts of a run, which are no photos to inspect."""
    try:
        return (folder / CLASSIFY_FILE).is_file() or (
            (folder / RUN_FILE).is_file() and any((folder / name).is_dir() for name in RUN_FOLDERS)
        )
    except OSError:  # it cannot be searched, which is said where its photos are sought
        return False


def _matching(pattern: Path, root: Path, out: Path | None) -> Iterator[Match]:
    barred: set[Path] = set()
    found = glob.glob(str(pattern), root_dir=root, recursive=True)  # noqa: PTH207 - Path.glob takes hidden files too
    for relative in map(Path, sorted(found)):
        path = root / relative
        folders = [root / parent for parent in relative.parents][:-1]
        if path.parent in barred or not all(_may_hold_photos(each, out) for each in folders):
            continue
        try:
            is_photo = not _is_folder(path) and _is_listed(path)
        except OSError as error:
            barred.add(path.parent)
            yield _barred(root, path.parent, error)
            continue
        if is_photo:
            yield Match(root, relative)


def _until_magic(parts: tuple[str, ...]) -> Path:
    """Give the part of a path before its patterns; a folder that is called so, ``deck [2024]``, is none."""
    root = Path()
    for part in parts:
        if glob.has_magic(part) and not (root / part).is_dir():
            break
        root /= part
    return root


def _inside(folder: Path, root: Path, out: Path | None, above: frozenset[Path]) -> Iterator[Match]:
    """Yield the photos in a folder and below, sorted; linked folders are followed, circles are not."""
    above = above | {folder.resolve()}
    try:
        seen = (entry for entry in sorted(folder.iterdir()) if not entry.name.startswith("."))
        entries = [(entry, _is_folder(entry)) for entry in seen]
    except OSError as error:
        yield _barred(root, folder, error)
        return
    for entry, is_folder in entries:
        if is_folder:
            if _may_hold_photos(entry, out) and entry.resolve() not in above:
                yield from _inside(entry, root, out, above)
        elif _is_listed(entry):
            yield Match(root, entry.relative_to(root))


def _barred(root: Path, folder: Path, error: OSError) -> Match:
    """Name a folder that cannot be searched, unless it is the one that the user named."""
    fault = f"cannot be searched: {error.strerror or error}"
    if folder == root:
        raise SettingsError(f"{folder} {fault}") from error
    return Match(root, folder.relative_to(root), f"{fault}; what is in it is left out")


def _is_folder(path: Path) -> bool:
    """Tell whether it is a folder, or a link to one.

    Raises
    ------
    PermissionError
        If its folder can be listed but not entered.
    """
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError:
        return False
    except OSError:
        path.lstat()  # a link may lead to where nobody may look, which says nothing of its folder
        return False


def _may_hold_photos(folder: Path, out: Path | None) -> bool:
    is_of_run = is_run_folder(folder) or (folder.name in ARTEFACTS and is_run_folder(folder.parent))
    return not is_of_run and (out is None or folder.resolve() != out.resolve())


def _is_listed(path: Path) -> bool:
    suffix = path.suffix.lower()
    if suffix not in UNREAD_SUFFIXES:
        return suffix in _READ_SUFFIXES
    twins = (path.with_suffix(letters) for other in _READ_SUFFIXES for letters in (other, other.upper()))
    return not any(twin.exists() for twin in twins)
