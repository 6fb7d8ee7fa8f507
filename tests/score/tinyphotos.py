"""Photos of a few pixels whose counts can be made by hand."""

from collections.abc import Sequence

import numpy as np

from crackwise.arrays import CrackMask, Grey
from crackwise.score.figures import FIGURES
from crackwise.score.stack import Stack
from crackwise.score.tally import PhotoName, PhotoTally, Prediction, Protocol, tally

ALL: tuple[Protocol, ...] = ("pixels", "thresholds", "edges", "tolerance", "distance")


def row(*levels: int) -> Grey:
    """A photo of one row."""
    return np.array([levels], np.uint8)


def truth(pattern: str) -> CrackMask:
    """``.#`` is a photo of one row and two pixels, the second of which is crack."""
    return np.array([[sign == "#" for sign in pattern]])


def counted(
    levels: Grey,
    true: CrackMask,
    *,
    name: str = "a.jpg",
    threshold: float = 0.5,
    protocols: Sequence[Protocol] = ALL,
    cracks: int | None = None,
    is_binary: bool = False,
) -> PhotoTally:
    """The tally of a photo judged at a threshold."""
    found = Prediction(levels, cracks=cracks, is_binary=is_binary)
    return tally(PhotoName("set", name, name), found, true, threshold, protocols)


def stacked(*photos: tuple[Grey | CrackMask, CrackMask]) -> Stack:
    """Photos as (levels or mask, truth), judged at 0.5."""
    tallies = [_counted(seen, true) for seen, true in photos]
    return Stack.of(tallies, 50)


def figure(name: str, *photos: tuple[Grey | CrackMask, CrackMask]) -> float:
    """One figure of the table over these photos."""
    return float(FIGURES[name].compute(stacked(*photos), np.ones((1, len(photos))))[0])


def _counted(seen: Grey | CrackMask, true: CrackMask) -> PhotoTally:
    if seen.dtype == bool:
        return counted(seen.astype(np.uint8) * 255, true, is_binary=True)
    return counted(seen.astype(np.uint8), true)
