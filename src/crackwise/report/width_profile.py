"""The width along one crack, read from its record: what a profile plot shows.

P points of a branch.
"""

from dataclasses import dataclass

import numpy as np

from crackwise.arrays import Floats, Ints
from crackwise.crack.form import path_length_px
from crackwise.crack.measure import CrackMeasurement
from crackwise.crack.widths import CONTOUR, NONE
from crackwise.inspection.record import BranchRecord, InspectionRecord
from crackwise.report.figures import Unit
from crackwise.scale import Scale

BRANCHES_MOST = 6
"""More branches one after the other cannot be told apart in a plot."""

POINTS_MOST = 500
"""A plot of 720 units shows no more; longer cracks are averaged over equal stretches."""


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
    """Branches one after the other, the longest first.

    Parameters
    ----------
    pieces
        Each begins where the one before ends.
    unit
        Of places and widths.
    branches
        How many the crack has; the longest `BRANCHES_MOST` are pieces.
    smallest
        The smallest width that the photo can certify; None when it is not known.
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
        shown = own[:BRANCHES_MOST]
        step = -(-sum(len(branch.path) for branch in shown) // POINTS_MOST)
        pieces, start = [], 0.0
        for branch in shown:
            piece = _piece(branch, record, start)
            start = float(piece.along[-1])
            pieces.append(_averaged(piece, step))
        summary = record.summary
        if record.scale is None:
            return cls(tuple(pieces), "px", len(own), summary.smallest_width_px)
        return cls(tuple(pieces), "mm", len(own), summary.smallest_width_mm)

    @property
    def length(self) -> float:
        """Where the last piece ends."""
        return float(self.pieces[-1].along[-1])


def _piece(branch: BranchRecord, record: InspectionRecord, start: float) -> Piece:
    scale = record.scale or Scale(1.0)
    steps = np.hypot(*np.diff(branch.path, axis=0).T)
    width = branch.width_px
    low, high = (
        ends if len(ends) else np.full(len(width), np.nan) for ends in (branch.low_px, branch.high_px)
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
    """Average stretches of `step` points; the ends stay."""
    if step == 1 or len(piece.along) < 2 * step:
        return piece
    starts = np.arange(0, len(piece.along) - step + 1, step)
    along = np.add.reduceat(piece.along, starts) / np.diff(np.append(starts, len(piece.along)))
    along[0], along[-1] = piece.along[0], piece.along[-1]
    return Piece(
        along=along,
        width=_means(piece.width, starts),
        low=_means(piece.low, starts),
        high=_means(piece.high, starts),
        method=np.maximum.reduceat(piece.method, starts),
    )


def _means(values: Floats, starts: Ints) -> Floats:
    known = np.isfinite(values)
    counts = np.add.reduceat(known.astype(float), starts)
    sums = np.add.reduceat(np.where(known, values, 0.0), starts)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
