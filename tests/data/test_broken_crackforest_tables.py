"""Broken files of CrackForest, tables and folders: each gives one clear sentence.

In each row one photo is sound, ``good``, and one is not, ``bad``. Either the file as a whole is refused, or
the bad photo is left out and the good one stays, or the fault is tolerated and said.
"""

import numpy as np
import pytest
from scipy.io import savemat

from brokenfiles import MASK, Row, check, cut, folder_row, photo, write
from crackwise.data.readers.classfolders import read_classfolders
from crackwise.data.readers.crackforest import read_crackforest
from crackwise.data.readers.photos import read_photos
from crackwise.data.readers.table import read_table


def mat_row(says, change, *, stays=("good.jpg",)):
    def make(folder):
        for name in ("good", "bad"):
            photo(folder, f"{name}.jpg")
            truth = np.zeros((1, 1), [("Segmentation", object)])
            truth["Segmentation"][0, 0] = 1 + (MASK > 0)
            savemat(folder / f"{name}.mat", {"groundTruth": truth})
        change(folder / "bad.mat")
        return folder

    return Row(read_crackforest, make, says, stays)


def table_row(says, text, *, stays=("good.jpg",), encoding="utf-8"):
    def make(folder):
        for name in ("good", "bad"):
            photo(folder, f"{name}.jpg")
        (folder / "t.csv").write_bytes(text.encode(encoding))
        return folder / "t.csv"

    return Row(read_table, make, says, stays)


ROWS = {
    # CrackForest
    "mat that is text": mat_row("is no MATLAB file of version 5 to 7", write(b"hello")),
    "mat that is empty": mat_row("is no MATLAB file", write(b"")),
    "mat of version 7.3": mat_row(
        "is a MATLAB 7.3 .HDF5. file", write(b"MATLAB 7.3 MAT-file".ljust(512) + b"\x89HDF\r\n\x1a\n")
    ),
    "mat cut off": mat_row("is damaged, cut off|has no groundTruth", cut),
    "mat without groundTruth": mat_row("has no groundTruth", lambda path: savemat(path, {"a": 1})),
    "mat with another groundTruth": mat_row(
        "is damaged, cut off or no", lambda p: savemat(p, {"groundTruth": 1})
    ),
    "mat with words": mat_row(
        "is damaged|is no picture of numbers", lambda p: savemat(p, {"groundTruth": {"Segmentation": "a"}})
    ),
    "mat of another size": mat_row(
        "is of a photo of 31×20 px but the photo is",
        lambda p: savemat(p, {"groundTruth": {"Segmentation": np.ones((20, 31))}}),
    ),
    "mat without photo": mat_row("there is no photo bad.jpg", lambda path: path.with_suffix(".jpg").unlink()),
    # tables
    "table without headings or labels": table_row("has no headings", "bad.jpg,spalling\n", stays=()),
    "table of one column": table_row("has no headings", "good.jpg\nbad.jpg\n", stays=()),
    "table that is empty": table_row("t.csv is empty", " \n", stays=()),
    "table of headings": table_row("has headings but no rows", "path,label\n", stays=()),
    "table in cp1252": table_row("is not UTF-8", "path,label\nriß.jpg,crack\n", stays=(), encoding="cp1252"),
    "table with a quote without end": table_row(
        "is no table: .*; export it again", "path,label\n" + '"good.jpg,' + "x" * 140_000, stays=()
    ),
    "unknown label": table_row(
        "label of bad.jpg is 'spalling'", "path,label\ngood.jpg,crack\nbad.jpg,spalling\n"
    ),
    "row without label": table_row("label of bad.jpg is ''", "path,label\ngood.jpg,crack\nbad.jpg\n"),
    "row without photo": table_row("line 3: '' is no file name", "path,label\ngood.jpg,crack\n,crack\n"),
    "photo that is missing": table_row(
        "the photo gone.jpg is not in", "path,label\ngood.jpg,1\ngone.jpg,0\n"
    ),
    "photo outside": table_row("the photo passwd is not in", "path,label\ngood.jpg,1\n../../etc/passwd,0\n"),
    "photo listed twice": table_row("is listed again in line 3", "path,label\ngood.jpg,1\ngood.jpg,1\n"),
    "photo with two labels": table_row(
        "is cracked in one line and not cracked in line 4", "path,label\ngood.jpg,1\nbad.jpg,1\nbad.jpg,0\n"
    ),
    # folders
    "class folder without photos": folder_row(
        read_classfolders, "nocrack: holds no photo", "crack/good.jpg", "nocrack", stays=("crack_good.jpg",)
    ),
    "no class folder": folder_row(
        read_classfolders, "has no folder whose name says", "a/good.jpg", "b/bad.jpg"
    ),
    "class folders without photos": folder_row(read_classfolders, "hold no photo", "crack", "nocrack"),
    "no photos": folder_row(read_photos, "holds no photo", "empty"),
}


@pytest.mark.parametrize("kind", ROWS)
def test_a_broken_file_is_one_clear_sentence_and_nothing_is_written_elsewhere(kind, tmp_path):
    check(ROWS[kind], tmp_path)
