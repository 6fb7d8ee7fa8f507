"""Masks drawn with a thick brush: the width is that of the crack within."""

import numpy as np
import pytest

import crackwise
from crackwise.crack.brush import to_dark_line
from crackwise.crack.profiles import Sections
from slots import Line, line_mask, photographed, slot_photo

SHAPE = (220, 240)


def measured(width_px, mask, *, depth=0.55, offset_px=0.0, blur_px=1.0):
    photo = slot_photo([Line(width_px, 20.0, offset_px)], SHAPE, depth=depth, blur_px=blur_px)
    pixels = np.repeat(photographed(photo, 4.0)[..., None], 3, axis=2)
    return crackwise.measure(pixels, mask).cracks[0]


def brushed(width_px, fatter_px):
    return line_mask([Line(width_px, 20.0)], SHAPE, fatter_px=fatter_px, until=12)


@pytest.mark.parametrize("off_px", [0.0, 4.0])
@pytest.mark.parametrize("fatter_px", [6.0, 8.0, 10.0])
@pytest.mark.parametrize("width_px", [3.0, 5.0, 8.0, 12.0, 30.0])
def test_the_width_is_that_of_the_dark_line_within_a_thick_brush(width_px, fatter_px, off_px):
    crack = measured(width_px, brushed(width_px, fatter_px), offset_px=off_px)
    assert crack.width_median_px == pytest.approx(width_px, abs=0.3)  # not at the corners of the brush
    low_px, high_px = crack.width_median_range_px
    assert low_px - 0.15 <= width_px <= high_px


@pytest.mark.parametrize(("width_px", "blur_px"), [(3.0, 1.0), (4.0, 3.0)])
def test_the_rest_of_the_brush_is_no_neighbour_of_the_crack_in_it(width_px, blur_px):
    thin, thick = (measured(width_px, brushed(width_px, by), blur_px=blur_px) for by in (1.0, 14.0))
    for crack in (thin, thick):
        assert crack.width_mean_range_px[0] <= width_px <= crack.width_mean_range_px[1]
    assert thick.width_mean_range_px[1] == pytest.approx(thin.width_mean_range_px[1], rel=0.1)


def test_a_mask_beside_its_crack_is_no_brush():
    mask = line_mask([Line(30.0, 20.0, 6.0)], SHAPE, until=12)
    assert measured(30.0, mask).width_mean_px > 23  # as far as mask and crack overlap


def test_a_brush_over_a_plain_wall_says_nothing_of_a_width():
    crack = measured(3.0, line_mask([Line(20.0, 20.0)], SHAPE, until=12), depth=0.0)
    assert crack.width_mean_range_px[0] < 3


@pytest.mark.parametrize("fatter_px", [0.0, 2.0])
def test_a_wide_crack_keeps_its_mask_also_with_a_brighter_side(fatter_px):
    grey = slot_photo([Line(24.0)], SHAPE)
    grey[SHAPE[0] // 2 :] = np.maximum(grey[SHAPE[0] // 2 :], 120)  # a third as deep below the middle
    count = 150
    points = np.column_stack([np.full(count, (SHAPE[0] - 1) / 2), np.arange(40.0, 40 + count)])
    sections = Sections(
        points, np.tile([1.0, 0.0], (count, 1)), np.full(count, 24.0 + 2 * fatter_px), np.zeros(count, int)
    )
    taken, is_moved = to_dark_line(photographed(grey, 4.0), sections)
    assert not is_moved.any()
    assert taken is sections
