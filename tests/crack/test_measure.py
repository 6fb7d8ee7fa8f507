import dataclasses
import math

import cv2
import numpy as np
import pytest

import crackwise
from crackwise.crack.measure import measure, summarise
from crackwise.crack.network import trace
from crackwise.levels import to_levels
from crackwise.scale import Scale
from drawn import between, draw_crack, draw_mask, straight

SHAPE = (200, 200)


def slot(height, width, top=50, left=30):
    mask = np.zeros(SHAPE, bool)
    mask[top : top + height, left : left + width] = True
    return mask


def test_the_figures_of_a_rectangle_are_those_of_the_rectangle():
    mask = slot(6, 120)
    (crack,) = measure(trace(mask), mask)
    assert (crack.top, crack.left, crack.bottom, crack.right) == (50, 30, 56, 150)
    assert crack.area_px == 720
    assert crack.branches == 1
    assert crack.length_px == pytest.approx(120, abs=1)
    assert crack.width_mean_px == pytest.approx(6, abs=0.05)
    assert crack.width_median_px == pytest.approx(6, abs=0.05)
    assert crack.width_max_px == pytest.approx(6, abs=0.05)
    assert crack.orientation_deg == pytest.approx(0, abs=0.5) or crack.orientation_deg > 179.5


@pytest.mark.parametrize("angle_deg", [10, 45, 90, 120, 170])
def test_orientation_counts_counter_clockwise_from_the_row(angle_deg):
    mask = draw_crack(straight(120, angle_deg), 5).mask
    (crack,) = measure(trace(mask), mask)
    assert crack.orientation_deg == pytest.approx(angle_deg, abs=1)


def test_a_crack_that_rises_to_the_right_points_below_90_degrees():
    mask = draw_mask([between((150, 40), (60, 130))], 5, SHAPE)
    (crack,) = measure(trace(mask), mask)
    assert crack.orientation_deg == pytest.approx(45, abs=1)


def test_the_widest_place_is_in_the_wide_part():
    mask = slot(4, 140)
    mask[47:59, 100:120] = True
    (crack,) = measure(trace(mask), mask)
    assert 100 <= crack.widest_col < 120
    assert 50 <= crack.widest_row < 56
    assert crack.width_max_px == pytest.approx(12, abs=0.7)
    assert crack.width_median_px == pytest.approx(4, abs=0.1)


def test_millimetres_are_there_exactly_with_a_scale():
    mask = slot(6, 120)
    (without,) = measure(trace(mask), mask)
    (crack,) = measure(trace(mask), mask, scale=Scale(0.2))
    names = [field.name for field in dataclasses.fields(crack) if field.name.endswith(("_mm", "_mm2"))]
    from_a_mask = [name for name in names if "range" not in name and "finer" not in name]
    assert len(from_a_mask) == 6
    assert all(getattr(without, name) is None for name in names)
    assert all(getattr(crack, name) is not None for name in from_a_mask)
    assert crack.length_mm == pytest.approx(crack.length_px * 0.2)
    assert crack.width_mean_mm == pytest.approx(crack.width_mean_px * 0.2)
    assert crack.width_median_mm == pytest.approx(crack.width_median_px * 0.2)
    assert crack.width_max_mm == pytest.approx(crack.width_max_px * 0.2)
    assert crack.area_mm2 == pytest.approx(720 * 0.04)


def test_length_and_area_have_the_error_of_the_scale():
    mask = slot(6, 120)
    (crack,) = measure(trace(mask), mask, scale=Scale(0.2, "marker", 0.1))
    assert crack.length_range_mm == pytest.approx((0.9 * crack.length_mm, 1.1 * crack.length_mm))
    assert crack.area_range_mm2 == pytest.approx((720 * 0.18**2, 720 * 0.22**2))
    (unstated,) = measure(trace(mask), mask, scale=Scale(0.2))
    assert unstated.length_range_mm is unstated.area_range_mm2 is None


def test_confidence_is_the_probability_on_the_centreline():
    mask = slot(6, 120)
    levels = to_levels(np.where(mask, np.float32(0.75), np.float32(0)))
    (crack,) = measure(trace(mask), mask, levels=levels)
    assert crack.confidence == pytest.approx(0.75, abs=0.01)
    assert measure(trace(mask), mask)[0].confidence is None


def test_a_speck_has_its_area_by_its_length_as_width():
    mask = slot(4, 6)
    (crack,) = measure(trace(mask), mask)
    assert crack.length_px == pytest.approx(6, abs=0.1)
    assert crack.width_mean_px == crack.width_max_px == pytest.approx(4, abs=0.1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (30, 30)])
def test_a_photo_that_is_all_crack_has_finite_figures(shape):
    mask = np.ones(shape, bool)
    (crack,) = measure(trace(mask), mask, scale=Scale(1), levels=np.full(shape, 255, np.uint8))
    assert crack.area_px == math.prod(shape)
    figures = [value for value in dataclasses.astuple(crack) if isinstance(value, int | float)]
    assert all(math.isfinite(value) for value in figures)
    assert 0 <= crack.widest_row < shape[0]
    assert 0 <= crack.widest_col < shape[1]


