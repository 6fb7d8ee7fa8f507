"""The photos of a run: what each is named, and where its artefacts go."""

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from crackwise.errors import SettingsError
from crackwise.inspection.search import Match, search
from crackwise.inspection.shown import shown

_OF_ONE_SIZE = frozenset({".bmp", ".dib", ".tif", ".tiff"})
"""Mostly stored without compression: photos of a camera are equally many bytes."""

_NOT_TEXT = "\ufffd"


@dataclass(frozen=True, slots=True)
class Source:
    """One photo to inspect.

    Parameters
    ----------
    path
        The file.
    name
        Path as shown, relative to what the user named, with ``/``; unique in a run.
    stem
        Where its artefacts lie, without suffix: ``masks/<stem>.png``; unique in a run, also where a file
        system takes small and capital letters as equal.
    root
        The folder, resolved, that ``name`` starts from.
    """

    path: Path
    name: str
    stem: str
    root: Path

    def is_unchanged_since(self, record: Path, file_bytes: int | None, modified_ns: int | None) -> bool:
        """Tell whether a record is of the file as it is: of that size, and of that time or written after it.

        A copy keeps the time of what it is copied from, but hardly its size, unless files of its kind are all
        of one size. A camera's clock may be ahead of the record's. None for a record without one.
        """
        try:
            photo, written_ns = self.path.stat(), record.stat().st_mtime_ns
        except OSError:
            return False
        is_size_enough = modified_ns is None or self.path.suffix.lower() not in _OF_ONE_SIZE
        is_older = is_size_enough and photo.st_mtime_ns <= written_ns
        return (photo.st_mtime_ns == modified_ns or is_older) and file_bytes in {None, photo.st_size}


@dataclass(frozen=True, slots=True)
class Failure:
    """A photo that was not inspected, or a folder that was not searched, and why, in one sentence."""

    photo: str
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """Photos that were found, and sub-folders that could not be searched, by their names as shown.

    ``searched`` are the folders, resolved, that the user named, with all below but for the failures, and
    those below where photos were found, as by a pattern.
    """

    photos: tuple[Source, ...]
    failures: tuple[Failure, ...] = ()
    searched: tuple[Path, ...] = ()


def find_photos(paths: Sequence[str], *, out: Path | None = None) -> Found:
    """Find the photos that files, folders (with their sub-folders) and quoted patterns stand for.

    Hidden files and folders of earlier runs are passed over; a file named twice counts once. A photo of a
    kind that is not read (camera raw, AVIF, JPEG 2000, JPEG XL) is listed, so that the batch says why it was
    not inspected, unless a photo of the same stem lies beside it. Photos of two or more roots get a folder
    for each root, named after it.

    Parameters
    ----------
    paths
        As the user wrote them; ``*``, ``?``, ``[…]`` and ``**`` are patterns.
    out
        The folder of this run; never searched.

    Raises
    ------
    SettingsError
        If something does not exist, nothing is found, or ``out`` or what cannot be searched is a folder that
        was named.
    """
    found: dict[Path, Match] = {}
    for text in paths:
        matches = list(search(text, out))
        if all(match.fault for match in matches):
            faults = [f"{match.relative.as_posix()} {match.fault}" for match in matches]
            why = faults[0] if faults else "expected JPEG, PNG, TIFF, BMP, WebP or HEIC files"
            raise SettingsError(f"no photos found in {text}; {why}")
        for root in {match.root for match in matches}:
            _check_apart(root, out)
        for match in matches:
            found.setdefault(_followed(match.path), match)
    folder_of_root = _folders([match.root.resolve() for match in found.values()])
    named = [(match, _source(match, folder_of_root)) for match in found.values()]
    return Found(
        _with_unique_stems([source for match, source in named if not match.fault]),
        tuple(Failure(source.name, f"{source.name} {match.fault}") for match, source in named if match.fault),
        tuple(sorted(_searched(paths, found.values()))),
    )


def named_as_in(
    sources: Sequence[Source], roots: Sequence[Path], stem_of_photo: Mapping[str, str]
) -> tuple[Source, ...]:
    """Name photos as an earlier run does, so that their artefacts are those of that run.

    Parameters
    ----------
    sources
        As found now, perhaps from another folder.
    roots
        Of the run.
    stem_of_photo
        Of the photos that the run has records of, by name.

    Raises
    ------
    SettingsError
        If a photo lies in none of the roots, unless these are gone and the run has a photo of its name.
    """
    folder_of_root = _folders(roots)
    is_moved = not any(root.exists() for root in roots)
    taken = {stem.casefold() for stem in stem_of_photo.values()}
    named = []
    for source in sources:
        name = _name_below(source.path, folder_of_root)
        if name is None and is_moved and source.name in stem_of_photo:
            name = source.name
        if name is None:
            raise SettingsError(
                f"{source.path} is no photo of the run, which has those of {', '.join(map(str, roots))}; "
                "choose another --out"
            )
        stem = stem_of_photo.get(name) or _free_stem(name, taken)
        taken.add(stem.casefold())
        named.append(Source(source.path, name, stem, source.root))
    return tuple(named)


