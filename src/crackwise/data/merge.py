"""Several sets as one: the source in every name, groups kept apart, licences listed, duplicates reported."""

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from crackwise.data.duplicates import NamedPhoto, Pair, find_duplicates
from crackwise.data.finding import Finding, Level
from crackwise.data.folder import SetPhoto, read_folders
from crackwise.data.names import safe_name
from crackwise.data.provenance import (
    PROVENANCE,
    SET_FILE,
    is_painted,
    read_provenance,
    read_set_file,
)
from crackwise.data.split.entries import hash_of
from crackwise.data.split.file import COLUMNS, SplitRow
from crackwise.data.stream import OnPhoto
from crackwise.data.table import write_table
from crackwise.errors import DataError, SettingsError
from crackwise.files import new_folder, write_json

_JOINT = "__"
_COPIES = ("same file", "same pixels", "near duplicate")
"""Kinds of pairs of which one photo tells nothing that the other does not."""


@dataclass(frozen=True, slots=True)
class MergeSettings:
    """How sets are merged.

    Parameters
    ----------
    drops_duplicates
        Leave out a photo that an earlier set has already, or that of the earlier set where it alone has no
        label; a crop or another view of a scene stays.
    licences
        By source, where its ``set.json`` says none.
    """

    drops_duplicates: bool = False
    licences: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of it: photos by source, and what was noticed."""

    photos: dict[str, int]
    findings: tuple[Finding, ...]


def merge(
    roots: Sequence[Path],
    out: Path,
    settings: MergeSettings = MergeSettings(),
    on_photo: OnPhoto | None = None,
) -> Merged:
    """Write one set with the photos of several.

    Photos and masks are copied byte for byte; ``001.jpg`` of the set ``walls`` is ``walls__001.jpg``, in the
    group ``walls__<group>``. Labels of whole photos are carried on, and so is ``split.csv`` where every set
    has one.

    Parameters
    ----------
    roots
        Two or more sets.
    out
        New or empty folder; it appears when everything is written.
    on_photo
        Called with (done, total) while the sets are compared, which takes nearly all of the time.

    Raises
    ------
    DataError
        If a set cannot be read, two have the same name, two files would have it, or a generator painted a
        set in training photos.
    OutputError
        If ``out`` is in use or cannot be written.
    SettingsError
        If there are fewer than two sets, or a licence is given for a source that there is not.
    """
    if len(roots) < 2:
        raise SettingsError("there is only one set to merge; give two or more")
    photos = read_folders(roots)
    _check_apart(photos)
    sources = _sources(roots, photos, settings.licences)
    with new_folder(out) as folder:
        pairs = _across(photos, find_duplicates(_keyed(photos), on_photo=on_photo))
        dropped = _superfluous(photos, pairs) if settings.drops_duplicates else frozenset()
        kept = [photo for photo in photos if _key(photo) not in dropped]
        counts = Counter(photo.source for photo in kept)
        for photo in kept:
            _copy(photo, folder)
        _write_tables(kept, folder)
        described = {
            "format": "crackwise data set",
            "name": out.resolve().name,
            "crackwise": metadata.version("crackwise"),
            "photos": len(kept),
            "sources": [{**source, "photos": counts[source["name"]]} for source in sources],
        }
        write_json(folder / SET_FILE, described)
    findings = (*_of_pairs(pairs, dropped), *_of_licences(sources), *_of_parts(kept))
    return Merged(dict(counts), findings)


def _sources(
    roots: Sequence[Path], photos: Sequence[SetPhoto], licences: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Describe each source: its name, its licence, and what its set says of itself."""
    names = list(dict.fromkeys(photo.source for photo in photos))
    unknown = [name for name in licences if name not in names]
    if unknown:
        raise SettingsError(f"a licence is given for {unknown[0]}, but the sources are {', '.join(names)}")
    told: dict[str, dict[str, Any]] = {}
    for root in roots:
        if is_painted(root):
            raise DataError(
                f"{root} is painted in training photos, which a merged set could no longer keep apart from "
                "validation; leave it out, and train with it as a source of its own"
            )
        made, described = read_provenance(root / PROVENANCE), read_set_file(root)
        earlier = described.get("sources")
        own = {**described, **({"provenance": made} if made else {}), "name": root.resolve().name}
        listed = earlier if isinstance(earlier, list) else [own]
        told.update({str(each.get("name")): each for each in listed if isinstance(each, dict)})
    return [_source(name, told.get(name, {}), licences) for name in names]


