"""Scale: what a user writes, in mm per pixel."""

import math

import numpy as np
import pytest

from crackwise.errors import SettingsError
from crackwise.scale import Scale, as_scale, parse_relative_error, parse_scale


@pytest.mark.parametrize(
    ("text", "mm_per_px"),
    [
        ("0.2mm/px", 0.2),
        (" .5 mm/px ", 0.5),
        ("0.02cm/px", 0.2),
        ("5px/mm", 0.2),
        ("2e-4m/px", 0.2),
        ("50um/px", 0.05),
        ("50 µm/px", 0.05),
        ("50μm/px", 0.05),
    ],
)
def test_a_scale_with_its_unit_is_understood(text, mm_per_px):
    assert parse_scale(text).mm_per_px == pytest.approx(mm_per_px)
    assert parse_scale(text).source == "given"


@pytest.mark.parametrize("text", ["0.2mm/px±2%", "0.2 mm/px ± 2 %", "0.2mm/px+-2%", "5px/mm +/- 2.0%"])
def test_a_stated_error_is_kept(text):
    assert parse_scale(text).mm_per_px == pytest.approx(0.2)
    assert parse_scale(text).relative_error == pytest.approx(0.02)


def test_a_scale_without_error_claims_none():
    assert parse_scale("0.2mm/px").relative_error is None


@pytest.mark.parametrize("text", ["0.2mm/px±2", "0.2mm/px 2%", "0.2mm/px±0.004mm", "0.2mm/px±-2%"])
def test_an_error_that_is_no_percentage_is_refused(text):
    with pytest.raises(SettingsError, match=r"scale .* is not understood"):
        parse_scale(text)


@pytest.mark.parametrize(
    "parse", [lambda: parse_scale("0.2mm/px±100%"), lambda: parse_relative_error("150%")]
)
def test_an_error_of_all_or_more_is_refused(parse):
    with pytest.raises(SettingsError, match="less than 100 %"):
        parse()


def test_a_relative_error_is_read_as_a_share():
    assert parse_relative_error(" 3 % ") == pytest.approx(0.03)
    with pytest.raises(SettingsError, match="such as 3%"):
        parse_relative_error("0.03")


@pytest.mark.parametrize("error", [-0.1, float("nan")])
def test_an_impossible_error_is_refused(error):
    with pytest.raises(SettingsError, match="relative error"):
        Scale(0.2, relative_error=error)


@pytest.mark.parametrize("text", ["0.2 mm/px", "0.2 mm/px ± 2 %", "0.05 mm/px ± 0.5 %"])
def test_a_scale_is_described_as_it_is_written(text):
    assert parse_scale(text).described() == text


@pytest.mark.parametrize("error", [0.9949, 0.995, 0.99593, 0.9999])
def test_an_error_of_almost_the_scale_is_described_so_that_it_can_be_read(error):
    scale = Scale(0.2, relative_error=error)
    assert parse_scale(scale.described()).relative_error == pytest.approx(error, abs=0.005)


@pytest.mark.parametrize("text", ["0.2", "mm/px", "0.2 mm", "-1mm/px", "0,2mm/px", "0mm/px", "0px/mm", ""])
def test_a_scale_without_number_or_unit_is_refused(text):
    with pytest.raises(SettingsError, match="scale"):
        parse_scale(text)


def test_decimals_after_a_comma_are_answered_with_a_hint():
    with pytest.raises(SettingsError, match=r"with a decimal point, not a comma$"):
        parse_scale("0,2mm/px")
    with pytest.raises(SettingsError, match=r"such as 0\.2mm/px±2%$"):
        parse_scale("0.2")


@pytest.mark.parametrize("mm_per_px", [0.0, -1.0, float("nan"), float("inf"), 1e-300, 9e-7, 2e6])
def test_an_impossible_scale_is_refused(mm_per_px):
    with pytest.raises(SettingsError, match=r"mm/px; expected from 0\.000001 to 1,000,000$"):
        Scale(mm_per_px)


@pytest.mark.parametrize("error", [1.01, 2.0, float("inf"), float("nan"), -0.1])
def test_an_error_of_more_than_the_scale_is_refused(error):
    with pytest.raises(SettingsError, match=r"expected a share from 0 to 1, such as 0\.02 for 2 %"):
        Scale(0.2, relative_error=error)


def test_a_bound_has_the_error_of_the_scale_in_it():
    assert Scale(0.2).at_most_mm(3) == pytest.approx(0.6)
    assert Scale(0.2, relative_error=0.1).at_most_mm(3) == pytest.approx(0.66)


def test_lengths_areas_and_densities_have_the_error_of_the_scale():
    scale = Scale(0.5, "marker", 0.2)  # 0.4 to 0.6 mm/px
    assert scale.length_range_mm(100) == pytest.approx((40, 60))
    assert scale.area_range_mm2(100) == pytest.approx((16, 36))
    # 3 px of crack on 100 × 100 px: 1.2 mm on 40 × 40 mm, or 1.8 mm on 60 × 60 mm
    assert scale.density_range_m_per_m2(3e-4) == pytest.approx((1.8e-3 / 60**2 * 1e6, 1.2e-3 / 40**2 * 1e6))
    assert Scale(0.5, "marker", 1.0).density_range_m_per_m2(3e-4)[1] == math.inf


def test_the_interval_of_a_width_and_the_error_of_the_scale_add_up_as_independent():
    width, low, high = np.array([10.0, 10.0, np.nan, 1.0]), np.array([7.0, 10, np.nan, 0]), np.full(4, 13.0)
    ends = Scale(0.5, "marker", 0.4).width_range_mm(width, low, high)  # 4 px of 10
    np.testing.assert_allclose(ends[0], [2.5, 3.0, np.nan, 0.0])  # √(3² + 4²) = 5 px below
    np.testing.assert_allclose(ends[1][:2], [7.5, 7.5])
    exact = Scale(0.5).width_range_mm(width, low, high)
    np.testing.assert_allclose(exact, [[3.5, 5, np.nan, 0], [6.5, 6.5, np.nan, 6.5]])


def test_of_an_unknown_error_there_is_no_interval():
    scale = Scale(0.5)
    assert scale.length_range_mm(9) is scale.area_range_mm2(9) is scale.density_range_m_per_m2(9) is None


def test_a_bare_number_is_no_scale():
    assert as_scale(None) is None
    assert as_scale("0.2mm/px") == as_scale(Scale(0.2))
    with pytest.raises(SettingsError, match=r"scale 0\.2 is not understood; write number and unit"):
        as_scale(0.2)
