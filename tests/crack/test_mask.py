import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.measure import label, regionprops

from crackwise.crack.components import fill_pores, find_components
from crackwise.crack.mask import find_cracks
from crackwise.errors import SettingsError


def test_a_weak_region_is_kept_only_where_it_touches_a_strong_pixel():
    probability = np.zeros((20, 30), np.float32)
    probability[5, 2:12] = 0.4
    probability[5, 11] = 0.8
    probability[15, 2:12] = 0.4
    mask = find_cracks(probability, high=0.7, low=0.3, min_area_px=1)
    assert np.array_equal(np.argwhere(mask), [(5, col) for col in range(2, 12)])


def test_regions_smaller_than_the_minimum_area_are_removed():
    probability = np.zeros((20, 30), np.float32)
    probability[2, 2:6] = 0.9
    probability[10, 2:7] = 0.9
    assert find_cracks(probability, high=0.5, low=0.5, min_area_px=5).sum() == 5


def test_pixels_that_touch_at_a_corner_are_one_crack():
    probability = np.eye(6, dtype=np.float32)
    assert find_cracks(probability, high=0.5, low=0.5, min_area_px=6).sum() == 6


def test_a_pixel_at_the_threshold_is_crack():
    probability = np.full((3, 3), 0.3, np.float32)
    assert find_cracks(probability, high=0.3, low=0.3, min_area_px=1).all()


def test_the_probability_map_is_left_as_it_was():
    probability = np.full((3, 3), 0.4, np.float32)
    find_cracks(probability, high=0.5, low=0.3, min_area_px=1)
    assert (probability == np.float32(0.4)).all()


@pytest.mark.parametrize(("high", "low"), [(0.3, 0.5), (0.5, 0.0), (1.2, 0.5)])
def test_impossible_thresholds_are_refused(high, low):
    with pytest.raises(SettingsError, match=f"low {low} and high {high}"):
        find_cracks(np.zeros((2, 2), np.float32), high=high, low=low, min_area_px=1)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 14),
    st.integers(1, 14),
    st.floats(0, 1),
    st.sampled_from([4, 8]),
    st.integers(0, 2**32 - 1),
)
def test_components_agree_with_a_label_image(height, width, share, connectivity, seed):
    mask = np.random.default_rng(seed).random((height, width)) < share
    regions = find_components(mask, connectivity)
    truth = regionprops(label(mask, connectivity=connectivity // 4))
    assert regions.count == len(truth)
    assert sorted(map(tuple, regions.boxes().tolist())) == sorted(region.bbox for region in truth)
    assert sorted(regions.areas_px().tolist()) == sorted(int(region.area) for region in truth)
    rows, cols = np.nonzero(mask)
    for region in truth:
        assert len(set(regions.region_at(*region.coords.T).tolist())) == 1
    assert (regions.region_at(rows, cols) >= 0).all()
    assert (regions.region_at(*np.nonzero(~mask)) == -1).all()


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
    filled = fill_pores(mask, 4)
    assert filled[5:7, 5:7].all()
    assert not filled[10:15, 10:15].any()
    assert not filled[0, 3]
    assert not mask[5, 5]
