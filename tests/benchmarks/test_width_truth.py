"""The drawn truth of the width benchmark is what its photo and mask show."""

import math
from dataclasses import replace

import numpy as np
import pytest

from width_cases import BANDS_PX, SHAPES, Case, cases_of_band, lines_of
from width_truth import draw, fattened


def _draw(case, seed=0):
    return draw(case, np.random.default_rng(seed))


def _grey(drawn):
    return drawn.photo[..., 0].astype(float)


def _row_profile(drawn):
    """Mean grey value of each column over the rows of a vertical crack, tips left out."""
    rows = drawn.centreline[:, 0]
    return _grey(drawn)[math.ceil(rows.min()) + 15 : math.floor(rows.max()) - 15].mean(axis=0)


@pytest.mark.parametrize("width_px", [1.0, 1.37, 3.21, 11.6, 38.0])
def test_darkness_across_a_straight_crack_sums_to_depth_times_opening(width_px):
    drawn = _draw(Case("straight", width_px, angle_deg=90, depth=100, blur_px=1.3, background=200))
    assert (200 - _row_profile(drawn)).sum() == pytest.approx(
        100 * width_px, abs=2.0
    )  # rounding to grey levels


@pytest.mark.parametrize(("width_px", "blur_px"), [(1.0, 0.5), (1.0, 2.0), (1.7, 1.0), (6.3, 1.4)])
def test_blur_of_a_photo_is_the_gaussian_and_the_box_of_a_pixel(width_px, blur_px):
    """Each pixel is the mean over its box of a slot convolved with a Gaussian, which has a closed form."""
    drawn = _draw(Case("straight", width_px, angle_deg=90, depth=120, blur_px=blur_px, background=200))
    profile = _row_profile(drawn)
    offset = np.arange(len(profile)) - drawn.centreline[:, 1].mean()
    corners = ((1 + width_px, 1), (width_px - 1, -1), (1 - width_px, -1), (-1 - width_px, 1))
    share = sum(sign * _ramp(offset + place / 2, blur_px) for place, sign in corners)
    assert profile == pytest.approx(200 - 120 * share, abs=0.7)  # 0.5 is rounding


def _ramp(x, sigma):
    """Integral of the normal distribution function of standard deviation sigma up to each of x."""
    below = np.array([(1 + math.erf(value / sigma / math.sqrt(2))) / 2 for value in x])
    return x * below + sigma * np.exp(-((x / sigma) ** 2) / 2) / math.sqrt(2 * math.pi)


@pytest.mark.parametrize("shape", ["straight", "arc", "wave", "tapered"])
@pytest.mark.parametrize("angle_deg", [17, 118])
def test_area_of_the_mask_is_length_times_mean_opening(shape, angle_deg):
    drawn = _draw(Case(shape, 12.3, angle_deg=angle_deg, length_px=200))
    assert drawn.mask.sum() / drawn.length_px == pytest.approx(drawn.width_mean_px, rel=0.04)


def test_total_darkness_of_a_photo_is_depth_times_area():
    """Holds for what a mask cannot show: parts of pixels, at any angle, along a curve and a taper."""
    for shape in ("arc", "wave", "tapered"):
        drawn = _draw(Case(shape, 4.3, angle_deg=67, depth=110, blur_px=0.8, background=200))
        area_px = drawn.length_px * drawn.width_mean_px
        assert (200 - _grey(drawn)).sum() / 110 == pytest.approx(area_px, rel=0.004), shape


def _first_line(case):
    return lines_of(case, np.random.default_rng(0))[0][0]


def test_lines_have_the_length_of_their_geometry():
    straight = _first_line(Case("straight", 5, angle_deg=20, length_px=170)).points
    along = [-170 * math.sin(math.radians(20)), 170 * math.cos(math.radians(20))]
    assert straight[-1] - straight[0] == pytest.approx(along)
    arc = _first_line(Case("arc", 5, length_px=170)).points
    assert np.hypot(*(arc[-1] - arc[0])) == pytest.approx(2 * 110 * math.sin(170 / 110 / 2), abs=1e-6)
    assert _draw(Case("branched", 5, length_px=170)).length_px == pytest.approx(1.6 * 170)


