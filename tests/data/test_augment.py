"""Crops: image and label move together, labels are untouched by light, thin labels lie on the dark line."""

import numpy as np
import pytest

from crackwise.data.augment import PHOTOMETRIC, CropSettings, cut_crop
from crackwise.data.thin import thin_labels


def slot(width_px, side=200):
    """A dark vertical slot on a bright wall, and where it is."""
    mask = np.zeros((side, side), bool)
    mask[:, 90 : 90 + width_px] = True
    return np.where(mask[..., None], 40, 200).repeat(3, axis=2).astype(np.uint8), mask


@pytest.mark.parametrize("scale", [(0.5, 0.5), (1.0, 1.0), (2.0, 2.0)])
def test_image_and_label_move_together(scale):
    image, mask = slot(8)
    settings = CropSettings(side_px=96, scale=scale, near_crack=1.0)
    for seed in range(20):
        crop = cut_crop(image, mask, np.zeros_like(mask), settings, np.random.default_rng(seed))
        assert crop.image.shape == (96, 96, 3)
        darkness = (200 - crop.image[..., 0].astype(float)) / 160
        assert np.abs(darkness - crop.target).mean() < 0.03
        assert crop.weight.min() == 1


def test_crops_near_a_crack_show_it():
    image, mask = slot(3, side=600)
    settings = CropSettings(side_px=64, scale=(1.0, 1.0), near_crack=1.0)
    unknown = np.zeros_like(mask)
    shown = [
        cut_crop(image, mask, unknown, settings, np.random.default_rng(s)).target.max() for s in range(30)
    ]
    assert min(shown) > 0.5


def test_unknown_pixels_weigh_nothing():
    image, mask = slot(8)
    unknown = np.roll(mask, 8, axis=1)
    settings = CropSettings(side_px=96, scale=(1.0, 1.0), near_crack=1.0)
    crop = cut_crop(image, mask, unknown, settings, np.random.default_rng(0))
    assert 0 < (crop.weight == 0).mean() < 0.2
    assert not ((crop.weight == 0) & (crop.target > 0.9)).any()


@pytest.mark.parametrize("name", PHOTOMETRIC)
def test_photometry_keeps_shape_and_type_and_repeats_with_its_seed(name):
    image, _ = slot(8)
    for seed in range(25):
        once, again = (PHOTOMETRIC[name](image, np.random.default_rng(seed)) for _ in range(2))
        assert once.shape == image.shape
        assert once.dtype == np.uint8
        np.testing.assert_array_equal(once, again)


def test_strong_photometry_leaves_the_line_darker_than_the_wall():
    image, mask = slot(8)
    for seed in range(40):
        changed = PHOTOMETRIC["strong"](image, np.random.default_rng(seed)).astype(float)
        assert changed[mask].mean() < changed[~mask].mean()


def test_a_label_twice_too_wide_is_thinned_to_the_dark_line():
    image, line = slot(6)
    fat = np.zeros_like(line)
    fat[:, 87:99] = True
    kept, unknown = thin_labels(image, fat)
    assert (kept & line).sum() >= 0.99 * line.sum()
    assert (kept & ~line).sum() <= 0.2 * line.sum()
    np.testing.assert_array_equal(kept | unknown, fat)
    assert not (kept & unknown).any()


def test_a_label_on_nothing_dark_stays_whole():
    fat = np.zeros((100, 100), bool)
    fat[:, 40:50] = True
    kept, unknown = thin_labels(np.full((100, 100, 3), 150, np.uint8), fat)
    np.testing.assert_array_equal(kept, fat)
    assert not unknown.any()


def test_a_line_that_shrinks_below_a_pixel_stays_certain():
    image = np.full((512, 512, 3), 200, np.uint8)
    line = np.zeros((512, 512), bool)
    line[:, 256] = True  # 0.5 px after zooming out
    settings = CropSettings(256, (0.5, 0.5), 1.0)
    for seed in range(8):
        crop = cut_crop(image, line, np.zeros_like(line), settings, np.random.default_rng(seed))
        core = np.sort(crop.target, axis=None)[-200:]  # the line is at least 200 px long in every crop
        assert core.min() > 0.95


def test_the_edge_of_a_wide_crack_keeps_its_share():
    image = np.full((512, 512, 3), 200, np.uint8)
    line = np.zeros((512, 512), bool)
    line[:, 200:241] = True  # 20.5 px after zooming out
    settings = CropSettings(256, (0.5, 0.5), 0.0)
    crop = cut_crop(image, line, np.zeros_like(line), settings, np.random.default_rng(3))
    across = crop.target.sum() / 256
    assert across == pytest.approx(20.5, abs=0.6)
