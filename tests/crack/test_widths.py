"""Widths from photos of straight cracks that are written down with the error function."""

import dataclasses

import numpy as np
import pytest

from crackwise.crack.measure import measure, summarise
from crackwise.crack.network import trace
from crackwise.crack.optics import smallest_width
from crackwise.crack.widths import METHODS, measure_widths
from crackwise.scale import Scale
from slots import Line, line_mask, photographed, slot_photo

SHAPE = (130, 150)
MARGIN = 12


def widths(photo, mask):
    """The network's widths where they are known, away from the ends of the mask: there the cracks go on."""
    network, _ = measure_widths(photo, mask, trace(mask))
    path = np.concatenate([branch.path for branch in network.branches])
    found = np.concatenate([branch.width_px for branch in network.branches])
    inside = ((path > 2.5 * MARGIN) & (path < np.array(SHAPE) - 2.5 * MARGIN)).all(axis=1)
    return found[inside & np.isfinite(found)]


def drawn(lines, fatter_px=1.0, seed=0, **optics):
    photo = photographed(slot_photo(lines, SHAPE, **optics), seed=seed)
    return photo, line_mask(lines, SHAPE, fatter_px=fatter_px, until=MARGIN)


@pytest.mark.parametrize("fatter_px", [0.0, 1.0, 2.0])
@pytest.mark.parametrize(("width_px", "angle_deg"), [(3, 20), (4, 65), (8, 45), (20, 110)])
def test_the_width_is_that_of_the_crack_however_fat_its_mask(width_px, angle_deg, fatter_px):
    found = widths(*drawn([Line(width_px, angle_deg)], fatter_px))
    assert np.median(found) == pytest.approx(width_px, abs=0.15)
    assert np.quantile(np.abs(found - width_px), 0.95) < 0.4


@pytest.mark.parametrize("blur_px", [0.6, 1.0, 1.7])
def test_the_blur_of_the_photo_is_found_and_does_not_change_the_width(blur_px):
    photo, mask = drawn([Line(5, 25)], blur_px=blur_px)
    network, optics = measure_widths(photo, mask, trace(mask))
    assert np.nanmedian(network.branches[0].width_px) == pytest.approx(5, abs=0.12)
    assert optics.blur_px == pytest.approx(np.hypot(blur_px, np.sqrt(1 / 12)), rel=0.15)
    assert optics.smallest_width_px < 2


@pytest.mark.parametrize("blur_px", [4.0, 5.0])
@pytest.mark.parametrize("width_px", [3.0, 6.0])
def test_a_photo_out_of_focus_leaves_much_open_and_nothing_wrong(width_px, blur_px):
    photo, mask = drawn([Line(width_px, 25)], blur_px=blur_px)
    network, optics = measure_widths(photo, mask, trace(mask))
    branch = network.branches[0]
    known = np.isfinite(branch.width_px)
    holds = (branch.low_px <= width_px) & (width_px <= branch.high_px)
    assert holds[known].mean() > 0.9
    assert optics.blur_px == pytest.approx(blur_px, rel=0.15)


def test_the_smallest_width_grows_with_the_blur():
    widths_px = [smallest_width(blur_px, 2.0) for blur_px in (0.6, 1.0, 2.0, 3.2, 5.0, 8.0)]
    assert widths_px == sorted(set(widths_px))
    assert widths_px[-1] > 2 * widths_px[2]


def shifted(grey):
    return grey - 40


def sloping(grey):
    return grey + np.linspace(-30, 30, grey.shape[1]) + np.linspace(-20, 20, grey.shape[0])[:, None]


def shadowed(grey):
    """The surface below the crack is darker by 15 %, softly."""
    rows = np.arange(grey.shape[0])[:, None] - grey.shape[0] / 2
    return grey * (1 - 0.15 / (1 + np.exp(-rows / 3)))


@pytest.mark.parametrize("light", [shifted, sloping, shadowed])
def test_the_light_does_not_change_the_width(light):
    lines = [Line(4, 8)]
    grey = slot_photo(lines, SHAPE)
    mask = line_mask(lines, SHAPE, fatter_px=1, until=MARGIN)
    plain, lit = (np.median(widths(photographed(one), mask)) for one in (grey, light(grey)))
    assert lit == pytest.approx(plain, abs=0.12)


def test_a_mask_beside_the_crack_does_not_change_the_width():
    photo, mask = drawn([Line(4, 0)])
    assert np.median(widths(photo, np.roll(mask, 1, axis=0))) == pytest.approx(4, abs=0.12)


def test_a_neighbour_at_8_px_leaves_the_width_as_it_is():
    both = widths(*drawn([Line(3, 15), Line(3, 15, offset_px=8)], 0.5))
    assert np.median(both) == pytest.approx(3, abs=0.15)
    assert np.quantile(np.abs(both - 3), 0.9) < 0.4


