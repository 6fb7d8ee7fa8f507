"""``struck.csv``: the cracks that a user struck out of a run; ``crackwise strike --table`` reads it."""

from collections.abc import Sequence
from pathlib import Path

from crackwise.files import remove, write_text
from crackwise.inspection.layout import STRUCK_FILE
from crackwise.inspection.record import InspectionRecord, StruckCrack
from crackwise.inspection.striketable import BOX_COLUMNS
from crackwise.report.writers.tables import CRACK_COLUMNS, Cell, table_text

_COLUMNS = (*BOX_COLUMNS, "length_px", "length_mm")


def write_struck(records: Sequence[InspectionRecord], folder: Path) -> None:
    """Write ``struck.csv`` into a run folder, or remove it where nothing is struck out."""
    rows = [_row(record.photo, one) for record in records for one in record.struck]
    path = folder / STRUCK_FILE
    if rows:
        write_text(path, table_text(["photo", "crack", "reason", *_COLUMNS, "struck_at"], rows))
    else:
        remove(path)


def _row(photo: str, struck: StruckCrack) -> list[Cell]:
    figures = [CRACK_COLUMNS[name](struck.crack) for name in _COLUMNS]
    return [photo, struck.crack.crack, struck.reason, *figures, struck.struck_at]
