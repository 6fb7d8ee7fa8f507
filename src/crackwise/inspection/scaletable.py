"""A table that states the scale of each photo: CSV with ``photo, scale`` or ``photo, mm_per_px``.

Where a comma is the decimal sign, spreadsheets part cells by semicolons: in such a table numbers may have
decimal commas.
"""

import codecs
import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crackwise.data.usertable import UserTable, content_of
from crackwise.errors import SettingsError
from crackwise.files import write_text
from crackwise.inspection.shown import composed, photo_meant, spellings
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

    A photo is named by its path relative to the folder that the user named, or as :func:`photo_meant`
    understands it; photos need not all be listed.

    Raises
    ------
    SettingsError
        If the file cannot be read, has other columns, or a row names no photo, two photos, the same photo
        again, or holds no scale; the message has the line's number.
    """
    data = content_of(path)
    scales = _scales(path, _checked(data, path), sources)
    return ScaleTable(dict(scales), hashlib.sha256(data).hexdigest())


def put_scale(path: Path, names: Sequence[str], scale: Scale) -> str | None:
    """Add the row of a photo to a table, or replace it; all other rows stay, and a missing table is begun.

    Parameters
    ----------
    path
        The table.
    names
        How a row may name the photo; the first is written in a new row.
    scale
        The scale.

    Returns
    -------
    The name in the row that was replaced; None when one was added.

    Raises
    ------
    SettingsError
        If the table cannot be read as one, or has several rows of the photo.
    OutputError
        If it cannot be written; it is as it was then.
    """
    data = content_of(path) if path.exists() else b"photo,scale\n"
    table = _checked(data, path)
    if table.too_long:
        raise SettingsError(
            f"{path} line {min(table.too_long)} has more cells than columns; keep one row a photo"
        )
    rows = [row for _, row in table.rows]
    known = set(map(composed, names))
    own = [n for n, row in enumerate(rows) if not known.isdisjoint(map(composed, spellings(row["photo"])))]
    if len(own) > 1:
        where = " and ".join(str(table.rows[number][0]) for number in own)
        raise SettingsError(f"{path} has {names[0]} in the lines {where}; keep one row a photo")
    replaced = rows[own[0]]["photo"] if own else None
    row = {"photo": replaced or names[0], **_figures(scale, table.separator)}
    rows = [*rows[: own[0]], row, *rows[own[0] + 1 :]] if own else [*rows, row]
    columns = table.columns if "scale" in table.columns else ("photo", "mm_per_px", "relative_error")
    _write(path, data, rows, replace(table, columns=columns))
    return replaced


def _write(path: Path, data: bytes, rows: Sequence[Mapping[str, str]], like: UserTable) -> None:
    """Write rows with the separator, the ends of lines and the byte order mark that a table has."""
    text = io.StringIO(newline="")
    end = "\r\n" if b"\r\n" in data else "\n"
    writer = csv.DictWriter(
        text, like.columns, delimiter=like.separator, lineterminator=end, extrasaction="ignore", restval=""
    )
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, ("\ufeff" if data.startswith(codecs.BOM_UTF8) else "") + text.getvalue())


def _figures(scale: Scale, separator: str) -> dict[str, str]:
    """Write a scale for any columns."""
    share = "" if scale.relative_error is None else f"{scale.relative_error:.2g}"
    if share == "1":  # an error of all of the scale is none that is read
        share = f"{scale.relative_error:.10g}"
    texts = {"scale": scale.described(), "mm_per_px": f"{scale.mm_per_px:g}", "relative_error": share}
    return {name: text.replace(".", ",") if separator == ";" else text for name, text in texts.items()}


def _checked(data: bytes, path: Path) -> UserTable:
    table = UserTable.of(data, path).stripped()
    if set(table.columns) not in _COLUMNS:
        raise SettingsError(
            f"{path} line 1 has the columns {', '.join(sorted(table.columns)) or 'none'}; expected photo, "
            "scale or photo, mm_per_px, relative_error, separated by commas or semicolons"
        )
    return table


def _scales(path: Path, table: UserTable, sources: Sequence[Source]) -> Iterator[tuple[str, Scale]]:
    names = [source.name for source in sources]
    line_of: dict[str, int] = {}
    for line, cells in table.rows:
        figures = {name: text for name, text in cells.items() if name != "photo"}
        if table.separator == ";":
            figures = {name: text.replace(",", ".") for name, text in figures.items()}
        try:
            photo, scale = photo_meant(cells["photo"], names), _scale(figures)
        except SettingsError as error:
            raise SettingsError(f"{path} line {line}: {error}") from error
        is_too_long = line in table.too_long
        if photo in line_of or is_too_long:
            fault = "has more cells than columns" if is_too_long else f"repeats line {line_of[photo]}"
            raise SettingsError(f"{path} line {line}: {photo} {fault}; keep one row a photo")
        line_of[photo] = line
        yield photo, scale


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
