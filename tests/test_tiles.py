"""Tiles: weights that add up to one, offsets on the stride, tiled equal to whole."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.ndimage import uniform_filter

from crackwise.errors import SettingsError
from crackwise.levels import to_levels
from crackwise.tiles import Blend, TileGrid

sides = st.integers(1, 400)


def put_together(grid, photo, predict):
    total = np.zeros(photo.shape[:2], np.float32)
    for number, tile in grid.cut(photo):
        assert tile.shape[:2] == grid.tile_shape
        grid.add(total, number, predict(tile))
    return total


@given(height=sides, width=sides, overlap=st.sampled_from([0, 16, 32, 48]))
def test_weights_of_all_tiles_add_up_to_one_everywhere(height, width, overlap):
    photo = np.zeros((height, width, 3), np.uint8)
    grid = TileGrid((height, width), tile_px=96, overlap_px=overlap, stride_px=16)
    total = put_together(grid, photo, lambda tile: np.ones(tile.shape[:2], np.float32))
    np.testing.assert_allclose(total, 1, atol=1e-6)


@example(length=800, overlap=256)
@given(length=st.integers(1, 3000), overlap=st.sampled_from([0, 32, 64, 192, 224, 256]))
def test_weights_add_up_to_one_where_three_tiles_meet(length, overlap):
    grid = TileGrid((32, length), tile_px=512, overlap_px=overlap, stride_px=32)
    total = np.zeros(grid.cols.offsets[-1] + grid.cols.side_px)
    for offset, weights in zip(grid.cols.offsets, grid.cols.weights):
        assert (weights >= 0).all()
        total[offset : offset + len(weights)] += weights
    np.testing.assert_allclose(total, 1, atol=1e-6)


@given(height=sides, width=sides, overlap=st.sampled_from([0, 16, 48]))
def test_levels_of_a_blend_are_those_of_the_sum_of_all_tiles(height, width, overlap):
    photo = np.random.default_rng(height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    grid = TileGrid((height, width), tile_px=96, overlap_px=overlap, stride_px=16)

    def predict(tile):
        return tile[..., 0].astype(np.float32) / 255

    blend = Blend(grid)
    for number, tile in grid.cut(photo):
        blend.add(number, predict(tile))
    np.testing.assert_array_equal(blend.levels(), to_levels(put_together(grid, photo, predict)))


@given(height=sides, width=sides)
def test_offsets_are_multiples_of_the_stride_and_neighbours_overlap_as_asked(height, width):
    grid = TileGrid((height, width), tile_px=96, overlap_px=32, stride_px=16)
    for axis in (grid.rows, grid.cols):
        assert all(offset % 16 == 0 for offset in axis.offsets)
        assert all(b - a <= 96 - 32 for a, b in zip(axis.offsets, axis.offsets[1:]))


def test_a_tile_shows_the_photo_where_it_lies():
    photo = np.random.default_rng(0).integers(0, 256, (200, 170, 3), dtype=np.uint8)
    grid = TileGrid((200, 170), tile_px=64, overlap_px=16, stride_px=16)
    for number, tile in grid.cut(photo):
        window = grid.window(number)
        seen = photo[window.slices]
        np.testing.assert_array_equal(tile[: seen.shape[0], : seen.shape[1]], seen)


def test_tiled_equals_whole_when_the_view_of_the_network_fits_the_outer_quarter_of_the_overlap():
    view_px = 17  # a pixel's prediction depends on 8 px to either side: a quarter of 32
    photo = np.random.default_rng(1).integers(0, 256, (208, 272, 3), dtype=np.uint8)

    def predict(pixels):
        return uniform_filter(pixels.mean(axis=2).astype(np.float32) / 255, view_px, mode="constant")

    whole = predict(photo)
    grid = TileGrid((208, 272), tile_px=96, overlap_px=32, stride_px=16)
    assert len(grid) > 6
    assert np.abs(put_together(grid, photo, predict) - whole).max() <= 1e-3


def test_tiled_differs_from_whole_when_the_view_is_larger_than_the_overlap():
    photo = np.random.default_rng(1).integers(0, 256, (208, 272, 3), dtype=np.uint8)

    def predict(pixels):
        return uniform_filter(pixels.mean(axis=2).astype(np.float32) / 255, 65, mode="constant")

    grid = TileGrid((208, 272), tile_px=96, overlap_px=32, stride_px=16)
    assert np.abs(put_together(grid, photo, predict) - predict(photo)).max() > 1e-2


def test_a_photo_smaller_than_a_tile_gets_one_tile_mirrored_to_the_stride():
    photo = np.arange(20 * 30 * 3, dtype=np.uint8).reshape(20, 30, 3)
    grid = TileGrid((20, 30), tile_px=96, overlap_px=32, stride_px=16)
    [(_, tile)] = grid.cut(photo)
    assert tile.shape == (32, 32, 3)
    np.testing.assert_array_equal(tile[20, :30], photo[18])


@pytest.mark.parametrize(
    ("tile_px", "overlap_px", "words"),
    [(100, 32, "multiples of its stride"), (96, 20, "multiples of its stride"), (96, 64, "at most 48 px")],
)
def test_tiles_that_cannot_work_are_refused(tile_px, overlap_px, words):
    with pytest.raises(SettingsError, match=words):
        TileGrid((300, 300), tile_px=tile_px, overlap_px=overlap_px, stride_px=16)
