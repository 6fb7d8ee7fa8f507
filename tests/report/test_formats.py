"""The table of report formats, and what a run folder knows of it."""

import pytest

from crackwise.inspection.layout import REPORT_FILES
from crackwise.report.settings import ReportSettings
from crackwise.report.writers import REPORTS
from crackwise.severity.quantities import PriceClass, PriceList


@pytest.mark.parametrize("name", REPORTS)
def test_a_format_writes_the_files_that_its_entry_names(tmp_path, make_run, drawings, name):
    records = make_run(tmp_path, drawings)
    before = set(tmp_path.iterdir())
    assert not REPORTS[name].is_in(tmp_path)
    prices = PriceList(currency="EUR", classes=(PriceClass(name="seal", from_mm=0.2, price_per_m=8),))
    REPORTS[name].write(records, tmp_path, ReportSettings(prices=prices))
    assert {path.name for path in set(tmp_path.iterdir()) - before} == set(REPORTS[name].files)
    assert REPORTS[name].is_in(tmp_path)


def test_a_run_that_begins_again_removes_the_files_of_every_format():
    files = [file for report in REPORTS.values() for file in report.files]
    assert sorted(files) == sorted(REPORT_FILES)
