"""Tables of photos and labels: CSV or TSV, with or without a line of headings."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from crackwise.data.finding import Finding
from crackwise.data.labelled import LabelledPhoto, LabelledSet, Verdict
from crackwise.data.names import find_photo, safe_name
from crackwise.data.readers.draft import set_name, without_shared
from crackwise.data.readers.options import DEFAULTS, ReadOptions
from crackwise.data.readers.photofolder import folder_of
from crackwise.data.readers.splitnames import PARTS
from crackwise.data.readers.textfile import read_text
from crackwise.data.readers.verdicts import verdict_of
from crackwise.errors import DataError

COLUMNS = {
    "photo": ("path", "file", "filename", "file_name", "image", "image_path", "photo", "img", "name"),
    "label": ("label", "class", "category", "target", "crack", "cracked", "is_cracked", "y"),
    "split": ("split", "part", "subset", "set"),
    "group": ("group", "scene", "source_photo"),
}
"""Headings in use for each column, compared without case."""

TABLE_FILE = "labels.csv"
"""The table of a folder, where the folder itself is named."""

_DELIMITERS = ("\t", ";", ",")


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    photo: str
    label: str
    split: str = ""
    group: str = ""


def read_table(path: Path, options: ReadOptions = DEFAULTS) -> LabelledSet:
    """Read a table, or ``labels.csv`` of a folder.

    Columns go by their headings; without headings the first is the photo, the second the label.

    Labels are words such as crack, no crack, positive, 0, 1 (`crackwise.data.readers.verdicts`), or those
    that the user names as cracks, and then every other is not one.

    Raises
    ------
    DataError
        If the file is no such table, a folder holds none, or none of its rows can be used.
    """
    folder = folder_of(path)
    table = path / TABLE_FILE if path.is_dir() else path
    if not table.is_file():
        raise DataError(f"{path} is a folder without {TABLE_FILE}; give the table itself")
    rows = _rows(table, options.categories.crack)
    photos: dict[str, LabelledPhoto] = {}
    findings: list[Finding] = []
    for row in rows:
        try:
            photo = _photo(row, folder, options)
            findings.extend(_compared(photo, photos.get(photo.name), row))
            photos.setdefault(photo.name, photo)
        except DataError as error:
            findings.append(Finding("row", "error", f"{table.name}, line {row.line}", str(error)))
    for contradicted in {each.where for each in findings if each.kind == "contradiction"}:
        photos.pop(contradicted)
    if not photos:
        raise DataError(f"none of the {len(rows)} rows of {table} can be used, first {findings[0]}")
    found, shared = without_shared(photos[name] for name in sorted(photos))
    return LabelledSet(set_name(path, options), found, (*findings, *shared))


def _rows(path: Path, cracks: Sequence[str]) -> list[_Row]:
    lines = _cells(path)
    columns = _columns(lines[0][1])
    if columns is None and (len(lines[0][1]) < 2 or verdict_of(lines[0][1][1], cracks) is None):
        raise DataError(
            f"{path} has no headings, and its first line is {lines[0][1][:3]}; expected the headings path "
            "and label, or a photo and crack or no crack"
        )
    body = lines if columns is None else lines[1:]
    if not body:
        raise DataError(f"{path} has headings but no rows; export it again")
    return [_row(line, cells, columns or {"photo": 0, "label": 1}) for line, cells in body]


def _cells(path: Path) -> list[tuple[int, list[str]]]:
    """Split into (line, cells), empty lines left out."""
    text = read_text(path)
    first = text.strip().partition("\n")[0]
    delimiter = next((each for each in _DELIMITERS if each in first), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise DataError(f"{path} is no table: {error} in line {reader.line_num}; export it again") from error
    if not lines:
        raise DataError(f"{path} is empty; expected a photo and a label in each line")
    return lines


def _columns(cells: Sequence[str]) -> dict[str, int] | None:
    """Find the columns by their headings; None where there are no headings for photo and label."""
    headings = [cell.strip().casefold() for cell in cells]
    found = {
        column: next((headings.index(name) for name in names if name in headings), -1)
        for column, names in COLUMNS.items()
    }
    if found["photo"] < 0 or found["label"] < 0:
        return None
    return {column: place for column, place in found.items() if place >= 0}


def _row(line: int, cells: Sequence[str], columns: Mapping[str, int]) -> _Row:
    values = {name: cells[place].strip() if place < len(cells) else "" for name, place in columns.items()}
    return _Row(line=line, **values)


def _photo(row: _Row, folder: Path, options: ReadOptions) -> LabelledPhoto:
    name = safe_name(row.photo)
    is_cracked = verdict_of(row.label, options.categories.crack)
    if is_cracked is None:
        raise DataError(
            f"the label of {name} is {row.label[:40]!r}; expected such as crack or no crack, or take the "
            "table in with crackwise data import --category"
        )
    folders = [folder, folder / "images"] if options.photos is None else [options.photos, folder]
    found = find_photo(name, folders) or _given(name, options.given)
    if found is None:
        raise DataError(
            f"the photo {name} is not in {folders[0]}; copy it there, mend the path in the table, or take "
            "the table in with crackwise data import --photos"
        )
    return LabelledPhoto(name, found, Verdict(is_cracked), PARTS.get(row.split.casefold(), ""), row.group)


def _given(name: str, photos: Sequence[Path]) -> Path | None:
    parts = PurePosixPath(name).parts
    found = [path for path in photos if path.parts[-len(parts) :] == parts]
    if len(found) > 1:
        raise DataError(
            f"{len(found)} photos are named {name}, such as {found[0]} and {found[1]}; write more of the path"
        )
    return found[0] if found else None


def _compared(photo: LabelledPhoto, earlier: LabelledPhoto | None, row: _Row) -> tuple[Finding, ...]:
    if earlier is None:
        return ()
    if earlier.label != photo.label:
        message = (
            f"is cracked in one line and not cracked in line {row.line}; it is left out, correct the table"
        )
        return (Finding("contradiction", "error", photo.name, message),)
    return (Finding("labelled twice", "note", photo.name, f"is listed again in line {row.line}"),)
