"""The contact sheet of a check: complete, bounded, escaped, and nothing loaded from outside."""

import base64
import re
import shutil

import cv2
import numpy as np
import pytest

from crackwise.data.check import check_sets, judge, look_at_all, prepare
from crackwise.data.draw import write_drawn
from crackwise.report.check_sheet import MOST_EXAMPLES, SIDE_PX, render, sections, write_check_sheet
from phone import open_on_a_phone


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    root = tmp_path_factory.mktemp("drawn") / "walls"
    write_drawn(root, 20, "144x144", seed=5)
    return root


@pytest.fixture
def walls(drawn, tmp_path):
    return shutil.copytree(drawn, tmp_path / "walls")


def looked_at(root):
    sets = prepare([root], None)
    return judge(sets, look_at_all(sets, 1), ())


def sizes(html):
    for data in re.findall(r'src="data:image/jpeg;base64,([^"]+)"', html):
        pixels = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
        yield pixels.shape[:2]


def test_a_clean_set_says_so(walls):
    shutil.rmtree(walls / "masks")
    (walls / "labels.csv").write_text("file,label\ndrawn_00000.jpg,crack\n", "utf-8")
    report = looked_at(walls)
    assert report.findings == ()
    assert "Nothing was found to say against this set" in render(report)


def test_only_the_first_of_a_kind_are_shown_and_the_others_counted(walls):
    for mask in (walls / "masks").iterdir():
        cv2.imwrite(str(mask), np.full((144, 144), 255, np.uint8))
    (section,) = [each for each in sections(looked_at(walls)) if each.kind == "inverted mask"]
    assert (section.count, len(section.examples), section.unseen) == (20, MOST_EXAMPLES, 20 - MOST_EXAMPLES)
    html = render(looked_at(walls))
    assert f"and {20 - MOST_EXAMPLES} more" in html
    assert len(html) < 1_000_000


def test_pictures_are_small(walls):
    photo = cv2.imread(str(walls / "images/drawn_00000.jpg"))
    cv2.imwrite(str(walls / "images/drawn_00000.jpg"), cv2.resize(photo, (1500, 700)))
    found = list(sizes(render(looked_at(walls))))
    assert found
    assert all(max(size) == SIDE_PX for size in found)


def test_two_photos_of_a_pair_stand_side_by_side(walls):
    shutil.copy(walls / "images/drawn_00003.jpg", walls / "images/twin.jpg")
    shutil.copy(walls / "masks/drawn_00003.png", walls / "masks/twin.png")
    (example,) = [
        example
        for section in sections(check_sets([walls]))
        for example in section.examples
        if section.kind == "same file in different groups"
    ]
    assert [picture.caption for picture in example.pictures] == ["walls/drawn_00003.jpg", "walls/twin.jpg"]
    assert all(picture.uri for picture in example.pictures)


def test_each_of_several_pairs_of_a_photo_is_shown_with_its_own_partner(walls):
    for name in ("twin", "third"):
        shutil.copy(walls / "images/drawn_00003.jpg", walls / f"images/{name}.jpg")
    shown = [
        [picture.caption for picture in example.pictures]
        for section in sections(check_sets([walls]))
        for example in section.examples
        if section.kind == "same file in different groups"
    ]
    first = "walls/drawn_00003.jpg"
    assert sorted(shown) == [[first, "walls/third.jpg"], [first, "walls/twin.jpg"]]


def test_fat_labels_are_shown_enlarged(walls):
    for mask in (walls / "masks").iterdir():
        levels = cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE)
        cv2.imwrite(str(mask), cv2.dilate(levels, np.ones((13, 13), np.uint8)))
    (section,) = [each for each in sections(looked_at(walls)) if each.kind == "fat labels"]
    assert len(section.examples[0].pictures) > 2
    assert all(picture.uri for picture in section.examples[0].pictures)


def test_names_are_escaped_and_broken_files_are_no_obstacle(walls):
    (walls / "images/drawn_00000.jpg").rename(walls / "images/<script>alert(1)<img>.jpg")
    (walls / "images/drawn_00001.jpg").write_bytes(b"no photo")
    (walls / "masks/drawn_00002.png").write_bytes(b"")
    html = render(looked_at(walls))
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;img&gt;.jpg" in html
    assert "it cannot be read" in html


def test_the_page_opens_in_a_browser_and_asks_for_nothing(walls, tmp_path):
    (walls / "masks/drawn_00000.png").unlink()
    write_check_sheet(looked_at(walls), tmp_path / "check.html")
    open_on_a_phone(tmp_path / "check.html")
