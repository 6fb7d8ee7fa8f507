"""Masks as lengths of runs, as COCO stores them: of 0 and 1 in turn, beginning with 0, down the columns.

R runs, K pixels.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Ints
from crackwise.errors import DataError


class Box(NamedTuple):
    """Where something lies in a photo, in px."""

    left: int
    top: int
    width: int
    height: int


_MOST_BITS = 35  # of one run: seven characters of five bits, which is above any mask


def connected_parts(mask: CrackMask) -> Iterator[tuple[Box, Ints, Ints]]:
    """Give the box of each 8-connected part of a mask, and its rows and columns (K,) counted from there."""
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    for number in range(1, count):
        left, top, width, height = (int(value) for value in boxes[number, :4])
        rows, cols = np.nonzero(labels[top : top + height, left : left + width] == number)
        yield Box(left, top, width, height), rows, cols


def run_lengths(rows: Ints, cols: Ints, shape: tuple[int, ...]) -> list[int]:
    """Encode pixels (K,) column by column as COCO does: runs of 0 and 1 in turn, beginning with 0."""
    place = np.sort(cols.astype(np.int64) * shape[0] + rows)
    is_start = np.diff(place, prepend=-2) > 1
    is_end = np.diff(place, append=np.iinfo(np.int64).max) > 1
    edges = np.stack([place[is_start], place[is_end] + 1], axis=1).ravel()
    counts: list[int] = np.diff(np.concatenate([[0], edges, [shape[0] * shape[1]]])).tolist()
    return counts if counts[-1] or len(counts) == 1 else counts[:-1]


def checked_runs(counts: Sequence[int] | bytes, height: int, width: int) -> Ints:
    """Give the lengths of runs (R,) of a mask of (height, width), uncompressed.

    Raises
    ------
    DataError
        If they are damaged, or do not add up to the mask.
    """
    lengths = _uncompressed(counts) if isinstance(counts, bytes) else _whole_numbers(counts)
    total = int(lengths.sum())
    if total != height * width or lengths.min(initial=0) < 0:
        raise DataError(
            f"run lengths add up to {total} px but the mask has {height * width} ({width}×{height}); "
            "export the annotations again"
        )
    return lengths


def columns_of_runs(lengths: Ints, height: int) -> tuple[int, CrackMask]:
    """Decode the columns that hold any 1, as the first of them and (height, columns)."""
    ends = np.cumsum(lengths)
    is_one = (np.arange(len(lengths)) % 2 == 1) & (lengths > 0)
    if not is_one.any():
        return 0, np.zeros((height, 0), bool)
    left = int((ends - lengths)[is_one][0] // height)
    right = int((ends[is_one][-1] - 1) // height) + 1
    clipped: Ints = np.clip(np.concatenate([[0], ends]), left * height, right * height)
    values = np.arange(len(lengths)) % 2 == 1
    return left, np.repeat(values, clipped[1:] - clipped[:-1]).reshape(right - left, height).T


def _whole_numbers(counts: Sequence[int]) -> Ints:
    if any(type(count) is not int or abs(count) >= 1 << _MOST_BITS for count in counts):
        raise DataError("run lengths are no whole numbers; export the annotations again")
    return np.array(counts, np.int64)


def _uncompressed(text: bytes) -> Ints:
    """Decode COCO's compressed runs: 5 bits a character; from the 4th run on differences to the last but one.

    Written out because pycocotools reads past the end of a damaged string.
    """
    chunk = np.frombuffer(text, np.uint8).astype(np.int64) - 48
    is_last = (chunk & 0x20) == 0
    if ((chunk < 0) | (chunk > 63)).any() or (len(chunk) and not is_last[-1]):
        raise DataError("compressed run lengths are damaged; export the annotations again")
    ends = np.flatnonzero(is_last)
    starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else ends
    shift = 5 * (np.arange(len(chunk)) - np.repeat(starts, np.diff(starts, append=len(chunk))))
    if shift.max(initial=0) >= _MOST_BITS:
        raise DataError("compressed run lengths are damaged; export the annotations again")
    bits = (chunk & 0x1F) << shift
    values = np.add.reduceat(bits, starts) if len(ends) else bits
    values -= np.where(chunk[ends] & 0x10, 1 << (shift[ends] + 5), 0)
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return values
