"""Places in a photo, a group of neighbours at a time, so that a part of the photo is enough for each.

H rows, W columns, P places.
"""

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from crackwise.arrays import Floats, Ints

_BLOCK_PX = 512
_STRIDE = 1 << 20
"""More blocks than a row of any photo has."""


def by_block(places: Floats | Ints) -> Iterator[Ints]:
    """Give the numbers of the places (P, 2) that lie in the same square of 512 px, square after square."""
    row, col = np.floor_divide(places.T, _BLOCK_PX)
    block = (row * _STRIDE + col).astype(np.int64)
    order = np.argsort(block, kind="stable")
    block = block[order]
    cuts = [0, *(np.flatnonzero(block[1:] != block[:-1]) + 1).tolist(), len(order)]
    yield from (order[start:stop] for start, stop in pairwise(cuts) if stop > start)


def around(places: Floats | Ints, reach_px: float, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Give the rows and columns of a photo (H, W) within reach of places (P, 2), at least one of each."""

    def side(along: Floats | Ints, size: int) -> slice:
        first = min(max(math.floor(along.min() - reach_px), 0), size - 1)
        return slice(first, min(max(math.ceil(along.max() + reach_px + 1), first + 1), size))

    return side(places[:, 0], shape[0]), side(places[:, 1], shape[1])
