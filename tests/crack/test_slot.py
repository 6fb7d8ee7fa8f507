"""The blurred slot: its posterior against slots of known width, written down with the error function."""

import numpy as np
import pytest

from crackwise.crack.slot import (
    ANY_CRACK,
    SIGMAS_PX,
    WIDTHS_PX,
    Depth,
    EvenProfiles,
    blurred_slots,
    fit_slots,
    normalised,
    quantiles,
)
from slots import slot_row

REACH = 14


def even_profile(width_px, blur_px=1.0, depth=0.53, noise=1.0):
    row = slot_row(width_px, blur_px, count=2 * REACH + 1, depth=depth)
    return EvenProfiles(row[None, REACH:], np.array([noise]))


def nearest_blur(blur_px):
    """Index of the blur that a pixel sees: the lens and the square of the pixel, whose variance is 1/12."""
    return np.array([np.abs(SIGMAS_PX - np.hypot(blur_px, np.sqrt(1 / 12))).argmin()])


def found(profiles, blurs, known=ANY_CRACK):
    """Low, median and high of the width."""
    return quantiles(
        normalised(fit_slots(profiles, blurs).log_evidence(known)).sum(axis=1), (0.05, 0.5, 0.95)
    )[:, 0]


@pytest.mark.parametrize("blur_px", [0.6, 1.0, 1.6])
@pytest.mark.parametrize("width_px", [4, 6.4, 10])
def test_a_clean_slot_has_its_width_when_the_blur_is_known(width_px, blur_px):
    low, width, high = found(even_profile(width_px, blur_px), nearest_blur(blur_px))
    assert width == pytest.approx(width_px, abs=0.1)
    assert low <= width <= high


@pytest.mark.parametrize("width_px", [0.4, 0.8, 1.4])
def test_a_fine_slot_of_known_depth_has_its_width(width_px):
    exactly = Depth(np.array([[0.53]]), np.array([[0.01]]))
    assert found(even_profile(width_px), nearest_blur(1), exactly)[1] == pytest.approx(width_px, rel=0.06)


def test_of_a_fine_slot_of_unknown_depth_only_the_product_is_known():
    shallow, deep = (found(even_profile(0.8, depth=depth), nearest_blur(1))[1] for depth in (0.3, 0.6))
    assert deep == pytest.approx(2 * shallow, rel=0.15)
    low, _, high = found(even_profile(0.8), nearest_blur(1))
    assert high / low > 1.5


def test_an_unknown_blur_widens_the_interval_of_a_slot_near_it():
    known, unknown = (found(even_profile(2), blurs) for blurs in (nearest_blur(1), np.arange(len(SIGMAS_PX))))
    assert unknown[2] - unknown[0] > 1.5 * (known[2] - known[0])


@pytest.mark.parametrize("width_px", [1.0, 3.0, 6.0])
def test_the_samples_of_a_blurred_slot_add_up_to_its_width(width_px):
    index = int(np.abs(WIDTHS_PX - width_px).argmin())
    half = blurred_slots(REACH)[10, index]  # 0.65 px of blur: samples 1 px apart lose nothing
    assert half[0] + 2 * half[1:].sum() == pytest.approx(WIDTHS_PX[index], rel=0.01)


def test_contrast_tells_a_slot_from_an_even_surface():
    grain = np.random.default_rng(2).normal(0, 1, (200, REACH + 1))
    even = EvenProfiles(150 + grain, np.full(200, np.sqrt(2)))  # the mean of two halves has grain 1
    assert np.median(fit_slots(even, nearest_blur(1)).contrast) < 3
    assert fit_slots(even_profile(1), nearest_blur(1)).contrast[0] > 10


def test_brightness_beside_the_crack_is_the_surface():
    assert even_profile(3).surface[0] == pytest.approx(180, abs=0.1)


def test_probabilities_of_each_profile_add_up_to_one():
    log = np.random.default_rng(0).normal(0, 50, (3, 4, 5)) + 1000
    assert normalised(log).sum(axis=(1, 2)) == pytest.approx([1, 1, 1])


def test_quantiles_of_a_narrow_posterior_are_its_width_and_those_of_two_lie_between():
    probability = np.zeros((2, len(WIDTHS_PX)))
    probability[0, 60] = 1
    probability[1, 50] = probability[1, 70] = 0.5
    low, middle, high = quantiles(probability, (0.05, 0.5, 0.95))
    assert WIDTHS_PX[59] <= low[0] <= high[0] <= WIDTHS_PX[61]
    assert WIDTHS_PX[49] <= low[1] < middle[1] < high[1] <= WIDTHS_PX[71]


def test_no_width_above_the_widest_sought_is_found():
    fits = fit_slots(even_profile(9), nearest_blur(1), 5.0)
    assert fits.depth.shape[2] == (WIDTHS_PX <= 5).sum()
