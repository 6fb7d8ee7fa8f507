import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.measure import label, regionprops

from crackwise.crack.components import fill_pores, find_components, find_marked
from crackwise.crack.mask import find_cracks
from crackwise.errors import SettingsError
from crackwise.levels import to_levels


def test_a_weak_region_is_kept_only_where_it_touches_a_strong_pixel():
    levels = np.zeros((20, 30), np.uint8)
    levels[5, 2:12] = 102
    levels[5, 11] = 204
    levels[15, 2:12] = 102
    mask = find_cracks(levels, high=0.7, low=0.3, min_area_px=1).mask()
    assert np.array_equal(np.argwhere(mask), [(5, col) for col in range(2, 12)])


def test_regions_smaller_than_the_minimum_area_are_removed():
    levels = np.zeros((20, 30), np.uint8)
    levels[2, 2:6] = 230
    levels[10, 2:7] = 230
    assert find_cracks(levels, high=0.5, low=0.5, min_area_px=5).areas_px().tolist() == [5]


def test_pixels_that_touch_at_a_corner_are_one_crack():
    levels = 255 * np.eye(6, dtype=np.uint8)
    assert find_cracks(levels, high=0.5, low=0.5, min_area_px=6).areas_px().tolist() == [6]


def test_a_pixel_at_the_threshold_is_crack():
    levels = to_levels(np.full((3, 3), 0.2, np.float32))
    assert find_cracks(levels, high=0.2, low=0.2, min_area_px=1).mask().all()
    assert find_cracks(levels, high=0.204, low=0.204, min_area_px=1).count == 0


@pytest.mark.parametrize(("high", "low"), [(0.3, 0.5), (0.5, 0.0), (1.2, 0.5)])
def test_impossible_thresholds_are_refused(high, low):
    with pytest.raises(SettingsError, match=f"low {low} and high {high}"):
        find_cracks(np.zeros((2, 2), np.uint8), high=high, low=low, min_area_px=1)


def test_a_map_that_is_not_in_levels_is_refused():
    with pytest.raises(
        SettingsError, match=r"the map is float32; expected uint8.*crackwise\.levels\.to_levels"
    ):
        find_cracks(np.zeros((2, 2), np.float32), high=0.5, low=0.3, min_area_px=1)


@settings(max_examples=60)
@given(st.integers(1, 14), st.integers(1, 14), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_components_agree_with_a_label_image(height, width, share, seed):
    mask = np.random.default_rng(seed).random((height, width)) < share
    regions = find_components(mask)
    truth = regionprops(label(mask, connectivity=2))
    assert regions.count == len(truth)
    assert sorted(map(tuple, regions.boxes().tolist())) == sorted(region.bbox for region in truth)
    assert sorted(regions.areas_px().tolist()) == sorted(int(region.area) for region in truth)
    rows, cols = np.nonzero(mask)
    for region in truth:
        assert len(set(regions.region_at(*region.coords.T).tolist())) == 1
    assert (regions.region_at(rows, cols) >= 0).all()
    assert (regions.region_at(*np.nonzero(~mask)) == -1).all()
    assert np.array_equal(regions.mask(), mask)
    part = slice(height // 3, None), slice(width // 4, width - 1)
    assert np.array_equal(regions.mask(*part), mask[part])


def test_chosen_regions_keep_their_pixels_and_are_numbered_anew():
    mask = np.zeros((9, 12), bool)
    mask[1, 1:4] = mask[3:6, 6] = mask[7, 2:11] = True
    found = find_components(mask).chosen(np.array([True, False, True]))
    assert (found.count, found.areas_px().tolist(), sorted(set(found.region.tolist()))) == (2, [3, 9], [0, 1])
    mask[3:6, 6] = False
    assert np.array_equal(found.mask(), mask)


def test_regions_are_found_in_levels_without_a_mask():
    levels = np.random.default_rng(1).integers(0, 256, (40, 50), dtype=np.uint8)
    assert np.array_equal(find_marked(levels, 200).mask(), levels >= 200)


def test_components_are_the_same_when_the_mask_is_scanned_in_blocks(monkeypatch):
    mask = np.random.default_rng(0).random((50, 40)) < 0.5
    whole = find_components(mask)
    monkeypatch.setattr("crackwise.crack.components._BLOCK_PX", 100)
    blocks = find_components(mask)
    for name in ("row", "left", "right", "region"):
        assert np.array_equal(getattr(whole, name), getattr(blocks, name))


def test_only_enclosed_small_holes_are_filled():
    mask = np.ones((20, 20), bool)
    mask[5:7, 5:7] = False
    mask[10:15, 10:15] = False
    mask[0, 3] = False
    filled = fill_pores(find_components(mask), 4).mask()
    assert filled[5:7, 5:7].all()
    assert not filled[10:15, 10:15].any()
    assert not filled[0, 3]


@settings(max_examples=60)
@given(
    st.integers(1, 16), st.integers(1, 16), st.floats(0.3, 1), st.integers(1, 6), st.integers(0, 2**32 - 1)
)
def test_filled_pores_agree_with_skimage(height, width, share, most_px, seed):
    mask = np.random.default_rng(seed).random((height, width)) < share
    filled = fill_pores(find_components(mask), most_px)
    truth = mask.copy()
    for hole in regionprops(label(~mask, connectivity=1)):
        top, left, bottom, right = hole.bbox
        if hole.area <= most_px and top > 0 and left > 0 and bottom < height and right < width:
            truth[tuple(hole.coords.T)] = True
    assert np.array_equal(filled.mask(), truth)
    assert filled.count == label(truth, connectivity=2).max()
