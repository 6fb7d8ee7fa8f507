"""Which photos are cracked, by folders, tables and masks."""

from pathlib import Path

import numpy as np
import pytest

from crackwise.data.readers.classfolders import read_classfolders
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


def test_a_table_elsewhere_names_the_photos_asked_about_by_the_end_of_their_path(tmp_path: Path) -> None:
    photos = [save(tmp_path / "walls" / f"{name}.png", PIXELS) for name in ("crack/a", "nocrack/a", "b")]
    (tmp_path / "tables").mkdir()
    table = tmp_path / "tables" / "truth.csv"
    table.write_text("path,label\ncrack/a.png,1\nnocrack/a.png,0\nb.png,0\na.png,1\n")
    truth = read_truth(table, photos)
    assert truth.cracked == {path.resolve(): index == 0 for index, path in enumerate(photos)}
    (finding,) = truth.findings
    assert "2 photos are named a.png" in str(finding), "which of them is not said"


def test_a_hint_names_the_command_that_has_the_option(tmp_path: Path) -> None:
    save(tmp_path / "a.png", PIXELS)
    table = tmp_path / "truth.csv"
    table.write_text("path,label\na.png,spalling\ngone.png,1\n")
    with pytest.raises(DataError, match="crackwise data import --category"):
        read_truth(table)
    table.write_text("path,label\na.png,crack\ngone.png,1\n")
    assert "crackwise data import --photos" in str(read_truth(table).findings[0])
    with pytest.raises(DataError, match="crackwise data import --category"):
        read_classfolders(tmp_path)


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
