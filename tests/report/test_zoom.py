import numpy as np
import pytest

from crackwise.report.labels import INK, PLATE
from crackwise.report.zoom import COLOUR, GAP_PX, PANEL_PX, draw_zoom
from crackwise.scale import Scale


def _panels(drawn, scale=None):
    zoom = draw_zoom(drawn.photo, drawn.mask, drawn.record.cracks[0], drawn.network, scale=scale)
    return zoom[:, :PANEL_PX], zoom[:, PANEL_PX + GAP_PX :]


def test_a_zoom_is_800_px_wide_with_the_raw_photo_on_its_left(make_photo, make_line):
    drawn = make_photo("a.jpg", [make_line((150, 60), (150, 340), 4)])
    raw, marked = _panels(drawn)
    assert raw.shape == marked.shape == (396, 396, 3)
    assert (raw[..., 0] == raw[..., 1]).all()  # grey, so nothing was drawn
    assert (marked == np.array(COLOUR)).all(axis=2).any()


def test_the_arrows_stand_at_the_edges_of_the_crack(make_photo, make_line):
    drawn = make_photo("a.jpg", [make_line((150, 60), (150, 340), 9)])
    _, marked = _panels(drawn)
    inked = np.flatnonzero((marked[:, 199] == INK).all(axis=1))
    # the widest place, col 200, is (200 - 136 + 0.5) * magnification - 0.5 = 199 on the panel
    magnification = 396 / 128  # 14 times the width is 126 px, and 128 is the least
    gap_px = np.diff(inked).max()
    assert gap_px == pytest.approx(9 * magnification, abs=4)


def test_the_scale_bar_is_as_long_as_it_says(make_photo, make_line):
    drawn = make_photo("a.jpg", [make_line((150, 60), (150, 340), 4)], scale=Scale(0.2))
    _, marked = _panels(drawn, Scale(0.2))
    bar = np.flatnonzero((marked[PANEL_PX - 16, :200] == INK).all(axis=1))
    five_mm_px = 5 / 0.2 * 396 / 128  # a quarter of the panel is 6.4 mm, the round number below it 5 mm
    assert np.ptp(bar) == pytest.approx(five_mm_px, abs=4)


@pytest.mark.parametrize("shape", [(1, 1), (3, 90), (64, 64)])
def test_a_small_photo_is_magnified(make_photo, make_line, shape):
    drawn = make_photo("a.jpg", [make_line((0, 0), (0, shape[1] - 1), 1)], shape=shape)
    raw, _ = _panels(drawn)
    assert raw.shape == (396, 396, 3)


def test_a_crack_at_the_border_is_shown_without_leaving_the_photo(make_photo, make_line):
    drawn = make_photo("a.jpg", [make_line((0, 0), (0, 399), 3)])
    _, marked = _panels(drawn)
    assert (marked == np.array(COLOUR)).all(axis=2).any()


def _dark_share(marked, rows, cols):
    return (marked[rows, cols] == np.array(PLATE)).all(axis=2).mean()


@pytest.mark.parametrize(
    ("row", "label", "free"),
    [(150, slice(10, 40), slice(292, 322)), (12, slice(292, 322), slice(10, 40))],
    ids=["crack in the middle", "crack at the top"],
)
def test_the_width_is_said_opposite_its_arrows(make_photo, make_line, row, label, free):
    drawn = make_photo("a.jpg", [make_line((row, 0), (row, 399), 5)])
    _, marked = _panels(drawn)
    assert _dark_share(marked, label, slice(300, 380)) > 0.3
    assert _dark_share(marked, free, slice(300, 380)) < 0.1


@pytest.mark.parametrize(("line", "side"), [((10, 399), slice(0, 99)), ((0, 20), slice(297, 396))])
def test_the_scale_bar_keeps_away_from_the_arrows(make_photo, make_line, line, side):
    left, right = line
    drawn = make_photo("a.jpg", [make_line((290, left), (290, right), 5)])
    _, marked = _panels(drawn)
    assert (marked[PANEL_PX - 16, side] == INK).all(axis=1).mean() > 0.4
