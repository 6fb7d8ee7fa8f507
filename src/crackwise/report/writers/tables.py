"""Tables for a spreadsheet: ``cracks.csv`` with a row per crack, ``photos.csv`` with a row per photo.

UTF-8 with byte order mark, comma, CRLF, decimal point, an empty cell where a figure is not known.
Rounding, well below what a mask can tell: lengths 0.1 px and 0.01 mm, widths 0.01 px and 0.001 mm, areas
1 px and 0.01 mm², angles 0.1°, crack area share 0.000001, other shares, confidence and density 0.0001,
GPS 0.000001° (0.1 m). ``x`` counts columns from the left and ``y`` rows from the top of the upright
photo.
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

from crackwise.crack.measure import CrackMeasurement
from crackwise.files import write_text
from crackwise.inspection.record import InspectionRecord
from crackwise.report.settings import ReportSettings

Cell: TypeAlias = str | int | float | None

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as the local code page."""

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
"""First characters that a spreadsheet takes for a formula (OWASP); the full-width ones in East Asia."""


def write_tables(records: Sequence[InspectionRecord], folder: Path, settings: ReportSettings) -> None:
    """Write ``cracks.csv`` and ``photos.csv`` into a run folder."""
    cracks = (
        [record.photo, *(column(crack) for column in CRACK_COLUMNS.values())]
        for record in records
        for crack in record.cracks
    )
    photos = ([column(record) for column in PHOTO_COLUMNS.values()] for record in records)
    write_text(folder / "cracks.csv", _table(["photo", *CRACK_COLUMNS], cracks))
    write_text(folder / "photos.csv", _table([*PHOTO_COLUMNS], photos))


CRACK_COLUMNS: dict[str, Callable[[CrackMeasurement], Cell]] = {
    "crack": lambda crack: crack.crack,
    "length_px": lambda crack: _rounded(crack.length_px, 1),
    "width_mean_px": lambda crack: _rounded(crack.width_mean_px, 2),
    "width_median_px": lambda crack: _rounded(crack.width_median_px, 2),
    "width_max_px": lambda crack: _rounded(crack.width_max_px, 2),
    "area_px": lambda crack: crack.area_px,
    "orientation_deg": lambda crack: _rounded(crack.orientation_deg, 1),
    "length_mm": lambda crack: _rounded(crack.length_mm, 2),
    "width_mean_mm": lambda crack: _rounded(crack.width_mean_mm, 3),
    "width_median_mm": lambda crack: _rounded(crack.width_median_mm, 3),
    "width_max_mm": lambda crack: _rounded(crack.width_max_mm, 3),
    "area_mm2": lambda crack: _rounded(crack.area_mm2, 2),
    "confidence": lambda crack: _rounded(crack.confidence, 4),
    "branches": lambda crack: crack.branches,
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
    "verdict": lambda record: verdict(record),
    "cracks": lambda record: record.summary.crack_count,
    "total_length_px": lambda record: _rounded(record.summary.total_length_px, 1),
    "total_length_mm": lambda record: _rounded(record.summary.total_length_mm, 2),
    "width_max_px": lambda record: _rounded(record.summary.width_max_px, 2),
    "width_max_mm": lambda record: _rounded(record.summary.width_max_mm, 3),
    "crack_area_px": lambda record: record.summary.crack_area_px,
    "crack_area_share": lambda record: _rounded(record.summary.crack_area_share, 6),
    "density_m_per_m2": lambda record: _rounded(record.summary.density_m_per_m2, 4),
    "inspected_share": lambda record: _rounded(record.inspected_share, 4),
}


def verdict(record: InspectionRecord) -> str:
    """Say in words whether a crack was found."""
    return "cracked" if record.cracks else "no crack found"


def safe_cell(value: Cell) -> Cell:
    """Put an apostrophe before a text that a spreadsheet would run as a formula; figures stay figures."""
    if isinstance(value, str) and (
        value.startswith(FORMULA_STARTS) or value.lstrip().startswith(FORMULA_STARTS)
    ):
        return f"'{value}"
    return value


def _table(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return BYTE_ORDER_MARK + text.getvalue()


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(float(value), digits)
