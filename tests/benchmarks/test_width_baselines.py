"""The baselines do what a textbook says, on profiles and masks that can be counted."""

import numpy as np
import pytest

from width_accuracy import Scored
from width_baselines import (
    MASK_BASELINES,
    PROFILE_BASELINES,
    Estimate,
    best_constant,
    half_depth,
    orthogonal_projection,
    otsu,
    twice_distance,
    twice_distance_of_mask,
)
from width_cases import Case
from width_truth import draw


def _box(width, depth=100.0):
    profile = np.full(31, 200.0)
    profile[15 - width // 2 : 15 - width // 2 + width] -= depth
    return profile


def test_sharp_slot_of_five_samples():
    assert otsu(_box(5)) == 5
    assert half_depth(_box(5)) == pytest.approx(5)
    assert (
        twice_distance(_box(5)) == 6
    )  # centre of the middle sample to the centre of the first bright one: 3


def test_half_depth_of_a_triangle_is_half_its_base():
    profile = 200 - 10 * np.clip(10 - np.abs(np.arange(31.0) - 15), 0, None)
    assert half_depth(profile) == pytest.approx(10)


def test_half_depth_is_unknown_without_two_edges():
    assert np.isnan(half_depth(np.full(31, 180.0)))


def test_otsu_counts_only_the_darkest_run():
    profile = _box(5)
    profile[2:4] = 110
    assert otsu(profile) == 5


def test_best_constant_halves_the_widths():
    assert best_constant(np.array([0.05, 0.1, 0.1, 0.2, 3.0])) == 0.1


def _slot(width):
    mask = np.zeros((40, 120), np.bool_)
    mask[20 : 20 + width, 10:110] = True
    return mask


def test_orthogonal_projection_counts_the_rows_of_a_slot():
    estimate = orthogonal_projection(None, _slot(7))
    known = np.isfinite(estimate.width_px)
    assert estimate.width_px[known] == pytest.approx(np.full(known.sum(), 7.0), abs=0.15)
    assert known.sum() > 80


def test_twice_the_distance_of_a_slot_of_odd_width_is_one_more():
    estimate = twice_distance_of_mask(None, _slot(7))
    assert np.median(estimate.width_px) == 8


def test_length_of_a_skeleton_takes_diagonal_steps_as_root_two():
    mask = np.eye(50, dtype=np.bool_)
    assert twice_distance_of_mask(None, mask).length_px == pytest.approx(49 * np.sqrt(2))
    corner = np.zeros((30, 30), np.bool_)
    corner[5:20, 5] = corner[19, 5:20] = True
    assert twice_distance_of_mask(None, corner).length_px == pytest.approx(28, abs=1)


@pytest.mark.parametrize("name", ["half-depth", "Otsu"])
def test_baselines_read_the_grey_values_of_a_wide_sharp_crack(name):
    drawn = draw(Case("straight", 14, angle_deg=33, blur_px=0.5), np.random.default_rng(0))
    estimate = MASK_BASELINES[name](drawn.photo, drawn.mask)
    assert np.nanmedian(estimate.width_px) == pytest.approx(14, abs=0.3)


def test_profile_baselines_are_those_of_the_issue():
    assert set(PROFILE_BASELINES) == {"half-depth", "Otsu", "2 × distance transform"}


def test_scoring_takes_the_truth_at_each_point_and_counts_strays():
    drawn = draw(Case("straight", 6, length_px=150), np.random.default_rng(0))
    points = np.concatenate([drawn.centreline[100:400:100], drawn.centreline[:1] + 60])
    estimate = Estimate(points, np.array([6.5, 5.5, np.nan, 99.0]), np.full(4, 5.8), np.full(4, 6.2), 153.0)
    scored = Scored.of(estimate, drawn)
    assert scored.true_px == pytest.approx([6, 6, 6])
    assert scored.stray == 1
    assert scored.mean_error_px == pytest.approx([0.0])
    assert scored.length_error == pytest.approx([0.02])
