"""How the widths of all cracks are distributed, ready to be drawn as bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

import numpy as np

from crackwise.report.round_numbers import digits_of, round_up

MOST_BARS = 14


@dataclass(frozen=True, slots=True)
class Bar:
    """Number of cracks with a width from low to below high; share is of the tallest bar."""

    low: str
    high: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """Bars from zero to the widest crack, all of one round width, and the unit of that width."""

    bars: tuple[Bar, ...]
    unit: str

    @classmethod
    def of(cls, widths: Sequence[float], unit: str) -> "Histogram":
        """Sort widths (≥ 0) into bars of a round width."""
        if not widths:
            return cls((), unit)
        step = round_up(max(*widths, 1e-6) / (MOST_BARS - 1))
        bars_count = max(1, floor(max(widths) / step + 1e-9) + 1)
        counts = np.bincount(np.floor(np.asarray(widths) / step + 1e-9).astype(int), minlength=bars_count)
        digits = digits_of(step)
        edges = [f"{index * step:.{digits}f}" for index in range(len(counts) + 1)]
        bars = [
            Bar(low, high, int(count), float(count / counts.max()))
            for low, high, count in zip(edges, edges[1:], counts)
        ]
        return cls(tuple(bars), unit)
