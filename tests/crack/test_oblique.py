"""Cracks of a photo that was rectified: their widths are those that the photo as it was taken shows."""

import numpy as np
import pytest

import crackwise
from crackwise.crack.network import trace
from crackwise.crack.oblique import measure_widths_as_taken
from crackwise.homography import project
from crackwise.inspection.capture import look_at_capture
from crackwise.inspection.measure import mask_of, measure_photo
from crackwise.inspection.settings import MeasuringSettings
from crackwise.scale import Scale
from obliquephotos import LENGTH_MM, MM_PER_PX, ORIGIN_MM, PLACES_MM, Tilted, Widening

WIDTH_MM = 0.6
SCALE = Scale(MM_PER_PX, "marker", 0.0)


def from_left(inspection):
    return sorted(inspection.cracks, key=lambda crack: crack.left)


@pytest.fixture(scope="module")
def photo():
    return Tilted(30.0, WIDTH_MM).rectified()


@pytest.fixture(scope="module")
def mask():
    return Tilted(30.0, WIDTH_MM).mask()


@pytest.fixture(scope="module")
def cracks(photo, mask):
    return from_left(crackwise.measure(photo, mask, scale=SCALE))


def test_intervals_hold_the_width_near_and_far(cracks):
    assert len(cracks) == len(PLACES_MM)
    for crack in cracks:
        low, high = crack.width_median_range_mm
        assert low <= WIDTH_MM <= high, crack.left


def test_measured_as_if_it_were_taken_so_the_far_cracks_are_too_wide(photo, mask, cracks):
    naive = from_left(crackwise.measure(photo.pixels, mask, scale=SCALE))
    assert naive[-1].width_median_range_mm[0] > WIDTH_MM
    assert naive[-1].width_median_mm > 1.2 * cracks[-1].width_median_mm


def test_lengths_and_places_are_those_of_the_rectified_photo(cracks):
    for crack, x in zip(cracks, PLACES_MM):
        assert crack.length_mm == pytest.approx(LENGTH_MM, rel=0.02)
        assert (crack.left + crack.right) / 2 * MM_PER_PX + ORIGIN_MM[0] == pytest.approx(x, abs=0.5)


def test_a_crack_that_widens_along_the_tilt_has_the_mean_of_its_length_and_not_of_its_points():
    widening = Widening(45.0, width_mm=0.6, far_mm=1.2)
    photo, mask = widening.rectified(), widening.mask()
    (crack,) = crackwise.measure(photo, mask, scale=SCALE).cracks
    assert crack.width_mean_mm == pytest.approx(0.9, abs=0.015)
    assert crack.width_median_mm == pytest.approx(0.9, abs=0.015)
    seen, _ = measure_widths_as_taken(photo.taken, mask, trace(mask))
    step_px = np.hypot(*np.diff(seen.branches[0].path, axis=0).T)
    assert step_px.max() > 2 * step_px.min()


def test_what_can_be_told_of_a_crack_depends_on_how_far_away_it_is():
    tilted = Tilted(30.0, 0.2)
    photo, mask = tilted.rectified(), tilted.mask()
    fine = from_left(crackwise.measure(photo, mask, scale=SCALE))
    assert fine[0].is_measurable
    assert not fine[-1].is_measurable
    _, optics = measure_widths_as_taken(photo.taken, mask, trace(mask))
    path = np.column_stack([np.arange(100.0, 300), np.zeros(200)])
    near, far = (optics.smallest_at(path + np.array([0, column])) for column in (150, 850))
    for found, column in ((near, 150), (far, 850)):
        x = column * MM_PER_PX + ORIGIN_MM[0]
        first, second = project(tilted.px_of_mm(), np.array([(x - 0.5, 0.0), (x + 0.5, 0.0)]))  # 1 mm across
        rectified_px = 1 / MM_PER_PX / np.linalg.norm(second - first)
        assert found == pytest.approx(optics.seen.smallest_width_px * rectified_px, rel=0.01)


def test_a_rectified_photo_in_which_nothing_is_found_promises_what_its_coarsest_place_shows(photo, mask):
    summary = measure_photo(photo, mask_of(np.zeros_like(mask)), MeasuringSettings()).summary
    plain = look_at_capture(photo.taken.pixels)
    assert summary.smallest_width_px == pytest.approx(photo.taken.coarsest * plain.smallest_width_px)
    assert summary.blur_px == pytest.approx(photo.taken.coarsest * plain.blur_px)


def test_a_network_without_a_crack_stays_one(photo, mask):
    network, optics = measure_widths_as_taken(photo.taken, np.zeros_like(mask), trace(np.zeros_like(mask)))
    assert not network.branches
    assert optics is None
