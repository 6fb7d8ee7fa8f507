"""Quantities: metres of crack by class of width, and their cost at the user's prices.

P points along cracks. A class holds the widths from its lower border up to, not including, its upper one.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from crackwise.arrays import Floats, Range
from crackwise.errors import SettingsError
from crackwise.severity.table import read_table

BORDERS_MM = (0.1, 0.2, 0.3, 0.4, 1.0, 5.0, 20.0)
"""Default borders: around the limits of the codes for concrete, then wider ones for sealing and filling."""

ROUNDING = (
    "lengths are rounded to 0.01 m, costs are these lengths times the price, rounded to 0.01, "
    "and the total is the sum of the rounded costs"
)

_CENT = Decimal("0.01")
_FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class ClassLength:
    """Length of the cracks with widths in [from_mm, to_mm); `to_mm` is None for the widest class."""

    from_mm: float
    to_mm: float | None
    length_m: float

    @property
    def name(self) -> str:
        """The class in words: ``below 0.1 mm``, ``0.1 to 0.2 mm``, ``5 mm and more``."""
        return class_name(self.from_mm, self.to_mm)


@dataclass(frozen=True, slots=True)
class LengthByWidth:
    """Length of cracks by class of width.

    Parameters
    ----------
    classes
        From fine to wide, without gaps, from 0 on.
    unknown_m
        Length whose width is not known: near junctions, and of cracks too fine to be measured. It is never
        shared out among the classes.
    """

    classes: tuple[ClassLength, ...]
    unknown_m: float

    @property
    def total_m(self) -> float:
        """Length of all cracks."""
        return sum(one.length_m for one in self.classes) + self.unknown_m


class PriceClass(BaseModel):
    """What sealing one metre of crack of some width costs; without `to_mm` every wider crack."""

    model_config = _FROZEN

    name: str
    from_mm: float = Field(ge=0)
    to_mm: float | None = Field(default=None, gt=0)
    price_per_m: float = Field(ge=0)


class PriceList(BaseModel):
    """The user's unit prices, from fine to wide without gap or overlap."""

    model_config = _FROZEN

    currency: str = Field(min_length=1)
    title: str = ""
    classes: tuple[PriceClass, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _has_no_gap_and_no_overlap(self) -> Self:
        for one in self.classes:
            if one.to_mm is not None and one.to_mm <= one.from_mm:
                raise ValueError(
                    f"class {one.name} ends at {one.to_mm:g} mm, not above its start at {one.from_mm:g} mm; "
                    "give a larger to_mm"
                )
        for finer, wider in pairwise(self.classes):
            if finer.to_mm != wider.from_mm:
                raise ValueError(_seam_fault(finer, wider))
        return self


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One class of the price list with its length and cost, both rounded as `ROUNDING` says.

    The ranges are those of `price_between`; None from `price`.
    """

    name: str
    from_mm: float
    to_mm: float | None
    length_m: float
    price_per_m: float
    cost: float
    length_range_m: Range | None = None
    cost_range: Range | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """What sealing the measured cracks costs.

    Parameters
    ----------
    currency
        As the price list names it.
    rows
        One per class of the price list.
    total
        Sum of the rows.
    unpriced_m
        Length with a width that the price list does not hold; not in the total.
    unknown_m
        Length whose width is not known; not in the total.
    rounding
        How the figures were rounded, to be shown below the table.
    total_range
        Least and largest total, from `price_between`; None from `price`.
    """

    currency: str
    rows: tuple[BudgetRow, ...]
    total: float
    unpriced_m: float
    unknown_m: float
    rounding: str = ROUNDING
    total_range: Range | None = None


def class_name(from_mm: float, to_mm: float | None) -> str:
    """Word a class of width."""
    if to_mm is None:
        return f"{from_mm:g} mm and more" if from_mm else "any width"
    return f"below {to_mm:g} mm" if from_mm == 0 else f"{from_mm:g} to {to_mm:g} mm"


def length_by_width(
    widths_mm: Floats, lengths_mm: Floats, borders_mm: Sequence[float] = BORDERS_MM
) -> LengthByWidth:
    """Add up the length of cracks by class of width.

    Parameters
    ----------
    widths_mm
        (P,) width at each point; NaN where it is not known.
    lengths_mm
        (P,) length that each point stands for, as `point_lengths` gives it.
    borders_mm
        Rising borders between classes, > 0; widths on a border belong to the wider class.

    Raises
    ------
    SettingsError
        If the borders do not rise, or the arrays do not fit together.
    """
    borders = _checked_borders(borders_mm)
    if widths_mm.shape != lengths_mm.shape or widths_mm.ndim != 1:
        raise SettingsError(
            f"widths {widths_mm.shape} and lengths {lengths_mm.shape} differ in shape; give one each a point"
        )
    is_known = np.isfinite(widths_mm)
    number = np.searchsorted(borders, widths_mm[is_known], side="right")
    length_m = np.bincount(number, lengths_mm[is_known], minlength=len(borders) + 1) / 1000
    sides: list[float | None] = [0.0, *borders, None]
    classes = [ClassLength(low or 0.0, high, float(m)) for (low, high), m in zip(pairwise(sides), length_m)]
    return LengthByWidth(tuple(classes), float(lengths_mm[~is_known].sum()) / 1000)


def load_prices(path: Path) -> PriceList:
    """Read a price list in TOML.

    Raises
    ------
    SettingsError
        If the file cannot be read, classes overlap or leave a gap, or a price is negative.
    """
    return read_table(path, PriceList)


def price(widths_mm: Floats, lengths_mm: Floats, prices: PriceList) -> Budget:
    """Price the sealing of cracks; arguments as for `length_by_width`, of all photos in one array each."""
    sides = [prices.classes[0].from_mm, *(one.to_mm for one in prices.classes)]
    borders = [side for side in sides if side]
    lengths = length_by_width(widths_mm, lengths_mm, borders)
    by_start = {one.from_mm: one.length_m for one in lengths.classes}
    rows = tuple(_row(one, by_start.pop(one.from_mm)) for one in prices.classes)
    return Budget(
        currency=prices.currency,
        rows=rows,
        total=float(sum((_decimal(row.cost) for row in rows), Decimal(0))),
        unpriced_m=float(_decimal(sum(by_start.values()))),
        unknown_m=float(_decimal(lengths.unknown_m)),
    )


def price_between(cases: Sequence[tuple[Floats, Floats]], prices: PriceList) -> Budget:
    """Price the sealing of cracks, and say between what the figures lie.

    Parameters
    ----------
    cases
        (widths_mm, lengths_mm) as for `price`: first as measured, then as they may be.
    prices
        The user's.
    """
    budgets = [price(widths_mm, lengths_mm, prices) for widths_mm, lengths_mm in cases]
    rows = [
        replace(
            one[0],
            length_range_m=between(row.length_m for row in one),
            cost_range=between(row.cost for row in one),
        )
        for one in zip(*(budget.rows for budget in budgets))
    ]
    return replace(budgets[0], rows=tuple(rows), total_range=between(budget.total for budget in budgets))


def between(values: Iterable[float]) -> Range:
    """Give the least and the largest of some values."""
    ordered = sorted(values)
    return ordered[0], ordered[-1]


def _row(price_class: PriceClass, length_m: float) -> BudgetRow:
    length = _decimal(length_m)
    cost = (length * Decimal(str(price_class.price_per_m))).quantize(_CENT, ROUND_HALF_UP)
    return BudgetRow(
        name=price_class.name,
        from_mm=price_class.from_mm,
        to_mm=price_class.to_mm,
        length_m=float(length),
        price_per_m=price_class.price_per_m,
        cost=float(cost),
    )


def _decimal(value: float) -> Decimal:
    """The value as it is printed, to two decimals: money is not added in binary."""
    return Decimal(str(value)).quantize(_CENT, ROUND_HALF_UP)


def _checked_borders(borders_mm: Sequence[float]) -> list[float]:
    borders = [float(border) for border in borders_mm]
    if not all(low < high < math.inf for low, high in pairwise([0.0, *borders])):
        raise SettingsError(f"borders {borders} mm do not rise from above 0; give them such as 0.1, 0.3, 1")
    return borders


def _seam_fault(finer: PriceClass, wider: PriceClass) -> str:
    if finer.to_mm is None:
        return f"class {finer.name} has no to_mm but {wider.name} follows it; only the last class may be open"
    fault = "overlap" if finer.to_mm > wider.from_mm else "leave a gap"
    return (
        f"classes {finer.name} (to {finer.to_mm:g} mm) and {wider.name} (from {wider.from_mm:g} mm) {fault}; "
        "let each start where the one before ends"
    )
