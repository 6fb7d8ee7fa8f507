"""Exact coverage of strokes on the pixel grid; shares nothing with the measuring of cracks.

Each stroke is a chain of quadrilaterals. Every pixel row is cut into 16 sample lines; along a sample line the
union of all quadrilaterals is exact, so that a width is off by 1/16 px at most and overlaps count once.
S spans (quadrilateral, sample line), Q quadrilaterals. Inside, pixel j covers [j, j + 1).
"""

from collections.abc import Sequence

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Floats, Ints
from crackwise.data.draw.noise import Shape
from crackwise.data.draw.paths import Stroke

LINES_PER_PX = 16


def coverage_of(strokes: Sequence[Stroke], shape: Shape) -> Floats:
    """Compute the share of each pixel that lies inside any stroke.

    Returns
    -------
    (H, W) float32 in [0, 1].
    """
    if not strokes:
        return np.zeros(shape, np.float32)
    quads = np.concatenate([_quads(stroke) for stroke in strokes]) + 0.5
    line, low, high = _spans(quads, shape)
    return _deposited(*_union(line, low, high, shape[1] + 2), shape)


def mask_of(strokes: Sequence[Stroke], coverage: Floats) -> CrackMask:
    """Label the pixels that are cracked for at least half of their area or hold a centreline.

    The second clause keeps a hairline of less than about 1 px connected.
    """
    line = np.zeros(coverage.shape, np.uint8)
    paths = [np.rint(stroke.path[:, ::-1]).astype(np.int32) for stroke in strokes]
    cv2.polylines(line, paths, isClosed=False, color=1, thickness=1, lineType=cv2.LINE_8)
    return (coverage >= 0.5) | (line > 0)


def _quads(stroke: Stroke) -> Floats:
    """Return the (Q, 4, 2) corners of the pieces between neighbouring points."""
    tangent = np.gradient(stroke.path, axis=0)
    tangent = tangent / np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], 1)
    left = stroke.path + normal * stroke.left_px[:, None]
    right = stroke.path - normal * stroke.right_px[:, None]
    return np.stack([left[:-1], left[1:], right[1:], right[:-1]], 1)


def _spans(quads: Floats, shape: Shape) -> tuple[Ints, Floats, Floats]:
    """Cut each quadrilateral by its sample lines: (S,) line number, first and last column."""
    rows = quads[:, :, 0]
    first = np.maximum(np.ceil(rows.min(1) * LINES_PER_PX - 0.5), 0).astype(int)
    last = np.minimum(np.floor(rows.max(1) * LINES_PER_PX - 0.5), shape[0] * LINES_PER_PX - 1).astype(int)
    count = np.maximum(last - first + 1, 0)
    quad = np.repeat(np.arange(len(quads)), count)
    line = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + first[quad]
    row = (line + 0.5) / LINES_PER_PX
    low, high = np.full(len(line), np.inf), np.full(len(line), -np.inf)
    for start, end in zip(range(4), (1, 2, 3, 0)):
        (y0, x0), (y1, x1) = quads[quad, start].T, quads[quad, end].T
        with np.errstate(divide="ignore", invalid="ignore"):
            column = x0 + (row - y0) * (x1 - x0) / (y1 - y0)
        crosses = (y0 <= row) != (y1 <= row)
        low = np.where(crosses, np.minimum(low, column), low)
        high = np.where(crosses, np.maximum(high, column), high)
    low, high = np.clip(low, 0, shape[1]), np.clip(high, 0, shape[1])
    is_real = high > low
    return line[is_real], low[is_real], high[is_real]


def _union(line: Ints, low: Floats, high: Floats, stride: int) -> tuple[Floats, Floats]:
    """Merge overlapping spans; a place is ``line × stride + column``, so lines never touch."""
    order = np.argsort(line * stride + low)
    begin, end = (line * stride + low)[order], (line * stride + high)[order]
    furthest = np.maximum.accumulate(end) if len(end) else end
    opens = np.concatenate([[True], begin[1:] > furthest[:-1]])[: len(begin)]
    closes = np.concatenate([opens[1:], [True]])[: len(begin)]
    return begin[opens], furthest[closes]


def _deposited(begin: Floats, end: Floats, shape: Shape) -> Floats:
    """Add disjoint spans to the pixels they cover, as differences that are then summed along rows."""
    H, W = shape
    stride = W + 2
    change = np.zeros(H * stride)
    for place, sign in ((begin, 1.0), (end, -1.0)):
        line = (place // stride).astype(int)
        column = place - line * stride
        cell = (line // LINES_PER_PX) * stride + np.floor(column).astype(int)
        share = column - np.floor(column)
        change += np.bincount(cell, sign * (1 - share), len(change))
        change += np.bincount(cell + 1, sign * share, len(change))
    covered = np.cumsum(change.reshape(H, stride), axis=1)[:, :W] / LINES_PER_PX
    return np.clip(covered, 0, 1).astype(np.float32)
