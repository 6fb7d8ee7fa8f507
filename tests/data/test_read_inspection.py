"""What ``crackwise inspect`` found comes back as labels, of turned photos too."""

import shutil

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from crackwise.cli.app import app
from crackwise.data.readers.inspection import read_inspection
from crackwise.data.readers.labelme import read_labelme
from crackwise.data.readers.options import ReadOptions
from crackwise.data.writers.canonical import write_canonical
from crackwise.data.writers.labelme import write_labelme
from crackwise.errors import DataError
from photofiles import drawn_photo, exif_bytes, jpeg, save
from tinymodel import write_tiny_model


def inspected(folder, *roots):
    model = write_tiny_model(folder / "tiny.onnx")
    arguments = ["inspect", *map(str, roots), "--out", str(folder / "run"), "--model", str(model)]
    result = CliRunner().invoke(app, [*arguments, "--formats", "json"], catch_exceptions=False)
    assert result.exit_code == 0
    return folder / "run"


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Two photos of one crack, the second taken upside down in a sub-folder."""
    folder = tmp_path_factory.mktemp("site")
    save(folder / "photos" / "a.png", drawn_photo())
    (folder / "photos" / "north").mkdir()
    (folder / "photos" / "north" / "b.jpg").write_bytes(jpeg(drawn_photo(), exif=exif_bytes(3)))
    return inspected(folder, folder / "photos")


def stored(run, stem):
    return np.asarray(Image.open(run / "masks" / f"{stem}.png")) > 0


def test_masks_of_a_run_are_labels_of_the_photos_where_they_were(done):
    read = read_inspection(done)
    assert [photo.name for photo in read.photos] == ["a.png", "north/b.jpg"]
    assert [photo.image.resolve() for photo in read.photos] == [
        (done.parent / "photos" / name).resolve() for name in ("a.png", "north/b.jpg")
    ]
    for photo, stem in zip(read.photos, ("a", "north/b")):
        assert stored(done, stem).any()
        np.testing.assert_array_equal(photo.label.mask((64, 96)), stored(done, stem))


def test_a_photo_taken_upside_down_gets_its_mask_the_right_way_up(done, tmp_path):
    assert write_canonical(read_inspection(done), tmp_path / "set") == ()
    photo = np.asarray(Image.open(tmp_path / "set" / "images" / "north_b.png")).astype(float)
    mask = np.asarray(Image.open(tmp_path / "set" / "masks" / "north_b.png")) > 0
    np.testing.assert_array_equal(mask, stored(done, "north/b"))
    assert photo[mask].mean() < 60 < 120 < photo[~mask].mean()  # the crack is what is dark


def test_predictions_go_to_an_annotation_tool_and_come_back_the_same(done, tmp_path):
    write_labelme(read_inspection(done), tmp_path / "set")
    read = read_labelme(tmp_path / "set")
    for photo, stem in zip(read.photos, ("a", "north/b")):
        np.testing.assert_array_equal(photo.label.mask((64, 96)), stored(done, stem))


def test_photos_of_several_roots_are_told_apart(tmp_path):
    save(tmp_path / "one" / "a.png", drawn_photo(64, 96))
    save(tmp_path / "two" / "a.png", drawn_photo(64, 96))
    read = read_inspection(inspected(tmp_path, tmp_path / "one", tmp_path / "two"))
    assert {photo.name: photo.image.resolve().parent.name for photo in read.photos} == {
        "one/a.png": "one",
        "two/a.png": "two",
    }


def test_photos_that_were_moved_are_named_and_found_again(done, tmp_path):
    run = shutil.copytree(done, tmp_path / "run")
    text = (run / "run.json").read_text("utf-8").replace(str(done.parent), str(tmp_path / "gone"))
    (run / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"the photo a\.png of 96×64 px is not where it was.*--photos"):
        read_inspection(run)
    assert len(read_inspection(run, ReadOptions(photos=done.parent / "photos")).photos) == 2


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("run.json", None, r"is no run folder: it has no run\.json"),
        ("run.json", "{}", "names no roots of photos"),
        ("json/a.json", "[]", "a.json is no record of an inspection"),
        ("json/a.json", '{"photo": "a.png"}', "names no photo"),
        ("json/a.json", '{"photo": "a.png", "stem": "a"}', "states no size"),
        ("json/a.json", '{"photo": "a.p', "is no JSON, or cut off"),
        ("masks/a.png", None, r"the mask .*a\.png is missing"),
    ],
)
def test_a_broken_run_is_one_sentence(file, text, message, done, tmp_path):
    run = shutil.copytree(done, tmp_path / "run")
    (run / "json" / "north" / "b.json").unlink()
    if text is None:
        (run / file).unlink()
    else:
        (run / file).write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_inspection(run)
