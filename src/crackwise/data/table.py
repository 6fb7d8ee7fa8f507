"""Small CSV tables beside the photos: ``groups.csv``, ``labels.csv``, ``split.csv``."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from crackwise.data.usertable import UserTable, content_of
from crackwise.errors import DataError, SettingsError
from crackwise.files import as_written, write_text


def read_table(path: Path, columns: Sequence[str]) -> tuple[dict[str, str], ...]:
    """Read the rows of a table that has at least these columns, also as a spreadsheet saves it.

    Raises
    ------
    DataError
        If the file is no CSV in UTF-8, a column is missing, or a row is too short.
    """
    try:
        table = UserTable.of(content_of(path), path)
    except SettingsError as error:
        raise DataError(str(error)) from error
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise DataError(
            f"{path} has no column {missing[0]!r}; expected {', '.join(columns)} in its first line"
        )
    for line, count in table.too_short.items():
        if any(column not in table.columns[:count] for column in columns):
            raise DataError(f"{path} line {line} is too short; expected a value for {', '.join(columns)}")
    return tuple(row for _, row in table.rows)


def read_table_of(path: Path, columns: Sequence[str], files: Iterable[str]) -> tuple[dict[str, str], ...]:
    """Read a table about files, each in the spelling of its own name; a row of no file stays as it is.

    Blanks around a name do not count, nor how its accents are composed: some systems store ``ü`` as two
    characters.

    Raises
    ------
    DataError
        As :func:`read_table`.
    """
    own = sorted(files)
    spelling = {**{_comparable(file): file for file in own}, **{file: file for file in own}}
    rows = read_table(path, columns)
    return tuple({**row, "file": _spelt(row["file"], spelling)} for row in rows)


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table, whole or not at all."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, text.getvalue())


def _spelt(name: str, spelling: Mapping[str, str]) -> str:
    return spelling.get(name) or spelling.get(_comparable(name), name)


def _comparable(name: str) -> str:
    return unicodedata.normalize("NFC", as_written(name).strip())
