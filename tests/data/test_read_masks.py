"""Folders of mask files in the layouts that people publish."""

import numpy as np
import pytest
from PIL import Image

from crackwise.data.readers.masks import read_alpha, read_masks
from crackwise.data.readers.options import ReadOptions
from crackwise.errors import DataError, SettingsError
from photofiles import drawn_photo, save

SIZE = (20, 30)
CRACK = np.zeros(SIZE, bool)
CRACK[4:9, 3:28] = True


def photo(path):
    save(path, drawn_photo(*SIZE))


def mask(path, levels=CRACK):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(levels).save(path)


@pytest.mark.parametrize(
    ("image", "label", "pattern", "name", "split"),
    [
        ("images/a.jpg", "masks/a.png", "{stem}.png", "a.jpg", ""),
        ("images/sub/a.jpg", "masks/sub/a.png", "{stem}.png", "sub/a.jpg", ""),
        ("images/a.jpg", "labels/a_mask.png", "{stem}_mask.png", "a.jpg", ""),
        ("images/a.jpg", "gt/a.jpg.png", "{name}.png", "a.jpg", ""),
        ("images/a.jpg", "masks/a.bmp", "{stem}.png", "a.jpg", ""),
        ("images/a.JPG", "masks/a.PNG", "{stem}.png", "a.JPG", ""),
        ("Images/a.jpg", "Masks/a.png", "{stem}.png", "a.jpg", ""),
        ("IMAGES/Train/a.jpg", "Labels/train/a.png", "{stem}.png", "train/a.jpg", "train"),
        ("Test/Images/a.jpg", "Test/GT/a.png", "{stem}.png", "test/a.jpg", "test"),
        ("train/images/a.jpg", "train/masks/a.png", "{stem}.png", "train/a.jpg", "train"),
        ("images/val/a.jpg", "masks/val/a.png", "{stem}.png", "validation/a.jpg", "validation"),
        ("test_img/a.jpg", "test_lab/a.png", "{stem}.png", "test/a.jpg", "test"),
        ("a.jpg", "a.png", "{stem}.png", "a.jpg", ""),
        ("sub/a.png", "sub/a_mask.png", "{stem}_mask.png", "sub/a.png", ""),
    ],
)
def test_every_layout_is_found_by_its_folders(image, label, pattern, name, split, tmp_path):
    photo(tmp_path / image)
    mask(tmp_path / label)
    read = read_masks(tmp_path, ReadOptions(mask_names=pattern))
    (found,) = read.photos
    assert (found.name, found.image, found.split) == (name, tmp_path / image, split)
    np.testing.assert_array_equal(found.label.mask(SIZE), CRACK)
    assert not read.findings


def test_two_parts_may_share_a_name(tmp_path):
    for part in ("train", "test"):
        photo(tmp_path / part / "images" / "a.jpg")
        mask(tmp_path / part / "masks" / "a.png")
    read = read_masks(tmp_path)
    assert [(each.name, each.split) for each in read.photos] == [
        ("test/a.jpg", "test"),
        ("train/a.jpg", "train"),
    ]


def test_photos_may_lie_elsewhere(tmp_path):
    photo(tmp_path / "camera" / "a.jpg")
    mask(tmp_path / "work" / "a.png")
    (found,) = read_masks(tmp_path / "work", ReadOptions(photos=tmp_path / "camera")).photos
    assert found.image == tmp_path / "camera" / "a.jpg"


def test_the_threshold_of_the_user_decides(tmp_path):
    photo(tmp_path / "images" / "a.jpg")
    mask(tmp_path / "masks" / "a.png", CRACK * np.uint8(1))
    with pytest.raises(DataError, match="--threshold 0"):
        read_masks(tmp_path).photos[0].label.mask(SIZE)
    (found,) = read_masks(tmp_path, ReadOptions(threshold=0)).photos
    np.testing.assert_array_equal(found.label.mask(SIZE), CRACK)


def test_an_alpha_channel_is_cut_by_the_threshold(tmp_path):
    photo(tmp_path / "images" / "a.jpg")
    pixels = np.full((*SIZE, 4), 77, np.uint8)
    pixels[..., 3] = np.where(CRACK, 200, 20)
    mask(tmp_path / "masks" / "a.png", pixels)
    (found,) = read_alpha(tmp_path).photos
    np.testing.assert_array_equal(found.label.mask(SIZE), CRACK)


def test_photos_without_mask_and_masks_without_photo_are_named(tmp_path):
    for name in ("a", "b"):
        photo(tmp_path / "images" / f"{name}.jpg")
    for name in ("a", "c"):
        mask(tmp_path / "masks" / f"{name}.png")
    read = read_masks(tmp_path)
    assert [each.name for each in read.photos] == ["a.jpg"]
    assert [(each.kind, each.level, each.where) for each in read.findings] == [
        ("missing mask", "error", "b.jpg"),
        ("missing photo", "warning", "c.png"),
    ]


def test_a_pattern_that_fits_no_mask_is_answered_with_how_masks_are_named(tmp_path):
    photo(tmp_path / "images" / "a.jpg")
    mask(tmp_path / "masks" / "a_label.png")
    with pytest.raises(
        DataError, match=r"no photo .* has a mask.* named like a_label\.png: say so with --masks"
    ):
        read_masks(tmp_path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (ReadOptions(mask_names="mask.png"), r"mask names are 'mask.png'; expected \{stem\} or \{name\}"),
        (ReadOptions(threshold=255), "threshold is 255; expected a grey level from 0 to 254"),
    ],
)
def test_impossible_options_are_refused(options, message, tmp_path):
    with pytest.raises(SettingsError, match=message):
        read_masks(tmp_path, options)
