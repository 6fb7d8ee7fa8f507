"""What arrives broken: one clear sentence for each kind of damage, and never a traceback."""

import json
import math
import re

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from annotated import SIZE, SQUARE, annotation, coco, image, square_mask, write_photo, write_yolo_set
from crackwise.data.readers.coco import read_coco
from crackwise.data.readers.yolo import read_yolo
from crackwise.errors import DataError

TEXT = json.dumps(coco())
RUNS = coco_mask.encode(np.asfortranarray(square_mask().astype(np.uint8)))["counts"].decode()
H, W = SIZE
LINE = "0 0.1 0.1 0.5 0.1 0.5 0.5\n"


def outlined(segmentation, **entries):
    return coco(annotations=[annotation(segmentation=segmentation, **entries)])


def listed(**entries):
    return coco(images=[image(**entries)])


def runs(counts, size=(H, W)):
    return outlined({"size": list(size), "counts": counts})


COCO_FILES = {
    "nothing in it": ("", "is empty"),
    "cut off": (TEXT[: len(TEXT) // 2], "no JSON, or cut off"),
    "no JSON": ("file,label\na.png,crack\n", "no JSON, or cut off"),
    "binary": (bytes(range(256)), "is not UTF-8 text"),
    "latin-1": (
        json.dumps(listed(name="Wände.png"), ensure_ascii=False).encode("latin-1"),
        "is not UTF-8 text",
    ),
    "UTF-16 without a mark": (TEXT.encode("utf-16-le"), "no JSON, or cut off"),
    "nested a million deep": ("[" * 1_000_000, "no annotation tool writes"),
    "a number of ten thousand digits": ('{"images": [' + "9" * 10_000 + "]}", "no annotation tool writes"),
    "a list": ([coco()], "is no COCO file"),
    "another object": ({"version": "5.5.0", "shapes": []}, "is no COCO file"),
    "no annotations": ({"images": [image()], "categories": []}, "is no COCO file"),
    "images that are no list": (coco() | {"images": {"1": image()}}, "has images that are no list"),
    "an image that is no object": (coco(images=["a.png"]), "images of which number 1 is no object"),
    "an annotation that is no object": (
        coco(annotations=[[1, 2]]),
        "annotations of which number 1 is no object",
    ),
    "categories of one id": (coco(categories=((1, "crack"), (1, "spall"))), "two categories of id 1"),
    "a category without a name": (coco() | {"categories": [{"id": 1}]}, "a category without id or name"),
    "no category is a crack": (
        coco(annotations=[annotation(), annotation(category=2)], categories=((1, "dog"), (2, "cat"))),
        "several categories and none is named crack",
    ),
    "no photo there": (listed(name="elsewhere.png"), "lists 1 photos and none is there"),
}

COCO_PHOTOS = {
    "images of one id": (
        coco(images=[image(1), image(1, "b.png"), image(2, "c.png")], annotations=[annotation(of=2)]),
        "shares its id 1 with 1 other photos",
    ),
    "an image without id": (coco(images=[image(2, "b.png"), image(None)], annotations=[]), "no usable id"),
    "a list as id": (coco(images=[image(2, "b.png"), image([1])], annotations=[]), "no usable id"),
    "an empty file name": (listed(name=""), "has no file_name"),
    "a file name of a number": (listed(name=7), "has no file_name"),
    "a file name that is a folder": (listed(name="photos/.."), "is not beside the annotations"),
    "a NUL in the file name": (listed(name="a\0.png"), "is no file name"),
    "a file name of 100,000 letters": (listed(name="a" * 100_000), "is no file name"),
    "a width as text": (listed(width="60"), "expected width and height as whole numbers"),
    "a height below zero": (listed(height=-40), "expected width and height as whole numbers"),
    "a width beyond all sense": (listed(width=10**12), "expected width and height as whole numbers"),
    "an annotation of an unknown photo": (
        coco(annotations=[annotation(), annotation(2, of=7)]),
        "1 annotations belong to photos that are not listed, first annotation 2",
    ),
    "an unknown category": (
        coco(annotations=[annotation(), annotation(2, category=9)]),
        "category 9, which is not",
    ),
    "no category": (
        coco(annotations=[annotation(), annotation(2, category=None)]),
        "category None, which is not",
    ),
    "one photo missing": (coco(images=[image(), image(2, "b.png")]), "is not beside the annotations"),
    "a photo listed twice": (
        coco(images=[image(1), image(2)], annotations=[annotation(of=1), annotation(2, of=2)]),
        "is labelled twice",
    ),
    "no segmentation": (outlined(None, bbox=[1, 2, 3, 4]), "has no outline, at most a box"),
    "an empty segmentation": (outlined([]), "has no outline, at most a box"),
    "a segmentation of text": (outlined("polygon"), "has a segmentation that is a str"),
    "points that are NaN": (outlined(([math.nan, *SQUARE[1:]],)), r"a point is \(nan, 5\), not a number"),
    "points that are infinite": (
        outlined(([*SQUARE[:-1], math.inf],)),
        r"a point is \(10, inf\), not a number",
    ),
    "an odd number of coordinates": (outlined((SQUARE[:-1],)), "a polygon of 7 numbers"),
    "numbers as text": (outlined(([str(number) for number in SQUARE],)), "no list of numbers"),
    "points as pairs": (outlined(([[1, 2], [3, 4], [5, 6]],)), "no list of numbers"),
    "points as objects": (outlined(({"x": 1, "y": 2},)), "no list of numbers|no outline|segmentation"),
    "no point": (outlined(([None] * 6,)), "no list of numbers"),
    "points far outside": (outlined(([1e6, 1e6, 2e6, 1e6, 2e6, 2e6],)), "far outside the photo of 60×40 px"),
    "a coordinate of 400 digits": (outlined(([10**400, *SQUARE[1:]],)), "not a number"),
    "runs below zero": (runs([10, -5, H * W - 5]), "run lengths add up to"),
    "runs that are too few": (runs([10, 5]), "add up to 15 px but the mask has 2400"),
    "runs as text of numbers": (runs(["10", "5"]), "no whole numbers"),
    "runs of another size": (runs([100], (10, 10)), "a mask of 10×10 px but its photo is said to be 60×40"),
    "runs without a size": (runs([H * W], ()), "without a sensible size"),
    "runs of a size beyond all sense": (runs([1], (10**9, 10**9)), "without a sensible size"),
    "no runs": (runs(None), "without run lengths"),
    "compressed runs with foreign letters": (runs(RUNS + "ä "), "damaged"),
    "compressed runs cut off": (runs(RUNS[:-2]), "damaged|add up to"),
    "compressed runs that never end": (runs("o" * 10_000), "damaged"),
}


def write(path, content):
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def assert_clear(message, expected):
    assert re.search(expected, message), message
    assert "\n" not in message
    assert len(message) < 400
    assert "Traceback" not in message
    assert "Error" not in message


@pytest.mark.parametrize("kind", COCO_FILES)
@pytest.mark.parametrize("is_folder", [True, False])
def test_a_broken_coco_file_is_refused_in_one_sentence(tmp_path, kind, is_folder):
    content, expected = COCO_FILES[kind]
    write_photo(tmp_path / "a.png")
    file = write(tmp_path / "annotations.json", content)
    with pytest.raises(DataError) as caught:
        read_coco(tmp_path if is_folder else file)
    refused = str(caught.value)
    assert_clear(refused, f"{expected}|holds no COCO file" if is_folder else expected)
    assert str(tmp_path) in refused


@pytest.mark.parametrize("kind", COCO_PHOTOS)
def test_a_broken_entry_of_a_coco_file_is_told_in_one_sentence(tmp_path, kind):
    content, expected = COCO_PHOTOS[kind]
    write_photo(tmp_path / "set" / "a.png")
    write_photo(tmp_path / "set" / "c.png")
    if kind != "one photo missing":
        write_photo(tmp_path / "set" / "b.png")
    before = sorted(tmp_path.rglob("*"))
    content = json.loads(json.dumps(content))
    content["images"].append(image(99, "c.png")) if kind != "images of one id" else None
    labelled = read_coco(write(tmp_path / "set" / "annotations.json", content))
    [finding] = [finding for finding in labelled.findings if finding.level != "note"]
    assert_clear(str(finding), expected)
    for photo in labelled.photos:
        photo.label.mask(SIZE)
    assert "c.png" in {photo.name for photo in labelled.photos}
    assert sorted(tmp_path.rglob("*")) == sorted([*before, tmp_path / "set" / "annotations.json"])


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd",
        "/etc/passwd",
        "C:\\Windows\\win.ini",
        "..\\..\\a.txt",
        "//host/share/a.png",
        "%2e%2e%2fb.png",
    ],
)
def test_no_file_name_leads_out_of_the_folder(tmp_path, name):
    write_photo(tmp_path / "b.png")
    write_photo(tmp_path / "set" / "c.png")
    content = coco(images=[image(1, name), image(2, "c.png")])
    labelled = read_coco(write(tmp_path / "set" / "annotations.json", content))
    assert [photo.name for photo in labelled.photos] == ["c.png"]
    [finding] = [finding for finding in labelled.findings if finding.level != "note"]
    assert_clear(str(finding), "is not beside the annotations")


