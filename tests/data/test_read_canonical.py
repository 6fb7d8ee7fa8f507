"""The layout of this toolkit, whole and with gaps."""

import numpy as np
import pytest
from PIL import Image

from crackwise.data.labelled import Unlabelled, Verdict
from crackwise.data.maskfile import MaskFile
from crackwise.data.readers.canonical import read_canonical
from crackwise.data.readers.options import ReadOptions
from crackwise.errors import DataError
from photofiles import drawn_photo, save

SIZE = (20, 30)


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "walls"
    (root / "masks").mkdir(parents=True)
    for name in "abc":
        save(root / "images" / f"{name}.jpg", drawn_photo(*SIZE))
    for name in "ab":
        Image.fromarray(np.eye(*SIZE, dtype=bool)).save(root / "masks" / f"{name}.png")
    return root


def test_a_set_keeps_its_groups_labels_and_parts(folder):
    (folder / "groups.csv").write_text("file,group\na.jpg,one\nb.jpg,one\n", encoding="utf-8")
    (folder / "labels.csv").write_text("file,label\nc.jpg,no crack\n", encoding="utf-8")
    row = "walls,a.jpg,one,validation,00\n"
    (folder / "split.csv").write_text(f"source,file,group,part,sha256\n{row}", encoding="utf-8")
    read = read_canonical(folder)
    assert read.name == "walls"
    assert [(photo.name, photo.group, photo.split) for photo in read.photos] == [
        ("a.jpg", "one", "validation"),
        ("b.jpg", "one", ""),
        ("c.jpg", "", ""),
    ]
    np.testing.assert_array_equal(read.photos[0].label.mask(SIZE), np.eye(*SIZE, dtype=bool))
    assert isinstance(read.photos[1].label, MaskFile)
    assert read.photos[2].label == Verdict(False)
    assert not read.findings


def test_parts_and_sources_that_are_not_carried_on_are_told(folder):
    (folder / "groups.csv").write_text("file,group,source\na.jpg,one,pier\nb.jpg,two,deck\n", "utf-8")
    (folder / "split.csv").write_text("file,part\na.jpg,fold-1\nb.jpg,train\n", encoding="utf-8")
    parts, sources = read_canonical(folder).findings[-2:]
    assert str(parts).startswith("split.csv: the part fold-1 is not carried on;")
    assert str(sources).startswith("groups.csv: 3 sources become one, first deck;")


def test_a_threshold_counts_for_masks_of_this_layout_too(folder):
    Image.fromarray(np.eye(*SIZE, dtype=np.uint8)).save(folder / "masks" / "a.png")
    with pytest.raises(DataError, match="say --threshold 0"):
        read_canonical(folder).photos[0].label.mask(SIZE)
    found = read_canonical(folder, ReadOptions(threshold=0)).photos[0].label.mask(SIZE)
    np.testing.assert_array_equal(found, np.eye(*SIZE, dtype=bool))


def test_a_group_named_after_one_of_its_photos_keeps_it(folder):
    (folder / "groups.csv").write_text("file,group\na.jpg,a\nb.jpg,a\nc.jpg,c\n", encoding="utf-8")
    assert [photo.group for photo in read_canonical(folder).photos] == ["a", "a", ""]


def test_a_gap_is_found_and_its_photo_counts_as_not_labelled(folder):
    (folder / "masks" / "b.png").rename(folder / "masks" / "x.png")
    (folder / "groups.csv").write_text("file,group\na.jpg,one\ngone.jpg,two\n", encoding="utf-8")
    read = read_canonical(folder)
    assert [type(photo.label) for photo in read.photos] == [MaskFile, Unlabelled, Unlabelled]
    assert [(each.kind, each.level, each.where) for each in read.findings] == [
        ("missing mask", "warning", "b.jpg"),
        ("missing mask", "warning", "c.jpg"),
        ("missing photo", "warning", "masks/x.png"),
        ("missing photo", "warning", "groups.csv"),
    ]


def test_a_set_with_photos_in_sub_folders_is_refused(folder):
    for name in ("pier/a.jpg", "pier/deep/b.jpg"):
        save(folder / "images" / name, drawn_photo(*SIZE))
    with pytest.raises(DataError, match=r"^2 of 5 photos in .* lie in sub-folders, first pier/a\.jpg;"):
        read_canonical(folder)


def test_photos_without_any_label_are_just_photos(folder):
    for mask in (folder / "masks").iterdir():
        mask.unlink()
    read = read_canonical(folder)
    assert len(read.photos) == 3
    assert not read.findings


def test_photos_that_would_share_a_mask_are_told_apart(folder):
    save(folder / "images" / "a.png", drawn_photo(*SIZE))
    read = read_canonical(folder)
    assert [photo.name for photo in read.photos] == ["a.jpg", "b.jpg", "c.jpg"]
    assert str(read.findings[0]).startswith("a.png: shares its mask with a.jpg")


def test_a_folder_that_is_no_set_is_refused(tmp_path):
    with pytest.raises(DataError, match="is no data set: it has no folder images"):
        read_canonical(tmp_path)
