import itertools
from dataclasses import replace

import cv2
import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from crackwise.report import overlay
from crackwise.report.labels import INK, PLATE
from crackwise.report.legend import draw_legend, draw_scale_bar
from crackwise.report.overlay import Survey, draw_overlay
from crackwise.report.region import BORDER
from crackwise.report.width_colours import COLOURS, UNKNOWN, WidthColours
from crackwise.scale import Scale


def _is_colour(image):
    return np.any([(image == np.array(colour)).all(axis=2) for colour in (*COLOURS, UNKNOWN)], axis=0)


def _outline_colours(overlay, rows):
    """The colours of outlines in some rows of column 200."""
    column = overlay[rows, 200]
    return {tuple(pixel.tolist()) for pixel in column} & {*COLOURS, UNKNOWN}


def test_pixels_of_a_crack_stay_as_photographed(make_photo, make_line):
    drawn = make_photo("a.jpg", [make_line((150, 60), (150, 340), 2)])
    overlay = draw_overlay(drawn.photo, drawn.mask, drawn.network, ())
    assert (overlay[drawn.mask] == drawn.photo[drawn.mask]).all()


def test_an_outline_runs_on_both_sides_of_a_crack(make_photo, make_line):
    drawn = make_photo("a.jpg", [make_line((150, 60), (150, 340), 3)])
    column = _is_colour(draw_overlay(drawn.photo, drawn.mask, drawn.network, ()))[:, 200]
    assert column[:149].any()
    assert column[152:].any()
    assert not column[148:153].any()  # the crack and the pixels that touch it


def test_the_surface_away_from_cracks_is_not_changed(make_photo, make_line):
    drawn = make_photo("a.jpg", [make_line((150, 60), (150, 340), 3)])
    overlay = draw_overlay(drawn.photo, drawn.mask, drawn.network, ())
    assert (overlay[:120] == drawn.photo[:120]).all()
    assert (overlay[180:] == drawn.photo[180:]).all()


def test_the_photo_itself_is_not_drawn_on(make_photo, make_line):
    drawn = make_photo("a.jpg", [make_line((150, 60), (150, 340), 3)])
    before = drawn.photo.copy()
    draw_overlay(drawn.photo, drawn.mask, drawn.network, drawn.record.cracks)
    assert (drawn.photo == before).all()


def test_a_number_never_covers_a_crack(make_photo, make_line):
    lines = [make_line((20 + 45 * k, 10), (20 + 45 * k, 390), 3) for k in range(6)]
    drawn = make_photo("a.jpg", lines)
    overlay = draw_overlay(drawn.photo, drawn.mask, drawn.network, drawn.record.cracks)
    bare = draw_overlay(drawn.photo, drawn.mask, drawn.network, ())
    overlay = overlay[: len(bare)]
    assert (overlay[drawn.mask] == drawn.photo[drawn.mask]).all()
    assert (overlay != bare).any(), "no number was drawn at all"


def test_a_leader_never_crosses_another_crack(make_photo, make_line):
    lines = [make_line((row, 0), (row, 399), 3) for row in (100, 86, 114)]
    drawn = make_photo("a.jpg", lines)
    overlay = draw_overlay(drawn.photo, drawn.mask, drawn.network, drawn.record.cracks[:1])
    bare = draw_overlay(drawn.photo, drawn.mask, drawn.network, ())
    assert (overlay[60:180] == bare[60:180]).all()


def _below(overlay, drawn):
    return overlay[len(drawn.photo) :]


def test_a_leader_begins_outside_a_wide_crack(make_photo, make_line):
    drawn = make_photo("a.jpg", [make_line((150, 60), (150, 340), 41)])
    overlay = draw_overlay(drawn.photo, drawn.mask, drawn.network, drawn.record.cracks)[:300]
    assert (overlay[drawn.mask] == drawn.photo[drawn.mask]).all()
    assert (overlay == np.array(PLATE)).all(axis=2).any()


@pytest.mark.parametrize("factor", [1, 10])
def test_lines_and_numbers_grow_with_the_photo(make_photo, make_line, factor):
    line = make_line((150 * factor, 60 * factor), (150 * factor, 340 * factor), 2 * factor)
    drawn = make_photo("a.jpg", [line], shape=(300 * factor, 400 * factor))
    overlay = draw_overlay(drawn.photo, drawn.mask, drawn.network, ())
    outline_share = _is_colour(overlay).mean()
    assert 0.0015 < outline_share < 0.01


def test_a_photo_without_cracks_stays_as_it_is(make_photo):
    drawn = make_photo("a.jpg", [])
    assert (draw_overlay(drawn.photo, drawn.mask, drawn.network, ()) == drawn.photo).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (40, 3)])
