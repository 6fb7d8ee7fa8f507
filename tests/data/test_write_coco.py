import contextlib
import io
import json

import numpy as np
import pytest
from pycocotools.coco import COCO

from annotated import drawn_set, square_mask, write_photo
from crackwise.data.labelled import LabelledPhoto, LabelledSet, Unlabelled, Verdict
from crackwise.data.readers.coco import read_coco
from crackwise.data.writers.coco import write_coco
from crackwise.data.writers.options import WriteOptions
from crackwise.errors import OutputError
from drawn import draw_mask, ring, straight, wave


def drawn_masks():
    crossing = draw_mask([wave(150, 12, 60, 25) + 20, ring((60, 70), 30)], 3.0, (120, 180))
    several = draw_mask([straight(60, 10) + 20, straight(50, -70) + np.array((70, 100))], 1.0, (110, 130))
    return {
        "walls/crossing.png": np.asarray(crossing),
        "several.png": np.asarray(several),
        "sound.png": np.zeros((50, 60), bool),
        "whole.png": np.ones((20, 30), bool),
        "dust.png": np.random.default_rng(5).random((40, 50)) < 0.2,
    }


@contextlib.contextmanager
def quiet():
    with contextlib.redirect_stdout(io.StringIO()):
        yield


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # inside pycocotools
def test_pycocotools_decodes_the_same_masks(tmp_path):
    masks = drawn_masks()
    write_coco(drawn_set(tmp_path / "photos", masks), tmp_path / "out")
    with quiet():
        coco = COCO(str(tmp_path / "out" / "annotations.json"))
    for number in coco.getImgIds():
        [entry] = coco.loadImgs(number)
        mask = masks[entry["file_name"]]
        assert (entry["height"], entry["width"]) == mask.shape
        decoded = np.zeros(mask.shape, bool)
        for annotation in coco.loadAnns(coco.getAnnIds(imgIds=number)):
            part = coco.annToMask(annotation).astype(bool)
            assert not (decoded & part).any()
            assert part.sum() == annotation["area"]
            rows, cols = np.nonzero(part)
            assert annotation["bbox"] == [cols.min(), rows.min(), np.ptp(cols) + 1, np.ptp(rows) + 1]
            decoded |= part
        assert (decoded == mask).all()
    assert len(coco.getImgIds()) == len(masks)


def read_back(folder, masks):
    labelled = read_coco(folder)
    assert {photo.name for photo in labelled.photos} == set(masks)
    for photo in labelled.photos:
        assert (photo.label.mask(masks[photo.name].shape) == masks[photo.name]).all()
    return labelled


def test_what_is_written_is_read_again(tmp_path):
    masks = drawn_masks()
    write_coco(drawn_set(tmp_path / "photos", masks), tmp_path / "out")
    labelled = read_back(tmp_path / "out", masks)
    for photo in labelled.photos:
        assert photo.image.read_bytes() == (tmp_path / "photos" / photo.name).read_bytes()


def test_a_split_is_written_as_roboflow_does(tmp_path):
    masks = drawn_masks()
    splits = ["train", "validation", "test", "", "train"]
    write_coco(drawn_set(tmp_path / "photos", masks, splits), tmp_path / "out")
    assert sorted(
        path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.json")
    ) == [
        "annotations.json",
        "test/_annotations.coco.json",
        "train/_annotations.coco.json",
        "valid/_annotations.coco.json",
    ]
    labelled = read_back(tmp_path / "out", masks)
    assert {photo.name: photo.split for photo in labelled.photos} == dict(zip(masks, splits))


def test_simplified_cracks_become_polygons(tmp_path):
    masks = {"a.png": drawn_masks()["walls/crossing.png"]}
    write_coco(
        drawn_set(tmp_path / "photos", masks),
        tmp_path / "out",
        WriteOptions(simplify_px=1.0, category="Riss"),
    )
    content = json.loads((tmp_path / "out" / "annotations.json").read_text("utf-8"))
    assert all(len(annotation["segmentation"][0]) >= 6 for annotation in content["annotations"])
    assert sum(annotation["area"] for annotation in content["annotations"]) == pytest.approx(
        masks["a.png"].sum(), rel=0.1
    )
    assert content["categories"][0]["name"] == "Riss"
    mask = read_coco(tmp_path / "out").photos[0].label.mask(masks["a.png"].shape)
    assert (mask & masks["a.png"]).sum() / (mask | masks["a.png"]).sum() > 0.8


def test_photos_need_not_be_copied(tmp_path):
    labelled = drawn_set(tmp_path / "photos", drawn_masks())
    write_coco(labelled, tmp_path / "out", WriteOptions(with_photos=False))
    assert [path.name for path in (tmp_path / "out").rglob("*")] == ["annotations.json"]


def test_a_photo_of_which_no_mask_is_known_is_not_listed(tmp_path):
    photos = [
        LabelledPhoto("seen.png", write_photo(tmp_path / "seen.png"), Verdict(is_cracked=False)),
        LabelledPhoto("somewhere.png", write_photo(tmp_path / "somewhere.png"), Verdict(is_cracked=True)),
        LabelledPhoto("unseen.png", write_photo(tmp_path / "unseen.png"), Unlabelled()),
    ]
    write_coco(LabelledSet("wall", tuple(photos)), tmp_path / "out")
    assert [photo.name for photo in read_coco(tmp_path / "out").photos] == ["seen.png"]


def test_names_that_lead_elsewhere_stay_in_the_target(tmp_path):
    names = ["../../evil.png", "/etc/evil.png", "C:\\evil.png", "walls/../../evil.png"]
    photo = write_photo(tmp_path / "photo.png")
    label = drawn_set(tmp_path, {"square.png": square_mask()}).photos[0].label
    before = set(tmp_path.rglob("*"))
    write_coco(
        LabelledSet("wall", tuple(LabelledPhoto(name, photo, label) for name in names)), tmp_path / "out"
    )
    new = set(tmp_path.rglob("*")) - before
    assert all(path.is_relative_to(tmp_path / "out") for path in new)
    assert len(list((tmp_path / "out" / "images").glob("evil*.png"))) == 4
    assert len(read_coco(tmp_path / "out").photos) == 4


def test_a_folder_in_use_is_left_alone(tmp_path):
    labelled = drawn_set(tmp_path / "photos", {"square.png": square_mask()})
    with pytest.raises(OutputError, match="is not empty"):
        write_coco(labelled, tmp_path / "photos")
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["square.png"]


def test_a_set_without_photos_is_an_empty_file(tmp_path):
    write_coco(LabelledSet("wall", ()), tmp_path / "out")
    assert json.loads((tmp_path / "out" / "annotations.json").read_text("utf-8"))["images"] == []
