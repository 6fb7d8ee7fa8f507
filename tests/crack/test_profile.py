"""The width from one row of grey values, against slots written down with the error function."""

import numpy as np
import pytest

from crackwise.crack.profile import ProfileWidth, profile_width
from crackwise.errors import SettingsError
from slots import slot_row


@pytest.mark.parametrize(
    ("width_px", "blur_px"), [(3, 0.7), (3, 1), (4.3, 0.7), (4.3, 1.4), (6, 1), (6, 2), (9, 1.5), (12, 2)]
)
def test_a_slot_of_three_blurs_and_more_has_its_width(width_px, blur_px):
    assert profile_width(slot_row(width_px, blur_px)).width_px == pytest.approx(width_px, abs=0.15)


@pytest.mark.parametrize("width_px", [0.8, 1.5, 2.2])
def test_a_slot_near_the_blur_lies_in_its_interval_and_is_not_the_width_of_the_blur(width_px):
    found = profile_width(slot_row(width_px, 1.0))
    assert found.low_px <= width_px <= found.high_px
    assert found.width_px == pytest.approx(width_px, abs=0.5)


@pytest.mark.parametrize("shift_px", [0.2, 0.5, -1.7, 3.0])
def test_a_shift_does_not_change_the_width(shift_px):
    assert profile_width(slot_row(4, shift_px=shift_px)).width_px == pytest.approx(4, abs=0.1)


@pytest.mark.parametrize("slope", [1.0, -2.5])
def test_a_sloping_background_does_not_change_the_width(slope):
    row = slot_row(4) + slope * np.arange(31)
    assert profile_width(row).width_px == pytest.approx(profile_width(slot_row(4)).width_px, abs=0.1)


@pytest.mark.parametrize("edge_px", [13, 15, 17, 20])
def test_a_soft_shadow_on_one_side_hardly_changes_the_width(edge_px):
    shadow = 1 - 0.15 / (1 + np.exp(-(np.arange(31) - edge_px) / 2))
    assert profile_width(slot_row(4) * shadow).width_px == pytest.approx(4, abs=0.2)


@pytest.mark.parametrize("edge_px", [12, 14, 15, 16, 20])
def test_a_sharp_shadow_on_one_side_widens_the_interval_around_the_truth(edge_px):
    row = slot_row(4)
    row[edge_px:] *= 0.85
    found, plain = profile_width(row), profile_width(slot_row(4))
    assert found.low_px <= 4 <= found.high_px
    assert found.high_px - found.low_px > 2 * (plain.high_px - plain.low_px)


def test_brightness_and_depth_do_not_change_a_wide_slot():
    widths = [profile_width(slot_row(7, depth=depth)).width_px for depth in (0.3, 0.55, 0.8)]
    assert widths == pytest.approx([7, 7, 7], abs=0.1)
    assert profile_width(slot_row(7) / 2).width_px == pytest.approx(7, abs=0.1)


def test_the_interval_holds_the_truth_in_most_noisy_draws():
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(200):
        width_px, blur_px = rng.uniform(1.2, 9), rng.uniform(0.7, 1.5)
        row = slot_row(width_px, blur_px, shift_px=rng.uniform(-1, 1), depth=rng.uniform(0.35, 0.7))
        found = profile_width(row + rng.normal(0, 3, len(row)))
        assert found.low_px <= found.width_px <= found.high_px
        held += found.low_px <= width_px <= found.high_px
    assert held >= 160  # 180 would be 90 %


def test_more_grain_makes_the_interval_wider():
    rng = np.random.default_rng(4)
    quiet, loud = (profile_width(slot_row(4) + rng.normal(0, grain, 31)) for grain in (1, 10))
    assert loud.high_px - loud.low_px > 1.5 * (quiet.high_px - quiet.low_px)


@pytest.mark.parametrize(
    "row",
    [
        [100] * 9,
        [0] * 15,
        list(range(15)),
        [100] * 7 + [200] + [100] * 7,  # a bright line
        slot_row(4) / 255,  # shares, not grey levels
    ],
)
def test_a_row_without_a_dip_has_no_width(row):
    with pytest.raises(SettingsError, match="no dip is seen in the profile; expected grey levels 0 to 255"):
        profile_width(row)


def test_the_result_is_a_named_tuple_of_numbers():
    width_px, low_px, high_px = profile_width(list(slot_row(4)))
    assert low_px < width_px < high_px
    assert ProfileWidth._fields == ("width_px", "low_px", "high_px")
    assert {type(width_px), type(low_px), type(high_px)} == {float}


@pytest.mark.parametrize(
    "values", [[1.0] * 8, np.ones((3, 12)), [*[150.0] * 10, np.nan], [*[150.0] * 10, np.inf], []]
)
def test_what_is_no_profile_is_refused(values):
    with pytest.raises(SettingsError, match="expected at least 9 finite grey levels in a row"):
        profile_width(values)


@pytest.mark.parametrize("width_px", [17, 20, 30])
def test_a_dip_wider_than_one_row_can_tell_is_refused(width_px):
    with pytest.raises(SettingsError, match="one row of grey values tells up to 15 px"):
        profile_width(slot_row(width_px, 1.0, count=81))
    assert profile_width(slot_row(14.5, 1.0, count=81)).width_px == pytest.approx(14.5, abs=0.15)
