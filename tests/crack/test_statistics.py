"""Figures of a crack and their intervals, computed by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from crackwise.crack.statistics import APART_PX, SHARED, Points, Width, WidthStatistics
from crackwise.crack.widths import METHODS
from crackwise.scale import Scale

PROFILE = METHODS.index("profile")
CONTOUR = METHODS.index("contour")


def points(width_px, half_px=0.5, method=PROFILE, hidden_px=0.0):
    width = np.asarray(width_px, float)
    count = len(width)
    hidden = np.full(count, hidden_px)
    ends = (width - half_px, width + half_px + hidden)
    return Points(width, *ends, np.full(count, method), hidden, np.zeros(count, int), np.ones(count))


def test_millimetres_are_pixels_times_the_scale():
    assert Width(5.0, (4.7, 5.4)).mm(Scale(0.2)) == pytest.approx(1.0)
    assert Width(5.0, (4.7, 5.4)).range_mm(Scale(0.2)) == pytest.approx((0.94, 1.08))


def test_the_error_of_the_scale_is_added_in_quadrature():
    # 8 % of 5 px are 0.4 px: 0.3 and 0.4 make 0.5; at 6 % it is 0.3, and 0.4 and 0.3 make 0.5
    assert Width(5.0, (4.7, 5.4)).range_mm(Scale(0.2, relative_error=0.08))[0] == pytest.approx(0.2 * 4.5)
    assert Width(5.0, (4.7, 5.4)).range_mm(Scale(0.2, relative_error=0.06))[1] == pytest.approx(0.2 * 5.5)


def test_an_interval_never_begins_below_zero():
    low, high = Width(1.0, (0.1, 2.0)).range_mm(Scale(1.0, relative_error=0.9))
    assert low == 0
    assert high == pytest.approx(1 + math.hypot(1.0, 0.9))


def test_without_a_scale_or_an_interval_there_are_no_millimetres_of_it():
    assert Width(5.0, (4.7, 5.4)).mm(None) is None
    assert Width(5.0, (4.7, 5.4)).range_mm(None) is None
    assert Width(5.0).range_mm(Scale(0.2)) is None


def test_widths_of_a_mask_have_figures_and_no_intervals():
    figures = WidthStatistics.of_mask(np.array([1.0, 2.0, 3.0, 10.0]), np.ones(4))
    assert (figures.mean.px, figures.median.px, figures.largest.px) == (4.0, 2.5, 10.0)
    assert figures.p95.px == pytest.approx(3 + 0.85 * 7)  # 0.95 of the three steps between four values
    assert figures.mean.range_px is figures.largest.range_px is None


def test_a_point_counts_as_long_as_the_piece_of_crack_that_it_stands_for():
    figures = WidthStatistics.of_mask(np.array([2.0, 6.0]), np.array([3.0, 1.0]))
    assert figures.mean.px == pytest.approx(3.0)
    rng = np.random.default_rng(0)
    width, length = rng.uniform(2, 6, 400), rng.integers(1, 4, 400)
    one = WidthStatistics.of(replace(points(width), length_px=length.astype(float)))
    repeated = np.repeat(width, length)  # of pieces of one length
    assert one.mean.px == pytest.approx(repeated.mean())
    assert one.median.px == pytest.approx(np.median(repeated), abs=0.01)


def test_an_even_crack_has_one_width():
    figures = WidthStatistics.of(points([4.0] * 200))
    assert [width.px for width in (figures.mean, figures.median, figures.p95, figures.largest)] == [
        pytest.approx(4)
    ] * 4


def test_what_all_points_share_does_not_average_out():
    # a contour's error is all shared, however long the crack
    low, high = WidthStatistics.of(points([4.0] * 1000, 0.5, CONTOUR)).mean.range_px
    assert (low, high) == pytest.approx((3.5, 4.5))


def test_what_a_tone_curve_hides_does_not_average_out():
    plain = WidthStatistics.of(points([6.0] * 400, half_px=0.5))
    hidden = WidthStatistics.of(points([6.0] * 400, half_px=0.5, hidden_px=0.7))
    for name in ("mean", "median", "p95", "largest"):
        (low, high), (same, higher) = getattr(plain, name).range_px, getattr(hidden, name).range_px
        assert (same, higher) == pytest.approx((low, high + 0.7), abs=1e-5)


def test_grain_averages_out_along_the_crack():
    count = 400
    _, high = WidthStatistics.of(points([4.0] * count, 0.5)).mean.range_px
    share = SHARED[PROFILE]
    independent = count / APART_PX
    assert high - 4 == pytest.approx(0.5 * math.sqrt(share + (1 - share) / independent))


def test_the_largest_width_is_that_of_a_stretch_and_not_of_one_point():
    width = np.full(200, 4.0)
    width[100] = 9.0  # one wild profile
    assert WidthStatistics.of(points(width)).largest.px < 4.6
    width[80:120] = 9.0
    assert WidthStatistics.of(points(width)).largest.px == pytest.approx(9, abs=0.05)


def test_a_crack_of_one_point_keeps_its_interval():
    figures = WidthStatistics.of(points([4.0], 0.5))
    assert figures.mean.range_px == pytest.approx((3.5, 4.5))
    assert figures.largest.range_px == pytest.approx((3.5, 4.5))


def test_no_upper_figure_lies_below_a_lower_one():
    # averaged along so short a crack, its wide half is less wide than its median
    figures = WidthStatistics.of(points([6.0] * 12 + [2.0] * 6))
    median, p95, largest = figures.median, figures.p95, figures.largest
    assert median.px == 6 <= p95.px <= largest.px
    for place in (0, 1):
        assert median.range_px[place] <= p95.range_px[place] <= largest.range_px[place]
