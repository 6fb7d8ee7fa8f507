import json

import numpy as np
import pytest
from pycocotools.coco import COCO

from crackwise.errors import OutputError
from crackwise.files import write_image
from crackwise.report.settings import ReportSettings
from crackwise.report.writers.coco import write_coco


def _content(folder, records):
    write_coco(records, folder, ReportSettings(title="Pier", created="2024-05-21"))
    return json.loads((folder / "coco.json").read_text(encoding="utf-8"))


def test_each_photo_and_each_crack_has_an_entry(tmp_path, records):
    content = _content(tmp_path, records)
    assert [image["file_name"] for image in content["images"]] == [
        "pier/west.jpg",
        "pier/east.jpg",
        "sound.jpg",
    ]
    assert [(entry["image_id"], entry["attributes"]["crack"]) for entry in content["annotations"]] == [
        (1, 1), (1, 2), (2, 1),
    ]  # fmt: skip
    assert [entry["id"] for entry in content["annotations"]] == [1, 2, 3]
    assert content["categories"][0]["name"] == "crack"


def test_boxes_and_areas_are_those_of_the_records(tmp_path, records):
    for entry in _content(tmp_path, records)["annotations"]:
        crack = records[entry["image_id"] - 1].cracks[entry["attributes"]["crack"] - 1]
        assert entry["area"] == crack.area_px
        assert entry["bbox"] == [crack.left, crack.top, crack.right - crack.left, crack.bottom - crack.top]


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # inside pycocotools
def test_pycocotools_decodes_the_masks(tmp_path, drawings, records):
    _content(tmp_path, records)
    coco = COCO(str(tmp_path / "coco.json"))
    for image, drawn in enumerate(drawings, start=1):
        decoded = np.zeros(drawn.mask.shape, bool)
        for annotation in coco.loadAnns(coco.getAnnIds(imgIds=image)):
            part = coco.annToMask(annotation).astype(bool)
            assert not (decoded & part).any()
            decoded |= part
        assert (decoded == drawn.mask).all()


def test_a_crack_around_an_island_keeps_its_hole(tmp_path, make_photo, make_line):
    drawn = make_photo("a.jpg", [make_line((10, 10), (10, 60), 1)])
    ring = drawn.mask.copy()
    ring[10:40, [10, 60]] = ring[40, 10:61] = True
    write_image(tmp_path / "masks" / "a.png", ring)
    [entry] = _content(tmp_path, [drawn.record])["annotations"]
    assert entry["area"] == ring.sum() == 2 * 51 + 2 * 29


def test_a_mark_that_is_no_crack_of_the_record_is_left_out(tmp_path, make_photo, make_line):
    drawn = make_photo("a.jpg", [make_line((10, 10), (10, 60), 1)])
    mask = drawn.mask.copy()
    mask[200:203, 200:203] = True
    write_image(tmp_path / "masks" / "a.png", mask)
    assert [entry["area"] for entry in _content(tmp_path, [drawn.record])["annotations"]] == [51]


def test_a_missing_mask_is_named(tmp_path, make_photo):
    with pytest.raises(
        OutputError, match=r"a\.png is missing or not a picture; expected a mask of 400×300; inspect or"
    ):
        _content(tmp_path, [make_photo("a.jpg", []).record])


def test_a_mask_of_another_size_is_refused(tmp_path, make_photo):
    write_image(tmp_path / "masks" / "a.png", np.zeros((30, 40), bool))
    with pytest.raises(OutputError, match=r"a\.png is 40×30; expected a mask of 400×300; inspect or"):
        _content(tmp_path, [make_photo("a.jpg", []).record])


def test_a_centreline_that_strays_into_a_neighbour_does_not_take_it_over(tmp_path, make_photo, make_line):
    drawn = make_photo("a.jpg", [make_line((10, 10), (10, 60), 1), make_line((13, 10), (13, 50), 1)])
    write_image(tmp_path / "masks" / "a.png", drawn.mask)
    first, second = drawn.record.network.branches
    strayed = second.model_copy(
        update={"path": np.vstack([second.path, (10, 51)]), "width_px": np.append(second.width_px, 1)}
    )
    network = drawn.record.network.model_copy(update={"branches": [first, strayed]})
    annotations = _content(tmp_path, [drawn.record.model_copy(update={"network": network})])["annotations"]
    assert [(entry["attributes"]["crack"], entry["area"]) for entry in annotations] == [(1, 51), (2, 41)]
