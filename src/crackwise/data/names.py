"""Names of photos as annotations give them, which may come from any machine and are never trusted."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from crackwise.errors import DataError

_DRIVE = re.compile(r"^[A-Za-z]:")
_FORBIDDEN = re.compile(r'[<>:"|?*]')  # by Windows
_MOST_CHARACTERS = 240  # of one part of a path, on every common file system
_MOST_BYTES = 200  # of a stem, so that a number and a suffix still fit into 255


def safe_name(text: str) -> str:
    r"""Turn a name into a relative one with ``/`` that cannot leave the folder it is put below.

    Parameters
    ----------
    text
        ``a.jpg``, ``walls/a.jpg``, ``C:\photos\a.jpg``, ``../a.jpg``, ``/home/me/a.jpg``.

    Returns
    -------
    ``a.jpg``, ``walls/a.jpg``; of an absolute path and of one that climbs, only the last part.

    Raises
    ------
    DataError
        If nothing is left of the name, or it holds what no file name can.
    """
    path = PurePosixPath(_DRIVE.sub("/", text.strip()).replace("\\", "/"))
    parts = [part for part in path.parts if part not in {"/", "//", "."}]
    if path.is_absolute() or ".." in parts:
        parts = [part for part in parts if part != ".."][-1:]
    is_usable = parts and all(part.isprintable() and len(part) <= _MOST_CHARACTERS for part in parts)
    if not is_usable:
        raise DataError(f"{text[:80]!r} is no file name; expected one such as photos/001.jpg")
    return "/".join(parts)


def find_photo(name: str, folders: Sequence[Path]) -> Path | None:
    """Find a photo below some folders: by its whole relative name first, then by its last part.

    ``.JPG`` and ``.jpg`` count as equal, as they do where annotations are often made. Links that lead out of
    the folders are not followed.

    Parameters
    ----------
    name
        As :func:`safe_name` gives it.
    folders
        Searched in order, themselves only, not what lies deeper.
    """
    for wanted in dict.fromkeys((name, PurePosixPath(name).name)):
        for folder in folders:
            for path in _spellings(folder / wanted):
                if _is_file(path) and path.resolve().is_relative_to(folder.resolve()):
                    return path
    return None


def flat_stems(names: Iterable[str]) -> tuple[str, ...]:
    """Give each name a stem for one flat folder: ``walls/001.jpg`` becomes ``walls_001``.

    Stems differ also where a file system takes small and capital letters as equal: what would be equal gets
    a number, ``walls_001-2``.
    """
    return unique_names(
        _shortened(str(PurePosixPath(name).with_suffix("")).replace("/", "_"))
        for name in map(safe_name, names)
    )


def tree_stems(names: Iterable[str]) -> tuple[str, ...]:
    """Give each name a stem that keeps its folders: ``walls/001.jpg`` becomes ``walls/001``.

    Stems differ as those of `flat_stems`.
    """
    stems = (PurePosixPath(safe_name(name)).with_suffix("") for name in names)
    return unique_names("/".join(_shortened(part) for part in stem.parts) for stem in stems)


def unique_names(names: Iterable[str]) -> tuple[str, ...]:
    """Number names from -2 upwards where they are equal, small and capital letters taken as equal too."""
    taken: set[str] = set()
    found = []
    for name in names:
        free, number = name, 1
        while free.casefold() in taken:
            number += 1
            free = f"{name}-{number}"
        taken.add(free.casefold())
        found.append(free)
    return tuple(found)


def _spellings(path: Path) -> tuple[Path, ...]:
    suffix = path.suffix
    return (path, path.with_suffix(suffix.lower()), path.with_suffix(suffix.upper())) if suffix else (path,)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that this system cannot hold, such as one of too many bytes
        return False


def _shortened(stem: str) -> str:
    portable = _FORBIDDEN.sub("_", stem).rstrip(". ") or "_"
    return portable.encode("utf-8")[:_MOST_BYTES].decode("utf-8", "ignore")
