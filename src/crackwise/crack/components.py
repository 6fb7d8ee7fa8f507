"""Connected regions of a mask, kept as horizontal runs instead of a label image.

A crack covers one or two per cent of a photo, so its runs are a few ten thousand numbers where a label
image is 4 bytes for every pixel (1.2 GB at 300 MP). On a 12 MP mask of ten cracks this takes 20 ms, a label
image by OpenCV 65 ms.

R runs, C regions, K pixels.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from crackwise.arrays import CrackMask, Ints

_BLOCK_PX = 4_000_000


@dataclass(frozen=True, slots=True)
class Components:
    """Connected regions, numbered from 0.

    Parameters
    ----------
    row, left, right
        (R,) the runs in reading order; columns left to right - 1 are True.
    region
        (R,) the region of each run.
    count
        C.
    shape
        (H, W) of the mask.
    """

    row: Ints
    left: Ints
    right: Ints
    region: Ints
    count: int
    shape: tuple[int, int]

    def areas_px(self) -> Ints:
        """Count the pixels of each region, (C,)."""
        areas = np.bincount(self.region, weights=self.right - self.left, minlength=self.count)
        return areas.astype(np.int64)

    def boxes(self) -> Ints:
        """Bound each region by top, left, bottom, right, half-open, (C, 4)."""
        low = np.full((self.count, 2), np.iinfo(np.int64).max)
        high = np.zeros((self.count, 2), np.int64)
        np.minimum.at(low, self.region, np.stack([self.row, self.left], axis=1))
        np.maximum.at(high, self.region, np.stack([self.row + 1, self.right], axis=1))
        return np.concatenate([low, high], axis=1)

    def region_at(self, rows: Ints, cols: Ints) -> Ints:
        """Look up the region of pixels; -1 where the mask is False or the pixel lies outside."""
        width = self.shape[1] + 1
        if self.count == 0:
            return np.full(len(rows), -1)
        run = np.searchsorted(self.row * width + self.left, rows * width + cols, side="right") - 1
        inside = (run >= 0) & (self.row[run] == rows) & (self.left[run] <= cols) & (cols < self.right[run])
        return np.where(inside, self.region[run], -1)

    def pixels(self, chosen: NDArray[np.bool_] | slice = slice(None)) -> tuple[Ints, Ints, Ints]:
        """List the pixels of the chosen runs as rows, columns and regions, each (K,)."""
        length = (self.right - self.left)[chosen]
        before = np.cumsum(length) - length
        step = np.arange(length.sum()) - np.repeat(before, length)
        cols = np.repeat(self.left[chosen], length) + step
        return np.repeat(self.row[chosen], length), cols, np.repeat(self.region[chosen], length)

    def each(self) -> Iterator[tuple[Ints, Ints]]:
        """Yield rows and columns of the pixels of one region after the other."""
        rows, cols, region = self.pixels()
        order = np.argsort(region, kind="stable")
        ends = np.cumsum(np.bincount(region, minlength=self.count))
        for begin, end in zip(np.concatenate([[0], ends[:-1]]), ends):
            yield rows[order[begin:end]], cols[order[begin:end]]


def find_components(mask: CrackMask, connectivity: Literal[4, 8] = 8) -> Components:
    """Label the connected regions of a mask, numbered in reading order of their first pixel."""
    row, left, right = _runs(mask)
    if not len(row):
        return Components(row, left, right, row, 0, (mask.shape[0], mask.shape[1]))
    above, below = _links(row, left, right, mask.shape[1] + 3, reach=int(connectivity == 8))
    links = coo_array((np.ones(len(above), np.int8), (above, below)), shape=(len(row), len(row)))
    count, region = connected_components(links, directed=False)
    return Components(row, left, right, region.astype(np.int64), count, (mask.shape[0], mask.shape[1]))


def fill_pores(mask: CrackMask, max_area_px: int) -> CrackMask:
    """Fill the enclosed holes of at most `max_area_px`; a pinhole would make a loop in the skeleton."""
    background = find_components(~mask, connectivity=4)
    top, left, bottom, right = background.boxes().T
    enclosed = (top > 0) & (left > 0) & (bottom < mask.shape[0]) & (right < mask.shape[1])
    is_pore = enclosed & (background.areas_px() <= max_area_px)
    rows, cols, _ = background.pixels(is_pore[background.region])
    filled = mask.copy()
    filled[rows, cols] = True
    return filled


def _runs(mask: CrackMask) -> tuple[Ints, Ints, Ints]:
    """Row, first column and column after the last of every run, in reading order."""
    H, W = mask.shape
    block_rows = max(1, _BLOCK_PX // (W + 1))
    starts, stops = [], []
    for top in range(0, H, block_rows):
        block = mask[top : top + block_rows]
        padded = np.zeros((len(block), W + 1), np.bool_)  # the False last column ends every run with its row
        padded[:, :W] = block
        start, stop = _changes(padded.ravel())
        starts.append(start + top * (W + 1))
        stops.append(stop + top * (W + 1))
    start, stop = np.concatenate(starts), np.concatenate(stops)
    row = start // (W + 1)
    return row, start - row * (W + 1), stop - row * (W + 1)


def _changes(flat: NDArray[np.bool_]) -> tuple[NDArray[Any], NDArray[Any]]:
    change = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    if flat[0]:
        change = np.concatenate([[0], change])
    return change[0::2], change[1::2]


def _links(row: Ints, left: Ints, right: Ints, stride: int, reach: int) -> tuple[Ints, Ints]:
    """Pairs of runs that touch across neighbouring rows."""
    start, stop, row_above = row * stride + left, row * stride + right, (row - 1) * stride
    first = np.searchsorted(stop, row_above + left - reach, side="right")
    last = np.searchsorted(start, row_above + right + reach, side="left")
    count = np.maximum(last - first, 0)
    below = np.repeat(np.arange(len(row)), count)
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(first, count) + step, below
