"""What a tone curve hides of a width, against edges that are blurred in light and stored along sRGB."""

import numpy as np
import pytest
from scipy.special import ndtr

import crackwise
from crackwise.crack.tone import hidden_px
from slots import Line, line_mask, slot_photo, slot_row


def light_of(stored):
    share = stored / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def stored_of(light):
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def by_camera(stored, depth):
    """Store along sRGB what was blurred between a surface of 180 and a crack, here as shares of its depth."""
    share = (180 - stored) / (180 * depth)
    surface, dark = light_of(180.0), light_of(180.0 * (1 - depth))
    return stored_of(surface + share * (dark - surface))


@pytest.mark.parametrize("depth", [0.1, 0.3, 0.53, 0.7, 0.85])
@pytest.mark.parametrize("blur_px", [0.7, 2.0])
def test_the_middle_of_a_stored_edge_lies_inside_the_crack(depth, blur_px):
    x = np.linspace(-8, 8, 20_001)
    stored = by_camera(180 * (1 - depth * ndtr(-x / blur_px)), depth)  # the crack is at x < 0
    inside_px = -x[np.argmin(np.abs(stored - 180 * (1 - depth / 2)))]
    assert hidden_px(np.array(depth), blur_px) == pytest.approx(2 * inside_px, rel=0.08)


def test_nothing_is_hidden_of_a_crack_as_bright_as_its_surface():
    assert hidden_px(np.array([0.0]), 1.0) == pytest.approx(0, abs=0.002)


@pytest.mark.parametrize("width_px", [3.0, 6.0, 10.0, 24.0])
def test_the_interval_holds_the_width_whether_light_or_what_is_stored_was_blurred(width_px):
    lines, shape, depth = [Line(width_px, 20.0)], (160, 200), 0.6
    stored = slot_photo(lines, shape, blur_px=1.5, depth=depth)
    grain = np.random.default_rng(0).normal(0, 2, shape)
    mask = line_mask(lines, shape, fatter_px=1.0)
    for photo in (stored, by_camera(stored, depth)):
        pixels = np.repeat(np.clip(np.rint(photo + grain), 0, 255).astype(np.uint8)[..., None], 3, axis=2)
        (crack,) = crackwise.measure(pixels, mask).cracks
        for low, high in (crack.width_mean_range_px, crack.width_median_range_px):
            assert low <= width_px <= high
        assert crack.width_mean_range_px[1] - crack.width_mean_range_px[0] < 3


@pytest.mark.parametrize("width_px", [4.0, 8.0])
def test_a_single_profile_says_so_too(width_px):
    row = slot_row(width_px, 1.2, depth=0.7)
    for values in (row, by_camera(row, 0.7)):
        found = crackwise.profile_width(values)
        assert found.low_px <= width_px <= found.high_px
