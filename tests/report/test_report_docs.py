"""docs/report.md names every column that the tables have."""

import re
from pathlib import Path

import pytest

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