def _source(name: str, told: Mapping[str, Any], licences: Mapping[str, str]) -> dict[str, Any]:
    licence = licences.get(name) or told.get("licence") or told.get("license")
    others = {
        key: value for key, value in told.items() if key not in {"name", "licence", "license", "photos"}
    }
    return {"name": name, "licence": licence, **others}


def _key(photo: SetPhoto) -> str:
    return f"{photo.source}/{photo.file}"


def _keyed(photos: Sequence[SetPhoto]) -> list[NamedPhoto]:
    return [NamedPhoto(_key(photo), photo.image) for photo in photos]


def _across(photos: Sequence[SetPhoto], pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    """Choose the pairs of two sources; what a set repeats within itself is not a matter of merging."""
    source = {_key(photo): photo.source for photo in photos}
    return tuple(pair for pair in pairs if source[pair.first] != source[pair.second])


def _superfluous(photos: Sequence[SetPhoto], pairs: Sequence[Pair]) -> frozenset[str]:
    """Choose the second photo of each pair of copies, or the first where only the second has a label."""
    labelled = {_key(photo) for photo in photos if photo.mask is not None or photo.label}
    return frozenset(
        pair.first if pair.second in labelled and pair.first not in labelled else pair.second
        for pair in pairs
        if pair.kind in _COPIES
    )


def _prefixed(source: str, name: str) -> str:
    """Put the source before a name, once: a merged set may be merged again."""
    prefix = safe_name(source).replace("/", "_") + _JOINT
    return name if name.startswith(prefix) else prefix + name


def _check_apart(photos: Sequence[SetPhoto]) -> None:
    """Refuse two files that would have one name, small and capital letters taken as equal."""
    taken: dict[str, Path] = {}
    for file, name in (target for photo in photos for target in _targets(photo)):
        other = taken.setdefault(name.casefold(), file)
        if other != file:
            raise DataError(f"{other} and {file} would both be {name} in the merged set; rename one of them")


def _targets(photo: SetPhoto) -> list[tuple[Path, str]]:
    """Give the files of a photo, and the place of each in the merged set."""
    files = [(photo.image, "images"), *([(photo.mask, "masks")] if photo.mask else [])]
    return [(file, f"{kind}/{_prefixed(photo.source, file.name)}") for file, kind in files]


def _copy(photo: SetPhoto, folder: Path) -> None:
    for kind in ("images", "masks"):
        (folder / kind).mkdir(exist_ok=True)
    for file, name in _targets(photo):
        shutil.copyfile(file, folder / name)


def _write_tables(photos: Sequence[SetPhoto], folder: Path) -> None:
    named = [(_prefixed(photo.source, photo.file), photo) for photo in photos]
    groups = [(name, _prefixed(photo.source, photo.group), photo.source) for name, photo in named]
    write_table(folder / "groups.csv", ("file", "group", "source"), groups)
    labels = [(name, photo.label) for name, photo in named if photo.label]
    if labels:
        write_table(folder / "labels.csv", ("file", "label"), labels)
    if all(photo.part for photo in photos):
        rows = [
            SplitRow(photo.source, name, group, photo.part, hash_of(photo))
            for (name, group, _), photo in zip(groups, photos)
        ]
        write_table(folder / "split.csv", COLUMNS, [astuple(row) for row in rows])


def _of_pairs(pairs: Sequence[Pair], dropped: frozenset[str]) -> list[Finding]:
    return [_of_pair(pair, dropped) for pair in pairs]


def _of_pair(pair: Pair, dropped: frozenset[str]) -> Finding:
    """Name the photo that is left out, or else the second."""
    own, other = pair.second, pair.first
    if other in dropped and own not in dropped:
        own, other = other, own
    level: Level = "note" if own in dropped else "warning"
    done = "it is left out" if own in dropped else "both are kept, in different groups; a split may part them"
    message = f"{pair.evidence} ({other}); {done}"
    return Finding(f"{pair.kind} across sources", level, own, message, other)


def _of_licences(sources: Sequence[Mapping[str, Any]]) -> list[Finding]:
    message = (
        'has no licence in set.json; give it with --licence "{}=…" before anything made from it is passed on'
    )
    return [
        Finding("no licence", "note", source["name"], message.format(source["name"]))
        for source in sources
        if not source["licence"]
    ]


def _of_parts(photos: Sequence[SetPhoto]) -> list[Finding]:
    parted = sum(1 for photo in photos if photo.part)
    if parted in {0, len(photos)}:
        return []
    missing = f"{len(photos) - parted} of {len(photos)} photos"
    message = f"{missing} have no part, so no split is carried on; split the new set"
    return [Finding("split not carried on", "warning", "split.csv", message)]
