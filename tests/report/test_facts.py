"""Facts of a run as its report states them."""

import pytest

from crackwise.inspection.record import MASK_GIVEN
from crackwise.inspection.settings import MeasuringSettings
from crackwise.report.facts import longest_text, run_facts
from crackwise.report.settings import ReportSettings
from crackwise.scale import Scale


def measured_along(record, axis_deg):
    """The record of a photo whose mask was given."""
    settings = MeasuringSettings(axis_deg=axis_deg)
    return record.model_copy(update={"model": MASK_GIVEN, "settings": settings})


@pytest.mark.parametrize(
    ("axis_deg", "is_stated", "said"),
    [
        (30, True, "30°"),
        (30, False, "30°"),  # given after photos without one
        (0, True, "0°"),
        (0, False, "0°, the rows of the photo, as --axis was not given"),
    ],
)
def test_the_axis_of_photos_whose_masks_were_given_is_stated(records, axis_deg, is_stated, said):
    given = [measured_along(record, axis_deg) for record in records]
    facts = dict(run_facts(given, ReportSettings(is_axis_stated=is_stated)))
    assert facts["Axis for kinds of crack"] == said
    assert "Probability thresholds" not in facts


def test_a_photo_measured_along_another_axis_than_the_run_is_told(records):
    mixed = [measured_along(records[0], 30), *records[1:]]
    assert len(mixed) == 3
    facts = dict(run_facts(mixed, ReportSettings()))
    assert facts["Axis for kinds of crack"] == "0° (2 of 3 photos), 30° (1 of 3 photos)"


def test_the_longest_crack_is_the_longest_on_the_surface(make_photo, make_line):
    far = make_photo("far.jpg", [make_line((20, 20), (20, 120), 3)], scale=Scale(1.0)).record
    near = make_photo("near.jpg", [make_line((20, 20), (20, 320), 3)], scale=Scale(0.1)).record
    unscaled = make_photo("unscaled.jpg", [make_line((20, 20), (20, 320), 3)]).record
    assert longest_text([far, near]) == "100 mm; far.jpg, crack 1"
    assert longest_text([near, unscaled, far]) == (
        "100 mm; far.jpg, crack 1; 1 cracked photo without a scale not compared"
    )
    assert longest_text([unscaled]) == "300 px; unscaled.jpg, crack 1"
