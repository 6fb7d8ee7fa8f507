"""What a report says of how it was measured: no figure that the docs do not have."""

import re
from pathlib import Path

from crackwise.report.method import COVERAGE, method_notes

DOCS = Path(__file__).parents[2] / "docs"


def covered_percent(section):
    """Give median width, px, and coverage, % of each set of real profiles as docs/widths.md has them."""
    sets = re.findall(r"^(\w+): \d+ profiles, median ([\d.]+) px", section, re.MULTILINE)
    covered = re.findall(r"^90 % interval covers ([\d.]+) %", section, re.MULTILINE)
    return {name: (float(px), float(share)) for (name, px), share in zip(sets, covered, strict=True)}


def test_the_coverage_that_a_report_states_is_the_measured_one():
    text = (DOCS / "widths.md").read_text("utf-8")
    real = covered_percent(text[text.index("## Real reference widths") : text.index("## Masks as truth")])
    at_3_px, below = re.search(r"(\d+) % of the cases at 3 px and in (\d+) % below 1.5 px", COVERAGE).groups()
    assert (round(real["indoors"][0]), int(at_3_px)) == (3, int(real["indoors"][1]))
    assert (real["bridge_s"][0] < 1.5, int(below)) == (True, int(real["bridge_s"][1]))
    drawn = re.findall(r"^\| (?:true|\d px fat) \| all \|.*", text, re.MULTILINE)[:3]
    shares = [float(row.split("|")[8]) for row in drawn]
    assert min(shares) > 90
    assert "more than 90 %" in COVERAGE


def test_a_report_says_how_well_its_interval_holds():
    notes = dict(method_notes(("px",), rectified_count=0, scaled_count=0))
    assert COVERAGE in notes["The 90 % interval"]
    assert "tone curve" in notes["The 90 % interval"]
