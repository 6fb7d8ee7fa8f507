"""Our own layout, the one that everything else in this toolkit reads."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from crackwise.data.finding import Finding
from crackwise.data.labelled import LabelledPhoto, LabelledSet, Verdict
from crackwise.data.names import flat_stems
from crackwise.data.provenance import SET_FILE
from crackwise.data.split.file import COLUMNS, SplitRow
from crackwise.data.stream import OnPhoto
from crackwise.data.table import write_table
from crackwise.data.writers.placed import PlacedPhoto, Placing
from crackwise.files import new_folder, write_image, write_json


@dataclass(frozen=True, slots=True)
class _Written:
    """A photo with the name and the hash that its file got; whether it is cracked is None where unknown."""

    photo: LabelledPhoto
    file: str
    sha256: str
    is_cracked: bool | None

    @property
    def group(self) -> str:
        return self.photo.group or Path(self.file).stem


def write_canonical(labelled: LabelledSet, out: Path, on_photo: OnPhoto | None = None) -> tuple[Finding, ...]:
    """Write a set photo by photo; what cannot be used is left out, with a finding.

    Sub-folders become part of the name: ``walls/001.jpg`` is ``walls_001.jpg``. Photos are copied byte for
    byte, except those of `crackwise.data.writers.placed`. A photo known as a whole to show no crack gets an
    empty mask as well as its line in ``labels.csv``. The parts of a split go to ``split.csv`` with the
    SHA-256 of each photo.

    Parameters
    ----------
    labelled
        As a reader gives it.
    out
        Folder to create; it must not exist or be empty.
    on_photo
        Called with (done, total).

    Raises
    ------
    DataError
        If no photo at all can be used.
    OutputError
        If ``out`` is in use or cannot be written.
    """
    stems = flat_stems(photo.name for photo in labelled.photos)
    placing = Placing(labelled, on_photo)
    with new_folder(out) as folder:
        written = [_write_photo(*each, folder) for each in placing.each(stems)]
        _write_tables(written, out.absolute().name, folder)
        write_json(folder / SET_FILE, _described(labelled, written))
    return tuple(placing.findings)


def _write_photo(photo: LabelledPhoto, stem: str, placed: PlacedPhoto, folder: Path) -> _Written:
    file = folder / "images" / f"{stem}{placed.suffix}"
    data = placed.data()
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(data)
    if placed.mask is not None:
        write_image(folder / "masks" / f"{stem}.png", placed.mask)
    is_cracked = None if placed.mask is None else bool(placed.mask.any())
    if isinstance(photo.label, Verdict):
        is_cracked = photo.label.is_cracked
    return _Written(photo, file.name, hashlib.sha256(data).hexdigest(), is_cracked)


def _write_tables(written: Sequence[_Written], source: str, folder: Path) -> None:
    """Write the tables that have anything to say."""
    groups = [(each.file, each.photo.group) for each in written if each.photo.group]
    words = {True: "crack", False: "no crack"}
    labels = [
        (each.file, words[each.photo.label.is_cracked])
        for each in written
        if isinstance(each.photo.label, Verdict)
    ]
    parts = [
        astuple(SplitRow(source, each.file, each.group, each.photo.split, each.sha256))
        for each in written
        if each.photo.split
    ]
    for name, columns, rows in (
        ("groups.csv", ("file", "group"), groups),
        ("labels.csv", ("file", "label"), labels),
        ("split.csv", COLUMNS, parts),
    ):
        if rows:
            write_table(folder / name, columns, rows)


def _described(labelled: LabelledSet, written: Sequence[_Written]) -> dict[str, Any]:
    """Say where a set comes from and what is in it."""
    known = Counter(each.is_cracked for each in written)
    return {
        "format": "crackwise data set",
        "name": labelled.name,
        "crackwise": metadata.version("crackwise"),
        "photos": len(written),
        "cracked": known[True],
        "not_cracked": known[False],
        "not_labelled": known[None],
        "left_out": len(labelled.photos) - len(written),
        "categories": dict(labelled.categories),
        "passed_over": dict(labelled.passed_over),
    }
