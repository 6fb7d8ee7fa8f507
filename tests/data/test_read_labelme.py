"""LabelMe files as the program, its versions and other people's scripts write them."""

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crackwise.data.categories import Categories
from crackwise.data.readers.labelme import read_labelme
from crackwise.data.readers.options import ReadOptions
from crackwise.data.writers.canonical import write_canonical
from crackwise.errors import DataError
from photofiles import drawn_photo, exif_bytes, jpeg, save

SIZE = (20, 30)
REAL = Path(__file__).parents[3] / "shared" / "data" / "formats" / "labelme"


def shape(kind, points, label="crack", **more):
    return {"label": label, "points": points, "group_id": None, "shape_type": kind, "flags": {}, **more}


def written(folder, shapes, name="a", **changes):
    """Write a photo of 30×20 px and its file."""
    content = {
        "version": "5.5.0",
        "flags": {},
        "shapes": shapes,
        "imagePath": f"{name}.jpg",
        "imageData": None,
        "imageHeight": SIZE[0],
        "imageWidth": SIZE[1],
    }
    save(folder / f"{name}.jpg", drawn_photo(*SIZE))
    path = folder / f"{name}.json"
    path.write_text(json.dumps({**content, **changes}), encoding="utf-8")
    return path


def mask_of(path, options=None):
    read = read_labelme(path) if options is None else read_labelme(path, options)
    (photo,) = read.photos
    return photo.label.mask(SIZE)


def block(top, bottom, left, right):
    mask = np.zeros(SIZE, bool)
    mask[top:bottom, left:right] = True
    return mask


def png(mask):
    stream = io.BytesIO()
    Image.fromarray(mask).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


CORNERS = [[3, 2], [9, 2], [9, 7], [3, 7]]


@pytest.mark.parametrize(
    "drawn",
    [
        shape("polygon", CORNERS),
        {"label": "crack", "points": CORNERS},  # files before version 3 have no type
        shape("rectangle", [[3, 2], [9, 7]]),
        shape("rectangle", [[9, 7], [3, 2]]),
        shape("rectangle", CORNERS),
        shape("mask", [[3, 2], [8, 6]], mask=png(np.ones((5, 6), bool))),
    ],
)
def test_areas_of_every_type_cover_their_pixels(drawn, tmp_path):
    np.testing.assert_array_equal(mask_of(written(tmp_path, [drawn])), block(2, 7, 3, 9))


def test_a_circle_is_its_centre_and_a_point_on_its_edge(tmp_path):
    mask = mask_of(written(tmp_path, [shape("circle", [[15, 10], [15, 17]])]))
    rows, cols = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    distance = np.hypot(rows - 10, cols - 15)
    assert mask[distance < 6.8].all()
    assert not mask[distance > 7.2].any()


def test_a_mask_keeps_the_shape_inside_its_box(tmp_path):
    drawn = np.eye(4, 6, dtype=bool)
    mask = mask_of(written(tmp_path, [shape("mask", [[20.0, 10.0], [25.0, 13.0]], mask=png(drawn))]))
    expected = np.zeros(SIZE, bool)
    expected[10:14, 20:26] = drawn
    np.testing.assert_array_equal(mask, expected)


@pytest.mark.parametrize("kind", ["line", "linestrip"])
def test_lines_are_painted_as_wide_as_the_user_says(kind, tmp_path):
    path = written(tmp_path, [shape(kind, [[0, 10.5], [30, 10.5]])])
    assert mask_of(path, ReadOptions(line_width_px=3)).sum(axis=0).tolist() == [3] * 30
    assert mask_of(path, ReadOptions(line_width_px=5)).sum(axis=0).tolist() == [5] * 30


def test_later_shapes_overwrite_earlier_ones(tmp_path):
    hole = shape("rectangle", [[5, 3], [7, 5]], "hole")
    crack = shape("rectangle", [[3, 2], [9, 7]])
    options = ReadOptions(categories=Categories(erasing=("hole",)))
    expected = block(2, 7, 3, 9) & ~block(3, 5, 5, 7)
    np.testing.assert_array_equal(mask_of(written(tmp_path, [crack, hole]), options), expected)
    np.testing.assert_array_equal(mask_of(written(tmp_path, [hole, crack]), options), block(2, 7, 3, 9))


def test_other_categories_are_counted_and_passed_over(tmp_path):
    shapes = [shape("polygon", CORNERS), shape("polygon", CORNERS, "moss"), shape("polygon", CORNERS, "moss")]
    read = read_labelme(written(tmp_path, shapes))
    assert read.categories == (("crack", 1),)
    assert read.passed_over == (("moss", 2),)
    np.testing.assert_array_equal(read.photos[0].label.mask(SIZE), block(2, 7, 3, 9))


def test_what_covers_nothing_is_a_note_and_the_photo_is_kept(tmp_path):
    shapes = [
        shape("point", [[3, 3]]),
        shape("polygon", [[1, 1], [2, 2]]),
        shape("polygon", []),
        shape("polygon", [[40, 3], [50, 3], [50, 9]]),
    ]
    read = read_labelme(written(tmp_path, shapes))
    assert [finding.level for finding in read.findings] == ["note"] * 4
    assert "lies outside the photo" in read.findings[3].message
    assert not read.photos[0].label.mask(SIZE).any()


