"""Broken sets for tests: how one is made, who reads it, what must be said, and the check that it is said."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from crackwise.data.labelled import LabelledSet
from crackwise.data.writers.canonical import write_canonical
from crackwise.errors import CrackwiseError
from photofiles import drawn_photo, save

SIZE = (20, 30)
MASK = np.zeros(SIZE, np.uint8)
MASK[2:7, 3:9] = 255


@dataclass(frozen=True)
class Row:
    """A fault: how it is made in a folder, who reads it, what must be said, and which photos stay."""

    read: Callable[[Path], LabelledSet]
    make: Callable[[Path], Path]
    says: str
    stays: tuple[str, ...] = ()


def photo(folder, name):
    save(folder / name, drawn_photo(*SIZE))


def folder_row(read, says, *names, stays=()):
    def make(folder):
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            photo(folder, name) if name.endswith(".jpg") else (folder / name).mkdir()
        return folder

    return Row(read, make, says, stays)


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])


def write(data):
    return lambda path: path.write_bytes(data)


def levels(array):
    return lambda path: Image.fromarray(array).save(path)


def check(row: Row, folder: Path) -> None:
    """Make, read and write the set of a row; one sentence says what is wrong, nothing is left elsewhere."""
    (folder / "in").mkdir()
    path = row.make(folder / "in")
    before = listing(folder)
    said, stayed = imported(row, path, folder / "out")
    matching = [sentence for sentence in said if re.search(row.says, sentence)]
    assert len(matching) == 1, said
    assert "\n" not in matching[0]
    assert len(matching[0]) < 500
    assert stayed == row.stays
    assert [path for path in listing(folder) if path.parts[0] != "out"] == before


def listing(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*"))


def imported(row, path, out):
    """Read and write; give all that was said, and the photos that stayed."""
    try:
        read = row.read(path)
        findings = (*read.findings, *write_canonical(read, out))
    except CrackwiseError as error:
        assert not out.exists()
        return [str(error)], ()
    names = sorted(path.name for path in (out / "images").iterdir())
    return [str(finding) for finding in findings], tuple(names)
