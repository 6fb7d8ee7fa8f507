"""Tables for a spreadsheet: cracks, photos, and with a scale the metres by class of width and their cost.

UTF-8 with byte order mark, comma, CRLF, decimal point, an empty cell where a figure is not known.
Rounding, well below what a photo can tell: lengths 0.1 px and 0.01 mm, widths 0.01 px and 0.001 mm, areas
1 px and 0.01 mm², angles 0.1°, crack area share 0.000001, other shares, confidence, tortuosity and density
0.0001, GPS 0.000001° (0.1 m), metres of crack 0.001; bounds are rounded up. Below 0.01 mm/px
widths in mm have the decimals that tell a tenth of a pixel, lengths one less, and areas those that tell one
pixel. ``x`` counts columns from the left, ``y`` rows from the top of the upright photo. A crack that is too
fine to be measured has no width in any cell, only ``finer_than``.
"""

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from crackwise.arrays import Range
from crackwise.crack.measurements import CrackMeasurement
from crackwise.files import remove, write_text
from crackwise.inspection.record import InspectionRecord
from crackwise.report.figures import Statistic, Unit, Width
from crackwise.report.lengths import Metres, Quantities
from crackwise.report.settings import ReportSettings
from crackwise.severity.quantities import Budget, BudgetRow
from crackwise.severity.verdict import Verdict