def test_a_photo_smaller_than_a_number_is_drawn(make_photo, make_line, shape):
    drawn = make_photo("a.jpg", [make_line((0, 0), (0, 0), 1)], shape=shape)
    overlay = draw_overlay(drawn.photo, drawn.mask, drawn.network, drawn.record.cracks)
    assert overlay.shape == (*shape, 3)


def test_the_colour_tells_the_width_in_millimetres(make_photo, make_line):
    lines = [
        make_line((60, 20), (60, 380), 1),
        make_line((150, 20), (150, 380), 3),
        make_line((240, 20), (240, 380), 9),
    ]
    drawn = make_photo("a.jpg", lines)
    overlay = draw_overlay(drawn.photo, drawn.mask, drawn.network, (), Survey(scale=Scale(0.25)))
    # borders 0.1, 0.2, 0.3, 0.4, 1, 5, 20 mm: 0.25 mm is in the third class, 0.75 mm in the fifth
    assert _outline_colours(overlay, slice(40, 80)) == {COLOURS[2]}
    assert _outline_colours(overlay, slice(130, 170)) == {COLOURS[4]}
    assert _outline_colours(overlay, slice(215, 265)) == {COLOURS[5]}


def test_colours_follow_the_width_along_a_crack(make_photo, make_line):
    drawn = make_photo("a.jpg", [make_line((150, 20), (150, 380), 3)])
    branch = drawn.network.branches[0]
    branch.width_px[:180] = 1.5
    overlay = draw_overlay(drawn.photo, drawn.mask, drawn.network, ())
    found = [{tuple(p.tolist()) for p in overlay[130:170, col]} & {*COLOURS} for col in (60, 340)]
    assert found == [{COLOURS[1]}, {COLOURS[3]}]  # borders 1, 2, 3, 5 px; 3 px belongs to the wider class


def test_what_the_photo_cannot_tell_has_no_colour_of_a_width(make_photo, make_line):
    drawn = make_photo("a.jpg", [make_line((150, 20), (150, 380), 3)])
    overlay = draw_overlay(drawn.photo, drawn.mask, drawn.network, (), Survey(smallest_width_px=3.5))
    assert _outline_colours(overlay, slice(130, 170)) == {UNKNOWN}
    crack = replace(drawn.record.cracks[0], finer_than_px=3.2)
    overlay = draw_overlay(drawn.photo, drawn.mask, drawn.network, [crack])
    assert _outline_colours(overlay, slice(130, 170)) == {UNKNOWN}


def test_the_legend_names_the_classes_that_occur_and_rounds_a_bound_up(make_photo, make_line):
    drawn = make_photo("a.jpg", [make_line((60, 20), (60, 380), 1), make_line((150, 20), (150, 380), 3)])
    fine, wide = drawn.record.cracks
    cracks = [replace(fine, finer_than_px=1.21, finer_than_mm=0.3021), wide]
    colours = WidthColours.of(drawn.network, cracks, scale=Scale(0.25))
    assert colours.legend() == [(UNKNOWN, "too fine to measure: below 0.31 mm"), (COLOURS[4], "0.4 to 1 mm")]
    legend = draw_legend(colours, (300, 400, 3), Scale(0.25), text_px=20)
    assert (legend == np.array(COLOURS[4])).all(axis=2).sum() > 50
    assert not (legend == np.array(COLOURS[2])).all(axis=2).any()


def test_the_legend_says_why_a_class_can_be_finer_than_what_is_too_fine(make_photo, make_line):
    drawn = make_photo("a.jpg", [make_line((60, 20), (60, 380), 1), make_line((150, 20), (150, 380), 3)])
    fine, wide = drawn.record.cracks
    cracks = [replace(fine, finer_than_px=2.68), wide]
    colours = WidthColours.of(drawn.network, cracks, scale=Scale(0.25), smallest_width_px=1.2)
    assert colours.legend()[0] == (UNKNOWN, "too fine to measure: below 0.3 mm, some cracks below 0.67 mm")


@pytest.mark.parametrize(("scale", "length_px"), [(Scale(0.2), 50), (None, 50)])
def test_the_scale_bar_is_as_long_as_it_says(scale, length_px):
    bar = draw_scale_bar((300, 400, 3), scale, 20)  # at most 80 px: 10 mm at 0.2 mm/px, or 50 px
    dark = np.flatnonzero((bar[10] != np.array(INK)).any(axis=1))  # behind the bar, before its length
    assert dark[dark > 10][0] == pytest.approx(length_px, abs=4)


