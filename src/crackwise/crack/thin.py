"""Thinning of a mask to a skeleton one pixel wide, on the list of its pixels alone.

Guo's and Hall's two-pass parallel thinning (1989, doi:10.1145/62065.62074, algorithm A1), the one of
`skimage.morphology.thin`. Zhang's in `skimage.morphology.skeletonize` erases diagonal lines of even
thickness: of drawn slots at 135°, 2 to 5 px wide, it left a single pixel. Only pixels near the surface of the
moment are looked at, so the time follows the area of the cracks and not of the photo.

K pixels of a mask.
"""

import numpy as np
from numpy.typing import NDArray

from crackwise import scratch
from crackwise.arrays import Ints

_INNER, _SURFACE = 2, 1


def thin(rows: Ints, cols: Ints, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Tell which pixels of a mask make its skeleton.

    Parameters
    ----------
    rows, cols
        (K,) the pixels of the mask.
    shape
        (H, W) of the mask.

    Returns
    -------
    NDArray
        (K,) bool.
    """
    stride = shape[1] + 2
    neighbours = (1, 1 - stride, -stride, -stride - 1, -1, stride - 1, stride, stride + 1)
    canvas = scratch.zeros(((shape[0] + 2) * stride,))
    position = (rows + 1) * stride + cols + 1
    canvas[position] = _INNER
    surface = _exposed(canvas, position, _codes(canvas, position, neighbours) < 255)
    has_changed = True
    while has_changed:
        after_first = _pass(canvas, surface, neighbours, _GOES[0])
        after_second = _pass(canvas, after_first, neighbours, _GOES[1])
        has_changed = len(after_second) != len(surface) or (after_second != surface).any()
        surface = after_second
    stays: NDArray[np.bool_] = canvas[position] > 0
    return stays


def _exposed(canvas: NDArray[np.uint8], position: Ints, is_exposed: NDArray[np.bool_]) -> Ints:
    """Mark inner pixels of the canvas as surface and return them."""
    exposed: Ints = position[is_exposed]
    canvas[exposed] = _SURFACE
    return exposed


def _codes(canvas: NDArray[np.uint8], position: Ints, neighbours: tuple[int, ...]) -> NDArray[np.uint8]:
    """Which of the eight neighbours are there, one bit each."""
    codes = np.zeros(len(position), np.uint8)
    for bit, offset in enumerate(neighbours):
        codes |= (canvas[position + offset] > 0).view(np.uint8) << np.uint8(bit)
    return codes


def _pass(
    canvas: NDArray[np.uint8], surface: Ints, neighbours: tuple[int, ...], goes: NDArray[np.bool_]
) -> Ints:
    """Remove what one pass may from the canvas and return the surface that is left."""
    is_removed = goes[_codes(canvas, surface, neighbours)]
    removed = surface[is_removed]
    canvas[removed] = 0
    left = [surface[~is_removed]]
    for offset in neighbours:
        position = removed + offset
        left.append(_exposed(canvas, position, canvas[position] == _INNER))
    return np.concatenate(left)


def _removable(side: int) -> NDArray[np.bool_]:
    """(256,) whether a pixel with these neighbours goes (G1 to G3 of A1); bit 0 east, counter-clockwise."""
    neighbours = (np.arange(256)[:, None] >> np.arange(8)) & 1 == 1
    x1, x2, x3, x4, x5, x6, x7, x8 = neighbours.T
    corners = ((x1, x2, x3), (x3, x4, x5), (x5, x6, x7), (x7, x8, x1))
    crossings = sum((~a & (b | c)).astype(int) for a, b, c in corners)
    pairs = sum((a | b).astype(int) for a, b in ((x1, x2), (x3, x4), (x5, x6), (x7, x8)))
    other_pairs = sum((a | b).astype(int) for a, b in ((x2, x3), (x4, x5), (x6, x7), (x8, x1)))
    fewer = np.minimum(pairs, other_pairs)
    blocked = (x2 | x3 | ~x8) & x1 if side == 0 else (x6 | x7 | ~x4) & x5
    removable: NDArray[np.bool_] = (crossings == 1) & (fewer >= 2) & (fewer <= 3) & ~blocked
    return removable


_GOES = (_removable(0), _removable(1))