YOLO_LABELS = {
    "garbage": (bytes(range(128, 256)), "is not UTF-8 text"),
    "UTF-16 without a mark": (LINE.encode("utf-16-le"), "no row of numbers"),
    "a photo in place of text": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is not UTF-8 text"),
    "words": ("crack at the left\n", "is 'crack at the left', no row of numbers"),
    "decimal commas": ("0 0,1 0,1 0,5 0,1 0,5 0,5\n", "no row of numbers"),
    "JSON": ('{"shapes": []}', "no row of numbers"),
    "a box": ("0 0.5 0.5 0.2 0.2\n", "is a box"),
    "an odd number of coordinates": (LINE.strip() + " 0.3\n", "has 7 coordinates"),
    "a point that is NaN": ("0 nan 0.1 0.5 0.1 0.5 0.5\n", "not a number"),
    "an infinite point": ("0 0.1 0.1 0.5 inf 0.5 0.5\n", "not a number"),
    "a coordinate of 400 digits": (f"0 {'9' * 400} 0.1 0.5 0.1 0.5 0.5\n", "not a number"),
    "pixels": ("0 10 5 30 5 30 20\n", r"has the point \(10, 5\); expected shares of the photo"),
    "an unknown class": ("3" + LINE[1:], r"is of class 3, which data.yaml does not name; it has 0 \(crack\)"),
    "a class below zero": ("-1" + LINE[1:], "is of class -1"),
    "half a class": ("0.5" + LINE[1:], "is of class 0.5"),
    "a class of 400 digits": ("9" * 400 + LINE[1:], "not a number"),
}


