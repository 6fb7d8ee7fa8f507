import json
from pathlib import Path

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from annotated import SIZE, SQUARE, annotation, coco, image, square_mask, write_coco_file, write_photo
from crackwise.data.categories import Categories
from crackwise.data.readers.coco import read_coco
from crackwise.data.readers.options import ReadOptions
from crackwise.errors import DataError

REAL = Path(__file__).parents[3] / "shared" / "data" / "formats" / "coco"
CIRCLE = [40.0, 30.0, 50.0, 30.0, 50.0, 38.0]


def read(tmp_path, content, **options):
    write_photo(tmp_path / "a.png")
    return read_coco(write_coco_file(tmp_path / "annotations.json", content), ReadOptions(**options))


def only_mask(labelled):
    [photo] = labelled.photos
    return photo.label.mask(SIZE)


def test_a_polygon_becomes_a_mask(tmp_path):
    labelled = read(tmp_path, coco())
    assert (only_mask(labelled) == square_mask()).all()
    assert labelled.findings == ()
    assert labelled.categories == (("crack", 1),)
    assert labelled.photos[0].image == tmp_path / "a.png"
    assert labelled.photos[0].label.size == SIZE


def test_the_rings_of_an_annotation_and_all_annotations_are_united(tmp_path):
    right = [40.0, 0.0, 44.0, 0.0, 44.0, 3.0, 40.0, 3.0]
    below = [0.0, 30.0, 2.0, 30.0, 2.0, 40.0, 0.0, 40.0]
    labelled = read(
        tmp_path,
        coco(annotations=[annotation(1, segmentation=(SQUARE, right)), annotation(2, segmentation=(below,))]),
    )
    expected = square_mask()
    expected[0:3, 40:44] = expected[30:40, 0:2] = True
    assert (only_mask(labelled) == expected).all()


def compressed(mask):
    encoded = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {"size": list(mask.shape), "counts": encoded["counts"].decode()}


def uncompressed(mask):
    pixels = mask.T.ravel()
    edges = np.flatnonzero(np.diff(pixels)) + 1
    counts = np.diff([0, *edges, pixels.size]).tolist()
    return {"size": list(mask.shape), "counts": [0, *counts] if pixels[0] else counts}


@pytest.mark.parametrize("encode", [compressed, uncompressed])
@pytest.mark.parametrize("crowd", [0, 1])
def test_runs_become_a_mask_whether_it_is_a_crowd_or_not(tmp_path, encode, crowd):
    mask = np.random.default_rng(4).random(SIZE) < 0.3
    labelled = read(tmp_path, coco(annotations=[annotation(segmentation=encode(mask), iscrowd=crowd)]))
    assert (only_mask(labelled) == mask).all()


def test_a_photo_without_annotations_shows_no_crack(tmp_path):
    write_photo(tmp_path / "b.png")
    labelled = read(tmp_path, coco(images=[image(), image(2, "b.png")]))
    assert [photo.name for photo in labelled.photos] == ["a.png", "b.png"]
    assert not labelled.photos[1].label.mask(SIZE).any()
    [finding] = labelled.findings
    assert (finding.level, str(finding)) == (
        "note",
        "annotations.json: 1 of 2 photos have no crack annotated: taken as photos without cracks",
    )


CATEGORIES = ((1, "Riss"), (2, "circle"), (3, "unused"))
TWO_KINDS = [annotation(1), annotation(2, category=2, segmentation=(CIRCLE,))]


def test_the_category_named_crack_is_taken_and_others_are_counted(tmp_path):
    labelled = read(tmp_path, coco(annotations=TWO_KINDS, categories=CATEGORIES))
    assert (only_mask(labelled) == square_mask()).all()
    assert labelled.categories == (("Riss", 1),)
    assert labelled.passed_over == (("circle", 1),)


def test_categories_are_chosen_by_name(tmp_path):
    labelled = read(
        tmp_path, coco(annotations=TWO_KINDS, categories=CATEGORIES), categories=Categories(("circle",))
    )
    assert labelled.categories == (("circle", 1),)
    assert only_mask(labelled)[31, 49]
    assert not (only_mask(labelled) & square_mask()).any()


