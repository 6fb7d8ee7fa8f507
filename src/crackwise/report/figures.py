"""Figures as a reader wants them: a unit that fits, no digits that mean nothing, and their 90 % interval."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from crackwise.arrays import Range
from crackwise.crack.form import ALONG_DEG, MAP_LOOPS, SIDE_SHARE
from crackwise.crack.measurements import CrackMeasurement
from crackwise.inspection.record import InspectionRecord
from crackwise.scale import Scale, ScaleSource, share_text
from crackwise.severity.bounds import bound_text

Statistic = Literal["mean", "median", "p95", "max"]
Unit = Literal["mm", "px"]

STATISTIC_WORDS: dict[Statistic, str] = {
    "mean": "mean",
    "median": "median",
    "p95": "95th percentile",
    "max": "largest",
}

COLUMN_HEADS: dict[Statistic, str] = {
    "mean": "Mean width",
    "median": "Median width",
    "p95": "95th percentile",
    "max": "Largest width",
}

_BY_ROWS = {"longitudinal": "along photo rows", "transverse": "across photo rows"}

_SQUARE_ON = "right only for a camera square to the surface"

_SOURCES: dict[ScaleSource, str] = {
    "given": f"stated by the user, {_SQUARE_ON}",
    "table": f"from the user's scale table, {_SQUARE_ON}",
    "marker": "from the marker card in the photo",
    "camera": f"from distance and focal length, {_SQUARE_ON}",
}


@dataclass(frozen=True, slots=True)
class Width:
    """One width of a crack in one unit; `value` is None where it cannot be told, `range` when not known."""

    value: float | None
    range: Range | None
    finer_than: float | None
    unit: Unit

    @classmethod
    def of(cls, crack: CrackMeasurement, statistic: Statistic, unit: Unit) -> "Width":
        """Take a width of a crack; never a number of one that is too fine to be measured."""
        finer_than = crack.finer_than_mm if unit == "mm" else crack.finer_than_px
        if not crack.is_measurable:
            return cls(None, None, finer_than, unit)
        value = getattr(crack, f"width_{statistic}_{unit}")
        return cls(value, getattr(crack, f"width_{statistic}_range_{unit}"), None, unit)

    @classmethod
    def best(cls, crack: CrackMeasurement, statistic: Statistic) -> "Width":
        """Take a width in mm where there is a scale, else in px."""
        return cls.of(crack, statistic, "px" if crack.length_mm is None else "mm")

    @property
    def text(self) -> str:
        """``0.42 mm (0.36–0.49)`` or ``finer than 0.2 mm``."""
        return f"{self.figure} ({self.interval})" if self.interval else self.figure

    @property
    def cell(self) -> str:
        """The text without its unit, for a column that names it."""
        return f"{self._bare('')} ({self.interval})" if self.interval else self._bare("")

    @property
    def figure(self) -> str:
        """``0.42 mm`` or ``finer than 0.2 mm``: the text without the interval."""
        return self._bare(f" {self.unit}")

    @property
    def interval(self) -> str:
        """``0.36–0.49``; empty where no interval is known."""
        if self.value is None or self.range is None:
            return ""
        digits = _digits(self.value, self.unit)
        return f"{self.range[0]:.{digits}f}–{self.range[1]:.{digits}f}"

    def _bare(self, unit: str) -> str:
        if self.value is None:
            return "–" if self.finer_than is None else f"finer than {bound_text(self.finer_than)}{unit}"
        return f"{self.value:.{_digits(self.value, self.unit)}f}{unit}"


def widths_text(crack: CrackMeasurement, statistics: Sequence[Statistic]) -> str:
    """Write some widths of a crack with their names, or the one bound that it is finer than."""
    if not crack.is_measurable:
        return Width.best(crack, "max").text
    return ", ".join(f"{STATISTIC_WORDS[name]} {Width.best(crack, name).text}" for name in statistics)


def amount_text(value: float) -> str:
    """Write metres or money, to two decimals."""
    return f"{value:,.2f}"


def between_text(value: float, between: Range | None) -> str:
    """Write between what metres or money lie; empty where it is not known or they do not move."""
    if between is None or {amount_text(end) for end in between} == {amount_text(value)}:
        return ""
    return f"{amount_text(between[0])}–{amount_text(between[1])}"


def kind_text(crack: CrackMeasurement, *, is_axis_stated: bool) -> str:
    """Name the kind of a crack; where nobody said which way road or beam runs, by the photo's rows."""
    return crack.kind if is_axis_stated else _BY_ROWS.get(crack.kind, crack.kind)


