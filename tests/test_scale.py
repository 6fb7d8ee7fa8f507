"""Scale: what a user writes, in mm per pixel."""

import pytest

from crackwise.errors import SettingsError
from crackwise.scale import Scale, parse_scale


@pytest.mark.parametrize(
    ("text", "mm_per_px"),
    [("0.2mm/px", 0.2), (" .5 mm/px ", 0.5), ("0.02cm/px", 0.2), ("5px/mm", 0.2), ("2e-4m/px", 0.2)],
)
def test_a_scale_with_its_unit_is_understood(text, mm_per_px):
    assert parse_scale(text).mm_per_px == pytest.approx(mm_per_px)
    assert parse_scale(text).source == "given"


@pytest.mark.parametrize("text", ["0.2", "mm/px", "0.2 mm", "-1mm/px", "0,2mm/px", "0mm/px", "0px/mm", ""])
def test_a_scale_without_number_or_unit_is_refused(text):
    with pytest.raises(SettingsError, match="scale"):
        parse_scale(text)


@pytest.mark.parametrize("mm_per_px", [0.0, -1.0, float("nan"), float("inf")])
def test_an_impossible_scale_is_refused(mm_per_px):
    with pytest.raises(SettingsError, match="positive"):
        Scale(mm_per_px)