def test_an_erasing_category_takes_away_what_lies_beneath(tmp_path):
    hole = [15.0, 8.0, 20.0, 8.0, 20.0, 12.0, 15.0, 12.0]
    entries = [annotation(1), annotation(2, category=2, segmentation=(hole,))]
    labelled = read(
        tmp_path, coco(annotations=entries, categories=CATEGORIES), categories=Categories(erasing=("circle",))
    )
    expected = square_mask()
    expected[8:12, 15:20] = False
    assert (only_mask(labelled) == expected).all()


@pytest.mark.parametrize(
    ("file_name", "place"),
    [
        ("a.png", "a.png"),
        ("a.png", "images/a.png"),
        ("walls/a.png", "walls/a.png"),
        ("walls/a.png", "images/walls/a.png"),
        ("walls\\a.png", "walls/a.png"),
        ("C:\\photos\\a.png", "a.png"),
        ("/home/me/photos/a.png", "images/a.png"),
        ("../photos/a.png", "a.png"),
        ("a.png", "train/a.png"),
        ("my%20wall.png", "my wall.png"),
        ("100%.png", "100%.png"),
        ("Wände/Riß 1.png", "Wände/Riß 1.png"),
    ],
)
def test_photos_are_found_by_the_names_that_tools_write(tmp_path, file_name, place):
    write_photo(tmp_path / place)
    file = write_coco_file(tmp_path / "annotations.json", coco(images=[image(name=file_name)]))
    [photo] = read_coco(file).photos
    assert photo.image == tmp_path / place


def test_a_photo_beside_the_file_comes_before_one_in_a_folder(tmp_path):
    for place in ("a.png", "images/a.png", "train/a.png"):
        write_photo(tmp_path / place)
    [photo] = read_coco(write_coco_file(tmp_path / "annotations.json")).photos
    assert photo.image == tmp_path / "a.png"


def test_of_two_entries_for_one_photo_the_one_that_is_named_like_it_stays(tmp_path):
    write_photo(tmp_path / "images" / "south" / "a.png")
    names = ("a.png", "north/a.png", "south/a.png")
    images = [image(number, name) for number, name in enumerate(names, start=1)]
    file = write_coco_file(tmp_path / "annotations.json", coco(images, [annotation(of=3)]))
    (tmp_path / "images" / "a.png").write_bytes((tmp_path / "images" / "south" / "a.png").read_bytes())
    labelled = read_coco(file)
    assert {photo.name: photo.image.parent.name for photo in labelled.photos} == {
        "a.png": "images",
        "south/a.png": "south",
    }
    [error] = [finding for finding in labelled.findings if finding.level == "error"]
    assert (error.kind, error.where) == ("shared photo", "north/a.png")


def test_photos_may_lie_elsewhere(tmp_path):
    write_photo(tmp_path / "photos" / "a.png")
    file = write_coco_file(tmp_path / "labels" / "annotations.json")
    [photo] = read_coco(file, ReadOptions(photos=tmp_path / "photos")).photos
    assert photo.image == tmp_path / "photos" / "a.png"


def test_a_roboflow_folder_keeps_its_split_and_its_originals(tmp_path):
    name = "07_jpg.rf.41b7f364ede29fe7df7f39e2199d5af5.png"
    for folder, file in (("train", name), ("valid", "b.png"), ("test", "c.png")):
        write_photo(tmp_path / folder / file)
        write_coco_file(tmp_path / folder / "_annotations.coco.json", coco(images=[image(name=file)]))
    labelled = read_coco(tmp_path)
    assert [(photo.name, photo.split, photo.group) for photo in labelled.photos] == [
        (name, "train", "07_jpg"),
        ("b.png", "validation", ""),
        ("c.png", "test", ""),
    ]
    assert labelled.name == tmp_path.name