def test_a_file_without_shapes_says_that_there_is_no_crack(tmp_path):
    read = read_labelme(written(tmp_path, []))
    assert not read.photos[0].label.mask(SIZE).any()
    assert [str(finding) for finding in read.findings] == [
        "a.jpg: has no shapes: taken as a photo without cracks"
    ]


@pytest.mark.parametrize(
    "stated", ["..\\original\\a.jpg", "C:\\photos\\a.jpg", "/home/me/a.jpg", "../../../a.jpg"]
)
def test_a_path_of_another_machine_finds_the_photo_beside_the_file(stated, tmp_path):
    (photo,) = read_labelme(written(tmp_path, [shape("polygon", CORNERS)], imagePath=stated)).photos
    assert photo.image == tmp_path / "a.jpg"


def test_the_photo_in_the_file_is_used_where_none_lies_beside_it(tmp_path):
    data = jpeg(drawn_photo(*SIZE))
    path = written(tmp_path, [], imageData=base64.b64encode(data).decode())
    assert read_labelme(path).photos[0].image == tmp_path / "a.jpg"
    (tmp_path / "a.jpg").unlink()
    assert read_labelme(path).photos[0].image == data


def test_a_folder_is_read_with_its_sub_folders_and_photos_elsewhere(tmp_path):
    written(tmp_path / "set", [shape("polygon", CORNERS)], "a")
    written(tmp_path / "set" / "north", [], "a")
    (tmp_path / "photos" / "north").mkdir(parents=True)
    (tmp_path / "set" / "north" / "a.jpg").rename(tmp_path / "photos" / "north" / "a.jpg")
    save(tmp_path / "set" / "new.jpg", drawn_photo(*SIZE))
    read = read_labelme(tmp_path / "set", ReadOptions(photos=tmp_path / "photos"))
    assert {photo.name: photo.image for photo in read.photos} == {
        "a.jpg": tmp_path / "set" / "a.jpg",
        "north/a.jpg": tmp_path / "photos" / "north" / "a.jpg",
    }
    assert read.name == "set"
    assert "1 photos have no .json" in read.findings[-1].message


def test_folders_of_one_form_are_matched_before_equal_names(tmp_path):
    photos = tmp_path / "photos"
    for side in ("north", "south"):
        written(tmp_path / "set" / side, [], "1")
        (tmp_path / "set" / side / "1.jpg").unlink()
        save(photos / side / "1.jpg", drawn_photo(*SIZE))
    save(photos / "1.jpg", drawn_photo(*SIZE))
    read = read_labelme(tmp_path / "set", ReadOptions(photos=photos))
    assert [photo.image for photo in read.photos] == [photos / "north" / "1.jpg", photos / "south" / "1.jpg"]
    for side in ("north", "south"):
        (photos / side / "1.jpg").unlink()
    read = read_labelme(tmp_path / "set", ReadOptions(photos=photos))
    assert [photo.name for photo in read.photos] == ["north/1.jpg"]
    [error] = [finding for finding in read.findings if finding.level == "error"]
    assert (error.kind, error.where) == ("shared photo", "south/1.jpg")
    assert "which is taken as the photo of north/1.jpg" in error.message


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_says_the_encoding(encoding, tmp_path):
    path = written(tmp_path, [shape("polygon", CORNERS, "Riß")])
    path.write_bytes(path.read_text("utf-8").encode(encoding))
    assert read_labelme(path).categories == (("Riß", 1),)


def test_a_folder_without_files_of_the_program_is_refused(tmp_path):
    (tmp_path / "package.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match=r"holds no LabelMe file; the first of 1: .*has no list of shapes"):
        read_labelme(tmp_path)
    with pytest.raises(DataError, match="does not exist; check the path"):
        read_labelme(tmp_path / "none")


def test_shapes_belong_to_the_photo_as_the_program_shows_it(tmp_path):
    path = written(tmp_path, [shape("polygon", CORNERS)])
    (tmp_path / "a.jpg").write_bytes(jpeg(drawn_photo(*SIZE), exif=exif_bytes(3)))  # taken upside down
    assert write_canonical(read_labelme(path), tmp_path / "set") == ()
    shown = np.asarray(Image.open(tmp_path / "a.jpg")).astype(int)[::-1, ::-1]
    assert np.abs(np.asarray(Image.open(tmp_path / "set" / "images" / "a.png")) - shown).max() <= 3
    mask = np.asarray(Image.open(tmp_path / "set" / "masks" / "a.png")) > 0
    np.testing.assert_array_equal(mask, block(2, 7, 3, 9))


@pytest.mark.skipif(not REAL.is_dir(), reason="needs ../shared/data beside the checkout")
def test_real_files_with_windows_paths_find_their_photos():
    read = read_labelme(REAL)
    assert [photo.image.suffix for photo in read.photos] == [".jpg"] * 6
    assert read.categories == (("crack", 8),)
    assert all(0.02 < photo.label.mask((400, 400)).mean() < 0.4 for photo in read.photos)
    assert not read.findings
