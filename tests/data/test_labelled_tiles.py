"""Tiles of photos with masks: where they lie, and what is cracked, sound or neither."""

import numpy as np
import pytest

from crackwise.data.labelledtiles import even_windows, verdict_of_mask
from crackwise.inspection.classifier import tile_windows
from tinymodel import tiny_classifier_card


def corners(shape, tile_px):
    return [(window.top, window.left) for window in even_windows(shape, tile_px)]


def drawn(*slices, side_px=64):
    mask = np.zeros((side_px, side_px), bool)
    for rows, cols in slices:
        mask[rows, cols] = True
    return mask


class TestWindows:
    def test_a_photo_of_twice_the_side_has_four_tiles_without_overlap(self):
        assert corners((448, 448), 224) == [(0, 0), (0, 224), (224, 0), (224, 224)]

    def test_a_single_tile_along_a_side_lies_in_the_middle(self):
        assert corners((256, 448), 224) == [(16, 0), (16, 224)]

    def test_tiles_begin_and_end_at_the_edges_of_the_photo(self):
        assert corners((224, 512), 224) == [(0, 0), (0, 288)]
        assert corners((100, 250), 100) == [(0, 0), (0, 75), (0, 150)]

    @pytest.mark.parametrize("shape", [(50, 80), (256, 300), (100, 336)])
    def test_a_photo_that_is_taken_whole_in_use_is_learnt_whole(self, shape):
        """As ``crackwise classify`` does with up to one and a half tiles along either side."""
        [window] = even_windows(shape, 224)
        assert (window.top, window.left, window.bottom, window.right) == (0, 0, *shape)
        assert (window,) == tile_windows(shape, tiny_classifier_card(tile_px=224, overlap_px=56))

    def test_no_tile_size_takes_the_photo_whole(self):
        [window] = even_windows((500, 80), 0)
        assert (window.top, window.left, window.bottom, window.right) == (0, 0, 500, 80)

    @pytest.mark.parametrize("length", range(97, 400, 7))
    def test_every_tile_is_whole_and_inside(self, length):
        for window in even_windows((length, 64), 64):
            assert window.bottom - window.top == 64
            assert window.top >= 0
            assert window.bottom <= length


class TestVerdict:
    def test_a_tile_without_crack_pixels_is_sound(self):
        assert verdict_of_mask(drawn(), 10) is False

    def test_a_tile_with_enough_crack_pixels_inside_is_cracked(self):
        assert verdict_of_mask(drawn((slice(30, 31), slice(20, 30))), 10) is True

    def test_a_tile_with_a_few_crack_pixels_is_neither(self):
        assert verdict_of_mask(drawn((slice(30, 31), slice(20, 29))), 10) is None

    def test_a_tile_cracked_in_its_border_alone_is_neither(self):
        """The border of 64 px is 4 px wide."""
        edge = slice(0, 64)
        assert verdict_of_mask(drawn((slice(0, 4), edge), (edge, slice(60, 64))), 10) is None
        assert verdict_of_mask(drawn((slice(0, 5), edge)), 10) is True
        assert verdict_of_mask(drawn((edge, slice(59, 64))), 10) is True
