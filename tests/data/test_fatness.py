"""The width of labels against the dark line beneath them, on lines and scenes of known width."""

import cv2
import numpy as np
import pytest

from crackwise.data.check import measure_fatness
from crackwise.data.draw import DrawSettings, draw_scene
from drawn import coverage, outline, straight, wave

BLUR_PX = 1.0
SHAPE = (160, 160)


def line_photo(line, width_px):
    """Draw a dark line of a true width, seen through a lens, on a surface with grain; and its exact label."""
    share = coverage([outline(line, np.full(len(line), float(width_px)))], SHAPE)
    grain = np.random.default_rng(4).normal(0, 3, SHAPE)
    seen = 170 - 110 * cv2.GaussianBlur(share, (0, 0), BLUR_PX) + grain
    return np.clip(np.rint(seen), 0, 255).astype(np.uint8), share >= 0.5


def widened(mask, px):
    """Widen a label by whole pixels to either side."""
    side = 2 * px + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return cv2.dilate(mask.astype(np.uint8), disc) > 0


LINES = {
    "along a row": straight(120, 0) + np.array([80, 20]),
    "slanting": straight(120, 25) + np.array([110, 20]),
    "diagonal": straight(120, 45) + np.array([125, 35]),
    "waving": wave(120, 5, 60, 0) + np.array([80, 20]),
}


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("width_px", [3, 5, 8])
@pytest.mark.parametrize("rim_px", [0, 1, 2, 4])
def test_the_ratio_follows_a_widened_label(name, width_px, rim_px):
    grey, mask = line_photo(LINES[name], width_px)
    found = measure_fatness(grey, widened(mask, rim_px) if rim_px else mask)
    assert found is not None
    assert found.ratio == pytest.approx((width_px + 2 * rim_px) / width_px, rel=0.2)
    assert found.dark_width_px == pytest.approx(width_px, rel=0.2)
    assert found.measured_share > 0.8


def test_a_label_narrower_than_the_line_has_a_ratio_below_one():
    grey, _ = line_photo(LINES["slanting"], 8)
    _, narrow = line_photo(LINES["slanting"], 4)
    found = measure_fatness(grey, narrow)
    assert found is not None
    assert found.ratio == pytest.approx(0.5, rel=0.15)


def test_the_ratio_follows_in_drawn_scenes():
    before, after, wanted = [], [], []
    for seed in range(6):
        settings = DrawSettings(256, 256, "concrete", pattern="single", crack_width_px=(4, 6), camera="sharp")
        scene = draw_scene(settings, np.random.default_rng(seed))
        grey = cv2.cvtColor(scene.photo, cv2.COLOR_RGB2GRAY)
        exact, fat = measure_fatness(grey, scene.mask), measure_fatness(grey, widened(scene.mask, 3))
        if exact is None or fat is None:
            continue
        before.append(exact.ratio)
        after.append(fat.ratio)
        wanted.append(1 + 6 / exact.label_width_px)
    assert len(before) >= 4
    assert 1.0 < np.median(before) < 1.5  # the flanks of drawn cracks are shaded too
    assert np.median(np.divide(after, before)) == pytest.approx(np.median(wanted), rel=0.15)


def test_a_label_on_nothing_dark_has_no_figure():
    _, mask = line_photo(LINES["slanting"], 4)
    grain = np.random.default_rng(1).normal(150, 8, SHAPE).clip(0, 255).astype(np.uint8)
    assert measure_fatness(grain, mask) is None


EMPTY = {
    "no label": np.zeros((40, 40), bool),
    "one pixel": np.arange(1600).reshape(40, 40) == 820,
    "all label": np.ones((40, 40), bool),
}


@pytest.mark.parametrize("kind", EMPTY)
def test_what_has_no_width_has_no_figure(kind):
    grey = np.random.default_rng(2).integers(0, 255, (40, 40)).astype(np.uint8)
    assert measure_fatness(grey, EMPTY[kind]) is None
