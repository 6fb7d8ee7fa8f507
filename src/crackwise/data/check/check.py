"""Look through data sets: list, look at every photo once, compare all with all, judge."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crackwise.data.check.figures import SetFigures, figures_of, findings_of
from crackwise.data.check.listing import ListedSet, list_sets, with_split
from crackwise.data.check.look import Look, look_at
from crackwise.data.check.shared import find_shared
from crackwise.data.duplicates import NamedPhoto, Pair, find_duplicates
from crackwise.data.finding import LEVELS, Finding
from crackwise.data.stream import OnPhoto, each_photo

SCHEMA_VERSION = 1
"""Of the JSON; a key never changes its meaning within a version."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All that is known about some sets after a check.

    Parameters
    ----------
    sets, figures
        The sets and their figures, in the order given.
    findings
        Serious ones first, then by kind and place.
    pairs
        Photos that share content.
    looks
        Every photo, set by set.
    """

    sets: tuple[ListedSet, ...]
    figures: tuple[SetFigures, ...]
    findings: tuple[Finding, ...]
    pairs: tuple[Pair, ...]
    looks: tuple[Look, ...]

    def as_json(self) -> dict[str, Any]:
        """Give everything with stable keys, ready for JSON; paths are those of names in the sets."""
        return {
            "schema_version": SCHEMA_VERSION,
            "sets": [asdict(each) | {"cracked_share": each.balance.cracked_share} for each in self.figures],
            "findings": [asdict(finding) for finding in self.findings],
            "pairs": [asdict(pair) for pair in self.pairs],
            "photos": [_photo_json(look) for look in self.looks],
        }


def check_sets(
    roots: Sequence[Path], *, split: Path | None = None, workers: int = 1, on_photo: OnPhoto | None = None
) -> CheckReport:
    """Check one or several sets together.

    Parameters
    ----------
    roots
        Sets in the canonical layout, or folders of photos.
    split
        Table of file and part; without it ``split.csv`` of each set counts.
    workers
        Threads, 1 or more; the result does not depend on it.
    on_photo
        Called with (done, total) while photos are looked at, and again from 0 while they are compared.

    Raises
    ------
    DataError
        If a folder is not there or holds no photo, or the split is none.
    SettingsError
        If ``workers`` is below 1.
    """
    sets = prepare(roots, split)
    looks = look_at_all(sets, workers, on_photo)
    return judge(sets, looks, compare(looks, workers, on_photo))


def prepare(roots: Sequence[Path], split: Path | None) -> tuple[ListedSet, ...]:
    """List the sets and give photos their parts."""
    sets = list_sets(roots)
    return with_split(sets, split) if split is not None else sets


def look_at_all(sets: Sequence[ListedSet], workers: int, on_photo: OnPhoto | None = None) -> tuple[Look, ...]:
    """Look at every photo, in threads."""
    photos = [photo for each in sets for photo in each.photos]
    return tuple(each_photo(look_at, photos, on_photo, workers=workers))


def compare(looks: Sequence[Look], workers: int, on_photo: OnPhoto | None = None) -> tuple[Pair, ...]:
    """Find photos that share content, among those that can be read."""
    readable = [NamedPhoto(look.photo.key, look.photo.image) for look in looks if look.size is not None]
    return find_duplicates(readable, workers=workers, on_photo=on_photo)


def judge(sets: Sequence[ListedSet], looks: Sequence[Look], pairs: Sequence[Pair]) -> CheckReport:
    """Put together what listing, looking and comparing gave."""
    figures = tuple(
        figures_of(each, [look for look in looks if look.photo.set_name == each.name]) for each in sets
    )
    findings = [finding for each in sets for finding in each.findings]
    findings += [finding for look in looks for finding in look.findings]
    findings += [finding for each in figures for finding in findings_of(each)]
    findings += find_shared(sets, looks, pairs)
    order = sorted(findings, key=lambda f: (-LEVELS.index(f.level), f.kind))
    return CheckReport(tuple(sets), figures, tuple(order), tuple(pairs), tuple(looks))


def _photo_json(look: Look) -> dict[str, Any]:
    return {
        "photo": look.photo.key,
        "group": look.photo.group,
        "part": look.photo.part,
        "label": look.photo.label,
        "height_px": look.size[0] if look.size else None,
        "width_px": look.size[1] if look.size else None,
        "crack_share": look.crack_share,
        "fatness": None if look.fatness is None else asdict(look.fatness),
    }
