"""Masks as outlines, for tools that draw with polygons.

An outline runs along the edges of pixels, so its corners are whole numbers: pixel (0, 0) has the corners
(0, 0) and (1, 1). Filled again it gives exactly the mask. Formats have no holes, so the outline of a hole
is joined to the outline around it by a bridge that is walked there and back (a keyhole) and covers nothing.

K corners of all outlines, P points of one outline, B holes. The code of a corner says which of the four
pixels around it are crack: top left 1, top right 2, bottom left 4, bottom right 8.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import CrackMask, Floats, Ints

_CORNERS = np.isin(np.arange(16), (1, 2, 4, 6, 7, 8, 9, 11, 13, 14))
_ALONG_ROW = np.isin(np.arange(16), (1, 8, 9, 11, 13))
"""With the crack on the right hand, outlines leave these corners along the row, others along the column."""
_FALLING, _RISING = 9, 6  # two pixels that touch at a corner: top left and bottom right, or the others
_FIRST_OF_HOLE = (6, 7)
_LEAST_POINTS = 3


@dataclass(frozen=True, slots=True)
class _Rings:
    """Closed outlines as linked corners.

    Parameters
    ----------
    points
        (K, 2) x, y; in reading order before bridges are added, those of one horizontal edge in pairs.
    following
        (K,) the next corner of each.
    is_fixed
        (K,) ends of bridges.
    """

    points: Ints
    following: Ints
    is_fixed: NDArray[np.bool_]

    def walk(self) -> list[Ints]:
        """List the corners of each ring, from its first one in reading order."""
        following = self.following.tolist()
        rings = []
        for start in range(len(following)):
            ring, place = [], start
            while following[place] >= 0:
                ring.append(place)
                place, following[ring[-1]] = following[place], -1
            if ring:
                rings.append(np.array(ring))
        return rings


def trace_outlines(mask: CrackMask, simplify_px: float = 0.0) -> list[Floats]:
    """Trace the outlines of a mask: one for each connected crack, holes joined to it by bridges.

    Parameters
    ----------
    mask
        (H, W); pixels that touch at a corner are connected.
    simplify_px
        How far the edge of the mask may lie from the outline, for fewer points; at 0 the outline is exact,
        and `Polygon.covers` of all outlines together gives the mask again. Where a crack is thinner than
        twice this it may be cut; it never vanishes as a whole.

    Returns
    -------
    One (P, 2) float array of x, y in px for each crack, clockwise as seen, in reading order.
    """
    corners, code = _find_corners(mask)
    if not len(code):
        return []
    rings = _with_bridges(_link(corners, code), code, mask)
    outlines = [(rings.points[ring].astype(np.float64), rings.is_fixed[ring]) for ring in rings.walk()]
    if simplify_px > 0:
        return [_simplified(points, is_fixed, simplify_px) for points, is_fixed in outlines]
    return [_without_repeats(points) for points, _ in outlines]


def _find_corners(mask: CrackMask) -> tuple[Ints, Ints]:
    """Corners x, y (K, 2) in reading order and their codes (K,); where pixels touch there are two of them.

    The first of the two lies at the end of the horizontal edge on its left, the second on its right.
    """
    pixels = np.pad(mask, 1).view(np.uint8)
    code = pixels[:-1, :-1] | pixels[:-1, 1:] << 1 | pixels[1:, :-1] << 2 | pixels[1:, 1:] << 3
    rows, cols = np.nonzero(_CORNERS[code])
    found = code[rows, cols].astype(np.int64)
    copies = np.where(np.isin(found, (_FALLING, _RISING)), 2, 1)
    return np.repeat(np.stack([cols, rows], axis=1), copies, axis=0), np.repeat(found, copies)


def _link(corners: Ints, code: Ints) -> _Rings:
    """Find the corner that follows each: the other end of the edge by which the outline leaves it."""
    number = np.arange(len(code))
    is_second = np.r_[False, (corners[1:] == corners[:-1]).all(axis=1)]
    # the crack turns such that pixels touching at a corner stay together: the copy with the edge above first
    is_lower = np.where(code == _FALLING, ~is_second, is_second) & np.isin(code, (_FALLING, _RISING))
    by_column = np.lexsort((is_lower, corners[:, 1], corners[:, 0]))
    along_column = np.empty_like(number)
    along_column[by_column] = by_column[number ^ 1]
    following = np.where(_ALONG_ROW[code], number ^ 1, along_column)
    return _Rings(corners, following, np.zeros(len(code), bool))


def _with_bridges(rings: _Rings, code: Ints, mask: CrackMask) -> _Rings:
    """Join each hole to what lies straight above its first corner: four points, there and back."""
    first = np.array([ring[0] for ring in rings.walk()])
    hole = first[np.isin(code[first], _FIRST_OF_HOLE)]
    cols, rows = rings.points[hole].T
    ceilings = _rise(rows, cols, mask)
    starts = 2 * _edges_at(
        rings.points[::2], ceilings, cols, mask
    )  # with the crack below: walked to the right
    order = np.lexsort((cols, starts))
    hole, starts, cols, rows, ceilings = (a[order] for a in (hole, starts, cols, rows, ceilings))

    down, back, up = len(code) + np.arange(3 * len(hole)).reshape(3, -1)
    is_first = np.diff(starts, prepend=-1) != 0
    is_last = np.diff(starts, append=-1) != 0
    following = np.concatenate([rings.following, hole, up, starts + 1])
    before_hole = np.argsort(rings.following)[hole]
    following[before_hole] = back
    following[starts[is_first]] = down[is_first]
    following[up[~is_last]] = down[~is_first]
    ends = np.stack([cols, ceilings], axis=1)
    is_fixed = np.zeros(len(following), bool)
    is_fixed[np.concatenate([hole, down, back, up])] = True
    points = np.concatenate([rings.points, ends, np.stack([cols, rows], axis=1), ends])
    return _Rings(points, following, is_fixed)


def _rise(rows: Ints, cols: Ints, mask: CrackMask) -> Ints:
    """Go straight up from corners (B,) inside the crack, and give the row where it ends (B,)."""
    rows = rows.copy()
    rising = np.arange(len(rows))
    while len(rising):
        above, right = rows[rising] - 1, cols[rising]
        rising = rising[(above >= 0) & mask[above, right - 1] & mask[above, right]]
        rows[rising] -= 1
    return rows


def _edges_at(left_ends: Ints, rows: Ints, cols: Ints, mask: CrackMask) -> Ints:
    """Find the horizontal edges above the crack that hold the given corners (B,)."""
    stride = mask.shape[1] + 2
    key = left_ends[:, 1] * stride + left_ends[:, 0]
    at = np.searchsorted(key, rows * stride + cols)
    is_open = (rows == 0) | ~mask[rows - 1, cols - 1]
    return np.asarray(at - is_open)


def _without_repeats(points: Floats) -> Floats:
    return np.asarray(points[(points != np.roll(points, 1, axis=0)).any(axis=1)])


def _simplified(points: Floats, is_fixed: NDArray[np.bool_], tolerance_px: float) -> Floats:
    """Leave out points, but none at the end of a bridge, and never so many that nothing is left."""
    fixed = np.flatnonzero(is_fixed)
    if len(fixed):
        points, fixed = np.roll(points, -fixed[0], axis=0), fixed - fixed[0]
        closed = np.concatenate([points, points[:1]])
        ends = [*fixed[1:], len(points)]
        parts = [_simplified_part(closed[a : b + 1], tolerance_px)[:-1] for a, b in zip(fixed, ends)]
        simple = _without_repeats(np.concatenate(parts))
    else:
        simple = _approximated(points, tolerance_px, is_closed=True)
    is_area = len(simple) >= _LEAST_POINTS and cv2.contourArea(simple.astype(np.float32)) > 0
    return simple if is_area else _without_repeats(points)


def _simplified_part(points: Floats, tolerance_px: float) -> Floats:
    """Simplify an open line and keep its ends; one that comes back to its start is parted far from it."""
    if len(points) <= _LEAST_POINTS or (points[0] != points[-1]).any():
        return _approximated(points, tolerance_px, is_closed=False)
    middle = int(np.hypot(*(points - points[0]).T).argmax())
    first = _approximated(points[: middle + 1], tolerance_px, is_closed=False)
    return np.concatenate([first[:-1], _approximated(points[middle:], tolerance_px, is_closed=False)])


def _approximated(points: Floats, tolerance_px: float, *, is_closed: bool) -> Floats:
    """Douglas and Peucker's line; coordinates are whole and far below 2**24, so float32 is exact."""
    line = cv2.approxPolyDP(points.astype(np.float32)[:, None], tolerance_px, is_closed)
    return np.asarray(line.reshape(-1, 2), np.float64)
