"""Which photos are cracked, by folders, tables and masks."""

from pathlib import Path

import numpy as np
import pytest

from crackwise.data.truth import read_truth
from crackwise.errors import DataError
from crackwise.photo import read_photo
from linewalls import TRUE, write_walls
from photofiles import exif_bytes, jpeg, save

PIXELS = np.full((20, 30, 3), 90, np.uint8)


def test_folders_say_what_their_photos_show(tmp_path: Path) -> None:
    cracked = save(tmp_path / "set" / "Cracked" / "1.png", PIXELS)
    sound = save(tmp_path / "set" / "no crack" / "1.png", PIXELS)
    truth = read_truth(tmp_path / "set")
    assert truth.cracked == {cracked.resolve(): True, sound.resolve(): False}
    assert truth.name == "set"


def test_a_table_names_photos_from_its_own_folder(tmp_path: Path) -> None:
    first, second = (save(tmp_path / "walls" / f"{name}.png", PIXELS) for name in "ab")
    table = tmp_path / "labels.csv"
    table.write_text("path,label\nwalls/a.png,crack\nwalls/b.png,no crack\nwalls/c.png,crack\n")
    truth = read_truth(table)
    assert truth.cracked == {first.resolve(): True, second.resolve(): False}
    assert any("walls/c.png" in str(finding) for finding in truth.findings), "the missing photo is told"


def test_a_table_in_a_folder_goes_before_the_names_of_its_folders(tmp_path: Path) -> None:
    photo = save(tmp_path / "walls" / "cracks" / "nocrack" / "a.png", PIXELS)
    (tmp_path / "walls" / "labels.csv").write_text("path,label\ncracks/nocrack/a.png,no crack\n")
    truth = read_truth(tmp_path / "walls")
    assert (truth.name, truth.cracked) == ("walls", {photo.resolve(): False})


def test_a_photo_with_a_mask_is_cracked_when_any_pixel_is(tmp_path: Path) -> None:
    truth = read_truth(write_walls(tmp_path / "walls"))
    assert {path.stem: cracked for path, cracked in truth.cracked.items()} == {
        "a": True,
        "b": True,
        "c": True,
        "d": False,
    }


def test_masks_are_read_at_the_size_of_their_photo(tmp_path: Path) -> None:
    walls = write_walls(tmp_path / "walls")
    (walls / "masks" / "d.png").unlink()
    (walls / "labels.csv").write_text("file,label\nd.png,no crack\n")
    truth = read_truth(walls)
    images = (walls / "images").resolve()
    assert (truth.mask_of(images / "a.png") == TRUE["a"]).all()
    assert not truth.mask_of(images / "d.png").any()
    save(images / "a.png", PIXELS)
    with pytest.raises(DataError, match="re-export the mask"):
        truth.mask_of(images / "a.png")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_masks_are_turned_with_the_pixels_that_they_belong_to(tmp_path: Path, orientation: int) -> None:
    mask = np.zeros((40, 60), bool)
    mask[5:9, 10:30] = True
    stored = np.repeat(np.where(mask, 40, 200).astype(np.uint8)[..., None], 3, axis=2)
    photo = tmp_path / "images" / "a.jpg"
    photo.parent.mkdir()
    photo.write_bytes(jpeg(stored, exif=exif_bytes(orientation)))
    save(tmp_path / "masks" / "a.png", mask.astype(np.uint8) * 255)
    found = read_truth(tmp_path).mask_of(photo.resolve())
    dark = read_photo(photo).pixels.mean(axis=2) < 120
    assert found.shape == dark.shape
    assert (found == dark).mean() > 0.99


def test_where_the_cracks_are_is_not_known_from_labels(tmp_path: Path) -> None:
    photo = save(tmp_path / "crack" / "1.png", PIXELS).resolve()
    assert read_truth(tmp_path).mask_of(photo) is None


def test_labels_count_where_there_are_no_masks(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save(tmp_path / "images" / f"{name}.png", PIXELS)
    (tmp_path / "labels.csv").write_text("file,label\na.png,no crack\nb.png,\n")
    assert read_truth(tmp_path).cracked == {(tmp_path / "images" / "a.png").resolve(): False}


def test_photos_without_labels_are_no_truth(tmp_path: Path) -> None:
    save(tmp_path / "a.png", PIXELS)
    with pytest.raises(DataError, match="does not say which photos are cracked"):
        read_truth(tmp_path)
