"""Profiles across straight cracks along rows, where sampling is exact."""

import cv2
import numpy as np
import pytest

from crackwise.crack.profiles import (
    ALONG_PX,
    Sections,
    across,
    averaged,
    centred,
    even_profiles,
    sample,
    smooth_along,
)
from crackwise.crack.slot import EvenProfiles
from slots import Line, photographed, slot_photo

SHAPE = (81, 120)
MIDDLE = 40  # row of the crack
COUNT = 80
NOTHING = np.zeros(SHAPE, bool)


def sections(row=float(MIDDLE), width_px=5.0):
    """Points 1 px apart along a row, normals pointing down."""
    points = np.stack([np.full(COUNT, row), np.arange(20.0, 20 + COUNT)], axis=1)
    return Sections(
        points, np.tile([1.0, 0.0], (COUNT, 1)), np.full(COUNT, width_px), np.zeros(COUNT, np.int64)
    )


def grey(width_px=5.0, grain=0.0):
    photo = slot_photo([Line(width_px)], SHAPE)
    return (photographed(photo, grain) if grain else photo).astype(np.float32)


def test_samples_of_a_ramp_are_the_ramp():
    ramp = (3.0 * np.arange(SHAPE[0])[:, None] + np.zeros(SHAPE)).astype(np.float32)
    found = sample(ramp, sections(row=30.25), np.array([-2.5, 0.0, 4.0]))
    assert found[0] == pytest.approx([3 * 27.75, 3 * 30.25, 3 * 34.25], abs=0.2)


def test_beyond_the_border_the_last_pixel_goes_on():
    found = sample(grey(), sections(row=2.0), np.array([-2, -10]))
    assert found[:, 0] == pytest.approx(found[:, 1])


def test_sections_far_from_each_other_are_sampled_as_in_the_whole_picture():
    rng = np.random.default_rng(0)
    picture = rng.random((1400, 1600), np.float32)
    points = rng.uniform((-3, -3), (1403, 1603), (300, 2))
    angle = rng.uniform(0, np.pi, 300)
    normals = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    everywhere = Sections(points, normals, np.full(300, 5.0), np.arange(300))
    offsets = np.arange(-20, 21)
    rows, cols = (points[:, None] + normals[:, None] * offsets[:, None]).transpose(2, 0, 1).astype(np.float32)
    whole = cv2.remap(picture, cols, rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    found = sample(picture, everywhere, offsets)
    assert np.median(np.abs(found - whole)) < 1e-4
    assert np.abs(found - whole).max() < 0.1  # older versions of OpenCV round places to 1/32 px


def test_more_places_than_opencv_takes_at_once_are_sampled():
    one = sections()
    many = Sections(
        *(np.repeat(values, 500, axis=0) for values in (one.points, one.normals, one.width_px, one.branch))
    )
    found = sample(grey(), many, np.array([0, 3]))
    assert found.shape == (40_000, 2)
    assert found[-1] == pytest.approx(sample(grey(), one, np.array([0, 3]))[-1])


def test_an_average_along_stays_in_its_branch_and_passes_over_gaps():
    values = np.array([1.0, 1, 1, np.nan, 1, 9, 9, 9])[:, None]
    branch = np.array([0, 0, 0, 0, 0, 1, 1, 1])
    assert smooth_along(values, branch, 2.0)[:, 0] == pytest.approx([1] * 5 + [9] * 3)


def test_an_average_of_nothing_is_nothing():
    values = np.array([np.nan, np.nan, 4.0])[:, None]
    assert np.isnan(smooth_along(values, np.array([0, 0, 1]), 2.0)[:2]).all()


def even_across(photo, mask, places, reach_px):
    return even_profiles(across(photo, mask, places, reach_px), places)


def test_places_beside_the_crack_move_to_its_middle():
    for off_px in (-1.5, 0.4, 1.5):
        moved = centred(grey(), sections(row=MIDDLE + off_px))
        assert moved.points[:, 0] == pytest.approx(np.full(COUNT, MIDDLE), abs=0.25)
        np.testing.assert_array_equal(moved.points[:, 1], sections().points[:, 1])


def test_a_slope_is_in_no_even_part():
    plain = even_across(grey(), NOTHING, sections(), 9)
    slope = 2.0 * (np.arange(SHAPE[0], dtype=np.float32) - MIDDLE)[:, None]
    tilted = even_across(grey() + slope, NOTHING, sections(), 9)
    np.testing.assert_allclose(tilted.values, plain.values, atol=0.05)
    np.testing.assert_allclose(tilted.noise, plain.noise, atol=0.05)


def test_the_even_part_of_a_slot_is_half_of_the_slot():
    profile = even_across(grey(), NOTHING, sections(), 9).values[COUNT // 2]
    np.testing.assert_allclose(profile, grey()[MIDDLE : MIDDLE + 10, 60], atol=0.05)


def test_a_neighbour_on_one_side_counts_for_nothing():
    lines = [Line(5), Line(5, offset_px=12)]
    photo = slot_photo(lines, SHAPE).astype(np.float32)
    mask = np.zeros(SHAPE, bool)
    mask[MIDDLE - 3 : MIDDLE + 4] = mask[MIDDLE + 8 : MIDDLE + 17] = True
    found = even_across(photo, mask, sections(width_px=7.0), 14)
    alone = even_across(grey(), NOTHING, sections(width_px=7.0), 14)
    np.testing.assert_allclose(found.values, alone.values, atol=1.0)
    seen = even_across(photo, NOTHING, sections(width_px=7.0), 14)
    assert np.abs(seen.values - alone.values).max() > 20


def test_neighbours_on_both_sides_leave_the_last_known_brightness():
    lines = [Line(3), Line(3, offset_px=8), Line(3, offset_px=-8)]
    photo = slot_photo(lines, SHAPE).astype(np.float32)
    mask = np.zeros(SHAPE, bool)
    for row in (MIDDLE - 8, MIDDLE, MIDDLE + 8):
        mask[row - 2 : row + 3] = True
    values = even_across(photo, mask, sections(width_px=5.0), 11).values
    assert np.isfinite(values).all()
    np.testing.assert_allclose(values[:, 6:], values[:, [5]] @ np.ones((1, 6)), atol=0.01)


def test_the_noise_is_that_of_the_grain_averaged_along():
    found = even_across(grey(grain=6.0), NOTHING, sections(), 14).noise
    # an average by a Gaussian of s samples leaves 1 / sqrt(2 sqrt(pi) s) of white noise
    assert np.median(found) == pytest.approx(6 / np.sqrt(2 * np.sqrt(np.pi) * ALONG_PX), rel=0.25)


def test_averaging_farther_along_lowers_the_noise_but_never_to_nothing():
    profiles = EvenProfiles(np.full((200, 10), 150.0), np.full(200, 2.0))
    far = averaged(profiles, np.zeros(200, np.int64), 8.0).noise
    assert (far < 2.0).all()
    assert (
        averaged(EvenProfiles(profiles.values, np.full(200, 1e-3)), np.zeros(200, np.int64), 8.0).noise > 0.1
    ).all()
