"""A split as a file that can be published: a row per photo, with its hash; how it was made, beside it."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from crackwise.data.finding import Finding
from crackwise.data.folder import SetPhoto, read_folders
from crackwise.data.split.entries import hash_of
from crackwise.data.stream import OnPhoto, each_photo
from crackwise.data.table import read_table, write_table
from crackwise.errors import DataError, OutputError
from crackwise.files import write_json

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class SplitRow:
    """Where one photo goes; ``sha256`` is that of its file."""

    source: str
    file: str
    group: str
    part: str
    sha256: str


COLUMNS = tuple(field.name for field in fields(SplitRow))


@dataclass(frozen=True, slots=True)
class Split:
    """Photos and their parts, sorted by source and file."""

    rows: tuple[SplitRow, ...]

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the parts: train, validation and test in this order, others sorted."""
        usual = ("train", "validation", "test")
        found = {row.part for row in self.rows}
        return (*[name for name in usual if name in found], *sorted(found - set(usual)))

    def files(self, part: str) -> tuple[tuple[str, str], ...]:
        """List (source, file) of the photos of a part."""
        return tuple((row.source, row.file) for row in self.rows if row.part == part)


def write_split(split: Split, path: Path, provenance: Mapping[str, Any]) -> None:
    """Write a split as CSV, and how it was made as JSON of the same stem beside it.

    Raises
    ------
    OutputError
        As `check_free`, or if a file cannot be written.
    """
    check_free(path)
    counts = Counter(row.part for row in split.rows)
    described = {**provenance, "photos": {part: counts[part] for part in split.parts}}
    write_json(path.with_suffix(".json"), described)
    write_table(path, COLUMNS, [astuple(row) for row in split.rows])


def check_free(path: Path) -> None:
    """Refuse a target that a split cannot be written to: a published split never changes.

    Raises
    ------
    OutputError
        If the name does not end in ``.csv``, or it or the JSON of the same stem is there already.
    """
    if path.suffix.lower() != ".csv":
        raise OutputError(f"{path} does not end in .csv; choose a name such as split.csv")
    for target in (path, path.with_suffix(".json")):
        if target.exists():
            raise OutputError(f"{target} is there already; choose another --out, or delete it to split anew")


def read_split(path: Path) -> Split:
    """Read a split.

    Raises
    ------
    DataError
        If the file is no split, or names a photo twice.
    """
    rows = tuple(SplitRow(*(row[column] for column in COLUMNS)) for row in read_table(path, COLUMNS))
    bad = [row.file for row in rows if not (row.part and row.file and _HASH.fullmatch(row.sha256))]
    if bad or not rows:
        where = f"the row of {bad[0] or 'a photo without name'}" if bad else "it is empty"
        raise DataError(f"{path} is no split: {where}; expected file, part and a SHA-256 in every row")
    (source, file), count = Counter((row.source, row.file) for row in rows).most_common(1)[0]
    if count > 1:
        raise DataError(f"{path} names {file} of {source} {count} times; a photo has one part")
    return Split(tuple(sorted(rows, key=lambda row: (row.source, row.file))))


def verify(split: Split, roots: Sequence[Path], on_photo: OnPhoto | None = None) -> tuple[Finding, ...]:
    """Tell what in the sets is not as it was when they were split.

    Returns
    -------
    Photos that are missing or changed (errors), are new, or have another group now (warnings).
    """
    photos = read_folders(roots)
    rows = {(row.source, row.file): row for row in split.rows}
    hashes = each_photo(hash_of, photos, on_photo)
    findings = []
    for photo, sha256 in zip(photos, hashes):
        row = rows.pop((photo.source, photo.file), None)
        findings += _compared(photo, sha256, row)
    findings += [
        Finding(
            "missing photo",
            "error",
            f"{row.source}/{row.file}",
            "is in the split but not in the set; restore it",
        )
        for row in rows.values()
    ]
    return tuple(findings)


def _compared(photo: SetPhoto, sha256: str, row: SplitRow | None) -> list[Finding]:
    where = f"{photo.source}/{photo.file}"
    if row is None:
        return [
            Finding("new photo", "warning", where, "is in the set but not in the split; split anew to use it")
        ]
    findings = []
    if row.sha256 != sha256:
        message = "is another file than the one that was split; restore it, or split anew"
        findings.append(Finding("changed photo", "error", where, message))
    if row.group != photo.group:
        message = f"was in group {row.group} when it was split and is in {photo.group} now; split anew"
        findings.append(Finding("changed group", "warning", where, message))
    return findings
