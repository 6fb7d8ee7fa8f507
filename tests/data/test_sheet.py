"""Contact sheets and what they show: outlines beside cracks, rows per source, names, orders."""

import re

import cv2
import numpy as np
import pytest

from crackwise.data.folder import read_folder, read_folders
from crackwise.data.preview import PreviewSettings, preview
from crackwise.data.sheet import CELL_PX, OUTLINE, Cell, Row, draw_sheet, outlined, write_sheet
from crackwise.errors import DataError, OutputError, SettingsError
from smallsets import DARK, GREY, Photo, write_set


def is_outline(picture: np.ndarray) -> np.ndarray:
    return np.all(picture == OUTLINE, axis=-1)


def test_an_outline_runs_around_the_crack_and_leaves_it_as_it_was():
    mask = np.zeros((CELL_PX, CELL_PX), bool)
    mask[100:106, 50:200] = True
    photo = np.where(mask, DARK, GREY).astype(np.uint8)[..., None].repeat(3, axis=2)
    before = photo.copy()
    shown = outlined(photo, mask)
    rim = is_outline(shown)
    np.testing.assert_array_equal(photo, before)
    assert rim[98, 60:190].all()  # one pixel of surface lies between
    assert rim[107, 60:190].all()
    np.testing.assert_array_equal(shown[~rim], photo[~rim])
    assert not rim[99:107, 60:190].any()


def test_a_hairline_of_a_large_photo_still_has_its_outline():
    mask = np.zeros((2400, 2400), bool)
    mask[1200:1202, 200:2200] = True  # a fifth of a pixel of the sheet
    rim = is_outline(outlined(np.full((2400, 2400, 3), GREY, np.uint8), mask))
    assert rim[:120].any(axis=0)[30:210].all()
    assert rim[120:].any(axis=0)[30:210].all()


def test_a_photo_without_crack_has_no_outline():
    shown = outlined(np.full((50, 80, 3), GREY, np.uint8), np.zeros((50, 80), bool))
    assert shown.shape == (150, CELL_PX, 3)
    assert not is_outline(shown).any()


def test_a_sheet_holds_every_picture_below_the_other_when_a_row_is_full():
    colours = [(250, 0, 0), (0, 250, 0), (0, 0, 250)]
    cells = tuple(Cell(np.full((240, 240, 3), colour, np.uint8), "a.jpg") for colour in colours)
    sheet = draw_sheet([Row("walls", cells)], "title", columns=2)
    for colour in colours:
        assert np.all(sheet == colour, axis=-1).sum() == CELL_PX**2
    places = [np.argwhere(np.all(sheet == colour, axis=-1)).min(axis=0) for colour in colours]
    assert places[0][0] == places[1][0] < places[2][0]
    assert places[0][1] == places[2][1] < places[1][1]


def test_a_sheet_too_high_for_a_picture_is_refused():
    cells = (Cell(np.zeros((240, 2, 3), np.uint8)),) * 300
    with pytest.raises(OutputError, match=r"show fewer photos, or write it as \.html"):
        draw_sheet([Row("walls", cells)], "title", columns=1)


def test_a_page_holds_its_pictures_and_escapes_names(tmp_path):
    row = Row("<walls>", (Cell(np.full((20, 30, 3), 99, np.uint8), "<b>&.jpg\nno crack"),))
    write_sheet(tmp_path / "sheet.html", [row], "photos & masks")
    page = (tmp_path / "sheet.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;&amp;.jpg\nno crack" in page
    assert "<h2>&lt;walls&gt;</h2>" in page
    assert "photos &amp; masks" in page
    assert page.count("data:image/jpeg;base64,") == 1
    assert not re.search(r'(src|href)="(?!data:)', page)


def test_a_sheet_of_another_kind_is_refused(tmp_path):
    with pytest.raises(OutputError, match=r"expected a name that ends in \.png, \.jpg or \.html"):
        write_sheet(tmp_path / "sheet.pdf", [], "")


@pytest.fixture
def walls(tmp_path):
    photos = {f"{width}.png": Photo("g", width, 40 - 3 * width) for width in range(6)}
    return write_set(tmp_path / "walls", photos)


def names(row: Row) -> list[str]:
    return [cell.caption.partition("\n")[0] for cell in row.cells]


# 40 - 3 w long and w wide: 37, 68, 93, 112 and 125 px of crack
@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("fullest", ["5.png", "4.png", "3.png"]),
        ("thinnest", ["1.png", "2.png", "3.png"]),
        ("empty", ["0.png"]),
    ],
)
def test_photos_are_shown_in_the_order_asked_for(walls, sort, expected):
    assert names(preview(read_folder(walls), PreviewSettings(3, sort)).rows[0]) == expected


def test_a_seed_chooses_the_same_photos_again_and_another_seed_others(walls):
    seen = [names(preview(read_folder(walls), PreviewSettings(4, seed=s)).rows[0]) for s in (0, 0, 1, 2, 3)]
    assert seen[0] == seen[1]
    assert len({tuple(shown) for shown in seen}) > 1
    assert all(len(set(shown)) == 4 for shown in seen)


def test_each_source_has_its_row_and_each_photo_its_figures(walls, tmp_path):
    labels = {"a.png": "crack", "b.png": "no crack"}
    roads = write_set(tmp_path / "roads", {"a.png": Photo("g"), "b.png": Photo("g")}, labels=labels)
    first, second = preview(read_folders([walls, roads])).rows
    assert (first.head, second.head) == ("walls: 6 of 6 photos", "roads: 2 of 2 photos")
    captions = {cell.caption for cell in (*first.cells, *second.cells)}
    assert "5.png\n60×40, 5.21% crack, 5.0 px wide" in captions  # 125 of 2,400 px
    assert {"0.png\n60×40, no crack", "a.png\n60×40, crack", "b.png\n60×40, no crack"} <= captions


def test_a_damaged_photo_is_a_finding_and_the_others_are_shown(walls):
    (walls / "images" / "3.png").write_bytes(b"no picture")
    seen = preview(read_folder(walls))
    assert [finding.where for finding in seen.findings] == ["walls/3.png"]
    assert sorted(names(seen.rows[0])) == ["0.png", "1.png", "2.png", "4.png", "5.png"]


def test_nothing_to_show_and_impossible_settings_are_refused(tmp_path):
    cracked = write_set(tmp_path / "decks", {"a.png": Photo("g", 3)})
    with pytest.raises(DataError, match="no photo is empty; choose another --sort"):
        preview(read_folder(cracked), PreviewSettings(sort="empty"))
    with pytest.raises(SettingsError, match="count is 0"):
        PreviewSettings(count=0)


def test_a_written_picture_can_be_opened(walls, tmp_path):
    write_sheet(tmp_path / "sheet.png", preview(read_folder(walls)).rows, "walls")
    assert cv2.imread(str(tmp_path / "sheet.png")).shape[1] > 6 * CELL_PX