def test_the_legend_stands_below_the_photo_and_covers_nothing_of_it(make_photo, make_line):
    lines = [make_line((row, 0), (row, 399), 5) for row in range(4, 300, 12)]  # no corner is free
    drawn = make_photo("a.jpg", lines)
    overlay = draw_overlay(drawn.photo, drawn.mask, drawn.network, drawn.record.cracks)
    bare = draw_overlay(drawn.photo, drawn.mask, drawn.network, ())
    assert bare.shape == drawn.photo.shape
    assert (overlay[: len(bare)] == bare).all()
    assert (_below(overlay, drawn) == np.array(COLOURS[4])).all(axis=2).any()
    assert (_below(overlay, drawn) == np.array(INK)).all(axis=2).any()


@pytest.mark.parametrize("shape", [(200, 130), (2000, 300), (300, 2000)])
def test_the_legend_is_whole_in_any_format(make_photo, make_line, shape):
    drawn = make_photo("a.jpg", [make_line((20, 20), (20, 100), 3)], shape=shape)
    below = _below(draw_overlay(drawn.photo, drawn.mask, drawn.network, drawn.record.cracks), drawn)
    assert 0 < len(below) <= shape[0] / 2
    assert (below[:, [0, -1]] == np.array(PLATE)).all()  # nothing is cut at the sides
    assert (below == np.array(COLOURS[3])).all(axis=2).any()


def _seen_with(colours, loss):
    """CIELAB of colours as they look without one kind of cones (Machado et al. 2009, severity 1)."""
    share = np.array(colours) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    lost = np.clip(linear @ np.array(loss).T, 0, 1)
    return rgb2lab(np.where(lost <= 0.0031308, 12.92 * lost, 1.055 * lost ** (1 / 2.4) - 0.055)[None])[0]


@pytest.mark.parametrize(
    "loss",
    [
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    ],
    ids=["full", "protanopia", "deuteranopia", "tritanopia"],
)
def test_any_two_colours_can_be_told_apart_also_by_the_colour_blind(loss):
    seen = _seen_with([*COLOURS, UNKNOWN], loss)
    differences = [deltaE_ciede2000(a, b) for a, b in itertools.combinations(seen, 2)]
    assert min(differences) > 8.9


def test_colours_get_darker_with_the_width():
    lightness = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in COLOURS]
    assert lightness == sorted(lightness, reverse=True)
    assert min(np.diff(lightness[::-1])) > 8


def test_bands_leave_no_trace(make_photo, make_line, monkeypatch):
    lines = [make_line((20, 60), (280, 340), 3), make_line((200, 20), (205, 380), 5)]
    drawn = make_photo("a.jpg", lines)
    whole = draw_overlay(drawn.photo, drawn.mask, drawn.network, ())
    monkeypatch.setattr(overlay, "_ROWS", 7)
    assert (draw_overlay(drawn.photo, drawn.mask, drawn.network, ()) == whole).all()


def test_what_was_not_inspected_is_dimmed_beyond_a_line_and_the_legend_says_so(make_photo, make_line):
    drawn = make_photo("a.jpg", [make_line((150, 20), (150, 120), 3)])
    region = np.zeros(drawn.mask.shape, bool)
    region[:, :200] = True
    overlay = draw_overlay(drawn.photo, drawn.mask, drawn.network, (), Survey(region=region))
    assert (overlay[:100, :190] == drawn.photo[:100, :190]).all()
    assert (overlay[:300, 210:] < 0.7 * drawn.photo[:, 210:]).all()
    is_border = (overlay[:300] == np.array(BORDER)).all(axis=2)
    assert set(np.flatnonzero(is_border.any(axis=0)).tolist()) == {199, 200}
    assert is_border[:, 199].all()
    assert (_below(overlay, drawn) == np.array(BORDER)).all(axis=2).any()


def test_a_region_of_the_whole_photo_changes_nothing(make_photo, make_line):
    drawn = make_photo("a.jpg", [make_line((150, 20), (150, 120), 3)])
    everywhere = Survey(region=np.ones(drawn.mask.shape, bool))
    overlay = draw_overlay(drawn.photo, drawn.mask, drawn.network, drawn.record.cracks, everywhere)
    whole = draw_overlay(drawn.photo, drawn.mask, drawn.network, drawn.record.cracks)
    assert np.array_equal(overlay, whole)


def test_the_border_of_a_region_has_no_gap_between_bands(make_photo, monkeypatch):
    drawn = make_photo("a.jpg", [])
    region = np.zeros(drawn.mask.shape, bool)
    cv2.circle(region.view(np.uint8), (200, 150), 100, 1, -1)
    whole = draw_overlay(drawn.photo, drawn.mask, drawn.network, (), Survey(region=region))
    monkeypatch.setattr("crackwise.report.region._ROWS", 7)
    banded = draw_overlay(drawn.photo, drawn.mask, drawn.network, (), Survey(region=region))
    assert np.array_equal(whole, banded)