def gone_from(names: Sequence[str], roots: Sequence[Path]) -> list[str]:
    """List the photos of a run that are no longer below its roots; none where the roots are gone."""
    if not all(root.exists() for root in roots):
        return []
    return [name for name in names if path_in(name, roots) is None and _NOT_TEXT not in name]


def path_in(name: str, roots: Sequence[Path]) -> Path | None:
    """Find the file of a photo of a run below the roots of the run; None where it is gone."""
    photo = PurePosixPath(name)
    places = (
        root / photo.relative_to(folder)
        for root, folder in _folders(roots).items()
        if photo.is_relative_to(folder)
    )
    return next((place for place in places if _may_exist(place)), None)


def is_searched(path: Path, folders: Sequence[Path]) -> bool:
    """Tell whether it is a folder whose files can be listed, and is one of these or lies below them."""
    try:
        next(path.iterdir(), None)
    except OSError:
        return False
    places = (path, path.resolve())  # links lead out of a folder and into it
    return any(place.is_relative_to(folder) for place in places for folder in folders)


def _check_apart(folder: Path, out: Path | None) -> None:
    if out is not None and folder.resolve() == out.resolve():
        raise SettingsError(
            f"--out {out} is the folder of the photos themselves; choose another, such as {out / 'cracks'}"
        )


def _searched(paths: Sequence[str], matches: Iterable[Match]) -> set[Path]:
    named = {Path(text) for text in paths if Path(text).is_dir()}
    below = {match.path.parent for match in matches if match.relative.parts[1:] and not match.fault}
    return {_followed(folder) for folder in named | below}


def _followed(path: Path) -> Path:
    """Follow links; one that leads back to itself stays, so that the batch says so."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # up to Python 3.12 a loop is a RuntimeError
        return path.absolute()


def _may_exist(path: Path) -> bool:
    """Tell whether a file is not gone; in a folder that cannot be searched it is not.

    ``Path.exists`` of newer Pythons says that it is.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _folders(roots: Sequence[Path]) -> dict[Path, str]:
    """Name a folder for each root: none when there is one root, else its name, numbered when names repeat.

    Sorted, so that a rerun which names the roots in another order finds every photo under its name.
    """
    unique = sorted(set(roots))
    if len(unique) == 1:
        return {unique[0]: ""}
    folders: dict[Path, str] = {}
    taken: set[str] = set()
    for root in unique:
        name = _untaken(root.name or "root", taken)
        taken.add(name.casefold())
        folders[root] = name
    return folders


def _untaken(name: str, taken: Collection[str]) -> str:
    """Number a name from -2 upwards until it differs from all taken ones, which are case-folded."""
    candidates = itertools.chain([name], (f"{name}-{count}" for count in itertools.count(2)))
    return next(candidate for candidate in candidates if candidate.casefold() not in taken)


def _name_below(path: Path, folder_of_root: Mapping[Path, str]) -> str | None:
    """Name a photo from the innermost root that it lies in; links may lead there or not."""
    for place in (path.absolute(), path.resolve()):
        for root in sorted(folder_of_root, key=lambda root: len(root.parts), reverse=True):
            if place.is_relative_to(root):
                return shown(str(PurePosixPath(folder_of_root[root], *place.relative_to(root).parts)))
    return None


def _free_stem(name: str, taken: Collection[str]) -> str:
    stem = str(PurePosixPath(name).with_suffix(""))
    return stem if stem.casefold() not in taken else _untaken(name, taken)


def _source(match: Match, folder_of_root: Mapping[Path, str]) -> Source:
    root = match.root.resolve()
    name = shown(str(PurePosixPath(folder_of_root[root], *match.relative.parts)))
    return Source(match.path, name, str(PurePosixPath(name).with_suffix("")), root)


def _with_unique_stems(sources: Sequence[Source]) -> tuple[Source, ...]:
    """Let photos whose stems would be equal keep their extension, and number what is equal even then."""
    while True:
        counts = Counter(source.stem.casefold() for source in sources)
        longer = [
            replace(source, stem=source.name) if counts[source.stem.casefold()] > 1 else source
            for source in sources
        ]
        if longer == list(sources):
            return _numbered(longer)
        sources = longer


def _numbered(sources: Sequence[Source]) -> tuple[Source, ...]:
    taken: set[str] = set()
    numbered = []
    for source in sources:
        numbered.append(replace(source, stem=_untaken(source.stem, taken)))
        taken.add(numbered[-1].stem.casefold())
    return tuple(numbered)
