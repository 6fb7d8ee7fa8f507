"""Sets written for annotation tools come back with the same masks."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest

from crackwise.data.labelled import LabelledPhoto, LabelledSet, Unlabelled
from crackwise.data.maskfile import MaskFile
from crackwise.data.readers.cvat import read_cvat
from crackwise.data.readers.labelme import read_labelme
from crackwise.data.readers.masks import read_masks
from crackwise.data.upright import Upright
from crackwise.data.writers.cvat import write_cvat
from crackwise.data.writers.labelme import write_labelme
from crackwise.data.writers.masks import write_masks
from crackwise.data.writers.options import WriteOptions
from crackwise.errors import OutputError
from crackwise.files import write_image
from drawn import arc, draw_mask, ring, straight
from photofiles import drawn_photo, exif_bytes, jpeg, save

SIZE = (120, 160)
TOOLS = {
    "labelme": (write_labelme, read_labelme),
    "cvat": (write_cvat, read_cvat),
    "masks": (write_masks, read_masks),
}
MASKS = {
    "a crack that forks round a hole": draw_mask(
        [straight(90, 20) + 40, arc(80, 50, 60) + 50, ring((70, 100), 15)], 3, SIZE
    ),
    "specks": np.random.default_rng(0).random(SIZE) < 0.05,
    "corners that touch": np.eye(*SIZE, dtype=bool) | np.eye(*SIZE, dtype=bool)[::-1],
    "everything": np.ones(SIZE, bool),
    "nothing": np.zeros(SIZE, bool),
}


def labelled(folder, masks=MASKS, photo=None):
    """Make a set of one photo for each mask, in a sub-folder."""
    photos = []
    for number, mask in enumerate(masks.values()):
        save(folder / f"{number}.png", drawn_photo(*SIZE))
        write_image(folder / "masks" / f"{number}.png", mask)
        label = MaskFile(folder / "masks" / f"{number}.png")
        photos.append(LabelledPhoto(f"north/{number}.png", folder / f"{number}.png", label, "validation"))
    return LabelledSet("walls", tuple(photos))


@pytest.mark.parametrize("tool", TOOLS)
def test_masks_come_back_exactly(tool, tmp_path):
    write, read = TOOLS[tool]
    write(labelled(tmp_path / "in"), tmp_path / "out")
    back = read(tmp_path / "out")
    assert [photo.name for photo in back.photos] == [f"north/{number}.png" for number in range(len(MASKS))]
    for photo, (name, mask) in zip(back.photos, MASKS.items()):
        np.testing.assert_array_equal(photo.label.mask(SIZE), mask, err_msg=name)
        assert photo.image.read_bytes() == (tmp_path / "in" / f"{photo.image.stem}.png").read_bytes()
    assert all(finding.level == "note" for finding in back.findings)


@pytest.mark.parametrize("tool", ["labelme", "cvat"])
def test_simpler_outlines_have_fewer_points_and_stay_close(tool, tmp_path):
    write, read = TOOLS[tool]
    disc = np.hypot(*(np.mgrid[: SIZE[0], : SIZE[1]] - 60)) < 40
    options = WriteOptions(category="fissure", simplify_px=1.0)
    write(labelled(tmp_path / "in", {"disc": disc}), tmp_path / "out", options)
    (photo,) = read(tmp_path / "out").photos
    (shape,) = photo.label.label.shapes
    assert shape.label == "fissure"
    assert len(shape.points) < 40  # the exact outline has 80 steps and more
    far = np.hypot(*(np.mgrid[: SIZE[0], : SIZE[1]] - 60))
    assert (photo.label.mask(SIZE) == disc)[(far < 38) | (far > 42)].all()


@pytest.mark.parametrize("tool", TOOLS)
def test_a_photo_that_nobody_has_labelled_gets_no_label(tool, tmp_path):
    write, read = TOOLS[tool]
    given = labelled(tmp_path / "in")
    photo = LabelledPhoto("new.png", tmp_path / "in" / "0.png", Unlabelled())
    write(LabelledSet("walls", (*given.photos, photo)), tmp_path / "out")
    assert len(list((tmp_path / "out").rglob("new.png"))) == 1
    assert "new.png" not in [each.name for each in read(tmp_path / "out").photos]


@pytest.mark.parametrize("tool", TOOLS)
def test_a_turned_photo_goes_out_upright_with_its_mask(tool, tmp_path):
    write, read = TOOLS[tool]
    (tmp_path / "a.jpg").write_bytes(jpeg(drawn_photo(*SIZE), exif=exif_bytes(6)))
    mask = np.eye(160, 120, dtype=bool)
    write_image(tmp_path / "mask.png", mask)
    photo = LabelledPhoto("a.jpg", tmp_path / "a.jpg", Upright(MaskFile(tmp_path / "mask.png")))
    write(LabelledSet("walls", (photo,)), tmp_path / "out")
    (back,) = read(tmp_path / "out").photos
    assert back.image.name == "a.png"
    np.testing.assert_array_equal(back.label.mask((160, 120)), mask)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_target_in_use_is_refused(tool, tmp_path):
    save(tmp_path / "out" / "mine.png", drawn_photo(*SIZE))
    with pytest.raises(OutputError, match="is not empty"):
        TOOLS[tool][0](labelled(tmp_path / "in"), tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.png"]


@pytest.mark.parametrize("tool", TOOLS)
def test_without_photos_only_labels_are_written(tool, tmp_path):
    TOOLS[tool][0](labelled(tmp_path / "in"), tmp_path / "out", WriteOptions(with_photos=False))
    kinds = {path.suffix for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert kinds == {{"labelme": ".json", "cvat": ".xml", "masks": ".png"}[tool]}
    assert not (tmp_path / "out" / "images").exists()


def test_a_labelme_file_has_all_that_the_program_expects(tmp_path):
    write_labelme(labelled(tmp_path / "in"), tmp_path / "out")
    content = json.loads((tmp_path / "out" / "north" / "0.json").read_text("utf-8"))
    assert content.keys() >= {
        "version",
        "flags",
        "shapes",
        "imagePath",
        "imageData",
        "imageHeight",
        "imageWidth",
    }
    assert (content["imagePath"], content["imageHeight"], content["imageWidth"]) == ("0.png", *SIZE)
    for shape in content["shapes"]:
        assert shape.keys() >= {"label", "points", "group_id", "shape_type", "flags"}


def test_a_cvat_file_names_images_as_the_tool_does(tmp_path):
    write_cvat(labelled(tmp_path / "in"), tmp_path / "out", WriteOptions(category='crack "fine" <1 mm'))
    root = ElementTree.parse(tmp_path / "out" / "annotations.xml").getroot()
    assert root.findtext("version") == "1.1"
    assert root.findtext("meta/task/size") == str(len(labelled(tmp_path / "again").photos))
    assert root.findtext("meta/task/labels/label/name") == 'crack "fine" <1 mm'
    image = root.find("image")
    assert image.attrib == {
        "id": "0",
        "name": "north/0.png",
        "subset": "Validation",
        "width": "160",
        "height": "120",
    }
    for mask in image.findall("mask"):
        assert mask.get("label") == 'crack "fine" <1 mm'
        runs = [int(run) for run in mask.get("rle").split(",")]
        assert sum(runs) == int(mask.get("width")) * int(mask.get("height"))


@pytest.mark.parametrize("tool", TOOLS)
def test_a_photo_that_cannot_be_used_is_left_out_with_its_reason(tool, tmp_path):
    write, read = TOOLS[tool]
    given = labelled(tmp_path / "in", {name: MASKS[name] for name in ("specks", "everything")})
    (tmp_path / "in" / "0.png").write_bytes(b"no photo")
    seen = []
    (finding,) = write(given, tmp_path / "out", on_photo=lambda *counts: seen.append(counts))
    assert (finding.level, finding.where) == ("error", "north/0.png")
    assert seen == [(1, 2), (2, 2)]
    assert [photo.name for photo in read(tmp_path / "out").photos] == ["north/1.png"]
