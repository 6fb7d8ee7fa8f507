"""From a chain of skeleton pixels to a smooth centreline with widths.

P points of a path.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.ndimage import correlate1d

from crackwise.arrays import Floats
from crackwise.crack.sections import EdgeMap, edge_distances, first_crossing, normals

_MIN_TRACED_POINTS = 4

_TIP_SAMPLES = 4096
"""On the way to a tip, at most: every quarter of a pixel, unless a crack is hundreds of pixels wide."""

_TIP_HALF_WIDTHS = 1.75
"""A skeleton that runs s into a corner has a half width of 0.7 s; this cuts it to where that is constant."""

_BORDER_HALF_WIDTHS = 6.0
"""What is narrower for longer than this tapers; a corner at the border is no longer, up to 65° askew."""

_WHOLE = 0.95
"""Of the half width of a crack: so wide it is where no corner is near."""


@dataclass(frozen=True, slots=True)
class Centreline:
    """A smooth path (P, 2), and its widths (P,), NaN where they cannot be told."""

    path: Floats
    width_px: Floats


@dataclass(frozen=True, slots=True)
class Ends:
    """Which ends of a chain are free tips of the crack, and whether it is a ring."""

    is_start_free: bool
    is_end_free: bool
    is_ring: bool


def fit_centreline(points: Floats, ends: Ends, edge: EdgeMap) -> Centreline:
    """Smooth a chain, move it midway between the edges, lengthen it to the tips and measure across it.

    Parameters
    ----------
    points
        (K, 3) row, column and half width of skeleton pixels.
    ends
        What its two ends are.
    edge
        Where the crack's edge lies.
    """
    sigma_px = _smoothing_px(points[:, 2])
    line = smooth(resample(_trimmed(points, ends, edge)), sigma_px, ends.is_ring)
    line = _recentred(line, ends, edge, sigma_px)
    line = _with_tips(line, points, ends, edge)
    line = edge.inside(resample(line))
    return Centreline(line[:, :2], _widths(line, ends, edge))


def resample(line: Floats) -> Floats:
    """Space the points of a polyline evenly, about 1 px apart; further columns are carried along."""
    arc = arc_length_px(line)
    count = max(1, round(float(arc[-1])))
    at = np.linspace(0, arc[-1], count + 1)
    return np.stack([np.interp(at, arc, column) for column in line.T], axis=1)


def arc_length_px(line: Floats) -> Floats:
    """Distance along a polyline from its start to each point, (P,)."""
    step = line[1:, :2] - line[:-1, :2]
    arc = np.zeros(len(line))
    np.cumsum(np.hypot(step[:, 0], step[:, 1]), out=arc[1:])
    return arc


def smooth(line: Floats, sigma_px: float, is_ring: bool) -> Floats:
    """Smooth without shrinking curves: a Gaussian, and once more on what it took away (Tukey's twicing).

    The ends stay where they are.
    A plain Gaussian pulls a curve of radius R inwards by σ² / 2R; twice, the pull is of fourth order.
    """
    kernel = _twicing_kernel(sigma_px)
    if is_ring:
        open_line = correlate1d(line[:-1], kernel, axis=0, mode="wrap")
        return np.concatenate([open_line, open_line[:1]])
    reach = len(kernel) // 2
    smoothed: Floats = correlate1d(_reflected(line, reach), kernel, axis=0)[reach:-reach]
    return smoothed


@lru_cache(maxsize=64)
def _twicing_kernel(sigma_px: float) -> Floats:
    """2 g - g * g for a Gaussian g; sums to 1."""
    reach = int(4 * sigma_px + 0.5)
    gaussian = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma_px) ** 2)
    gaussian /= gaussian.sum()
    kernel: Floats = 2 * np.pad(gaussian, reach) - np.convolve(gaussian, gaussian)
    return kernel


def _reflected(line: Floats, reach: int) -> Floats:
    """Continue a line by its point reflection at both ends."""
    if reach < len(line):
        before = 2 * line[0] - line[reach:0:-1]
        after = 2 * line[-1] - line[-2 : -reach - 2 : -1]
        return np.concatenate([before, line, after])
    padded: Floats = np.pad(line, ((reach, reach), (0, 0)), mode="reflect", reflect_type="odd")
    return padded


def _smoothing_px(half_width: Floats) -> float:
    """Scale of smoothing: 1.5 px against the pixel grid, half the half width against bumps; steps of 0.25."""
    return 1.5 + round(2 * float(np.median(half_width))) / 4


def _trimmed(points: Floats, ends: Ends, edge: EdgeMap) -> Floats:
    """Cut free ends back to where they do not yet turn to a corner of the tip, or of the photo's border."""
    first = _bent(points, edge) if ends.is_start_free else 0
    last = len(points) - (_bent(points[::-1], edge) if ends.is_end_free else 0)
    return points[first:last] if last - first >= _MIN_TRACED_POINTS else points


def _bent(points: Floats, edge: EdgeMap) -> int:
    """Count the points at the start of a chain that turn to a corner.

    A crack that meets the border at a slant has its corner there far off the middle: the chain runs into it
    from where its half width falls.
    """
    arc = arc_length_px(points)
    bent = 1 + int(np.flatnonzero(arc <= _TIP_HALF_WIDTHS * points[:, 2])[-1])
    half_width = float(np.median(points[:, 2]))
    if edge.border_px(points[:1])[0] > half_width + 1:
        return bent
    whole = int(np.argmax(points[:, 2] >= _WHOLE * half_width))
    return max(bent, whole) if arc[whole] <= _BORDER_HALF_WIDTHS * half_width else bent


def _recentred(line: Floats, ends: Ends, edge: EdgeMap, sigma_px: float) -> Floats:
    """Move each point along its normal to midway between the edges, where both are plausibly near."""
    normal = normals(line[:, :2], ends.is_ring)
    one, other = _edges(line, normal, edge)
    sides = (line[:, :2] + side[:, None] * normal for side in (one, -other))
    is_cut = ~np.logical_and(*(edge.is_within(side) for side in sides))
    shift = np.where(is_cut, np.nan, (one - other) / 2)  # where the image ends, an edge is not the crack's
    if not ends.is_ring:
        shift[0] = shift[0] if ends.is_start_free else 0.0
        shift[-1] = shift[-1] if ends.is_end_free else 0.0
    known = np.flatnonzero(np.isfinite(shift))
    if not len(known):
        return line
    shift = np.interp(np.arange(len(shift)), known, shift[known])
    if ends.is_ring:
        shift[-1] = shift[0]
    moved = line.copy()
    moved[:, :2] += shift[:, None] * normal
    return smooth(resample(moved), sigma_px, ends.is_ring)


def _edges(line: Floats, normal: Floats, edge: EdgeMap) -> tuple[Floats, Floats]:
    """Distances to both edges, (P,); NaN unless both lie within 1.5 half widths + 2 px."""
    limit = 1.5 * line[:, 2] + 2
    one, other = edge_distances(line[:, :2], normal, edge, 1.5 * float(line[:, 2].max()) + 3)
    is_plausible = (one <= limit) & (other <= limit)  # NaN compares as False
    return np.where(is_plausible, one, np.nan), np.where(is_plausible, other, np.nan)


def _with_tips(line: Floats, points: Floats, ends: Ends, edge: EdgeMap) -> Floats:
    """Lengthen free ends straight on to the edge of the mask."""
    if ends.is_start_free:
        line = _with_tip(line[::-1], points[0], edge)[::-1]
    if ends.is_end_free:
        line = _with_tip(line, points[-1], edge)
    return line


def _with_tip(line: Floats, skeleton_end: Floats, edge: EdgeMap) -> Floats:
    half_width = float(line[-1, 2])
    direction = _end_direction(line, half_width)
    widest_px = max(half_width, float(skeleton_end[2]))  # a crack may end in a pit wider than itself
    reach_px = float(np.hypot(*(skeleton_end - line[-1])[:2])) + 2 * widest_px + 3
    step = max(0.25, reach_px / _TIP_SAMPLES)
    across = np.array([direction[1], -direction[0]]) * min(1.0, half_width / 3)
    sides = line[-1, :2] + np.array([-1, -0.5, 0, 0.5, 1])[:, None] * across
    values = edge.sample(sides, np.tile(direction, (5, 1)), np.arange(0, reach_px, step)).mean(axis=0)
    distance_px = step * float(first_crossing(values[None], edge.level)[0])
    if not np.isfinite(distance_px):
        return np.concatenate([line, skeleton_end[None]])
    tip = np.array([*(line[-1, :2] + distance_px * direction), half_width])
    return np.concatenate([line, tip[None]])


def _end_direction(line: Floats, half_width: float) -> Floats:
    """Direction of the last two half widths, from the means of their halves."""
    last = line[-max(4, round(2 * half_width)) :, :2]
    middle = len(last) // 2
    direction = last[middle:].mean(axis=0) - last[:middle].mean(axis=0)
    unit: Floats = direction / max(float(np.hypot(*direction)), 1e-9)
    return unit


def _widths(line: Floats, ends: Ends, edge: EdgeMap) -> Floats:
    """Width at each point; NaN within half a width of a tip and 1.25 half widths + 1 px of a junction."""
    one, other = _edges(line, normals(line[:, :2], ends.is_ring), edge)
    known = np.isfinite(one)
    if not ends.is_ring:
        arc = arc_length_px(line)
        for distance, is_free, half_width in (
            (arc, ends.is_start_free, line[0, 2]),
            (arc[-1] - arc, ends.is_end_free, line[-1, 2]),
        ):
            known &= distance > (half_width if is_free else 1.25 * half_width + 1)
    return np.where(known, one + other, np.nan)
