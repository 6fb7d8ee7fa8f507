"""What a split did: how like the parts are, and what it tore apart."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from crackwise.data.split.entries import Entry
from crackwise.data.split.file import Split, SplitRow


@dataclass(frozen=True, slots=True)
class PartFigures:
    """One part of one source.

    Parameters
    ----------
    source, part
        Names.
    photos, groups
        How many.
    photo_share
        Of the photos of the source.
    cracked_share
        Cracked photos among those of which it is known; None where of none.
    crack_share
        Mean share of crack pixels over the photos with a mask; None without any, or if cracked ones lack it.
    """

    source: str
    part: str
    photos: int
    groups: int
    photo_share: float
    cracked_share: float | None
    crack_share: float | None


def weigh(split: Split, entries: Iterable[Entry]) -> tuple[PartFigures, ...]:
    """Describe every part of every source; parts that have nothing of a source are left out."""
    known = {(entry.source, entry.file): entry for entry in entries}
    cells: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
    totals: defaultdict[str, int] = defaultdict(int)
    for row in split.rows:
        cells[row.source, row.part].append(known[row.source, row.file])
        totals[row.source] += 1
    keys = [(source, part) for source in totals for part in split.parts if (source, part) in cells]
    return tuple(_figures(source, part, cells[source, part], totals[source]) for source, part in keys)


def torn_groups(split: Split) -> tuple[tuple[str, str], ...]:
    """List (source, group) of the groups whose photos lie in several parts."""
    torn = _in_several_parts(split, lambda row: (row.source, row.group))
    return tuple((source, group) for source, group in torn)


def absent_parts(split: Split) -> tuple[tuple[str, str], ...]:
    """List (source, part) where a part has nothing of a source, which has too few scenes or too large ones.

    A source that is a part by itself, as when one source is left out at a time, is not listed.
    """
    parts: defaultdict[str, set[str]] = defaultdict(set)
    for row in split.rows:
        parts[row.source].add(row.part)
    return tuple(
        (source, part)
        for source, own in parts.items()
        for part in split.parts
        if part not in own and own != {source}
    )


def shared_files(split: Split) -> tuple[tuple[str, str], ...]:
    """List (source, file) of photos of which another part holds the same file, byte for byte."""
    hashes = {key[0] for key in _in_several_parts(split, lambda row: (row.sha256,))}
    return tuple((row.source, row.file) for row in split.rows if row.sha256 in hashes)


def _in_several_parts(
    split: Split, key: Callable[[SplitRow], tuple[str, ...]]
) -> tuple[tuple[str, ...], ...]:
    parts: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for row in split.rows:
        parts[key(row)].add(row.part)
    return tuple(found for found, own in parts.items() if len(own) > 1)


def _figures(source: str, part: str, entries: Sequence[Entry], total: int) -> PartFigures:
    verdicts = [entry.is_cracked for entry in entries if entry.is_cracked is not None]
    has_unknown = any(entry.is_cracked and entry.crack_share is None for entry in entries)
    shares = [entry.crack_share for entry in entries if entry.crack_share is not None]
    return PartFigures(
        source,
        part,
        len(entries),
        len({entry.group for entry in entries}),
        len(entries) / total,
        sum(verdicts) / len(verdicts) if verdicts else None,
        sum(shares) / len(shares) if shares and not has_unknown else None,
    )
