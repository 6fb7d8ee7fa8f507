from pathlib import Path

import numpy as np
import pytest

from annotated import SIZE, square_mask, write_photo, write_yolo_set
from crackwise.data.categories import Categories
from crackwise.data.readers.options import ReadOptions
from crackwise.data.readers.yolo import read_yolo
from crackwise.data.readers.yoloyaml import read_yolo_yaml

REAL = Path(__file__).parents[3] / "shared" / "data" / "formats" / "yolo_roboflow"
LINE = f"0 {10 / 60} {5 / 40} {30 / 60} {5 / 40} {30 / 60} {20 / 40} {10 / 60} {20 / 40}\n"


def test_outlines_in_shares_become_a_mask_of_any_size(tmp_path):
    [photo] = read_yolo(write_yolo_set(tmp_path, {"a.png": LINE})).photos
    assert (photo.label.mask(SIZE) == square_mask()).all()
    assert (photo.label.mask((80, 120)) == np.kron(square_mask(), np.ones((2, 2), bool))).all()


def test_all_lines_are_united(tmp_path):
    other = "0 0 0 0.05 0 0.05 0.05 0 0.05\n"
    [photo] = read_yolo(write_yolo_set(tmp_path, {"a.png": LINE + "\n" + other})).photos
    expected = square_mask()
    expected[:2, :3] = True
    assert (photo.label.mask(SIZE) == expected).all()


def test_photos_without_outlines_show_no_crack(tmp_path):
    labelled = read_yolo(write_yolo_set(tmp_path, {"a.png": LINE, "b.png": "", "c.png": None}))
    assert [bool(photo.label.mask(SIZE).any()) for photo in labelled.photos] == [True, False, False]
    [finding] = labelled.findings
    assert finding.level == "note"
    assert finding.message == (
        "2 of 3 photos have no outline: taken as photos without cracks; 1 of them have no label file at all"
    )


def _photo_and_label(root, photo, label):
    write_photo(root / photo)
    (root / label).parent.mkdir(parents=True, exist_ok=True)
    (root / label).write_text(LINE)


@pytest.mark.parametrize("pattern", ["{part}/images", "images/{part}"])
def test_the_split_is_kept(tmp_path, pattern):
    for part, name in (("train", "walls/a"), ("val", "b"), ("test", "c")):
        photos = pattern.format(part=part)
        _photo_and_label(tmp_path, f"{photos}/{name}.png", f"{photos.replace('images', 'labels')}/{name}.txt")
    labelled = read_yolo(tmp_path)
    assert [(photo.name, photo.split) for photo in labelled.photos] == [
        ("b.png", "validation"),
        ("c.png", "test"),
        ("walls/a.png", "train"),
    ]


def test_a_roboflow_name_says_its_original(tmp_path):
    name = "07_jpg.rf.41b7f364ede29fe7df7f39e2199d5af5"
    _photo_and_label(tmp_path, f"valid/images/{name}.png", f"valid/labels/{name}.txt")
    [photo] = read_yolo(tmp_path).photos
    assert (photo.split, photo.group) == ("validation", "07_jpg")


def test_one_name_in_two_parts_stays_apart(tmp_path):
    for part in ("train", "valid"):
        _photo_and_label(tmp_path, f"{part}/images/a.png", f"{part}/labels/a.txt")
    assert [photo.name for photo in read_yolo(tmp_path).photos] == ["train/a.png", "validation/a.png"]


@pytest.mark.parametrize(
    "stated", ["photos/images", "/home/me/set/photos/images", "../photos/images", "D:\\set\\photos\\images"]
)
def test_folders_that_the_yaml_states_are_looked_for_inside_the_set_only(tmp_path, stated):
    _photo_and_label(tmp_path / "set", "photos/images/a.png", "photos/labels/a.txt")
    write_photo(tmp_path / "photos" / "images" / "outside.png")
    (tmp_path / "set" / "walls.yaml").write_text(f"train: {stated}\nnames: [crack]\n")
    [photo] = read_yolo(tmp_path / "set").photos
    assert photo.image == tmp_path / "set" / "photos" / "images" / "a.png"
    assert photo.split == "train"


def test_a_folder_that_the_yaml_states_is_not_followed_out_of_the_set(tmp_path):
    write_photo(tmp_path / "private" / "secret.png")
    write_yolo_set(tmp_path / "set", {"a.png": LINE}, yaml="train: linked\nnames: [crack]\n")
    (tmp_path / "set" / "linked").symlink_to(tmp_path / "private")
    assert [photo.name for photo in read_yolo(tmp_path / "set").photos] == ["a.png"]


def test_a_set_that_trains_and_validates_on_the_same_photos_has_no_split(tmp_path):
    write_yolo_set(tmp_path, {"a.png": LINE}, yaml="train: images\nval: images\nnames: [crack]\n")
    assert [photo.split for photo in read_yolo(tmp_path / "data.yaml").photos] == [""]


def test_photos_and_labels_may_lie_side_by_side(tmp_path):
    _photo_and_label(tmp_path, "a.png", "a.txt")
    (tmp_path / "classes.txt").write_text("crack\n")
    [photo] = read_yolo(tmp_path).photos
    assert (photo.label.mask(SIZE) == square_mask()).all()


@pytest.mark.parametrize("labels", ["labels", "labels/train", "train/labels"])
def test_photos_may_lie_elsewhere(tmp_path, labels):
    write_photo(tmp_path / "photos" / "a.png")
    write_photo(tmp_path / "photos" / "of_another_set.png")
    (tmp_path / "set" / labels).mkdir(parents=True)
    (tmp_path / "set" / labels / "a.txt").write_text(LINE)
    labelled = read_yolo(tmp_path / "set", ReadOptions(photos=tmp_path / "photos"))
    assert [photo.image for photo in labelled.photos] == [tmp_path / "photos" / "a.png"]
    assert (labelled.photos[0].label.mask(SIZE) == square_mask()).all()


