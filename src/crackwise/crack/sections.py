"""Cross-sections: how far the edge lies to the left and right of a centreline.

The map is sampled along normals of the path, which straightens the crack; the samples are averaged along the
crack only, never across it, so a hairline keeps its width; the edge is where they cross the level, between
samples.

P points of a path, S samples of a cross-section.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d

from crackwise.arrays import CrackMask, Floats, Levels, ProbabilityMap
from crackwise.crack.sampling import LINEAR, sample_along
from crackwise.levels import HIGHEST

_STEP_PX = 0.5
_MAX_SAMPLES = 64
"""On either side; wider cracks are sampled more coarsely, at 1.6 % of the reach."""

_ALONG_PX = 1.5
"""Standard deviation of the average along the crack: a mask's edge is a staircase, mostly of 1-3 px steps."""

_ALONG_KERNEL = np.exp(-0.5 * (np.arange(-6, 7) / _ALONG_PX) ** 2)
_ALONG_KERNEL /= _ALONG_KERNEL.sum()


@dataclass(frozen=True, slots=True)
class EdgeMap:
    """A map whose level line is the edge of the cracks.

    Parameters
    ----------
    values
        (H, W); a mask as 0 and 1, a probability map, or one in levels.
    level
        Value on the edge: 0.5 for a mask, the low threshold for a probability map.
    """

    values: CrackMask | ProbabilityMap | Levels
    level: float = 0.5

    @classmethod
    def of_levels(cls, levels: Levels, threshold: float) -> "EdgeMap":
        """Take what has the probability ``threshold`` for the edge."""
        return cls(levels, HIGHEST * threshold)

    @property
    def shape(self) -> tuple[int, ...]:
        """(H, W)."""
        return self.values.shape

    def __getitem__(self, part: tuple[slice, slice]) -> Floats:
        """Give rows and columns, float32, so that what is interpolated between levels is not rounded."""
        return np.asarray(self.values[part], np.float32)

    def sample(self, points: Floats, directions: Floats, offsets: Floats) -> Floats:
        """Interpolate linearly from (P, 2) points at (S,) offsets, (P, S); 0 beyond the image: an edge."""
        return sample_along(self, points, directions, offsets, LINEAR)

    def is_within(self, points: Floats) -> NDArray[np.bool_]:
        """Tell which of (..., 2) places lie within the image and not on its border, (...)."""
        last = np.array(self.shape) - 1
        return np.asarray(((points >= 0) & (points <= last)).all(axis=-1))

    def border_px(self, points: Floats) -> Floats:
        """Give the distance of (P, 2 or more) rows and columns to the nearest border of the image, (P,)."""
        H, W = self.shape
        rows, cols = points[:, 0], points[:, 1]
        distances: Floats = np.min([rows + 0.5, cols + 0.5, H - 0.5 - rows, W - 0.5 - cols], axis=0)
        return distances

    def inside(self, line: Floats) -> Floats:
        """Hold the rows and columns of a line within the image, whose border lies half a pixel out."""
        H, W = self.shape
        held = line.copy()
        held[:, :2] = np.clip(line[:, :2], -0.5, (H - 0.5, W - 0.5))
        return held


def normals(path: Floats, is_closed: bool) -> Floats:
    """Unit normals of a path, (P, 2)."""
    tangent: Floats
    if is_closed:
        tangent = np.roll(path, -1, axis=0) - np.roll(path, 1, axis=0)
        tangent[[0, -1]] = path[1] - path[-2]
    else:
        tangent = np.array(np.gradient(path, axis=0))
    tangent = tangent / np.maximum(np.hypot(*tangent.T), 1e-9)[:, None]
    return np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)


def is_ring(path: Floats) -> bool:
    """Tell whether a path ends where it begins."""
    return len(path) > 3 and bool(np.allclose(path[0], path[-1]))


def edge_distances(path: Floats, normal: Floats, edge: EdgeMap, reach_px: float) -> tuple[Floats, Floats]:
    """Measure from each point along its normal, and against it, to the first crossing of the edge.

    Returns
    -------
    tuple
        Two (P,) distances in px, NaN where the point is outside or no edge lies within reach.
    """
    step = max(_STEP_PX, reach_px / _MAX_SAMPLES)
    side = int(np.ceil(reach_px / step))
    offset = np.arange(-side, side + 1) * step
    values = edge.sample(path, normal, offset)
    values = correlate1d(values, _ALONG_KERNEL, axis=0, mode="nearest")
    return (
        first_crossing(values[:, side:], edge.level) * step,
        first_crossing(values[:, side::-1], edge.level) * step,
    )


def first_crossing(values: Floats, level: float) -> Floats:
    """Find where each row of (P, S) values first falls below a level, in samples.

    NaN where it starts below the level or never falls below it.
    """
    below = values < level
    first = below.argmax(axis=1)
    found = below.any(axis=1) & (first > 0)
    row = np.arange(len(values))
    inner, outer = values[row, first - 1], values[row, first]
    crossing = first - 1 + (inner - level) / np.where(found, inner - outer, 1)
    return np.where(found, crossing, np.nan)
