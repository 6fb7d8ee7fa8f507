"""A table that states the scale of each photo: CSV with ``photo, scale`` or ``photo, mm_per_px``.

Where a comma is the decimal sign, spreadsheets part cells by semicolons: in such a table numbers may have
decimal commas.
"""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from crackwise.errors import SettingsError
from crackwise.inspection.sources import Source
from crackwise.scale import Scale, parse_relative_error, parse_scale

_COLUMNS = ({"photo", "scale"}, {"photo", "mm_per_px"}, {"photo", "mm_per_px", "relative_error"})


@dataclass(frozen=True, slots=True)
class ScaleTable:
    """Scales by the names of photos, as a run shows them, and the hash of the table's content."""

    scale_of: Mapping[str, Scale]
    sha256: str


def read_scale_table(path: Path, sources: Sequence[Source]) -> ScaleTable:
    """Read a table for the photos of a run.

    A photo is named by its path relative to the folder that the user named, or by its name alone where that
    is enough; photos need not all be listed.

    Raises
    ------
    SettingsError
        If the file cannot be read, has other columns, or a row names no photo, two photos, the same photo
        again, or holds no scale; the message has the line's number.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror or error}; check the path") from error
    lines = _lines(data, path)
    return ScaleTable(dict(_scales(path, lines, sources)), hashlib.sha256(data).hexdigest())


@dataclass(frozen=True, slots=True)
class _Lines:
    """The rows of a table with their line numbers, and what parts their cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[Any, Any]], ...]
    separator: str


def _lines(data: bytes, path: Path) -> _Lines:
    try:
        text = data.decode("utf-8-sig")
        head = text.partition("\n")[0]
        separator = ";" if ";" in head and "," not in head else ","
        lines = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        # spreadsheets save a row that was cleared as commas; the key None holds cells beyond the last column
        rows = tuple(
            (lines.line_num, row)
            for row in lines
            if any("".join(cell or "").strip() for cell in row.values())
        )
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"{path} is no CSV file in UTF-8: {error}; in a spreadsheet save it as CSV UTF-8"
        ) from error
    except csv.Error as error:
        raise SettingsError(f"{path} is no CSV file in UTF-8: {error}") from error
    columns = tuple(str(name).strip() for name in lines.fieldnames or ())
    if set(columns) not in _COLUMNS:
        raise SettingsError(
            f"{path} line 1 has the columns {', '.join(sorted(columns)) or 'none'}; expected photo, scale or "
            "photo, mm_per_px, relative_error, separated by commas or semicolons"
        )
    return _Lines(columns, rows, separator)


def _scales(path: Path, lines: _Lines, sources: Sequence[Source]) -> Iterator[tuple[str, Scale]]:
    line_of: dict[str, int] = {}
    for line, row in lines.rows:
        # the key None holds the cells beyond the last column
        cells = {str(name).strip(): str(value or "").strip() for name, value in row.items() if name}
        figures = {name: text for name, text in cells.items() if name != "photo"}
        if lines.separator == ";":
            figures = {name: text.replace(",", ".") for name, text in figures.items()}
        try:
            photo, scale = _photo(cells["photo"], sources), _scale(figures)
        except SettingsError as error:
            raise SettingsError(f"{path} line {line}: {error}") from error
        if photo in line_of or None in row:
            fault = "has more cells than columns" if None in row else f"repeats line {line_of[photo]}"
            raise SettingsError(f"{path} line {line}: {photo} {fault}; keep one row a photo")
        line_of[photo] = line
        yield photo, scale


def _photo(name: str, sources: Sequence[Source]) -> str:
    """Find the photo that is meant: by its whole name first, by the last part of it else."""
    wanted = name.replace("\\", "/").removeprefix("./")
    names = [source.name for source in sources]
    if wanted in names:
        return wanted
    meant = [each for each in names if PurePosixPath(each).name == wanted]
    if not meant:
        raise SettingsError(f"{name!r} is none of the photos; write their paths as the report shows them")
    if len(meant) > 1:
        raise SettingsError(
            f"{name!r} is the name of {len(meant)} photos; write the path, such as {meant[0]}"
        )
    return meant[0]


def _scale(cells: Mapping[str, str]) -> Scale:
    if "scale" in cells:
        return replace(parse_scale(cells["scale"]), source="table")
    error = cells.get("relative_error", "")
    return Scale(_number(cells["mm_per_px"], "mm_per_px"), "table", _share(error) if error else None)


def _share(text: str) -> float:
    if "%" in text:
        return parse_relative_error(text)
    share = _number(text, "relative_error")
    if share >= 1:
        raise SettingsError(f"relative_error is {text}; expected a share below 1, or a percentage such as 2%")
    return share


def _number(text: str, column: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise SettingsError(f"{column} is {text!r}; expected a number with a decimal point") from error