def test_there_is_no_width_near_a_junction():
    photo, mask = drawn([Line(5, 20), Line(5, 110)])
    network, _ = measure_widths(photo, mask, trace(mask))
    assert len(network.branches) >= 4
    middle = (np.array(SHAPE) - 1) / 2
    for branch in network.branches:
        near = np.hypot(*(branch.path - middle).T) < 3
        assert np.isnan(branch.width_px[near]).all()
        assert np.isnan(branch.low_px[near]).all()
        assert (branch.method[near] == METHODS.index("none")).all()
    assert np.median(widths(photo, mask)) == pytest.approx(5, abs=0.15)


def test_a_crack_far_below_the_blur_is_only_said_to_be_finer_than_something():
    photo, mask = drawn([Line(0.25, 30)], fatter_px=2, blur_px=1.6)
    network, optics = measure_widths(photo, mask, trace(mask))
    scale = Scale(0.5)
    (crack,) = measure(network, mask, scale=scale, optics=optics)
    assert not crack.is_measurable
    assert crack.finer_than_px > 0.25
    assert crack.finer_than_mm == pytest.approx(crack.finer_than_px * 0.5)
    summary = summarise([crack], scale=scale, inspected_px=mask.size, sharpness=optics)
    assert summary.smallest_width_mm == pytest.approx(0.5 * summary.smallest_width_px)


def test_what_a_crack_is_finer_than_holds_at_its_widest_and_with_the_error_of_the_scale():
    photo, mask = drawn([Line(0.25, 30)], fatter_px=2, blur_px=1.6)
    network, optics = measure_widths(photo, mask, trace(mask))
    plain, doubtful = (
        measure(network, mask, scale=scale, optics=optics)[0]
        for scale in (Scale(0.5), Scale(0.5, relative_error=0.1))
    )
    assert plain.finer_than_px >= plain.width_max_range_px[1] >= plain.width_p95_range_px[1]
    assert doubtful.finer_than_mm == pytest.approx(1.1 * plain.finer_than_mm)
    figures = {"scale": Scale(0.5, relative_error=0.1), "inspected_px": mask.size, "sharpness": optics}
    assert summarise([doubtful], **figures).smallest_width_mm == pytest.approx(
        0.55 * optics.smallest_width_px
    )


def test_a_crack_that_is_wide_in_a_part_is_never_said_to_be_fine():
    fine = slot_photo([Line(0.6, 0)], SHAPE, blur_px=1.2)
    wide = slot_photo([Line(5, 0)], SHAPE, blur_px=1.2)
    cols = np.arange(SHAPE[1])
    for share in (0.1, 0.3):
        is_wide = cols < MARGIN + share * (SHAPE[1] - 2 * MARGIN)
        photo = photographed(np.where(is_wide, wide, fine))
        mask = line_mask([Line(5, 0)], SHAPE, fatter_px=1, until=MARGIN)
        mask &= is_wide | line_mask([Line(1, 0)], SHAPE, fatter_px=1)
        network, optics = measure_widths(photo, mask, trace(mask))
        (crack,) = measure(network, mask, optics=optics)
        assert crack.width_median_px < optics.smallest_width_px
        assert crack.is_measurable
        assert crack.width_max_px == pytest.approx(5, abs=0.4)


def test_a_crack_of_which_only_the_mask_tells_is_no_exception():
    mask = line_mask([Line(1.2, 30)], SHAPE, until=MARGIN)
    network, optics = measure_widths(np.full(SHAPE, 150, np.uint8), mask, trace(mask))
    (crack,) = measure(network, mask, optics=dataclasses.replace(optics, smallest_width_px=4.0))
    assert crack.width_method == "contour"
    assert crack.finer_than_px == max(4.0, crack.width_max_range_px[1])


@pytest.mark.parametrize("angle_deg", [20, 45, 70])
@pytest.mark.parametrize("width_px", [3, 6, 20])
def test_where_a_crack_leaves_the_photo_it_seems_no_wider(width_px, angle_deg):
    line = Line(width_px, angle_deg)
    photo = photographed(slot_photo([line], SHAPE))
    mask = line_mask([line], SHAPE, fatter_px=0.5)
    network, _ = measure_widths(photo, mask, trace(mask))
    found = np.concatenate([branch.width_px for branch in network.branches])
    known = found[np.isfinite(found)]
    assert len(known) > 0.6 * len(found)
    np.testing.assert_allclose(known, width_px, rtol=0.02, atol=0.5)


def test_a_crack_that_the_photo_cuts_along_its_length_has_no_width_of_its_own():
    line = Line(3, 0, 0.5 - (SHAPE[0] - 1) / 2)  # its upper edge lies outside
    photo = photographed(slot_photo([line], SHAPE))
    mask = line_mask([line], SHAPE, fatter_px=1)
    assert mask[0].any()
    network, _ = measure_widths(photo, mask, trace(mask))
    assert all(np.isnan(branch.width_px).all() for branch in network.branches)


@pytest.mark.parametrize("row", [2, 3, 4, 125, 126])
@pytest.mark.parametrize("width_px", [0.4, 2])
def test_a_crack_that_lies_within_the_photo_is_measured_though_its_mask_reaches_the_border(width_px, row):
    line = Line(width_px, 0, row - (SHAPE[0] - 1) / 2)
    photo = photographed(slot_photo([line], SHAPE, blur_px=1.2))
    mask = line_mask([line], SHAPE, fatter_px=2)
    network, optics = measure_widths(photo, mask, trace(mask))
    (crack,) = measure(network, mask, optics=optics)
    if width_px < 1:
        assert width_px < crack.finer_than_px < 2.5
    else:
        low, high = crack.width_mean_range_px
        assert low < width_px < high


