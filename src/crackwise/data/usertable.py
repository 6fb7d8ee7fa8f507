"""A CSV table of a user's own, as a spreadsheet saves it: cells parted by commas, semicolons or tabs.

Where a comma is the decimal sign, spreadsheets part cells by semicolons.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from crackwise.errors import SettingsError


@dataclass(frozen=True, slots=True)
class UserTable:
    """The rows that hold anything, and what parts their cells.

    Parameters
    ----------
    columns
        Their names, stripped.
    rows
        Each with the number of its line and its cells by column; empty where the line is too short.
    too_long
        Numbers of the lines with more cells than columns.
    too_short
        How many cells each line has that has fewer than columns.
    separator
        Between cells.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    too_long: frozenset[int]
    too_short: Mapping[int, int]
    separator: str

    @classmethod
    def of(cls, data: bytes, path: Path) -> "UserTable":
        """Take the content of a file apart.

        Raises
        ------
        SettingsError
            If it is no CSV in UTF-8.
        """
        try:
            text = data.decode("utf-8-sig")
            separator = max(",;\t", key=text.partition("\n")[0].count)
            lines = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
            # spreadsheets save a row that was cleared as commas; None holds cells beyond the last column
            rows = [
                (lines.line_num, row)
                for row in lines
                if any("".join(cell or "").strip() for cell in row.values())
            ]
        except UnicodeDecodeError as error:
            raise SettingsError(
                f"{path} is no CSV file in UTF-8: {error}; in a spreadsheet save it as CSV UTF-8"
            ) from error
        except csv.Error as error:
            raise SettingsError(f"{path} is no CSV file in UTF-8: {error}") from error
        return cls(
            tuple(str(name).strip() for name in lines.fieldnames or ()),
            tuple((line, _cells(row)) for line, row in rows),
            frozenset(line for line, row in rows if None in row),
            {line: _count(row) for line, row in rows if None in row.values()},
            separator,
        )

    def stripped(self) -> "UserTable":
        """Take the blanks from both ends of every cell."""
        rows = tuple((line, {name: cell.strip() for name, cell in row.items()}) for line, row in self.rows)
        return replace(self, rows=rows)


def content_of(path: Path) -> bytes:
    """Read a table's file.

    Raises
    ------
    SettingsError
        If it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror or error}; check the path") from error


def _cells(row: dict[str, str]) -> dict[str, str]:
    return {str(name).strip(): str(value or "") for name, value in row.items() if name}


def _count(row: dict[str, str]) -> int:
    return sum(value is not None for value in row.values())
