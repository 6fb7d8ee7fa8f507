"""docs/report.md names every column that the tables have."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from crackwise.report.figures import kind_text
from crackwise.report.writers.tables import (
    CRACK_COLUMNS,
    PHOTO_COLUMNS,
    QUANTITY_COLUMNS,
    VERDICT_COLUMNS,
)

TEXT = (Path(__file__).parents[2] / "docs" / "report.md").read_text("utf-8")


def described(table: str) -> list[str]:
    """Read the first cells of the rows below the heading of a table."""
    rows = TEXT.partition(f"| `{table}` |")[2].partition("\n\n")[0].splitlines()[2:]
    return [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("cracks.csv", ["photo", *CRACK_COLUMNS, *VERDICT_COLUMNS]),
        ("photos.csv", [*PHOTO_COLUMNS]),
        ("quantities.csv", QUANTITY_COLUMNS),
    ],
)
def test_every_column_is_described_once_and_no_other(table, columns):
    assert sorted(described(table)) == sorted(columns)


@pytest.mark.parametrize("kind", ["longitudinal", "transverse"])
def test_words_of_the_report_for_a_kind_stand_beside_those_of_the_column(make_photo, make_line, kind):
    crack = replace(make_photo("a.jpg", [make_line((10, 10), (10, 60), 3)]).record.cracks[0], kind=kind)
    shown = kind_text(crack, is_axis_stated=False)
    assert re.search(rf"`{kind}` is what the report calls `{shown}`|`{kind}` what it calls `{shown}`", TEXT)
