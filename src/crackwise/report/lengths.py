"""Metres of crack by class of width over all photos of a run, and their cost at the user's prices.

P points of all centrelines.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import Floats, Range
from crackwise.crack.form import point_lengths
from crackwise.inspection.record import BranchRecord, InspectionRecord
from crackwise.report.code_choice import CodeChoice
from crackwise.report.figures import amount_text, counted
from crackwise.scale import share_text
from crackwise.severity.bounds import bound_text
from crackwise.severity.quantities import (
    BORDERS_MM,
    Budget,
    PriceList,
    between,
    length_by_width,
    price,
    price_between,
)

SHARES = (0.0, -1.0, -0.5, 0.5, 1.0)
"""How far widths and lengths are moved towards the ends of their intervals; a middle class may hold the most
halfway."""

WELL_ABOVE = 1.5
"""A border nearer to the widest of a code would make a class that says nothing, such as 19 to 20 mm."""

TOO_FINE, NOT_KNOWN = "too fine to be told", "width not known"


@dataclass(frozen=True, slots=True)
class Metres:
    """Length of the cracks of a class, and between what it lies; None where no error is known.

    ``from_mm`` is None for what is in no class of width, ``to_mm`` for the widest class too. ``is_seen`` is
    False where nothing is found that not every photo can show: how much there is cannot be known.
    """

    name: str
    length_m: float
    range_m: Range | None
    from_mm: float | None = None
    to_mm: float | None = None
    is_seen: bool = True

    @property
    def text(self) -> str:
        """The length in m, or a dash."""
        return amount_text(self.length_m) if self.is_seen else "–"


@dataclass(frozen=True, slots=True)
class Quantities:
    """What there is to seal, over the photos with a scale.

    Parameters
    ----------
    classes
        Metres by class of width, from fine to wide.
    too_fine, not_known
        What is finer than can be measured in its photo, and what has no width for another reason: near
        junctions and tips.
    total
        All of it.
    budget
        None without prices.
    unscaled_count
        Photos with cracks that are left out because they have no scale.
    smallest_mm
        Least and largest of the smallest widths that can be measured in the photos; None where not known.
    """

    classes: tuple[Metres, ...]
    too_fine: Metres
    not_known: Metres
    total: Metres
    budget: Budget | None
    unscaled_count: int
    smallest_mm: Range | None = None

    @classmethod
    def of(
        cls, records: Sequence[InspectionRecord], choice: CodeChoice | None, prices: PriceList | None
    ) -> "Quantities | None":
        """Add up the cracks of a run; None when no photo has a scale."""
        if all(record.scale is None for record in records):
            return None
        points = crack_points(records)
        cases = [points.moved(share) for share in (SHARES if points.has_errors else SHARES[:1])]
        *classes, too_fine, not_known, total = _metres(cases, points.too_fine, borders_mm(choice))
        smallest_mm = _smallest_mm(records)
        return cls(
            classes=tuple(_if_seen(one, smallest_mm) for one in classes),
            too_fine=too_fine,
            not_known=not_known,
            total=total,
            budget=_budget(cases, prices) if prices else None,
            unscaled_count=sum(record.scale is None and bool(record.cracks) for record in records),
            smallest_mm=smallest_mm,
        )

    @property
    def rows(self) -> tuple[Metres, ...]:
        """All but the total, as a report shows them."""
        too_fine = replace(self.too_fine, name="too fine to be told from the photo")
        not_known = replace(self.not_known, name="width not known, as near junctions and tips")
        return (*map(self._in_words, self.classes), too_fine, not_known)

    def _in_words(self, one: Metres) -> Metres:
        """Say of a class that is not seen of which photos."""
        if one.is_seen:
            return one
        assert self.smallest_mm is not None
        assert one.to_mm is not None
        which = "these photos" if one.to_mm <= self.smallest_mm[0] else "some of these photos"
        bounds = "–".join(dict.fromkeys(bound_text(bound_mm) for bound_mm in self.smallest_mm))
        return replace(one, name=f"{one.name}: below what {which} can show ({bounds} mm)")

    @property
    def rounding_words(self) -> str:
        """Say that the rows do not add up; empty where they do."""
        shown = sum(float(f"{one.length_m:.2f}") for one in self.rows)
        adds_up = amount_text(shown) == amount_text(self.total.length_m)
        return "" if adds_up else "Each row is rounded by itself, so that they do not add up to the total."

    @property
    def unpriced(self) -> tuple[float, str]:
        """Metres that the budget leaves out, and which share of all that is in words."""
        assert self.budget is not None
        left_out_m = self.budget.unpriced_m + self.budget.unknown_m
        share = left_out_m / self.total.length_m if self.total.length_m else 0.0
        return left_out_m, f"{share_text(share)} of all metres"

    @property
    def unpriced_words(self) -> str:
        """Say of what kinds these metres are, and how the others are rounded."""
        assert self.budget is not None
        return (
            f"Not in the total: {self.budget.unpriced_m:.2f} m with a width that the price list does not "
            f"hold, {self.budget.unknown_m:.2f} m too fine to be told or with a width that is not known; "
            f"{self.budget.rounding}."
        )

    @property
    def has_ranges(self) -> bool:
        """Whether any error of widths or scales is known."""
        return self.total.range_m is not None

    @property
    def words(self) -> str:
        """What the metres are of, between what they lie, and what is left out of them."""
        words = (
            "Metres of crack by width at the place, over all photos with a scale. Photos that overlap are "
            "counted each; measure a place once."
        )
        ranges = (
            " The 90 % column: the lowest and the highest figure if all widths and the scale were wrong in "
            "the same direction, within their 90 % intervals; an error of a scale that is not stated is not "
            "in it."
        )
        have = "has no scale and is" if self.unscaled_count == 1 else "have no scale and are"
        left_out = f" {counted(self.unscaled_count, 'photos')} with cracks {have} left out."
        return words + (ranges if self.has_ranges else "") + (left_out if self.unscaled_count else "")


@dataclass(frozen=True, slots=True)
class CrackPoints:
    """All points of a run, each (P,).

    Parameters
    ----------
    width_mm, low_mm, high_mm
        Width with the ends of its 90 % interval, the error of the scale in it; NaN where not known.
    length_mm, length_error_mm
        Length that a point stands for, and its error by that of the scale; 0 where that is not stated.
    too_fine
        Whether that width cannot be measured in its photo.
    """

    width_mm: Floats
    low_mm: Floats
    high_mm: Floats
    length_mm: Floats
    length_error_mm: Floats
    too_fine: NDArray[np.bool_]

    @property
    def has_errors(self) -> bool:
        """Whether any width or length may be another one."""
        return bool(np.any(self.low_mm < self.high_mm) or np.any(self.length_error_mm > 0))

    def moved(self, share: float) -> tuple[Floats, Floats]:
        """Give widths and lengths a share of the way to their upper ends, to their lower ones below 0.

        The width of what is too fine is NaN.
        """
        end_mm = self.high_mm if share > 0 else self.low_mm
        width_mm = self.width_mm + abs(share) * (end_mm - self.width_mm)
        return np.where(self.too_fine, np.nan, width_mm), self.length_mm + share * self.length_error_mm


def borders_mm(choice: CodeChoice | None) -> tuple[float, ...]:
    """Choose the borders between classes: the usual ones, or those of the code and usual ones well above."""
    own = choice.widths_mm() if choice else ()
    return (*own, *(border for border in BORDERS_MM if not own or border > WELL_ABOVE * own[-1]))


def _smallest_mm(records: Sequence[InspectionRecord]) -> Range | None:
    known = [record.summary.smallest_width_mm for record in records if record.summary.smallest_width_mm]
    return between(known) if known else None


def _if_seen(one: Metres, smallest_mm: Range | None) -> Metres:
    """Take the range from an empty class that not all photos can show: nothing bounds what is there."""
    is_empty = amount_text(one.length_m) == amount_text(0)
    if smallest_mm is None or one.to_mm is None or one.to_mm > smallest_mm[1] or not is_empty:
        return one
    return replace(one, range_m=None, is_seen=False)


def crack_points(records: Sequence[InspectionRecord]) -> CrackPoints:
    """Collect the points of all cracks in photos with a scale."""
    pieces = [_branch_points(record, branch) for record, branch in _scaled_branches(records)]
    if not pieces:
        none = np.empty(0)
        return CrackPoints(none, none, none, none, none, np.empty(0, bool))
    columns: Iterator[Any] = (
        np.concatenate([getattr(piece, field.name) for piece in pieces]) for field in fields(CrackPoints)
    )
    return CrackPoints(*columns)


def _scaled_branches(
    records: Sequence[InspectionRecord],
) -> Iterator[tuple[InspectionRecord, BranchRecord]]:
    for record in records:
        if record.scale is not None:
            yield from ((record, branch) for branch in record.network.branches)


def _branch_points(record: InspectionRecord, branch: BranchRecord) -> CrackPoints:
    assert record.scale is not None
    mm_per_px, error = record.scale.mm_per_px, record.scale.relative_error or 0.0
    [own] = [crack for crack in record.cracks if crack.crack == branch.crack]
    bound_px = own.bound_px(record.summary.smallest_width_px) or 0.0
    width_px = branch.width_px
    ends_px = (branch.low_px, branch.high_px) if len(branch.low_px) else (width_px, width_px)
    low_mm, high_mm = record.scale.width_range_mm(width_px, *ends_px)
    length_mm = point_lengths(branch.path) * mm_per_px
    return CrackPoints(
        width_mm=width_px * mm_per_px,
        low_mm=low_mm,
        high_mm=high_mm,
        length_mm=length_mm,
        length_error_mm=error * length_mm,
        too_fine=(not own.is_measurable) | (width_px < bound_px),
    )


def _metres(
    cases: Sequence[tuple[Floats, Floats]], too_fine: NDArray[np.bool_], borders: Sequence[float]
) -> Iterator[Metres]:
    """Give the metres of each class, too fine, not known and in all: as measured, and over all cases."""
    tables = [length_by_width(widths_mm, lengths_mm, borders) for widths_mm, lengths_mm in cases]
    fine_m = [float(lengths_mm[too_fine].sum()) / 1000 for _, lengths_mm in cases]
    for one in zip(*(table.classes for table in tables)):
        found = _metres_of(one[0].name, [each.length_m for each in one])
        yield replace(found, from_mm=one[0].from_mm, to_mm=one[0].to_mm)
    yield _metres_of(TOO_FINE, fine_m)
    yield _metres_of(NOT_KNOWN, [table.unknown_m - fine for table, fine in zip(tables, fine_m)])
    yield _metres_of("all", [table.total_m for table in tables])


def _metres_of(name: str, lengths_m: Sequence[float]) -> Metres:
    return Metres(name, lengths_m[0], between(lengths_m) if len(lengths_m) > 1 else None)


def _budget(cases: Sequence[tuple[Floats, Floats]], prices: PriceList) -> Budget:
    return price_between(cases, prices) if len(cases) > 1 else price(*cases[0], prices)
