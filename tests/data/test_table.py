"""The small tables beside the photos."""

import pytest

from crackwise.data.table import read_table, write_table
from crackwise.errors import DataError


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_is_read_as_a_spreadsheet_saves_it(tmp_path, separator):
    lines = (" file ,label", "a.jpg,crack", ",", "b.jpg,no crack")
    text = "\r\n".join(line.replace(",", separator) for line in (*lines, ""))
    (tmp_path / "labels.csv").write_bytes(text.encode("utf-8-sig"))
    assert read_table(tmp_path / "labels.csv", ("file", "label")) == (
        {"file": "a.jpg", "label": "crack"},
        {"file": "b.jpg", "label": "no crack"},
    )


def test_what_is_written_comes_back_whatever_its_names(tmp_path):
    rows = [(" a.jpg", "x;y"), ('"b".jpg', "two\nlines"), ("c,d.jpg", "")]
    write_table(tmp_path / "groups.csv", ("file", "group"), rows)
    read = read_table(tmp_path / "groups.csv", ("file", "group"))
    assert [(row["file"], row["group"]) for row in read] == rows


def test_a_row_may_lack_cells_that_are_not_needed_and_no_others(tmp_path):
    (tmp_path / "labels.csv").write_text("file,label,group\na.jpg,crack\n\nb.jpg\n", encoding="utf-8")
    assert [row["group"] for row in read_table(tmp_path / "labels.csv", ("file",))] == ["", ""]
    with pytest.raises(DataError, match=r"labels\.csv line 4 is too short; expected a value for file, label"):
        read_table(tmp_path / "labels.csv", ("file", "label"))
