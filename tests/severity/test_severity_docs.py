"""docs/severity.md says of each code what its file says."""

import re
from pathlib import Path

import pytest

from crackwise.severity.code import load_code, shipped_codes

TEXT = (Path(__file__).parents[2] / "docs" / "severity.md").read_text("utf-8")


def section(name: str) -> str:
    """Give the part about one code, its lines joined."""
    return " ".join(TEXT.partition(f"\n### `{name}`\n")[2].partition("\n##")[0].split())


@pytest.mark.parametrize("name", shipped_codes())
def test_the_docs_give_edition_statistic_and_what_is_not_seen(name):
    code, text = load_code(name), section(name)
    for words in (code.edition, code.nature, f"Statistic: {code.statistic}", *code.not_seen):
        assert words in text
    assert ("choice of crackwise" in text) == ("choice of crackwise" in code.statistic_reason)


@pytest.mark.parametrize("name", [name for name in shipped_codes() if load_code(name).kind == "limit"])
def test_the_docs_give_each_limit_with_its_classes(name):
    rows = re.findall(r"(?m)^\| (`.*) \|$", TEXT.partition(f"\n### `{name}`\n")[2].partition("\n##")[0])
    limits = load_code(name).limits
    assert len(rows) == len(limits)
    for row, limit in zip(rows, limits):
        exposures, *_, value = row.split(" | ")
        assert tuple(re.findall(r"`([^`]+)`", exposures)) == limit.exposures
        shown = "decompression" if limit.limit_mm is None else f"{limit.limit_mm:g}"
        assert re.split("[,;:]", value)[0] == shown


@pytest.mark.parametrize("name", [name for name in shipped_codes() if load_code(name).kind == "grades"])
def test_the_docs_give_the_border_of_each_class(name):
    for table in load_code(name).grades:
        for grade in table.classes:
            assert f"| {grade.name} |" in section(name)
            word = "below" if grade.below_mm is not None else "(up )?to"
            if grade.border_mm is not None:
                row = section(name).partition(f"| {grade.name} |")[2].partition("| |")[0]
                assert re.search(rf"\b(to|{word}) {grade.border_mm:g}\b", row)
