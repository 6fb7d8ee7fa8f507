"""Sets written in the layout of this toolkit: what is copied, turned, named, left out."""

import hashlib
import json

import numpy as np
import pytest
from PIL import Image

from crackwise.data.dataset import list_samples
from crackwise.data.labelled import LabelledPhoto, LabelledSet, Shapes, Unlabelled, Verdict
from crackwise.data.readers.canonical import read_canonical
from crackwise.data.shapes import Polygon
from crackwise.data.upright import Upright
from crackwise.data.writers.canonical import write_canonical
from crackwise.errors import DataError, OutputError
from photofiles import drawn_photo, exif_bytes, jpeg, save

SIZE = (64, 96)


def box(top, bottom, left, right, size=None):
    points = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)
    return Shapes((Polygon("crack", points),), size)


def block(size, top, bottom, left, right):
    mask = np.zeros(size, bool)
    mask[top:bottom, left:right] = True
    return mask


def one(image, label, **more):
    return LabelledSet("walls", (LabelledPhoto("a.jpg", image, label, **more),))


def mask_of(out, name="a"):
    return np.asarray(Image.open(out / "masks" / f"{name}.png"))


def test_a_photo_is_copied_byte_for_byte_with_its_mask_of_0_and_255(tmp_path):
    save(tmp_path / "a.jpg", drawn_photo(*SIZE))
    seen = []
    findings = write_canonical(
        one(tmp_path / "a.jpg", box(5, 9, 10, 40)), tmp_path / "set", lambda *n: seen.append(n)
    )
    assert findings == ()
    assert seen == [(1, 1)]
    assert (tmp_path / "set/images/a.jpg").read_bytes() == (tmp_path / "a.jpg").read_bytes()
    np.testing.assert_array_equal(mask_of(tmp_path / "set"), block(SIZE, 5, 9, 10, 40) * np.uint8(255))
    assert sorted(path.name for path in (tmp_path / "set").iterdir()) == ["images", "masks", "set.json"]


def test_what_is_written_is_read_again_the_same(tmp_path):
    save(tmp_path / "p.png", drawn_photo(*SIZE))
    photos = (
        LabelledPhoto("n/1.png", tmp_path / "p.png", box(5, 9, 10, 40), "train", "north"),
        LabelledPhoto("n_1.png", tmp_path / "p.png", Verdict(False), "test"),
        LabelledPhoto("s/1.png", tmp_path / "p.png", Verdict(True)),
        LabelledPhoto("s/2.png", tmp_path / "p.png", Unlabelled()),
    )
    write_canonical(LabelledSet("walls", photos, (), (("crack", 1),), (("moss", 2),)), tmp_path / "walls")
    read = read_canonical(tmp_path / "walls")
    assert [(each.name, each.split, each.group) for each in read.photos] == [
        ("n_1-2.png", "test", ""),
        ("n_1.png", "train", "north"),
        ("s_1.png", "", ""),
        ("s_2.png", "", ""),
    ]
    np.testing.assert_array_equal(read.photos[1].label.mask(SIZE), block(SIZE, 5, 9, 10, 40))
    assert not read.photos[0].label.mask(SIZE).any()
    assert read.photos[2].label == Verdict(True)
    assert read.photos[3].label == Unlabelled()
    described = json.loads((tmp_path / "walls" / "set.json").read_text("utf-8"))
    counts = {"photos": 4, "cracked": 2, "not_cracked": 1, "not_labelled": 1, "left_out": 0}
    assert described.items() >= {"name": "walls", **counts}.items()
    assert described["categories"] == {"crack": 1}
    assert described["passed_over"] == {"moss": 2}


def test_a_split_names_the_hash_of_each_photo(tmp_path):
    save(tmp_path / "a.jpg", drawn_photo(*SIZE))
    write_canonical(one(tmp_path / "a.jpg", box(1, 2, 3, 4), split="test"), tmp_path / "set")
    digest = hashlib.sha256((tmp_path / "a.jpg").read_bytes()).hexdigest()
    lines = (tmp_path / "set" / "split.csv").read_text("utf-8").splitlines()
    assert lines == ["source,file,group,part,sha256", f"set,a.jpg,a,test,{digest}"]


def test_training_reads_the_set(tmp_path):
    save(tmp_path / "a.jpg", drawn_photo(*SIZE))
    write_canonical(one(tmp_path / "a.jpg", box(5, 9, 10, 40)), tmp_path / "set")
    (sample,) = list_samples(tmp_path / "set")
    np.testing.assert_array_equal(sample.read_mask(SIZE), block(SIZE, 5, 9, 10, 40))


@pytest.mark.parametrize("is_embedded", [False, True])
def test_a_label_of_the_upright_photo_turns_the_photo(is_embedded, tmp_path):
    data = jpeg(drawn_photo(*SIZE), exif=exif_bytes(6))  # shown as 64 wide, 96 high
    (tmp_path / "a.jpg").write_bytes(data)
    image = data if is_embedded else tmp_path / "a.jpg"
    write_canonical(one(image, box(5, 9, 10, 40, (96, 64))), tmp_path / "set")
    stored = np.asarray(Image.open(tmp_path / "a.jpg")).astype(int)
    written = np.asarray(Image.open(tmp_path / "set" / "images" / "a.png"))
    assert np.abs(written - np.rot90(stored, 3)).max() <= 3  # two JPEG decoders; a quarter turn clockwise
    np.testing.assert_array_equal(mask_of(tmp_path / "set") > 0, block((96, 64), 5, 9, 10, 40))


