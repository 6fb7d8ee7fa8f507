"""``crackwise scale``: two points and a length give a photo its scale, also in a table."""

import csv
import io
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from commands import Outcome
from crackwise.inspection.scaletable import read_scale_table
from crackwise.inspection.sources import find_photos
from crackwise.scale import Scale, parse_scale
from photofiles import drawn_photo, exif_bytes, jpeg, save
from tinymodel import write_tiny_model


@pytest.fixture
def crackwise(crackwise, monkeypatch, tmp_path) -> Callable[..., Outcome]:
    """Run a command in this process, in a folder with photos."""
    for name in ("wall.png", "deck/1.png", "pier/1.png"):
        save(tmp_path / "photos" / name, drawn_photo(160, 240))
    monkeypatch.chdir(tmp_path)
    return crackwise


def scaled(crackwise: Callable[..., Outcome], photo: str = "photos/wall.png", *options: object) -> Outcome:
    """Tell that 50 px are 100 mm: sides of 30 and 40 px."""
    return crackwise("scale", photo, "--from", "10,20", "--to", "40,60", "--length", "100mm", *options)


def rows(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def test_length_by_distance_is_the_scale_and_both_points_are_in_its_error(crackwise):
    outcome = scaled(crackwise)
    assert outcome.code == 0, outcome.err
    assert (
        "wall.png: 2 mm/px ± 2.8 % (50.0 px are 100mm; either point is known to ± 1 px, 90 %" in outcome.out
    )
    stated = parse_scale(outcome.out.partition('--scale "')[2].partition('"')[0])
    assert stated.mm_per_px == 2
    assert stated.relative_error == pytest.approx(0.028)


def test_the_stated_error_holds_nine_of_ten_sets_of_points(crackwise):
    shifts = np.random.default_rng(0).normal(0, 1 / 1.645, (4000, 2))  # ± 1 px holds 90 % of each
    found = 100 / (50 + shifts[:, 1] - shifts[:, 0])
    assert np.mean(np.abs(found / 2 - 1) <= math.sqrt(2) / 50) == pytest.approx(0.9, abs=0.02)


def test_errors_that_are_given_take_the_place_of_the_usual_ones(crackwise):
    outcome = scaled(crackwise, "photos/wall.png", "--point-error", "2", "--length-error", "1%")
    expected = 100 * math.hypot(2 * math.sqrt(2) / 50, 0.01)
    assert f"2 mm/px ± {expected:.2g} %" in outcome.out
    assert "± 2 px, the length to ± 1%" in outcome.out


def test_a_table_is_begun_and_inspect_reads_it(tmp_path, crackwise):
    assert "row of wall.png added" in scaled(crackwise, "photos/wall.png", "--table", "scales.csv").out
    model = write_tiny_model(tmp_path / "tiny.onnx")
    words = ("photos/wall.png", "--model", model, "--scale-table", "scales.csv", "--out", "out")
    assert crackwise("inspect", *words).code == 0
    photos = list(csv.DictReader(io.StringIO((tmp_path / "out/photos.csv").read_text("utf-8-sig"))))
    assert [row["scale_source"] for row in photos] == ["table"]
    assert [row["scale_relative_error"] for row in photos] == ["0.028"]


def test_the_row_of_the_photo_is_replaced_and_all_others_stay(tmp_path, crackwise):
    table = tmp_path / "scales.csv"
    table.write_bytes(b"photo,scale\r\ndeck\\1.png,1mm/px\r\npier/1.png,3mm/px+-1%\r\n")
    outcome = scaled(crackwise, "photos/deck/1.png", "--table", table)
    assert "row of deck\\1.png replaced" in outcome.out
    expected = [["photo", "scale"], ["deck\\1.png", "2 mm/px ± 2.8 %"], ["pier/1.png", "3mm/px+-1%"]]
    assert rows(table) == expected
    assert table.read_bytes().count(b"\r\n") == 3
    found = read_scale_table(table, find_photos(["photos"]).photos).scale_of
    assert found["deck/1.png"].mm_per_px == 2
    assert found["deck/1.png"].relative_error == pytest.approx(0.028)


def test_a_table_keeps_its_columns_separator_and_byte_order_mark(tmp_path, crackwise):
    table = tmp_path / "scales.csv"
    table.write_bytes("photo;mm_per_px\nwall.png;0,25\n".encode("utf-8-sig"))
    scaled(crackwise, "photos/deck/1.png", "--table", table, "--folder", "photos")
    assert table.read_bytes() == (
        "photo;mm_per_px;relative_error\nwall.png;0,25;\ndeck/1.png;2;0,028\n".encode("utf-8-sig")
    )
    found = read_scale_table(table, find_photos(["photos"]).photos).scale_of
    assert found == {"wall.png": Scale(0.25, "table"), "deck/1.png": Scale(2.0, "table", 0.028)}


@pytest.mark.parametrize("head", ["photo,scale", "photo,mm_per_px"])
def test_points_hardly_farther_apart_than_they_are_known_give_a_row_that_can_be_read(
    tmp_path, crackwise, head
):
    table = tmp_path / "scales.csv"
    table.write_text(f"{head}\n", encoding="utf-8")
    ends = ("--from", "10,20", "--to", "11.42,20")
    assert scaled(crackwise, "photos/wall.png", "--table", table, *ends).code == 0
    (scale,) = read_scale_table(table, find_photos(["photos"]).photos).scale_of.values()
    assert scale.relative_error == pytest.approx(math.sqrt(2) / 1.42, abs=0.005)


@pytest.mark.parametrize("name", ["wall.png", "{photos}/wall.png"])
@pytest.mark.parametrize("words", [(), ("--folder", "photos")])
def test_a_row_by_the_bare_name_or_the_whole_path_is_that_of_the_photo(tmp_path, crackwise, name, words):
    table = tmp_path / "scales.csv"
    table.write_text(f"photo,scale\n{name.format(photos=tmp_path / 'photos')},1mm/px\n", encoding="utf-8")
    assert "replaced" in scaled(crackwise, "photos/wall.png", "--table", table, *words).out
    found = read_scale_table(table, find_photos(["photos"]).photos).scale_of
    assert found["wall.png"].mm_per_px == 2


def test_a_bare_name_stays_that_of_a_namesake_above(tmp_path, crackwise):
    (tmp_path / "photos/1.png").write_bytes((tmp_path / "photos/deck/1.png").read_bytes())
    table = tmp_path / "scales.csv"
    table.write_text("photo,scale\n1.png,1mm/px\n", encoding="utf-8")
    assert (
        "row of deck/1.png added"
        in scaled(crackwise, "photos/deck/1.png", "--table", table, "--folder", "photos").out
    )


def test_photos_of_one_name_have_a_row_each_below_their_folder(tmp_path, crackwise):
    for folder in ("deck", "pier"):
        scaled(crackwise, f"photos/{folder}/1.png", "--table", "scales.csv", "--folder", "photos")
    assert [row[0] for row in rows(tmp_path / "scales.csv")] == ["photo", "deck/1.png", "pier/1.png"]


def test_points_are_those_of_the_photo_as_it_is_shown(tmp_path, crackwise):
    (tmp_path / "photos/turned.jpg").write_bytes(jpeg(drawn_photo(160, 240), exif=exif_bytes(6)))
    words = ("scale", "photos/turned.jpg", "--length", "1m", "--from", "10,200")
    assert "turned.jpg: 10 mm/px" in crackwise(*words, "--to", "110,200").out
    outside = crackwise(*words, "--to", "200,100")
    assert outside.code == 2
    assert "the point 200,100 lies outside turned.jpg, which is 160×240 px" in outside.err
    assert "as it is shown upright, neither rectified nor resized" in outside.err


@pytest.mark.parametrize("kind", ["overlays", "zooms", "rectified"])
def test_points_in_a_picture_of_a_run_are_refused(tmp_path, crackwise, kind):
    model = write_tiny_model(tmp_path / "tiny.onnx")
    crackwise("inspect", "photos", "--model", model, "--out", "out")
    save(tmp_path / f"out/{kind}/deck/9.png", drawn_photo(160, 240))
    refused = scaled(crackwise, f"out/{kind}/deck/9.png")
    assert refused.code == 2
    assert "was written by a run, and is rectified, drawn on or cut out" in refused.err


WRONG = {
    "one point": (["--to", "10,20"], "the two points are 0 px apart, which is no more than their error"),
    "near points": (["--to", "11,20"], "the two points are 1 px apart"),
    "negative": (["--to", "-5,20"], "the point -5,20 lies outside"),
    "no point": (["--to", "40;60"], "--to '40;60' is not understood; write x,y in px, such as 120,340"),
    "no unit": (["--length", "100"], "length '100' is not understood"),
    "no error": (["--point-error", "x"], "--point-error 'x' is not understood; write a number of px"),
    "other folder": (["--folder", "photos/deck"], "does not lie in --folder photos/deck"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_is_one_sentence_and_the_table_stays(tmp_path, crackwise, kind):
    options, sentence = WRONG[kind]
    (tmp_path / "scales.csv").write_text("photo,scale\nwall.png,1mm/px\n", "utf-8")
    outcome = scaled(crackwise, "photos/wall.png", "--table", "scales.csv", *options)
    assert outcome.code == 2
    assert sentence in outcome.err
    assert rows(tmp_path / "scales.csv") == [["photo", "scale"], ["wall.png", "1mm/px"]]


BAD_TABLES = {
    "two rows": ("photo,scale\nwall.png,1mm/px\nphotos/wall.png,1mm/px\n", "wall.png in the lines 2 and 3"),
    "other columns": ("name,mm\nwall.png,1\n", "line 1 has the columns mm, name"),
    "too many cells": ("photo,scale\n1.png,1mm/px,2\n", "line 2 has more cells than columns"),
}


@pytest.mark.parametrize("kind", BAD_TABLES)
def test_a_table_that_is_none_stays_as_it_is(tmp_path, crackwise, kind):
    text, sentence = BAD_TABLES[kind]
    (tmp_path / "scales.csv").write_text(text, "utf-8")
    outcome = scaled(crackwise, "photos/wall.png", "--table", "scales.csv")
    assert outcome.code == 2
    assert sentence in outcome.err
    assert (tmp_path / "scales.csv").read_text("utf-8") == text
