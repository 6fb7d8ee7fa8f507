"""The width along one crack, read from its record and averaged as its largest width is: what a plot shows.

P points of a branch.
"""

from dataclasses import dataclass

import numpy as np

from crackwise.arrays import Floats, Ints
from crackwise.crack.form import path_length_px
from crackwise.crack.measurements import CrackMeasurement
from crackwise.crack.profiles import smooth_along
from crackwise.crack.statistics import EXTREME_ALONG_PX
from crackwise.crack.widths import CONTOUR, NONE
from crackwise.inspection.record import BranchRecord, InspectionRecord
from crackwise.report.figures import Unit
from crackwise.scale import Scale

BRANCHES_MOST = 6
"""More branches one after the other cannot be told apart in a plot."""

POINTS_MOST = 500
"""A plot of 720 units shows no more; of longer cracks equal stretches are averaged."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One branch: place along the crack, width, ends of its 90 % interval, and method; all (P,).

    What is not known is NaN.
    """

    along: Floats
    width: Floats
    low: Floats
    high: Floats
    method: Ints


@dataclass(frozen=True, slots=True)
class WidthProfile:
    """Branches one after the other: that with the largest width, then the longest.

    Parameters
    ----------
    pieces
        Each begins where the one before ends.
    unit
        Of places and widths.
    branches
        How many the crack has; `BRANCHES_MOST` are pieces.
    smallest
        The smallest width that can be measured at the crack; None when it is not known.
    """

    pieces: tuple[Piece, ...]
    unit: Unit
    branches: int
    smallest: float | None = None

    @classmethod
    def of(cls, record: InspectionRecord, crack: CrackMeasurement) -> "WidthProfile | None":
        """Read the widths along a crack; None when it is too fine to be measured or no width is known."""
        own = [branch for branch in record.network.branches if branch.crack == crack.crack]
        if not crack.is_measurable or not any(np.isfinite(branch.width_px).any() for branch in own):
            return None
        own.sort(key=lambda branch: path_length_px(branch.path), reverse=True)
        widest = max(own, key=_largest_px)
        own.sort(key=lambda branch: branch is not widest)
        shown = own[:BRANCHES_MOST]
        step = -(-sum(len(branch.path) for branch in shown) // POINTS_MOST)
        pieces, start = [], 0.0
        for branch in shown:
            piece = _piece(branch, record, start)
            start = float(piece.along[-1])
            pieces.append(_averaged(piece, step))
        bound_px = crack.bound_px(record.summary.smallest_width_px)
        if record.scale is None:
            return cls(tuple(pieces), "px", len(own), bound_px)
        return cls(tuple(pieces), "mm", len(own), bound_px and record.scale.at_most_mm(bound_px))

    @property
    def length(self) -> float:
        """Where the last piece ends."""
        return float(self.pieces[-1].along[-1])


def _largest_px(branch: BranchRecord) -> float:
    width_px = _along(branch.width_px)
    return round(float(np.nanmax(width_px)), 2) if np.isfinite(width_px).any() else 0.0


def _along(values: Floats) -> Floats:
    """Average over neighbours with a width as `crackwise.crack.statistics` does for the largest."""
    known = np.isfinite(values)
    averaged = np.full(len(values), np.nan)
    averaged[known] = smooth_along(values[known], np.zeros(int(known.sum()), int), EXTREME_ALONG_PX)
    return averaged


def _piece(branch: BranchRecord, record: InspectionRecord, start: float) -> Piece:
    scale = record.scale or Scale(1.0)
    steps = np.hypot(*np.diff(branch.path, axis=0).T)
    width = _along(branch.width_px)
    low, high = (
        _along(ends) if len(ends) else np.full(len(width), np.nan) for ends in (branch.low_px, branch.high_px)
    )
    low_end, high_end = scale.width_range_mm(width, low, high)
    return Piece(
        along=start + scale.mm_per_px * np.concatenate([[0.0], np.cumsum(steps)]),
        width=scale.mm_per_px * width,
        low=low_end,
        high=high_end,
        method=branch.method if len(branch.method) else np.where(np.isfinite(width), CONTOUR, NONE),
    )


def _averaged(piece: Piece, step: int) -> Piece:
    """Average stretches of `step` points; the ends stay, and the largest width with its interval."""
    if step == 1 or len(piece.along) < 2 * step:
        return piece
    starts = np.arange(0, len(piece.along) - step + 1, step)
    along = np.add.reduceat(piece.along, starts) / np.diff(np.append(starts, len(piece.along)))
    along[0], along[-1] = piece.along[0], piece.along[-1]
    columns = (piece.width, piece.low, piece.high)
    width, low, high = (_means(values, starts) for values in columns)
    if np.isfinite(piece.width).any():
        peak = int(np.nanargmax(piece.width))
        stretch = int(np.searchsorted(starts, peak, side="right")) - 1
        for means, values in zip((width, low, high), columns):
            means[stretch] = values[peak]
    return Piece(along, width, low, high, np.maximum.reduceat(piece.method, starts))


def _means(values: Floats, starts: Ints) -> Floats:
    known = np.isfinite(values)
    counts = np.add.reduceat(known.astype(float), starts)
    sums = np.add.reduceat(np.where(known, values, 0.0), starts)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
