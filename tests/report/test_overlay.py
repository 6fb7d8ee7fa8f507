import numpy as np
import pytest

from crackwise.report.labels import PLATE
from crackwise.report.overlay import COLOUR, draw_overlay


def _is_colour(image):
    return (image == np.array(COLOUR)).all(axis=2)


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
    assert (overlay[drawn.mask] == drawn.photo[drawn.mask]).all()
    assert (overlay != bare).any(), "no number was drawn at all"


def test_a_leader_never_crosses_another_crack(make_photo, make_line):
    lines = [make_line((row, 0), (row, 399), 3) for row in (100, 86, 114)]
    drawn = make_photo("a.jpg", lines)
    overlay = draw_overlay(drawn.photo, drawn.mask, drawn.network, drawn.record.cracks[:1])
    assert (overlay == draw_overlay(drawn.photo, drawn.mask, drawn.network, ())).all()


def test_a_leader_begins_outside_a_wide_crack(make_photo, make_line):
    drawn = make_photo("a.jpg", [make_line((150, 60), (150, 340), 41)])
    overlay = draw_overlay(drawn.photo, drawn.mask, drawn.network, drawn.record.cracks)
    assert (overlay[drawn.mask] == drawn.photo[drawn.mask]).all()
    assert (overlay == np.array(PLATE)).all(axis=2).any()


@pytest.mark.parametrize("factor", [1, 10])
def test_lines_and_numbers_grow_with_the_photo(make_photo, make_line, factor):
    line = make_line((150 * factor, 60 * factor), (150 * factor, 340 * factor), 2 * factor)
    drawn = make_photo("a.jpg", [line], shape=(300 * factor, 400 * factor))
    overlay = draw_overlay(drawn.photo, drawn.mask, drawn.network, drawn.record.cracks)
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
