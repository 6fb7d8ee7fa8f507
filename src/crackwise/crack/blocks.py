"""Places in a photo, a group of neighbours at a time, so that a part of the photo is enough for each.

H rows, W columns, P places.
"""

from collections.abc import Iterator

import numpy as np

from crackwise.arrays import Floats, Ints

_BLOCK_PX = 512


def by_block(places: Floats | Ints) -> Iterator[Ints]:
    """Give the numbers of the places (P, 2) that lie in the same square of 512 px, square after square."""
    row, col = (places // _BLOCK_PX).astype(np.int64).T
    order = np.lexsort((col, row))
    ends = np.flatnonzero(np.diff(row[order]) | np.diff(col[order])) + 1
    if len(order):
        yield from np.split(order, ends)


def around(places: Floats | Ints, reach_px: float, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Give the rows and columns of a photo (H, W) within reach of places (P, 2), at least one of each."""
    first = np.floor(places.min(axis=0) - reach_px).clip(0, np.array(shape) - 1).astype(np.int64)
    last = np.ceil(places.max(axis=0) + reach_px + 1).clip(first + 1, shape).astype(np.int64)
    rows, cols = (slice(int(start), int(stop)) for start, stop in zip(first, last))
    return rows, cols