def test_taper_runs_from_six_tenths_to_fourteen_tenths():
    width_px = _first_line(Case("tapered", 20)).width_px
    assert width_px[[0, len(width_px) // 2, -1]] == pytest.approx([12, 20, 28], abs=0.05)
    assert _first_line(Case("tapered", 38)).width_px.max() == 40
    assert _first_line(Case("tapered", 1.2)).width_px.min() == 1


def test_opening_is_unknown_only_where_branches_meet():
    drawn = _draw(Case("branched", 10, length_px=200))
    main, side = (drawn.width_px[drawn.branch == number] for number in (0, 1))
    assert np.nanmin(main) == np.nanmax(main) == 10
    assert np.nanmin(side) == np.nanmax(side) == pytest.approx(7)
    # the side branch leaves at 50°: its farther edge is out of the main one after this many px
    covered_px = (5 + 3.5 * math.cos(math.radians(50))) / math.sin(math.radians(50))
    assert np.isnan(side).sum() * 0.25 == pytest.approx(covered_px, abs=1)
    assert np.isnan(main).mean() < 0.1


def test_opening_is_looked_up_at_the_nearest_point():
    drawn = _draw(Case("tapered", 10, angle_deg=40))
    index = np.arange(100, 500, 40)
    tangent = drawn.centreline[101] - drawn.centreline[100]
    aside = np.array([tangent[1], -tangent[0]]) / np.hypot(*tangent) * 3
    width, distance = drawn.width_at(drawn.centreline[index] + aside)
    assert width == pytest.approx(drawn.width_px[index])
    assert distance == pytest.approx(np.full(len(index), 3.0))


def test_shadow_darkens_one_side_and_leaves_the_crack_as_dark():
    plain = Case("straight", 8, angle_deg=90, depth=90, background=200, blur_px=0.5)
    shaded = replace(plain, shadow=20, shadow_reach_px=20, shadow_softness_px=3)
    profile, middle = _row_profile(_draw(shaded)), round(_draw(shaded).centreline[0, 1])
    near = profile[[middle - 12, middle, middle + 12]]
    assert sorted(near[[0, 2]]) == pytest.approx([180, 200], abs=1)
    assert near[1] == pytest.approx(110, abs=1)
    assert profile[[0, -1]] == pytest.approx([200, 200], abs=1)


def test_slope_and_grain_are_what_was_asked_for():
    sloped = _grey(_draw(Case("straight", 1, depth=25, slope=30)))
    assert np.hypot(*(np.polyfit(np.arange(n), v, 1)[0] * n for n, v in _sides(sloped))) == pytest.approx(
        30, rel=0.05
    )
    grainy = _draw(Case("straight", 1, depth=25, grain=6))
    surface = _grey(grainy)[~fattened(grainy.mask, 8)]
    assert surface.std() == pytest.approx(6, rel=0.05)


def _sides(grey):
    return ((grey.shape[0], np.median(grey, axis=1)), (grey.shape[1], np.median(grey, axis=0)))


def test_fat_mask_is_one_pixel_wider_on_each_side():
    mask = np.zeros((21, 21), np.bool_)
    mask[10, 5:16] = True
    assert fattened(mask, 0).sum() == mask.sum()
    assert fattened(mask, 1)[:, 10].sum() == 3
    assert fattened(mask, 2)[:, 10].sum() == 5
    assert not fattened(mask, 2)[8, 3], "a disk, not a square"


def test_same_seed_gives_the_same_photo():
    case = next(cases_of_band((2.5, 5), 1, np.random.default_rng(3)))
    first, again = _draw(case, 5), _draw(case, 5)
    assert np.array_equal(first.photo, again.photo)
    assert not np.array_equal(first.photo[:200, :200], _draw(case, 6).photo[:200, :200])


def test_cases_stay_in_the_ranges_that_are_promised():
    for band in BANDS_PX:
        cases = list(cases_of_band(band, 40, np.random.default_rng(0)))
        assert [case.shape for case in cases[:5]] == list(SHAPES)
        for case in cases:
            assert band[0] <= case.width_px <= band[1]
            assert 0.5 <= case.blur_px <= 2
            assert 2 <= case.grain <= 8
            assert 110 <= case.background <= 215
            assert case.shadow == 0 or 10 <= case.shadow <= 25 <= case.depth - 10
            assert 0.2 <= case.depth / case.background <= 0.85 or case.depth == case.shadow + 15
            assert case.background - case.depth - case.slope / 2 > 0
            assert case.jpeg_quality is None or 75 <= case.jpeg_quality <= 95


def test_cracks_lie_whole_within_their_photo():
    for case in cases_of_band((20, 40), 40, np.random.default_rng(1)):
        lines, shape = lines_of(case, np.random.default_rng(2))
        reach = max(line.width_px.max() for line in lines) / 2 + 30
        points = np.concatenate([line.points for line in lines])
        assert (points.min(axis=0) >= reach).all(), case
        assert (points.max(axis=0) <= np.array(shape) - 1 - reach).all(), case
        assert max(shape) <= 520, case
