"""Splits: by shares or folds with groups that stay whole, and one source at a time."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from crackwise.data.split.assign import Content, assign
from crackwise.data.split.entries import Entry
from crackwise.data.split.file import Split, SplitRow
from crackwise.errors import DataError, SettingsError

BINS = 5
"""Cracked photos of a source are ranked by crack share and cut into so many strata of one size."""

By = Literal["group", "file"]


@dataclass(frozen=True, slots=True)
class SplitSettings:
    """How photos are parted.

    Parameters
    ----------
    shares
        Share by part, adding up to 1; see `parse_shares` and `fold_shares`.
    by
        ``group``: photos of one scene stay together; ``file``: they may not, which tests a model on what it
        has seen.
    seed
        0 or more.
    """

    shares: Mapping[str, float]
    by: By = "group"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise SettingsError(f"seed is {self.seed}; expected 0 or more")


def make_split(entries: Iterable[Entry], settings: SplitSettings) -> Split:
    """Part every source by itself, stratified by cracked or not and by crack share.

    A group with a photo that an earlier source holds too, byte for byte, goes where that went. The order of
    the entries does not matter. See :mod:`crackwise.data.split.assign` for how.

    Raises
    ------
    DataError
        If there are fewer groups than parts, so that a part would stay empty.
    """
    by_source = _by_source(entries)
    parts: dict[tuple[str, str], str] = {}
    part_of_hash: dict[str, str] = {}
    for source, own in by_source.items():
        strata = _strata(own)
        groups: defaultdict[str, Content] = defaultdict(Counter)
        for entry in own:
            groups[_unit(entry, settings.by)][strata[entry.file]] += 1
        chosen = assign(groups, settings.shares, f"{settings.seed}/{source}")
        copies = [entry for entry in own if entry.sha256 in part_of_hash]
        chosen |= {_unit(entry, settings.by): part_of_hash[entry.sha256] for entry in copies}
        part_of_hash = {entry.sha256: chosen[_unit(entry, settings.by)] for entry in own} | part_of_hash
        parts.update({(source, entry.file): chosen[_unit(entry, settings.by)] for entry in own})
    _check_filled(parts.values(), settings, by_source)
    return _split(by_source, parts)


def leave_source_out(entries: Iterable[Entry]) -> Split:
    """Make a part of each source: a model is trained on the others and tested on the one left out.

    Raises
    ------
    DataError
        If there is only one source.
    """
    by_source = _by_source(entries)
    if len(by_source) < 2:
        raise DataError(
            f"there is only the source {', '.join(by_source)}; leaving one out needs two or more sets"
        )
    return _split(by_source, {(e.source, e.file): e.source for own in by_source.values() for e in own})


def _by_source(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    by_source: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: (entry.source, entry.file)):
        by_source[entry.source].append(entry)
    return dict(by_source)


def _unit(entry: Entry, by: By) -> str:
    return entry.group if by == "group" else entry.file


def _strata(entries: Sequence[Entry]) -> dict[str, str]:
    """Name the stratum of each file of one source."""
    strata = {entry.file: _kind(entry) for entry in entries}
    cracked = [(entry.crack_share, entry.file) for entry in entries if entry.crack_share]
    for rank, (_, file) in enumerate(sorted(cracked)):
        strata[file] = f"cracked {rank * BINS // len(cracked)}"
    return strata


def _kind(entry: Entry) -> str:
    if entry.is_cracked is None:
        return "unlabelled"
    return "cracked" if entry.is_cracked else "undamaged"


def _check_filled(
    parts: Iterable[str], settings: SplitSettings, by_source: Mapping[str, Sequence[Entry]]
) -> None:
    empty = [name for name in settings.shares if name not in set(parts)]
    if empty:
        count = sum(len({_unit(entry, settings.by) for entry in own}) for own in by_source.values())
        raise DataError(
            f"{empty[0]} would stay empty: {count} {settings.by}s are too few or too unequal for "
            f"{len(settings.shares)} parts; add photos or ask for fewer parts"
        )


def _split(by_source: Mapping[str, Sequence[Entry]], parts: Mapping[tuple[str, str], str]) -> Split:
    return Split(
        tuple(
            SplitRow(entry.source, entry.file, entry.group, parts[source, entry.file], entry.sha256)
            for source, own in by_source.items()
            for entry in own
        )
    )