def test_a_label_of_the_stored_photo_keeps_it_and_nothing_turns_it_later(tmp_path):
    (tmp_path / "a.jpg").write_bytes(jpeg(drawn_photo(*SIZE), exif=exif_bytes(6)))
    assert write_canonical(one(tmp_path / "a.jpg", box(5, 9, 10, 40, SIZE)), tmp_path / "set") == ()
    written = Image.open(tmp_path / "set" / "images" / "a.jpg")
    assert written.getexif()[0x0112] == 1
    np.testing.assert_array_equal(np.asarray(written), np.asarray(Image.open(tmp_path / "a.jpg")))
    np.testing.assert_array_equal(mask_of(tmp_path / "set") > 0, block(SIZE, 5, 9, 10, 40))


def test_a_label_that_fits_both_ways_is_taken_as_stored_with_a_warning(tmp_path):
    (tmp_path / "a.jpg").write_bytes(jpeg(drawn_photo(*SIZE), exif=exif_bytes(3)))
    (finding,) = write_canonical(one(tmp_path / "a.jpg", box(5, 9, 10, 40, SIZE)), tmp_path / "set")
    assert (finding.kind, finding.level, finding.where) == ("turned photo", "warning", "a.jpg")
    np.testing.assert_array_equal(mask_of(tmp_path / "set") > 0, block(SIZE, 5, 9, 10, 40))


def test_a_tool_that_shows_photos_upright_settles_what_the_size_cannot(tmp_path):
    (tmp_path / "a.jpg").write_bytes(jpeg(drawn_photo(*SIZE), exif=exif_bytes(3)))
    assert write_canonical(one(tmp_path / "a.jpg", Upright(box(5, 9, 10, 40, SIZE))), tmp_path / "set") == ()
    stored = np.asarray(Image.open(tmp_path / "a.jpg")).astype(int)
    written = np.asarray(Image.open(tmp_path / "set" / "images" / "a.png"))
    assert np.abs(written - stored[::-1, ::-1]).max() <= 3


def test_a_turned_photo_without_a_mask_is_copied_as_it_is(tmp_path):
    (tmp_path / "a.jpg").write_bytes(jpeg(drawn_photo(*SIZE), exif=exif_bytes(6)))
    write_canonical(one(tmp_path / "a.jpg", Unlabelled()), tmp_path / "set")
    assert (tmp_path / "set/images/a.jpg").read_bytes() == (tmp_path / "a.jpg").read_bytes()


def test_a_turned_png_is_stored_without_its_turn(tmp_path):
    Image.fromarray(drawn_photo(*SIZE)).save(tmp_path / "a.png", exif=exif_bytes(6))
    write_canonical(one(tmp_path / "a.png", box(5, 9, 10, 40, SIZE)), tmp_path / "set")
    written = Image.open(tmp_path / "set" / "images" / "a.png")
    assert 0x0112 not in written.getexif()
    np.testing.assert_array_equal(np.asarray(written), drawn_photo(*SIZE))


def test_a_photo_that_cannot_be_used_is_left_out_with_its_reason(tmp_path):
    for name in ("a", "b", "c"):
        save(tmp_path / f"{name}.jpg", drawn_photo(*SIZE))
    (tmp_path / "c.jpg").write_bytes(b"no photo")
    photos = (
        LabelledPhoto("a.jpg", tmp_path / "a.jpg", box(1, 2, 3, 4)),
        LabelledPhoto("b.jpg", tmp_path / "b.jpg", box(1, 2, 3, 4, (64, 97))),
        LabelledPhoto("c.jpg", tmp_path / "c.jpg", Unlabelled()),
        LabelledPhoto("d.jpg", tmp_path / "d.jpg", Unlabelled()),
    )
    findings = write_canonical(LabelledSet("walls", photos), tmp_path / "set")
    assert [(each.level, each.where) for each in findings] == [("error", f"{name}.jpg") for name in "bcd"]
    assert "is of a photo of 97×64 px but the photo is 96×64" in findings[0].message
    assert [path.name for path in (tmp_path / "set" / "images").iterdir()] == ["a.jpg"]


def test_a_set_of_which_nothing_can_be_used_leaves_nothing_behind(tmp_path):
    with pytest.raises(
        DataError, match=r"none of the 1 photos of walls can be used, first a\.jpg: .*does not exist"
    ):
        write_canonical(one(tmp_path / "gone.jpg", Unlabelled()), tmp_path / "set")
    assert list(tmp_path.iterdir()) == []


def test_a_target_in_use_is_refused_and_an_empty_one_taken(tmp_path):
    save(tmp_path / "a.jpg", drawn_photo(*SIZE))
    labelled = one(tmp_path / "a.jpg", Unlabelled())
    (tmp_path / "set").mkdir()
    write_canonical(labelled, tmp_path / "set")
    with pytest.raises(OutputError, match="set is not empty; choose a new folder as --out, nothing"):
        write_canonical(labelled, tmp_path / "set")
    with pytest.raises(OutputError, match="is a file; choose a new folder"):
        write_canonical(labelled, tmp_path / "a.jpg")
    with pytest.raises(OutputError, match="cannot be written"):
        write_canonical(labelled, tmp_path / "a.jpg" / "set")


def test_no_name_leads_out_of_the_set(tmp_path):
    save(tmp_path / "a.jpg", drawn_photo(*SIZE))
    names = ("../../x.jpg", "/etc/y.jpg", "C:\\z.jpg")
    photos = tuple(LabelledPhoto(name, tmp_path / "a.jpg", Unlabelled()) for name in names)
    write_canonical(LabelledSet("walls", photos), tmp_path / "deep" / "set")
    assert sorted(path.name for path in (tmp_path / "deep/set/images").iterdir()) == [
        "x.jpg",
        "y.jpg",
        "z.jpg",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jpg", "deep"]
