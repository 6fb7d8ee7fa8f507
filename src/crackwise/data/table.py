"""Small CSV tables beside the photos: ``groups.csv``, ``labels.csv``, ``split.csv``."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from crackwise.errors import DataError
from crackwise.files import write_text


def read_table(path: Path, columns: Sequence[str]) -> tuple[dict[str, str], ...]:
    """Read the rows of a table that has at least these columns; a byte order mark of a spreadsheet is fine.

    Raises
    ------
    DataError
        If the file cannot be read as UTF-8 text, a column is missing, or a row is too short.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            rows = tuple(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(
            f"{path} cannot be read as a table: {reason}; expected CSV in UTF-8, save it again"
        ) from error
    missing = [column for column in columns if column not in (reader.fieldnames or ())]
    if missing:
        raise DataError(
            f"{path} has no column {missing[0]!r}; expected {', '.join(columns)} in its first line"
        )
    for number, row in enumerate(rows, start=1):
        if any(row[column] is None for column in columns):
            raise DataError(f"{path}: row {number} is too short; expected a value for {', '.join(columns)}")
    return rows


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table, whole or not at all."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, text.getvalue())
