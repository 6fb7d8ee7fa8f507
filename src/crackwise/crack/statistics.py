"""Mean, median, 95th percentile and maximum of a crack's widths, each with its 90 % interval.

N points of a crack with a known width, each of which counts as long as the piece of crack that it stands for.
"""

from dataclasses import dataclass

import numpy as np

from crackwise.arrays import Floats, Ints, Range
from crackwise.crack.profiles import smooth_along
from crackwise.scale import Scale

SHARED = np.array([0.0, 0.4, 0.85, 1.0])
"""Share of a width's variance that all points of a crack have in common, by method: what one does not know of
the blur and of the depth is the same at all of them, grain is not."""

EXTREME_ALONG_PX = 5.0
"""95th percentile and maximum are those of the width averaged along the crack, Gaussian of this size."""

APART_PX = 10.0
"""Points farther apart than this have independent grain (profiles are averaged along the crack)."""


@dataclass(frozen=True, slots=True)
class Points:
    """Widths at the N points of a crack: value, ends of the 90 % interval, method (index), and branch.

    ``hidden_px`` is how much of the upper end is for what a tone curve may hide: at all points alike.
    ``length_px`` is the length that a point stands for, as `crackwise.crack.form.point_lengths` gives it.
    """

    width_px: Floats
    low_px: Floats
    high_px: Floats
    method: Ints
    hidden_px: Floats
    branch: Ints
    length_px: Floats

    def smoothed(self) -> tuple[Floats, Floats, Floats]:
        """Average width and interval along the crack: the extreme of single points is that of the grain."""
        low, width, high = (
            smooth_along(np.asarray(values, np.float32), self.branch, EXTREME_ALONG_PX)
            for values in (self.low_px, self.width_px, self.high_px)
        )
        return low, width, high


@dataclass(frozen=True, slots=True)
class Width:
    """One figure and its 90 % interval, px; the interval is None when only a mask was measured."""

    px: float
    range_px: Range | None = None

    def at_least(self, other: "Width") -> "Width":
        """Raise figure and interval to those of another; an average along a short crack may lie below."""
        assert self.range_px is not None
        assert other.range_px is not None
        low, high = (max(own, least) for own, least in zip(self.range_px, other.range_px))
        return Width(max(self.px, other.px), (low, high))

    def mm(self, scale: Scale | None) -> float | None:
        """Give the figure in mm, None without a scale."""
        return scale.mm_per_px * self.px if scale else None

    def range_mm(self, scale: Scale | None) -> Range | None:
        """Give the interval in mm, with the error of the scale in it."""
        if scale is None or self.range_px is None:
            return None
        low, high = scale.width_range_mm(*(np.array(value) for value in (self.px, *self.range_px)))
        return float(low), float(high)


@dataclass(frozen=True, slots=True)
class WidthStatistics:
    """The figures of one crack; ``widest`` is the point, of its N, where the largest width is."""

    mean: Width
    median: Width
    p95: Width
    largest: Width
    widest: int

    @classmethod
    def of_mask(cls, width_px: Floats, length_px: Floats) -> "WidthStatistics":
        """Sum up widths that came from a mask, which has no interval."""
        middle, high = (_quantile(width_px, length_px, share) for share in (0.5, 0.95))
        values = (float(np.average(width_px, weights=length_px)), middle, high, float(width_px.max()))
        mean, median, p95, largest = (Width(value) for value in values)
        return cls(mean, median, p95, largest, int(width_px.argmax()))

    @classmethod
    def of(cls, points: Points) -> "WidthStatistics":
        """Sum up widths that came from the photo."""
        below = points.width_px - points.low_px
        above = points.high_px - points.width_px - points.hidden_px
        shared, length_px = SHARED[points.method], points.length_px
        down, up = (_pooled(half, shared, length_px) for half in (below, above))
        hidden, mean = np.average([points.hidden_px, points.width_px], axis=1, weights=length_px).tolist()
        up += hidden
        median = _quantile(points.width_px, length_px, 0.5)
        low_px, width_px, high_px = points.smoothed()
        at = int(width_px.argmax())
        low, p95, high = (_quantile(values, length_px, 0.95) for values in (low_px, width_px, high_px))
        middle = Width(median, (max(median - down, 0.0), median + up))
        upper = Width(p95, (low, high)).at_least(middle)
        largest = Width(float(width_px[at]), (float(low_px[at]), float(high_px[at]))).at_least(upper)
        return cls(Width(mean, (max(mean - down, 0.0), mean + up)), middle, upper, largest, at)


def _quantile(values: Floats, lengths: Floats, share: float) -> float:
    """Give what a share of the length lies below; where lengths are equal, as `numpy.quantile` does."""
    order = np.argsort(values)
    weights = lengths[order]
    at = np.cumsum(weights) - weights / 2
    return float(np.interp(at[0] + share * (at[-1] - at[0]), at, values[order]))


def _pooled(half: Floats, shared: Floats, lengths: Floats) -> float:
    """Half an interval of an average: the shared part stays, the rest averages out."""
    together = float(np.average(np.sqrt(shared) * half, weights=lengths))
    apart = max(1.0, float(lengths.sum() ** 2 / (lengths**2).sum()) / APART_PX)
    alone = float(np.average((1 - shared) * half**2, weights=lengths**2)) / apart
    return float(np.sqrt(together**2 + alone))
