"""CVAT for images 1.1, as its exporter writes it."""

import numpy as np
import pytest
from PIL import Image

from crackwise.data.categories import Categories
from crackwise.data.readers.cvat import read_cvat
from crackwise.data.readers.options import ReadOptions
from crackwise.data.writers.canonical import write_canonical
from crackwise.errors import DataError
from photofiles import drawn_photo, exif_bytes, jpeg, save

SIZE = (20, 30)


def written(folder, shapes, image='id="0" name="a.jpg" width="30" height="20"'):
    save(folder / "images" / "a.jpg", drawn_photo(*SIZE))
    path = folder / "annotations.xml"
    path.write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version><meta><task/></meta>'
        f"<image {image}>{shapes}</image></annotations>",
        encoding="utf-8",
    )
    return path


def mask_of(path):
    (photo,) = read_cvat(path).photos
    return photo.label.mask(SIZE)


def block(top, bottom, left, right):
    mask = np.zeros(SIZE, bool)
    mask[top:bottom, left:right] = True
    return mask


def polygon(label, order, points):
    attribute = '<attribute name="n">1</attribute>'
    return f'<polygon label="{label}" points="{points}" z_order="{order}">{attribute}</polygon>'


@pytest.mark.parametrize(
    "shape",
    [
        '<polygon label="crack" source="manual" occluded="1" points="3,2;9.0,2;9,7;3,7" z_order="0"/>',
        '<box label="crack" occluded="0" xtl="3" ytl="2" xbr="9" ybr="7" z_order="0"/>',
        # a quarter turn of 5×6 around (6, 4.5) is 6×5
        '<box label="crack" xtl="3.5" ytl="1.5" xbr="8.5" ybr="7.5" rotation="90.0"/>',
        '<mask label="crack" rle="0, 30" left="3" top="2" width="6" height="5" z_order="0"/>',
    ],
)
def test_areas_of_every_type_cover_their_pixels(shape, tmp_path):
    np.testing.assert_array_equal(mask_of(written(tmp_path, shape)), block(2, 7, 3, 9))


def test_runs_of_a_mask_go_row_by_row(tmp_path):
    shape = '<mask label="crack" rle="1, 3, 2, 1, 1" left="10" top="5" width="4" height="2"/>'
    expected = np.zeros(SIZE, bool)
    expected[5, 11:14] = True  # 0111
    expected[6, 12] = True  # 0010
    np.testing.assert_array_equal(mask_of(written(tmp_path, shape)), expected)


def test_an_ellipse_covers_its_area(tmp_path):
    mask = mask_of(written(tmp_path, '<ellipse label="crack" cx="15" cy="10" rx="8" ry="4"/>'))
    rows, cols = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    distance = np.hypot((rows - 10) / 4, (cols - 15) / 8)
    assert mask[distance < 0.95].all()
    assert not mask[distance > 1.05].any()


def test_a_turned_box_turns_clockwise(tmp_path):
    mask = mask_of(written(tmp_path, '<box label="crack" xtl="5" ytl="9" xbr="25" ybr="11" rotation="30"/>'))
    assert mask[14, 22]  # its right end goes down
    assert mask[5, 7]
    assert not mask[5, 22]


def test_a_polyline_is_painted_as_wide_as_the_user_says(tmp_path):
    path = written(tmp_path, '<polyline label="crack" points="0,10.5;30,10.5"/>')
    (photo,) = read_cvat(path, ReadOptions(line_width_px=5)).photos
    assert photo.label.mask(SIZE).sum(axis=0).tolist() == [5] * 30


def test_shapes_are_painted_in_their_z_order(tmp_path):
    hole = polygon("hole", 1, "5,3;7,3;7,5;5,5")
    crack = polygon("crack", 0, "3,2;9,2;9,7;3,7")
    options = ReadOptions(categories=Categories(erasing=("hole",)))
    (photo,) = read_cvat(written(tmp_path, hole + crack), options).photos
    np.testing.assert_array_equal(photo.label.mask(SIZE), block(2, 7, 3, 9) & ~block(3, 5, 5, 7))