Cell: TypeAlias = str | int | float | None

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as the local code page."""

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
"""First characters that a spreadsheet takes for a formula (OWASP); the full-width ones in East Asia."""

QUANTITY_COLUMNS = ("class", "from_mm", "to_mm", "length_m", "length_low_m", "length_high_m")
VERDICT_COLUMNS = ("verdict", "grade", "limit_mm", "reason", "caveat")


def write_tables(records: Sequence[InspectionRecord], folder: Path, settings: ReportSettings) -> None:
    """Write ``cracks.csv``, ``photos.csv``; with a scale ``quantities.csv``, with prices ``budget.csv``."""
    choice = settings.choice
    head = ["photo", *CRACK_COLUMNS, *(VERDICT_COLUMNS if choice else ())]
    photos = ([column(record) for column in PHOTO_COLUMNS.values()] for record in records)
    write_text(folder / "cracks.csv", table_text(head, _crack_rows(records, settings)))
    write_text(folder / "photos.csv", table_text([*PHOTO_COLUMNS], photos))
    quantities = Quantities.of(records, choice, settings.prices)
    budget = quantities.budget if quantities else None
    _write_or_remove(folder / "quantities.csv", _quantities(quantities) if quantities else None)
    _write_or_remove(folder / "budget.csv", _budget(budget) if budget else None)


def _width_columns(unit: Unit) -> dict[str, Callable[[CrackMeasurement], Cell]]:
    columns: dict[str, Callable[[CrackMeasurement], Cell]] = {}
    for statistic in ("mean", "median", "p95", "max"):
        columns |= _statistic_columns(statistic, unit)
    return columns | {
        f"finer_than_{unit}": lambda crack: _bound(
            Width.of(crack, "max", unit).finer_than, _digits(crack, unit)
        )
    }


def _statistic_columns(statistic: Statistic, unit: Unit) -> dict[str, Callable[[CrackMeasurement], Cell]]:
    def end(crack: CrackMeasurement, which: int) -> float | None:
        return _end(Width.of(crack, statistic, unit).range, which, _digits(crack, unit))

    return {
        f"width_{statistic}_{unit}": lambda crack: _rounded(
            Width.of(crack, statistic, unit).value, _digits(crack, unit)
        ),
        f"width_{statistic}_low_{unit}": lambda crack: end(crack, 0),
        f"width_{statistic}_high_{unit}": lambda crack: end(crack, 1),
    }


def _digits(crack: CrackMeasurement, unit: Unit) -> int:
    """Give the decimals of a width."""
    return 2 if unit == "px" else _digits_mm(_mm_per_px(crack))


def _digits_mm(mm_per_px: float | None) -> int:
    return max(3, 1 + math.ceil(-math.log10(mm_per_px) - 1e-9)) if mm_per_px else 3


def _area_digits(mm_per_px: float | None) -> int:
    digits = _digits_mm(mm_per_px)
    return 2 if digits == 3 else 2 * (digits - 1)


def _mm_per_px(crack: CrackMeasurement) -> float | None:
    """Give the scale of the photo of a crack."""
    return math.sqrt(crack.area_mm2 / crack.area_px) if crack.area_mm2 else None


def _total_mm(record: InspectionRecord) -> Range | None:
    return record.scale.length_range_mm(record.summary.total_length_px) if record.scale else None


def _density(record: InspectionRecord) -> Range | None:
    return record.scale.density_range_m_per_m2(record.summary.density_per_px) if record.scale else None


def _photo_digits(record: InspectionRecord) -> int:
    return _digits_mm(record.scale.mm_per_px if record.scale else None)


CRACK_COLUMNS: dict[str, Callable[[CrackMeasurement], Cell]] = {
    "crack": lambda crack: crack.crack,
    "kind": lambda crack: crack.kind,
    "length_px": lambda crack: _rounded(crack.length_px, 1),
    **_width_columns("px"),
    "area_px": lambda crack: crack.area_px,
    "length_mm": lambda crack: _rounded(crack.length_mm, _digits(crack, "mm") - 1),
    "length_low_mm": lambda crack: _end(crack.length_range_mm, 0, _digits(crack, "mm") - 1),
    "length_high_mm": lambda crack: _end(crack.length_range_mm, 1, _digits(crack, "mm") - 1),
    **_width_columns("mm"),
    "area_mm2": lambda crack: _rounded(crack.area_mm2, _area_digits(_mm_per_px(crack))),
    "area_low_mm2": lambda crack: _end(crack.area_range_mm2, 0, _area_digits(_mm_per_px(crack))),
    "area_high_mm2": lambda crack: _end(crack.area_range_mm2, 1, _area_digits(_mm_per_px(crack))),
    "width_method": lambda crack: crack.width_method,
    "orientation_deg": lambda crack: _rounded(crack.orientation_deg, 1),
    "tortuosity": lambda crack: _rounded(crack.tortuosity, 4),
    "branches": lambda crack: crack.branches,
    "loops": lambda crack: crack.loops,
    "confidence": lambda crack: _rounded(crack.confidence, 4),
    "box_x_px": lambda crack: crack.left,
    "box_y_px": lambda crack: crack.top,
    "box_width_px": lambda crack: crack.right - crack.left,
    "box_height_px": lambda crack: crack.bottom - crack.top,
    "widest_x_px": lambda crack: crack.widest_col,
    "widest_y_px": lambda crack: crack.widest_row,
}

PHOTO_COLUMNS: dict[str, Callable[[InspectionRecord], Cell]] = {
    "photo": lambda record: record.photo,
    "width_px": lambda record: record.width_px,
    "height_px": lambda record: record.height_px,
    "taken_at": lambda record: record.taken_at,
    "camera": lambda record: record.camera,
    "latitude_deg": lambda record: _rounded(record.latitude_deg, 6),
    "longitude_deg": lambda record: _rounded(record.longitude_deg, 6),
    "scale_mm_per_px": lambda record: (
        None if record.scale is None else float(f"{record.scale.mm_per_px:.6g}")
    ),
    "scale_source": lambda record: None if record.scale is None else record.scale.source,
    "scale_relative_error": lambda record: (
        None if record.scale is None else _rounded(record.scale.relative_error, 4)
    ),
    "blur_px": lambda record: _rounded(record.summary.blur_px, 2),
    "smallest_width_px": lambda record: _bound(record.summary.smallest_width_px, 2),
    "smallest_width_mm": lambda record: _bound(record.summary.smallest_width_mm, _photo_digits(record)),
    "model": lambda record: record.model,
    "verdict": lambda record: record.verdict,
    "cracks": lambda record: record.summary.crack_count,
    "possible_cracks": lambda record: len(record.possible),
    "total_length_px": lambda record: _rounded(record.summary.total_length_px, 1),
    "total_length_mm": lambda record: _rounded(record.summary.total_length_mm, _photo_digits(record) - 1),
    "total_length_low_mm": lambda record: _end(_total_mm(record), 0, _photo_digits(record) - 1),
    "total_length_high_mm": lambda record: _end(_total_mm(record), 1, _photo_digits(record) - 1),
    "width_max_px": lambda record: _rounded(record.summary.width_max_px, 2),
    "width_max_mm": lambda record: _rounded(record.summary.width_max_mm, _photo_digits(record)),
    "crack_area_px": lambda record: record.summary.crack_area_px,
    "crack_area_share": lambda record: _rounded(record.summary.crack_area_share, 6),
    "density_m_per_m2": lambda record: _rounded(record.summary.density_m_per_m2, 4),
    "density_low_m_per_m2": lambda record: _end(_density(record), 0, 4),
    "density_high_m_per_m2": lambda record: _end(_density(record), 1, 4),
    "inspected_share": lambda record: _rounded(record.inspected_share, 4),
    "warnings": lambda record: "; ".join(record.warnings),
}


def safe_cell(value: Cell) -> Cell:
    """Put an apostrophe before a text that a spreadsheet would run as a formula; figures stay figures."""
    if isinstance(value, str) and (
        value.startswith(FORMULA_STARTS) or value.lstrip().startswith(FORMULA_STARTS)
    ):
        return f"'{value}"
    return value


def _crack_rows(records: Sequence[InspectionRecord], settings: ReportSettings) -> Iterator[list[Cell]]:
    for record in records:
        for crack in record.cracks:
            found = settings.verdict(record, crack)
            judged = _verdict_cells(found) if found else []
            yield [record.photo, *(column(crack) for column in CRACK_COLUMNS.values()), *judged]


def _verdict_cells(found: Verdict) -> list[Cell]:
    return [found.outcome, found.grade, found.limit_mm, found.reason, found.caveat]


def _quantities(quantities: Quantities) -> str:
    rows = (*quantities.classes, quantities.too_fine, quantities.not_known)
    return table_text(QUANTITY_COLUMNS, map(_metres_cells, rows))


def _metres_cells(one: Metres) -> list[Cell]:
    length_m = round(one.length_m, 3) if one.is_seen else None
    return [one.name, one.from_mm, one.to_mm, length_m, *_ends(one.range_m, 3)]


def _budget(budget: Budget) -> str:
    rows = [_budget_cells(row, budget.currency) for row in budget.rows]
    rows.append({"class": "width not in the price list", "length_m": budget.unpriced_m})
    rows.append({"class": "too fine to be told or width not known", "length_m": budget.unknown_m})
    low, high = _ends(budget.total_range, 2)
    total = {"cost": budget.total, "cost_low": low, "cost_high": high, "currency": budget.currency}
    rows.append({"class": "total", **total})
    head = [*rows[0]]
    return table_text(head, ([row.get(name) for name in head] for row in rows))


def _budget_cells(row: BudgetRow, currency: str) -> dict[str, Cell]:
    length_low_m, length_high_m = _ends(row.length_range_m, 2)
    cost_low, cost_high = _ends(row.cost_range, 2)
    return {
        "class": row.name,
        "from_mm": row.from_mm,
        "to_mm": row.to_mm,
        "length_m": row.length_m,
        "length_low_m": length_low_m,
        "length_high_m": length_high_m,
        "price_per_m": row.price_per_m,
        "cost": row.cost,
        "cost_low": cost_low,
        "cost_high": cost_high,
        "currency": currency,
    }


def _write_or_remove(path: Path, text: str | None) -> None:
    """Write a table, or remove that of an earlier run with other options."""
    if text:
        write_text(path, text)
    else:
        remove(path)


def table_text(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Write a table as CSV with the rules of this module."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return BYTE_ORDER_MARK + text.getvalue()


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(float(value), digits)


def _end(between: Range | None, which: int, digits: int) -> float | None:
    """Round one end of an interval; an upper end beyond all bounds is no figure."""
    return None if between is None or math.isinf(between[which]) else round(float(between[which]), digits)


def _ends(between: Range | None, digits: int) -> tuple[float | None, float | None]:
    return _end(between, 0, digits), _end(between, 1, digits)


def _bound(value: float | None, digits: int) -> float | None:
    """Round an upper bound up."""
    return None if value is None else math.ceil(value * 10**digits - 1e-9) / 10**digits