def kinds_text(are_axes_stated: Collection[bool]) -> str:
    """Say what the kinds of crack mean, where some photos have an axis that was stated, or none, or both."""
    words = {
        True: f"longitudinal or transverse: within {ALONG_DEG:g}° of the axis or of its normal",
        False: f"along or across: within {ALONG_DEG:g}° of the rows of the photo or of its columns",
    }
    meanings = "; ".join(text for is_stated, text in words.items() if is_stated in are_axes_stated)
    share = share_text(SIDE_SHARE)
    return (
        f"Kind: {meanings}; diagonal: between. Branched: side branches are {share} of "
        f"its length or more. Map: it closes {MAP_LOOPS} loops or more, which are {share} of its length or "
        "more, and so cuts the surface into pieces."
    )


def length_text(length_px: float, length_mm: float | None) -> str:
    """Write a length in metres or millimetres, in pixels when there is no scale."""
    if length_mm is None:
        return f"{length_px:,.0f} px"
    if length_mm >= 1000:
        return f"{length_mm / 1000:,.2f} m"
    return f"{length_mm:.0f} mm" if length_mm >= 10 else f"{length_mm:.2g} mm"


def counted(count: int, unit: str) -> str:
    """Say how many of a unit: 1 photo, 2,000 photos, 1 px."""
    return f"{count:,} {unit.removesuffix('s') if count == 1 else unit}"


def length_cell(length_mm: float) -> str:
    """Write a length for a column of millimetres: to 0.1 mm, below 1 mm to two digits."""
    return f"{length_mm:.1f}" if length_mm >= 1 else f"{length_mm:.2g}"


def error_text(relative_error: float | None) -> str:
    """Write the error of a scale and of the lengths by it; empty when nothing is known about it."""
    return "" if relative_error is None else f"± {share_text(relative_error)}"


def density_text(record: InspectionRecord) -> str:
    """Write the crack density of a photo with its 90 % interval; empty without a scale."""
    density, scale = record.summary.density_m_per_m2, record.scale
    if density is None or scale is None:
        return ""
    between = scale.density_range_m_per_m2(record.summary.density_per_px)
    if between is None:
        return f"{density:.2f} m/m²"
    high = "∞" if math.isinf(between[1]) else f"{between[1]:.2f}"
    return f"{density:.2f} m/m² ({between[0]:.2f}–{high})"


def smallest_text(record: InspectionRecord) -> str:
    """Write the smallest width that can be measured in a photo; empty when it is not known."""
    summary = record.summary
    if summary.smallest_width_px is None:
        return ""
    in_px = f"{bound_text(summary.smallest_width_px)} px"
    in_mm = summary.smallest_width_mm
    return in_px if in_mm is None else f"{bound_text(in_mm)} mm ({in_px})"


def scale_text(scale: Scale | None) -> str:
    """Write the scale of a photo, its error, and how it is known."""
    if scale is None:
        return "none, so everything is in pixels"
    known = _SOURCES[scale.source]
    if scale.relative_error is None:
        return f"{scale.mm_per_px:.4g} mm/px, {known}; its error is not stated and not in the ranges"
    unknown = "; no width in mm is known" if scale.relative_error >= 1 else ""
    return f"{scale.mm_per_px:.4g} mm/px {error_text(scale.relative_error)}, {known}{unknown}"


def short_name(name: str, most: int = 46) -> str:
    """Leave out the middle of a long name: folders stand at its beginning, numbers and suffix at its end."""
    half = most // 2
    return name if len(name) <= most else f"{name[: half - 1]}…{name[-half:]}"


def place_text(latitude_deg: float | None, longitude_deg: float | None) -> str:
    """Write a position on Earth; empty when it is not known."""
    if latitude_deg is None or longitude_deg is None:
        return ""
    north, east = "N" if latitude_deg >= 0 else "S", "E" if longitude_deg >= 0 else "W"
    return f"{abs(latitude_deg):.5f}° {north}, {abs(longitude_deg):.5f}° {east}"


def width_order(crack: CrackMeasurement, statistic: Statistic = "max") -> tuple[bool, float, float]:
    """Order cracks by width: too fine to be measured, known in pixels, known in millimetres."""
    in_mm = getattr(crack, f"width_{statistic}_mm")
    return crack.is_measurable, -1.0 if in_mm is None else in_mm, getattr(crack, f"width_{statistic}_px")


def _digits(value: float, unit: Unit) -> int:
    if unit == "px":
        return 1
    if value < 0.01:
        return 1 - math.floor(math.log10(value)) if value > 0 else 3
    return 1 if value >= 10 else 2 if value >= 0.1 else 3
