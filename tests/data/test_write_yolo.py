import numpy as np
import pytest

from annotated import drawn_set, square_mask, write_photo
from crackwise.data.labelled import LabelledPhoto, LabelledSet, Unlabelled
from crackwise.data.readers.yolo import read_yolo
from crackwise.data.readers.yoloyaml import read_yolo_yaml
from crackwise.data.writers.options import WriteOptions
from crackwise.data.writers.yolo import write_yolo
from drawn import draw_mask, ring, straight, wave


def drawn_masks():
    crossing = draw_mask([wave(150, 12, 60, 25) + 20, ring((60, 70), 30)], 3.0, (120, 180))
    several = draw_mask([straight(60, 10) + 20, straight(50, -70) + np.array((70, 100))], 1.0, (110, 130))
    return {
        "walls/crossing.png": np.asarray(crossing),
        "several.png": np.asarray(several),
        "sound.png": np.zeros((50, 60), bool),
        "whole.png": np.ones((20, 30), bool),
        "dust.png": np.random.default_rng(5).random((137, 211)) < 0.2,
    }


def read_back(folder, masks):
    labelled = read_yolo(folder)
    assert {photo.name for photo in labelled.photos} == set(masks)
    for photo in labelled.photos:
        assert (photo.label.mask(masks[photo.name].shape) == masks[photo.name]).all()
    return labelled


def test_what_is_written_is_read_again(tmp_path):
    masks = drawn_masks()
    write_yolo(drawn_set(tmp_path / "photos", masks), tmp_path / "out")
    labelled = read_back(tmp_path / "out", masks)
    for photo in labelled.photos:
        assert photo.split == ""
        assert photo.image.read_bytes() == (tmp_path / "photos" / photo.name).read_bytes()


def test_the_mask_of_a_photo_of_10000_px_a_side_comes_back_exactly(tmp_path):
    # seven digits of a share: at 9,999 px the steps of a hairline must still fall on whole pixels
    mask = np.zeros((11, 9999), bool)
    mask[np.arange(9999) // 3 % 11, np.arange(9999)] = True
    write_yolo(drawn_set(tmp_path / "photos", {"a.png": mask}), tmp_path / "out")
    read_back(tmp_path / "out", {"a.png": mask})


def test_a_line_is_the_class_and_shares_of_the_sides(tmp_path):
    write_yolo(drawn_set(tmp_path / "photos", {"a.png": square_mask()}), tmp_path / "out")
    line = (tmp_path / "out" / "labels" / "a.txt").read_text().split()
    assert line[0] == "0"
    assert [float(share) for share in line[1:]] == pytest.approx(
        [10 / 60, 5 / 40, 30 / 60, 5 / 40, 30 / 60, 20 / 40, 10 / 60, 20 / 40], abs=1e-6
    )


def test_a_split_is_written_as_ultralytics_expects(tmp_path):
    masks = drawn_masks()
    splits = ["train", "validation", "test", "train", "train"]
    write_yolo(
        drawn_set(tmp_path / "photos", masks, splits), tmp_path / "out", WriteOptions(category="Riß: dünn")
    )
    yaml = read_yolo_yaml(tmp_path / "out" / "data.yaml")
    assert yaml.folders == {"train": ("images/train",), "val": ("images/val",), "test": ("images/test",)}
    assert yaml.names == {0: "Riß: dünn"}
    assert (tmp_path / "out" / "labels" / "train" / "walls" / "crossing.txt").is_file()
    labelled = read_back(tmp_path / "out", masks)
    assert {photo.name: photo.split for photo in labelled.photos} == dict(zip(masks, splits))


def test_photos_outside_of_the_split_are_kept(tmp_path):
    masks = {"a.png": square_mask(), "b.png": square_mask()}
    write_yolo(drawn_set(tmp_path / "photos", masks, ["train", ""]), tmp_path / "out")
    labelled = read_back(tmp_path / "out", masks)
    assert [photo.split for photo in labelled.photos] == ["train", ""]


def test_a_real_yaml_reader_understands_the_yaml(tmp_path):
    yaml = pytest.importorskip("yaml", reason="needs PyYAML, which nothing else here does")
    masks = {"a.png": square_mask(), "b.png": square_mask()}
    write_yolo(drawn_set(tmp_path / "photos", masks, ["train", "test"]), tmp_path / "out")
    content = yaml.safe_load((tmp_path / "out" / "data.yaml").read_text("utf-8"))
    assert content == {
        "train": "images/train",
        "val": "images/train",
        "test": "images/test",
        "names": {0: "crack"},
    }


def test_simplified_outlines_have_fewer_points(tmp_path):
    labelled = drawn_set(tmp_path / "photos", {"a.png": drawn_masks()["walls/crossing.png"]})
    write_yolo(labelled, tmp_path / "exact")
    write_yolo(labelled, tmp_path / "simple", WriteOptions(simplify_px=1.0))
    exact, simple = (
        (tmp_path / name / "labels" / "a.txt").read_text().split() for name in ("exact", "simple")
    )
    assert 7 <= len(simple) < len(exact) / 2


def test_a_photo_of_which_no_mask_is_known_is_left_out(tmp_path):
    label = drawn_set(tmp_path, {"square.png": square_mask()}).photos[0]
    unseen = LabelledPhoto("unseen.png", write_photo(tmp_path / "unseen.png"), Unlabelled())
    write_yolo(LabelledSet("wall", (label, unseen)), tmp_path / "out")
    assert [path.name for path in (tmp_path / "out" / "images").iterdir()] == ["square.png"]


def test_names_that_lead_elsewhere_stay_in_the_target(tmp_path):
    names = ["../../evil.png", "/etc/evil.png", "C:\\evil.png", "walls/../../evil.png"]
    photo = write_photo(tmp_path / "photo.png")
    label = drawn_set(tmp_path, {"square.png": square_mask()}).photos[0].label
    before = set(tmp_path.rglob("*"))
    write_yolo(
        LabelledSet("wall", tuple(LabelledPhoto(name, photo, label) for name in names)), tmp_path / "out"
    )
    assert all(path.is_relative_to(tmp_path / "out") for path in set(tmp_path.rglob("*")) - before)
    assert len(read_yolo(tmp_path / "out").photos) == 4