@pytest.mark.parametrize("kind", YOLO_LABELS)
def test_a_broken_label_file_is_told_in_one_sentence(tmp_path, kind):
    text, expected = YOLO_LABELS[kind]
    labelled = read_yolo(write_yolo_set(tmp_path, {"a.png": text, "b.png": LINE}))
    assert [photo.name for photo in labelled.photos] == ["b.png"]
    [finding] = labelled.findings
    assert finding.level == "error"
    assert_clear(str(finding), f"^a.png: .*({expected})")


def test_a_label_file_without_its_photo_is_told(tmp_path):
    write_yolo_set(tmp_path, {"a.png": LINE, "b.png": LINE})
    (tmp_path / "images" / "a.png").unlink()
    [finding] = read_yolo(tmp_path).findings
    assert finding.level == "error"
    assert_clear(str(finding), "^a.txt: has no photo in .*images")


def test_too_few_points_are_dropped_with_a_note(tmp_path):
    labelled = read_yolo(write_yolo_set(tmp_path, {"a.png": LINE + "0 0.5 0.5\n0\n"}))
    [finding] = labelled.findings
    assert (finding.level, finding.message) == ("note", "2 outlines have less than 3 points and are dropped")
    assert len(labelled.photos[0].label.shapes) == 1


YAML_FILES = {
    "no names": ("nc: 1\ntrain: images\n", "has no names"),
    "empty names": ("names:\n", "names that are not understood"),
    "empty": ("", "has no names"),
    "names cut off": ("names: [", "names that are not understood"),
    "names of deeper tables": ("names:\n  0: crack\n  more:\n    - a\n", "names that are not understood"),
    "a class number of 10,000 digits": (
        f"names:\n  {'9' * 10_000}: crack\n",
        "names that are not understood",
    ),
    "binary": (b"\x00\xff\xfe\x80", "is not UTF-8 text"),
}


@pytest.mark.parametrize("kind", YAML_FILES)
def test_a_broken_yaml_is_refused_in_one_sentence(tmp_path, kind):
    text, expected = YAML_FILES[kind]
    write_yolo_set(tmp_path, {"a.png": LINE}, yaml=None)
    write(tmp_path / "data.yaml", text)
    with pytest.raises(DataError) as caught:
        read_yolo(tmp_path)
    assert_clear(str(caught.value), expected)
    assert "data.yaml" in str(caught.value)


def test_a_yaml_that_names_what_is_not_there_falls_back_to_the_folders(tmp_path):
    yaml = "train: ../../../etc\nval: C:\\x\ntest: a\0b\nnames: [crack]\n"
    assert len(read_yolo(write_yolo_set(tmp_path, {"a.png": LINE}, yaml=yaml)).photos) == 1


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({}, "holds no YOLO set"),
        ({"a.png": None}, "none of the 1 photos in .* has a label file"),
        (
            {"a.png": "0 0.5 0.5 0.2 0.2\n"},
            "holds no label that can be used, first a.png: line 1 of a.txt is a box",
        ),
    ],
)
def test_a_folder_without_outlines_is_refused_in_one_sentence(tmp_path, labels, expected):
    with pytest.raises(DataError) as caught:
        read_yolo(write_yolo_set(tmp_path, labels))
    assert_clear(str(caught.value), expected)