def test_the_folders_of_coco_itself_are_read(tmp_path):
    for part in ("train2017", "val2017"):
        write_photo(tmp_path / part / "a.png")
        write_coco_file(tmp_path / "annotations" / f"instances_{part}.json")
        write_coco_file(tmp_path / "annotations" / f"captions_{part}.json", coco(annotations=[]))
    photos = read_coco(tmp_path).photos
    assert [(photo.name, photo.split) for photo in photos] == [
        ("train/a.png", "train"),
        ("validation/a.png", "validation"),
    ]
    assert [photo.image.parent.name for photo in photos] == ["train2017", "val2017"]


def test_other_json_in_the_folder_is_passed_over(tmp_path):
    write_photo(tmp_path / "a.png")
    write_coco_file(tmp_path / "annotations.json")
    (tmp_path / "package.json").write_text('{"name": "wall"}')
    assert len(read_coco(tmp_path).photos) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_with_a_byte_order_mark_are_read(tmp_path, encoding):
    write_photo(tmp_path / "Wände.png")
    file = tmp_path / "annotations.json"
    file.write_text(json.dumps(coco(images=[image(name="Wände.png")]), ensure_ascii=False), encoding=encoding)
    assert (only_mask(read_coco(file)) == square_mask()).all()


def test_polygons_that_reach_out_of_the_photo_are_clipped(tmp_path):
    wide = [50.0, 30.0, 90.0, 30.0, 90.0, 70.0, 50.0, 70.0]
    mask = only_mask(read(tmp_path, coco(annotations=[annotation(segmentation=(wide,))])))
    expected = np.zeros(SIZE, bool)
    expected[30:, 50:] = True
    assert (mask == expected).all()


def test_shapes_that_cover_nothing_are_dropped_with_a_note(tmp_path):
    outside = [70.0, 5.0, 80.0, 5.0, 80.0, 9.0]
    labelled = read(
        tmp_path, coco(annotations=[annotation(segmentation=(SQUARE, [1.0, 1.0, 9.0, 9.0], outside))])
    )
    assert (only_mask(labelled) == square_mask()).all()
    [finding] = labelled.findings
    assert finding.level == "note"
    assert finding.message.startswith("2 polygons cover nothing")


def test_a_size_that_the_file_does_not_state_is_left_open(tmp_path):
    entry = {"id": 1, "file_name": "a.png"}
    labelled = read(tmp_path, coco(images=[entry]))
    assert labelled.photos[0].label.size is None
    assert (only_mask(labelled) == square_mask()).all()


def test_faults_of_other_categories_do_no_harm(tmp_path):
    entries = [annotation(1), annotation(2, category=2, segmentation=None)]
    labelled = read(tmp_path, coco(annotations=entries, categories=CATEGORIES))
    assert (only_mask(labelled) == square_mask()).all()
    assert labelled.findings == ()


def test_a_fault_of_one_photo_leaves_the_others(tmp_path):
    write_photo(tmp_path / "b.png")
    entries = [annotation(1, of=1, segmentation=([1.0, 2.0, 3.0],)), annotation(2, of=2)]
    labelled = read(tmp_path, coco(images=[image(), image(2, "b.png")], annotations=entries))
    assert [photo.name for photo in labelled.photos] == ["b.png"]
    [finding] = labelled.findings
    assert str(finding) == (
        "a.png: annotation 1: has a polygon of 3 numbers; expected x and y of each point in turn"
    )


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    write_photo(tmp_path / "secret" / "a.png")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.png").symlink_to(tmp_path / "secret" / "a.png")
    with pytest.raises(DataError, match="none is there"):
        read_coco(write_coco_file(tmp_path / "set" / "annotations.json"))


@pytest.mark.skipif(not REAL.is_dir(), reason="needs ../shared/data beside the checkout")
def test_a_real_export_is_read():
    labelled = read_coco(REAL)
    assert len(labelled.photos) == 12
    assert sum(photo.label.mask(photo.label.size).any() for photo in labelled.photos) == 8
