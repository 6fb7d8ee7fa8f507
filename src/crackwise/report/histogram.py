"""How values are distributed, ready to be drawn as bars: the widths of all cracks, the IoU of all photos."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np


@dataclass(frozen=True, slots=True)
class Bar:
    """Number of cracks or photos in a class; share is of the tallest bar."""

    name: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """A bar for each class of values up to the largest, and the unit of these."""

    bars: tuple[Bar, ...]
    unit: str

    @classmethod
    def of(cls, widths: Sequence[float], borders: Sequence[float], unit: str) -> "Histogram":
        """Sort widths (≥ 0) into classes with rising borders; one on a border counts in the wider class."""
        if not widths:
            return cls((), unit)
        counts = np.bincount(np.searchsorted(borders, widths, side="right")).tolist()
        names = [f"below {borders[0]:g}", *(f"{low:g} – {high:g}" for low, high in pairwise(borders))]
        names.append(f"{borders[-1]:g} and more")
        return cls(tuple(Bar(name, count, count / max(counts)) for name, count in zip(names, counts)), unit)
