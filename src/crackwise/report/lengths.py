"""Metres of crack by class of width over all photos of a run, and their cost at the user's prices.

P points of all centrelines.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import Floats
from crackwise.inspection.record import BranchRecord, InspectionRecord
from crackwise.report.verdicts import CodeChoice
from crackwise.severity.quantities import (
    BORDERS_MM,
    Budget,
    LengthByWidth,
    PriceList,
    length_by_width,
    point_lengths,
    price,
)


@dataclass(frozen=True, slots=True)
class Quantities:
    """What there is to seal.

    Parameters
    ----------
    lengths
        Metres by class of width, over the photos with a scale.
    budget
        None without prices.
    too_fine_m
        Part of ``lengths.unknown_m`` that is below what its photo can certify.
    unscaled_count
        Photos with cracks that are left out because they have no scale.
    """

    lengths: LengthByWidth
    budget: Budget | None
    too_fine_m: float
    unscaled_count: int

    @classmethod
    def of(
        cls, records: Sequence[InspectionRecord], choice: CodeChoice | None, prices: PriceList | None
    ) -> "Quantities | None":
        """Add up the cracks of a run; None when no photo has a scale."""
        if all(record.scale is None for record in records):
            return None
        points = crack_points(records)
        widths_mm, lengths_mm = np.where(points.too_fine, np.nan, points.width_mm), points.length_mm
        return cls(
            lengths=length_by_width(widths_mm, lengths_mm, borders_mm(choice)),
            budget=None if prices is None else price(widths_mm, lengths_mm, prices),
            too_fine_m=float(lengths_mm[points.too_fine].sum()) / 1000,
            unscaled_count=sum(record.scale is None and bool(record.cracks) for record in records),
        )

    @property
    def unknown_m(self) -> float:
        """Length whose width is not known for another reason than being too fine: near junctions and tips."""
        return self.lengths.unknown_m - self.too_fine_m

    @property
    def words(self) -> str:
        """What the metres are of, and what is left out of them."""
        words = (
            "Metres of crack by width at the place, over all photos with a scale. Photos that overlap are "
            "counted each; measure a place once."
        )
        left_out = f" {self.unscaled_count} photos with cracks have no scale and are left out."
        return words + (left_out if self.unscaled_count else "")


@dataclass(frozen=True, slots=True)
class CrackPoints:
    """Width (P,), mm, NaN where not known; length (P,), mm; whether its photo cannot certify that width."""

    width_mm: Floats
    length_mm: Floats
    too_fine: NDArray[np.bool_]


def borders_mm(choice: CodeChoice | None) -> tuple[float, ...]:
    """Choose the borders between classes: those of the code and the usual ones above, or the usual ones."""
    own = choice.widths_mm() if choice else ()
    return (*own, *(border for border in BORDERS_MM if not own or border > own[-1]))


def crack_points(records: Sequence[InspectionRecord]) -> CrackPoints:
    """Collect the points of all cracks in photos with a scale."""
    pieces = [_branch_points(record, branch) for record, branch in _scaled_branches(records)]
    if not pieces:
        return CrackPoints(np.empty(0), np.empty(0), np.empty(0, bool))
    return CrackPoints(*(np.concatenate(column) for column in zip(*pieces)))


def _scaled_branches(
    records: Sequence[InspectionRecord],
) -> Iterator[tuple[InspectionRecord, BranchRecord]]:
    for record in records:
        if record.scale is not None:
            yield from ((record, branch) for branch in record.network.branches)


def _branch_points(
    record: InspectionRecord, branch: BranchRecord
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    assert record.scale is not None
    mm_per_px = record.scale.mm_per_px
    is_crack_too_fine = any(c.crack == branch.crack and not c.is_measurable for c in record.cracks)
    too_fine = is_crack_too_fine | (branch.width_px < (record.summary.smallest_width_px or 0.0))
    return branch.width_px * mm_per_px, point_lengths(branch.path) * mm_per_px, too_fine
