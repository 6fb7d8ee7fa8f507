"""Pictures sampled between their pixels, against SciPy's interpolation of the whole picture."""

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from crackwise.crack.blocks import around, by_block
from crackwise.crack.sampling import CUBIC, LINEAR, sample_along

H, W = 900, 1300


@pytest.fixture(scope="module")
def picture():
    """Values that rise by less than 3 from pixel to pixel, so that 1/64 px is less than 0.05."""
    rows, cols = np.mgrid[:H, :W]
    return (60 + 40 * np.sin(rows / 20) + 30 * np.cos(cols / 17)).astype(np.float32)


@pytest.fixture(scope="module")
def lines():
    """Places all over the picture and on its border, and directions."""
    rng = np.random.default_rng(0)
    points = rng.uniform(-0.5, (H - 0.5, W - 0.5), (500, 2))
    points[:40, 0], points[40:80, 1] = -0.5, W - 0.5
    angle = rng.uniform(0, 2 * np.pi, 500)
    return points, np.stack([np.sin(angle), np.cos(angle)], axis=1)


def places(lines, offsets):
    points, directions = lines
    return np.moveaxis(points[:, None] + directions[:, None] * offsets[:, None], -1, 0)


def test_linear_sampling_falls_to_zero_over_half_a_pixel_beyond_the_border(picture, lines):
    offsets = np.arange(-20, 20.5, 0.5)
    expected = map_coordinates(picture, places(lines, offsets), order=1, mode="grid-constant")
    found = sample_along(picture, *lines, offsets, LINEAR)
    is_within = ((places(lines, offsets) >= 0).all(axis=0)) & (expected > 29)
    np.testing.assert_allclose(found[is_within], expected[is_within], atol=0.1)
    np.testing.assert_allclose(found, expected, atol=130 / 32)  # at the border values fall by all at once
    assert (found == 0).any()


def test_cubic_sampling_continues_the_border(picture, lines):
    offsets = np.arange(-9, 10)
    rows, cols = places(lines, offsets)
    held = np.clip(rows, 0, H - 1), np.clip(cols, 0, W - 1)
    expected = map_coordinates(picture, held, order=1, mode="nearest")
    np.testing.assert_allclose(sample_along(picture, *lines, offsets, CUBIC), expected, atol=0.5)


def test_each_place_can_have_offsets_of_its_own(picture, lines):
    own = np.linspace(0, 15, 500)[:, None] * np.array([-1.0, 1.0])
    found = sample_along(picture, *lines, own, LINEAR)
    for number in (0, 77, 250, 499):
        one = [part[[number]] for part in lines]
        alone = sample_along(picture, *one, own[number], LINEAR)
        np.testing.assert_allclose(found[[number]], alone, atol=0.05)


def test_no_place_gives_no_sample(picture):
    none = np.zeros((0, 2))
    assert sample_along(picture, none, none, np.arange(5), LINEAR).shape == (0, 5)


def test_blocks_hold_every_place_once_also_those_half_a_pixel_outside(lines):
    points = lines[0]
    blocks = list(by_block(points))
    assert sorted(np.concatenate(blocks).tolist()) == list(range(500))
    for block in blocks:
        assert len(np.unique(points[block] // 512, axis=0)) == 1


@pytest.mark.parametrize(
    ("place", "reach_px", "rows", "cols"),
    [
        ((100.2, 50.0), 3, (97, 105), (47, 54)),
        ((-0.5, 1299.5), 2, (0, 3), (1297, 1300)),
        ((950.0, -40.0), 4, (899, 900), (0, 1)),
    ],
)
def test_the_part_around_places_is_at_least_one_pixel(place, reach_px, rows, cols):
    found = around(np.array([place]), reach_px, (H, W))
    assert [(side.start, side.stop) for side in found] == [rows, cols]