def test_a_neighbour_on_the_inner_side_does_not_pass_for_the_border():
    lines = [Line(2, 0, row - (SHAPE[0] - 1) / 2) for row in (4, 10)]
    photo, mask = photographed(slot_photo(lines, SHAPE)), line_mask(lines, SHAPE, fatter_px=0.5)
    network, _ = measure_widths(photo, mask, trace(mask))
    for branch in network.branches:
        assert np.isfinite(branch.width_px).mean() > 0.8


def test_a_crack_well_above_the_blur_is_measurable():
    photo, mask = drawn([Line(4, 30)])
    network, optics = measure_widths(photo, mask, trace(mask))
    (crack,) = measure(network, mask, optics=optics)
    assert crack.is_measurable
    assert crack.width_method == "profile"


def test_a_crack_finer_than_two_blurs_is_measured_by_its_darkness():
    photo, mask = drawn([Line(1.4, 30)])
    network, _ = measure_widths(photo, mask, trace(mask))
    used = np.bincount(network.branches[0].method, minlength=len(METHODS))
    assert METHODS[used.argmax()] == "darkness"


def test_where_the_photo_shows_nothing_the_mask_s_edge_remains():
    mask = line_mask([Line(5, 30)], SHAPE, until=MARGIN)
    network, _ = measure_widths(np.full(SHAPE, 150, np.uint8), mask, trace(mask))
    (branch,) = network.branches
    known = np.isfinite(branch.width_px)
    assert (branch.method[known] == METHODS.index("contour")).all()
    assert np.median(branch.width_px[known]) == pytest.approx(5, abs=0.3)
    assert (branch.low_px[known] < 5).all()


def test_intervals_of_whole_cracks_hold_the_truth():
    rng = np.random.default_rng(11)
    held = 0
    for seed in range(20):
        width_px, blur_px = rng.uniform(1.5, 9), rng.uniform(0.6, 1.6)
        lines = [Line(width_px, rng.uniform(0, 180), rng.uniform(-2, 2))]
        photo, mask = drawn(lines, rng.uniform(0, 2), seed, blur_px=blur_px, depth=rng.uniform(0.4, 0.7))
        network, optics = measure_widths(photo, mask, trace(mask))
        (crack,) = measure(network, mask, optics=optics)
        low, high = crack.width_median_range_px
        held += low <= width_px <= high
    assert held >= 16  # 18 would be 90 %


def test_grey_and_rgb_photos_give_the_same():
    photo, mask = drawn([Line(4, 30)])
    np.testing.assert_array_equal(widths(photo, mask), widths(np.repeat(photo[..., None], 3, axis=2), mask))


def test_colour_counts_by_its_brightness():
    photo, mask = drawn([Line(4, 30)])
    red = np.stack([photo, photo // 2, photo // 3], axis=2)
    assert np.median(widths(red, mask)) == pytest.approx(4, abs=0.12)


def test_neither_photo_nor_network_is_changed():
    photo, mask = drawn([Line(4, 30)])
    before, network = photo.copy(), trace(mask)
    path = network.branches[0].path.copy()
    measure_widths(photo, mask, network)
    np.testing.assert_array_equal(photo, before)
    np.testing.assert_array_equal(network.branches[0].path, path)
    assert network.branches[0].low_px is None


def test_an_empty_network_has_no_optics():
    mask = np.zeros(SHAPE, bool)
    network, optics = measure_widths(np.full(SHAPE, 150, np.uint8), mask, trace(mask))
    assert (network.branches, optics) == ((), None)


def test_every_point_has_a_width_an_interval_and_a_method_or_none_of_them():
    photo, mask = drawn([Line(5, 20), Line(14, 110)])
    network, _ = measure_widths(photo, mask, trace(mask))
    for branch in network.branches:
        told = branch.method != METHODS.index("none")
        for field in ("width_px", "low_px", "high_px"):
            np.testing.assert_array_equal(np.isfinite(getattr(branch, field)), told)
        assert (branch.low_px[told] <= branch.width_px[told]).all()
        assert (branch.width_px[told] <= branch.high_px[told]).all()
    assert {field.name for field in dataclasses.fields(branch)} >= {"low_px", "high_px", "method"}


def test_many_points_taken_some_at_a_time_have_the_same_widths(monkeypatch):
    photo, mask = drawn([Line(4, 20), Line(4, 70), Line(3, 115)])
    network = trace(mask)
    assert len(network.branches) > 3
    whole, _ = measure_widths(photo, mask, network)
    monkeypatch.setattr("crackwise.crack.widths._AT_ONCE", 20)
    parts, _ = measure_widths(photo, mask, network)
    for one, other in zip(whole.branches, parts.branches):
        np.testing.assert_allclose(one.width_px, other.width_px, rtol=1e-4)
