"""Figures of one set: how many, how large, how grouped, how fat the labels."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crackwise.data.check.balance import Balance, balance_of
from crackwise.data.check.listing import ListedSet
from crackwise.data.check.look import Look
from crackwise.data.finding import Finding

FAT_ABOVE = 1.5
"""Labels this many times as wide as the dark line are told: see `crackwise.data.check.fatness`."""

FEWEST_FAT = 5
"""Photos; the median of fewer says little about a set."""


@dataclass(frozen=True, slots=True)
class SetFatness:
    """Label width through width of the dark line, over the photos of a set.

    Parameters
    ----------
    ratio, ratio_quartiles
        Median over photos, and the quartiles.
    label_width_px, dark_width_px
        Medians over photos.
    photos
        Cracked photos that could be measured.
    photo_share
        Share of the cracked photos with a mask that these are.
    profile_share
        Share of the profiles that could be measured, median over these photos.
    """

    ratio: float
    ratio_quartiles: tuple[float, float]
    label_width_px: float
    dark_width_px: float
    photos: int
    photo_share: float
    profile_share: float


@dataclass(frozen=True, slots=True)
class SetFigures:
    """What a set is like.

    Parameters
    ----------
    name
        Of the set.
    photos, unreadable
        Number of photos, and of those that cannot be read.
    with_mask
        Photos whose mask can be used.
    sizes
        Photos by width × height, most frequent first.
    groups, largest_group, is_grouped
        Scenes; a photo without a group is a scene of its own. ``is_grouped`` is False without ``groups.csv``.
    labels, parts
        Photos by label and by part of a split, where there are any.
    balance
        Cracked against sound.
    fatness
        None where no photo could be measured.
    """

    name: str
    photos: int
    unreadable: int
    with_mask: int
    sizes: dict[str, int]
    groups: int
    largest_group: int
    is_grouped: bool
    labels: dict[str, int]
    parts: dict[str, int]
    balance: Balance
    fatness: SetFatness | None


def figures_of(listed: ListedSet, looks: Sequence[Look]) -> SetFigures:
    """Sum up the photos of one set."""
    sizes = [f"{look.size[1]}×{look.size[0]}" for look in looks if look.size is not None]
    groups = Counter(("group", p.group) if p.group else ("photo", p.file) for p in listed.photos)
    return SetFigures(
        name=listed.name,
        photos=len(looks),
        unreadable=len(looks) - len(sizes),
        with_mask=sum(look.crack_pixels is not None for look in looks),
        sizes=dict(Counter(sizes).most_common()),
        groups=len(groups),
        largest_group=max(groups.values()),
        is_grouped=any(photo.group for photo in listed.photos),
        labels=dict(sorted(Counter(photo.label for photo in listed.photos if photo.label).items())),
        parts=dict(sorted(Counter(photo.part for photo in listed.photos if photo.part).items())),
        balance=balance_of(looks),
        fatness=_fatness(looks),
    )


def findings_of(figures: SetFigures) -> tuple[Finding, ...]:
    """Tell what the figures say about a set."""
    findings = []
    balance, fatness = figures.balance, figures.fatness
    if fatness is not None and fatness.ratio > FAT_ABOVE and fatness.photos >= FEWEST_FAT:
        low, high = fatness.ratio_quartiles
        message = (
            f"labels are {fatness.ratio:.1f} times as wide as the dark lines beneath them "
            f"(middle half of the photos {low:.1f} to {high:.1f}); widths learnt from them will be too "
            "large, so thin them in training"
        )
        findings.append(Finding("fat labels", "warning", figures.name, message))
    if balance.undamaged and balance.cracked:
        message = f"{balance.undamaged} of {figures.photos} photos are labelled as without cracks"
        findings.append(Finding("photos without cracks", "note", figures.name, message))
    if balance.undamaged and not balance.cracked:
        findings.append(Finding("photos without cracks", "note", figures.name, "no photo shows a crack"))
    return tuple(findings)


def _fatness(looks: Sequence[Look]) -> SetFatness | None:
    measured = [look.fatness for look in looks if look.fatness is not None]
    if not measured:
        return None
    cracked = sum(bool(look.crack_pixels) for look in looks)
    low, middle, high = np.percentile([each.ratio for each in measured], [25, 50, 75])
    return SetFatness(
        float(middle),
        (float(low), float(high)),
        float(np.median([each.label_width_px for each in measured])),
        float(np.median([each.dark_width_px for each in measured])),
        len(measured),
        len(measured) / cracked,
        float(np.median([each.measured_share for each in measured])),
    )