def test_each_crack_has_its_own_area_and_box_longest_first():
    mask = slot(4, 50) | slot(8, 100, top=100) | slot(3, 3, top=150)
    cracks = measure(trace(mask), mask)
    assert [crack.crack for crack in cracks] == [1, 2, 3]
    assert [crack.area_px for crack in cracks] == [800, 200, 9]
    assert [crack.top for crack in cracks] == [100, 50, 150]


def test_a_bent_speck_beside_its_own_axis_is_still_measured():
    mask = np.zeros((20, 20), bool)
    mask[5:9, 5] = mask[5, 5:9] = True
    (crack,) = measure(trace(mask), mask)
    assert crack.area_px == 7


def test_an_empty_mask_has_no_cracks():
    mask = np.zeros((10, 10), bool)
    assert measure(trace(mask), mask) == ()


def test_a_summary_adds_up_what_the_cracks_have():
    mask = slot(4, 50) | slot(8, 100, top=100)
    scale = Scale(0.5)
    cracks = measure(trace(mask), mask, scale=scale)
    summary = summarise(cracks, scale=scale, inspected_px=40_000)
    assert summary.crack_count == 2
    assert summary.crack_area_px == 1000
    assert summary.crack_area_share == pytest.approx(0.025)
    assert summary.total_length_px == pytest.approx(150, abs=2)
    assert summary.total_length_mm == pytest.approx(75, abs=1)
    assert summary.density_per_px == pytest.approx(150 / 40_000, rel=0.02)
    # 0.075 m in an area of 0.1 m x 0.1 m
    assert summary.density_m_per_m2 == pytest.approx(7.5, rel=0.02)
    assert summary.width_max_px == pytest.approx(8, abs=0.1)
    assert summary.width_max_mm == pytest.approx(4, abs=0.05)


def test_a_summary_without_cracks_is_zero_and_without_scale_has_no_metres():
    summary = summarise((), inspected_px=100)
    assert (summary.crack_count, summary.total_length_px, summary.crack_area_share) == (0, 0, 0)
    assert summary.width_max_px is summary.total_length_mm is summary.density_m_per_m2 is None
    assert summarise((), scale=Scale(1), inspected_px=100).total_length_mm == 0


def test_the_largest_width_of_a_photo_is_that_of_a_crack_that_can_be_measured():
    mask = slot(4, 50) | slot(8, 100, top=100)
    wide, narrow = measure(trace(mask), mask, scale=Scale(0.5))
    too_fine = dataclasses.replace(wide, finer_than_px=9.0, finer_than_mm=4.5)
    summary = summarise((too_fine, narrow), scale=Scale(0.5), inspected_px=40_000)
    assert summary.width_max_px == pytest.approx(4, abs=0.1)
    assert summary.width_max_mm == pytest.approx(2, abs=0.05)
    assert summary.crack_count == 2
    assert summarise((too_fine,), scale=Scale(0.5), inspected_px=40_000).width_max_px is None


def photo_of_two_fields(crack, blur_px):
    """Draw a crack and a joint of two fields, whose edge tells the blur of the photo, with some grain."""
    light = np.where(np.arange(SHAPE[1]) < 150, 160.0, 110.0) * np.where(crack, 0.5, 1)
    grain = np.random.default_rng(1).normal(0, 2, SHAPE)
    return np.clip(cv2.GaussianBlur(light, (0, 0), blur_px) + grain, 0, 255).round().astype(np.uint8)


@pytest.mark.parametrize("others", [np.zeros(SHAPE, bool), slot(6, 100, top=120)])
def test_a_speck_in_a_photo_is_as_sure_as_the_contour_of_its_mask(others):
    mask = slot(4, 6) | others
    found = crackwise.measure(photo_of_two_fields(mask, 1.0), mask)
    (speck,) = [crack for crack in found.cracks if crack.area_px == 24]
    assert speck.width_mean_px == speck.width_max_px == pytest.approx(4, abs=0.1)
    # masks of trained networks are 1 to 2 px fat: from 3 px less to 1 px more
    for interval_px in (speck.width_mean_range_px, speck.width_p95_range_px, speck.width_max_range_px):
        assert interval_px == pytest.approx((1, 5), abs=0.1)


def test_a_crack_along_the_border_of_a_blurred_photo_is_finer_than_that_can_show():
    mask = slot(2, 100, top=0)
    found = crackwise.measure(photo_of_two_fields(mask, 3.5), mask)
    (crack,) = found.cracks
    assert crack.width_max_px == pytest.approx(2, abs=0.1)
    assert found.summary.smallest_width_px > 2
    assert crack.finer_than_px == max(found.summary.smallest_width_px, crack.width_max_range_px[1])
    assert found.summary.width_max_px is None