def test_what_is_no_area_is_a_note_and_the_photo_is_kept(tmp_path):
    shapes = (
        '<points label="crack" points="1,1"/><polygon label="crack" points="1,1;2,2"/><tag label="crack"/>'
    )
    read = read_cvat(written(tmp_path, shapes))
    assert [finding.level for finding in read.findings] == ["note"] * 4
    assert not read.photos[0].label.mask(SIZE).any()


def test_an_image_without_shapes_says_that_there_is_no_crack(tmp_path):
    path = written(tmp_path, "")
    assert not mask_of(path).any()
    [note] = read_cvat(path).findings
    assert (note.kind, note.level, note.where) == ("no annotations", "note", "annotations.xml")
    assert note.message == "1 of 1 photos have no shape: taken as photos without cracks"


def with_subsets(folder, *pairs):
    """Write an image of each (subset, name), with a square that begins at another column in each."""
    images = "".join(
        f'<image name="{name}" subset="{subset}" width="30" height="20">'
        f"{polygon('crack', 0, f'{number},2;{number + 5},2;{number + 5},7;{number},7')}</image>"
        for number, (subset, name) in enumerate(pairs)
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "annotations.xml").write_text(f"<annotations>{images}</annotations>", encoding="utf-8")
    return folder


@pytest.mark.parametrize("subsets", [("Train", "Validation"), ("north", "south"), ("Train", "training")])
def test_a_name_in_several_subsets_keeps_each_of_its_photos(subsets, tmp_path):
    pairs = [(subset, "1.jpg") for subset in subsets] + [(subsets[0], "2.jpg")]
    with_subsets(tmp_path / "set", *pairs)
    for place in (tmp_path / "set" / "images", tmp_path / "photos"):
        for subset, name in pairs:
            save(place / subset / name, drawn_photo(*SIZE))
    for options in (ReadOptions(), ReadOptions(photos=tmp_path / "photos")):
        read = read_cvat(tmp_path / "set", options)
        assert read.findings == ()
        found = {photo.name: photo for photo in read.photos}
        assert found.keys() == {f"{subsets[0]}/1.jpg", f"{subsets[1]}/1.jpg", "2.jpg"}
        for number, subset in enumerate(subsets):
            photo = found[f"{subset}/1.jpg"]
            assert photo.image.parent.name == subset
            assert np.array_equal(photo.label.mask(SIZE), block(2, 7, number, number + 5))


def test_two_images_for_one_photo_are_told(tmp_path):
    with_subsets(tmp_path, ("", "north/1.jpg"), ("", "south/1.jpg"))
    save(tmp_path / "images" / "1.jpg", drawn_photo(*SIZE))
    read = read_cvat(tmp_path)
    assert [photo.name for photo in read.photos] == ["north/1.jpg"]
    [error] = read.findings
    assert (error.kind, error.level, error.where) == ("shared photo", "error", "south/1.jpg")


@pytest.mark.parametrize("place", ["images/sub/b.jpg", "images/Train/sub/b.jpg", "sub/b.jpg", "images/b.jpg"])
def test_photos_are_found_where_the_tool_puts_them(place, tmp_path):
    path = written(tmp_path, "", 'name="sub/b.jpg" subset="Train" width="30" height="20"')
    save(tmp_path / place, drawn_photo(*SIZE))
    (photo,) = read_cvat(tmp_path).photos
    assert (photo.name, photo.image, photo.split) == ("sub/b.jpg", tmp_path / place, "train")
    assert read_cvat(path).photos == (photo,)


def test_a_packed_export_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(DataError, match=r"is packed; unpack it"):
        read_cvat(tmp_path / "job.zip")


def test_shapes_belong_to_the_photo_as_the_tool_shows_it(tmp_path):
    path = written(tmp_path, polygon("crack", 0, "3,2;9,2;9,7;3,7"))
    data = jpeg(drawn_photo(*SIZE), exif=exif_bytes(3))  # taken upside down
    (tmp_path / "images" / "a.jpg").write_bytes(data)
    assert write_canonical(read_cvat(path), tmp_path / "set") == ()
    assert [file.name for file in (tmp_path / "set" / "images").iterdir()] == ["a.png"]
    mask = np.asarray(Image.open(tmp_path / "set" / "masks" / "a.png")) > 0
    np.testing.assert_array_equal(mask, block(2, 7, 3, 9))