def test_one_folder_of_photos_may_serve_several_parts(tmp_path):
    for part, name in (("train", "a"), ("val", "b")):
        write_photo(tmp_path / "photos" / f"{name}.png")
        label = tmp_path / "set" / "labels" / part / f"{name}.txt"
        label.parent.mkdir(parents=True)
        label.write_text(LINE)
    labelled = read_yolo(tmp_path / "set", ReadOptions(photos=tmp_path / "photos"))
    assert [(photo.name, photo.split) for photo in labelled.photos] == [
        ("a.png", "train"),
        ("b.png", "validation"),
    ]
    assert labelled.findings == ()


def test_photos_with_labels_beside_the_split_are_in_no_part(tmp_path):
    for place in ("train/a", "b"):
        _photo_and_label(tmp_path, f"images/{place}.png", f"labels/{place}.txt")
    write_photo(tmp_path / "images" / "not_labelled.png")
    labelled = read_yolo(tmp_path)
    assert [(photo.name, photo.split) for photo in labelled.photos] == [("a.png", "train"), ("b.png", "")]
    [finding] = labelled.findings
    assert finding.message == "1 photos have no label file and are left out, first not_labelled.png"


def test_classes_are_chosen_by_their_names(tmp_path):
    both = LINE + "1 0 0 0.05 0 0.05 0.05 0 0.05\n"
    write_yolo_set(tmp_path, {"a.png": both}, yaml="names:\n  0: crack\n  1: spall\n")
    labelled = read_yolo(tmp_path)
    assert (labelled.photos[0].label.mask(SIZE) == square_mask()).all()
    assert (labelled.categories, labelled.passed_over) == ((("crack", 1),), (("spall", 1),))
    other = read_yolo(tmp_path, ReadOptions(categories=Categories(("spall",)))).photos[0]
    assert other.label.mask(SIZE).sum() == 6


def test_without_a_yaml_classes_are_named_by_their_numbers(tmp_path):
    labelled = read_yolo(write_yolo_set(tmp_path, {"a.png": LINE}, yaml=None))
    assert labelled.categories == (("0", 1),)


def test_points_a_little_outside_are_clipped(tmp_path):
    line = "0 0.9 0.9 1.02 0.9 1.02 1.3 0.9 1.3\n"
    [photo] = read_yolo(write_yolo_set(tmp_path, {"a.png": line})).photos
    expected = np.zeros(SIZE, bool)
    expected[36:, 54:] = True
    assert (photo.label.mask(SIZE) == expected).all()


def test_a_byte_order_mark_does_no_harm(tmp_path):
    [photo] = read_yolo(write_yolo_set(tmp_path, {"a.png": b"\xef\xbb\xbf" + LINE.encode()})).photos
    assert (photo.label.mask(SIZE) == square_mask()).all()


def test_a_fault_of_one_photo_leaves_the_others(tmp_path):
    labelled = read_yolo(write_yolo_set(tmp_path, {"a.png": LINE, "b.png": LINE + "0 0.1 0.2 0.3 0.4\n"}))
    assert [photo.name for photo in labelled.photos] == ["a.png"]
    [finding] = labelled.findings
    assert str(finding) == (
        "b.png: line 2 of b.txt is a box (5 numbers), no outline; export the set for segmentation"
    )


@pytest.mark.parametrize(
    "text",
    [
        "names: ['crack', 'cold joint # 2']\nnc: 2\n",
        'names: ["crack", "cold joint # 2"]\n',
        "names:\n  0: crack\n  1: 'cold joint # 2'\n",
        "names:\n- crack\n- 'cold joint # 2'\n",
        "names:\n  - crack\n  - 'cold joint # 2'\n",
        "names: {0: crack, 1: 'cold joint # 2'}\n",
        "names: [\n  crack,\n  'cold joint # 2',\n]\n",
        "# note\nnc: 2  # two\nnames:  # two\n  0: crack  # thin\n  1: 'cold joint # 2'\n\nx:\n  - y\n",
        "names:\r\n  0: crack\r\n  1: 'cold joint # 2'\r\n",
    ],
)
def test_names_are_read_in_every_form_that_tools_write(tmp_path, text):
    file = tmp_path / "data.yaml"
    file.write_bytes(text.encode())
    assert read_yolo_yaml(file).names == {0: "crack", 1: "cold joint # 2"}


TWO = "train: ../train/images\nval: ../valid/images\n"


@pytest.mark.parametrize(
    ("text", "folders"),
    [
        (
            TWO,
            {"train": ("../train/images",), "val": ("../valid/images",)},
        ),
        ("train: [a/images, 'b c/images']\n", {"train": ("a/images", "b c/images")}),
        ("val:\n  - a/images\n  - b/images\n", {"val": ("a/images", "b/images")}),
        ("train:\nval: a\n", {"train": (), "val": ("a",)}),
    ],
)
def test_folders_are_read_in_every_form_that_tools_write(tmp_path, text, folders):
    file = tmp_path / "data.yaml"
    file.write_text(text + "names: [crack]\n")
    assert read_yolo_yaml(file).folders == folders


@pytest.mark.skipif(not REAL.is_dir(), reason="needs ../shared/data beside the checkout")
def test_a_real_export_is_read():
    labelled = read_yolo(REAL)
    assert sorted(photo.split for photo in labelled.photos) == ["train"] * 4 + ["validation"] * 4
    assert all(0.005 < photo.label.mask((640, 640)).mean() < 0.06 for photo in labelled.photos)
