"""Masks as picture files: levels, thresholds, alpha, and what would be hidden."""

import numpy as np
import pytest
from PIL import Image

from crackwise.data.maskfile import MaskFile
from crackwise.errors import DataError

SIZE = (3, 4)
CRACK = np.zeros(SIZE, bool)
CRACK[1] = True


def saved(tmp_path, levels, mode=None, **options):
    image = Image.fromarray(levels) if mode is None else Image.fromarray(levels).convert(mode)
    image.save(tmp_path / "mask.png", **options)
    return tmp_path / "mask.png"


@pytest.mark.parametrize(
    ("levels", "mode", "threshold"),
    [
        (CRACK * np.uint8(255), None, 127),
        (CRACK, None, 127),  # one bit
        (CRACK * np.uint8(255), "LA", 127),
        (CRACK * np.uint8(255), "RGB", 127),
        (CRACK * np.uint8(255), "P", 127),
        (CRACK * np.uint8(1), None, 0),
        (CRACK * np.uint16(65535), None, 127),
        (CRACK * np.uint16(1), None, 0),
        (CRACK * np.uint8(60) + np.uint8(40), None, 99),
    ],
)
def test_what_is_above_the_threshold_is_crack(levels, mode, threshold, tmp_path):
    label = MaskFile(saved(tmp_path, levels, mode), threshold)
    assert label.size == SIZE
    np.testing.assert_array_equal(label.mask(SIZE), CRACK)


@pytest.mark.parametrize("level", [1, 100, 127])
def test_a_mask_that_the_threshold_would_hide_is_refused_with_what_to_do(level, tmp_path):
    label = MaskFile(saved(tmp_path, CRACK * np.uint8(level)))
    with pytest.raises(
        DataError, match=rf"would be empty: its highest level is {level} of 255.*--threshold 0"
    ):
        label.mask(SIZE)


def test_a_coloured_index_that_is_dark_is_refused_too(tmp_path):
    image = Image.new("P", SIZE[::-1])
    image.putpalette([0, 0, 0, 128, 0, 0])
    image.putdata(CRACK.astype(int).ravel().tolist())
    image.save(tmp_path / "mask.png")
    with pytest.raises(DataError, match="its highest level is 38 of 255"):  # 0.299 * 128
        MaskFile(tmp_path / "mask.png").mask(SIZE)
    np.testing.assert_array_equal(MaskFile(tmp_path / "mask.png", 0).mask(SIZE), CRACK)


def test_a_black_mask_is_a_photo_without_cracks(tmp_path):
    assert not MaskFile(saved(tmp_path, np.zeros(SIZE, np.uint8))).mask(SIZE).any()


@pytest.mark.parametrize(("colour", "mode"), [(0, "RGBA"), (255, "RGBA"), (0, "LA")])
def test_a_mask_that_is_in_the_alpha_channel_alone_is_not_read_as_empty_or_full(colour, mode, tmp_path):
    pixels = np.full((*SIZE, 4), colour, np.uint8)
    pixels[..., 3] = CRACK * np.uint8(255)
    path = saved(tmp_path, pixels, mode)
    with pytest.raises(DataError, match=r"its crack can only be in its alpha channel; say --format alpha"):
        MaskFile(path).mask(SIZE)
    np.testing.assert_array_equal(MaskFile(path, channel="alpha").mask(SIZE), CRACK)


@pytest.mark.parametrize("opacity", [0, 255])
def test_a_black_mask_of_one_opacity_is_a_photo_without_cracks(opacity, tmp_path):
    pixels = np.zeros((*SIZE, 4), np.uint8)
    pixels[..., 3] = opacity
    assert not MaskFile(saved(tmp_path, pixels)).mask(SIZE).any()


def test_the_alpha_channel_holds_the_mask_whatever_its_colour(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (*SIZE, 4)).astype(np.uint8)
    pixels[..., 3] = np.where(CRACK, 128, 127)
    path = saved(tmp_path, pixels)
    np.testing.assert_array_equal(MaskFile(path, 127, "alpha").mask(SIZE), CRACK)


def test_transparency_of_a_palette_is_an_alpha_channel(tmp_path):
    image = Image.new("P", SIZE[::-1])
    image.putpalette([0, 0, 0, 90, 90, 90])
    image.putdata(CRACK.astype(int).ravel().tolist())
    image.save(tmp_path / "mask.png", transparency=0)
    np.testing.assert_array_equal(MaskFile(tmp_path / "mask.png", 127, "alpha").mask(SIZE), CRACK)


def test_an_alpha_channel_that_is_missing_or_says_nothing_is_refused(tmp_path):
    path = saved(tmp_path, CRACK * np.uint8(255))
    with pytest.raises(DataError, match="has no alpha channel; read the set as masks in grey levels"):
        MaskFile(path, 127, "alpha").mask(SIZE)
    path = saved(tmp_path, CRACK * np.uint8(255), "RGBA")
    with pytest.raises(DataError, match="is opaque everywhere"):
        MaskFile(path, 127, "alpha").mask(SIZE)


def test_a_mask_of_another_size_is_refused_before_it_is_decoded(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (60, 80)).astype(np.uint8)
    path = saved(tmp_path, noise)
    path.write_bytes(path.read_bytes()[:2000])  # the header is whole
    with pytest.raises(DataError, match="is 80×60 but its photo is 5×3; export the mask again"):
        MaskFile(path).mask((3, 5))
    with pytest.raises(DataError, match="damaged or cut off"):
        MaskFile(path).mask((60, 80))
