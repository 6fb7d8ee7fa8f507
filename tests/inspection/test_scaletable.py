"""A table of scales: photos are found by path or name, and every bad row is named by its line."""

import unicodedata
from pathlib import Path

import pytest

from crackwise.errors import SettingsError
from crackwise.inspection.scaletable import put_scale, read_scale_table
from crackwise.inspection.sources import Source
from crackwise.scale import Scale

SOURCES = [
    Source(Path("/photos") / name, name, name.partition(".")[0], Path("/photos"))
    for name in ("deck/1.jpg", "deck/2.jpg", "pier/1.jpg", "wall.jpg")
]


@pytest.fixture
def table(tmp_path):
    def write(text: str, encoding: str = "utf-8"):
        path = tmp_path / "scales.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_photos_are_found_by_their_path_or_their_name(table):
    path = table("photo,scale\ndeck/1.jpg,0.2mm/px\n./pier\\1.jpg,5px/mm±3%\n2.jpg,1cm/px\n")
    assert read_scale_table(path, SOURCES).scale_of == {
        "deck/1.jpg": Scale(0.2, "table"),
        "pier/1.jpg": Scale(0.2, "table", 0.03),
        "deck/2.jpg": Scale(10.0, "table"),
    }


def test_numbers_alone_are_mm_per_px_by_their_column(table):
    path = table(
        "photo, mm_per_px, relative_error\r\nwall.jpg, 0.25, 0.02\r\n2.jpg, 0.5, 3%\r\npier/1.jpg,1,\r\n"
    )
    assert read_scale_table(path, SOURCES).scale_of == {
        "wall.jpg": Scale(0.25, "table", 0.02),
        "deck/2.jpg": Scale(0.5, "table", 0.03),
        "pier/1.jpg": Scale(1.0, "table"),
    }


def test_a_table_as_a_spreadsheet_saves_it_is_read(table):
    path = table("photo,mm_per_px\n\nwall.jpg,0.25\n", "utf-8-sig")
    assert list(read_scale_table(path, SOURCES).scale_of) == ["wall.jpg"]


def test_rows_without_any_content_are_passed_over(table):
    path = table("photo,scale\r\n,\r\nwall.jpg,1mm/px\r\n , ,\r\n,\r\n")
    assert read_scale_table(path, SOURCES).scale_of == {"wall.jpg": Scale(1.0, "table")}
    with pytest.raises(SettingsError, match="line 2: '' is none of the photos"):
        read_scale_table(table("photo,scale\n,1mm/px\n"), SOURCES)
    with pytest.raises(SettingsError, match="line 2: '' is none of the photos"):
        read_scale_table(table("photo,scale\n,,1mm/px\n"), SOURCES)


def test_a_spreadsheet_with_decimal_commas_parts_cells_by_semicolons(table):
    path = table("photo;mm_per_px;relative_error\r\nwall.jpg;0,25;0,02\r\n2.jpg;0.5;3 %\r\n", "utf-8-sig")
    assert read_scale_table(path, SOURCES).scale_of == {
        "wall.jpg": Scale(0.25, "table", 0.02),
        "deck/2.jpg": Scale(0.5, "table", 0.03),
    }
    path = table("photo;scale\nwall.jpg;0,25 mm/px ± 2,5 %\n")
    assert read_scale_table(path, SOURCES).scale_of == {"wall.jpg": Scale(0.25, "table", 0.025)}


def test_a_comma_in_the_name_of_a_photo_stays(table):
    sources = [Source(Path("/photos/a, b.jpg"), "a, b.jpg", "a, b", Path("/photos"))]
    path = table("photo;mm_per_px\na, b.jpg;0,25\n")
    assert list(read_scale_table(path, sources).scale_of) == ["a, b.jpg"]


def test_a_photo_is_named_as_our_own_tables_and_as_the_whole_path_does(table):
    sources = [Source(Path(f"/photos/{name}"), name, name, Path("/photos")) for name in ("=a.jpg", "2.jpg")]
    path = table("photo,scale\n'=a.jpg,1mm/px\n/photos/2.jpg,2mm/px\n")
    assert read_scale_table(path, sources).scale_of == {
        "=a.jpg": Scale(1.0, "table"),
        "2.jpg": Scale(2.0, "table"),
    }
    assert put_scale(path, ["=a.jpg"], Scale(3.0)) == "'=a.jpg"
    assert read_scale_table(path, sources).scale_of["=a.jpg"].mm_per_px == 3


def test_a_whole_path_means_the_photo_in_its_folder_not_a_namesake_above(table):
    sources = [
        Source(Path(f"/photos/{name}"), name, name, Path("/photos")) for name in ("1.jpg", "deck/1.jpg")
    ]
    path = table("photo,scale\n/photos/deck/1.jpg,1mm/px\n")
    assert list(read_scale_table(path, sources).scale_of) == ["deck/1.jpg"]


def test_accents_may_be_composed_otherwise_than_in_the_name_of_the_photo(table):
    on_disk = unicodedata.normalize("NFD", "süd/Brücke.jpg")
    sources = [*SOURCES, Source(Path("/photos") / on_disk, on_disk, on_disk[:-4], Path("/photos"))]
    for typed in ("süd/Brücke.jpg", "Brücke.jpg", "/photos/süd/Brücke.jpg"):
        assert typed == unicodedata.normalize("NFC", typed)
        path = table(f"photo,scale\n{typed},0.2mm/px\n")
        assert read_scale_table(path, sources).scale_of == {on_disk: Scale(0.2, "table")}
    assert put_scale(path, [on_disk, f"/photos/{on_disk}"], Scale(0.5)) == "/photos/süd/Brücke.jpg"
    assert read_scale_table(path, sources).scale_of == {on_disk: Scale(0.5, "table")}


def test_of_names_that_differ_only_in_how_accents_are_composed_each_is_itself(table):
    names = [unicodedata.normalize(form, "Brücke.jpg") for form in ("NFC", "NFD")]
    sources = [Source(Path("/photos") / name, name, name[:-4], Path("/photos")) for name in names]
    path = table(f"photo,scale\n{names[0]},1mm/px\n{names[1]},2mm/px\n")
    scales = [Scale(1.0, "table"), Scale(2.0, "table")]
    assert read_scale_table(path, sources).scale_of == dict(zip(names, scales))


def test_the_hash_is_of_the_content(table):
    first = read_scale_table(table("photo,scale\nwall.jpg,0.2mm/px\n"), SOURCES).sha256
    assert read_scale_table(table("photo,scale\nwall.jpg,0.3mm/px\n"), SOURCES).sha256 != first


BAD = {
    "unknown photo": (
        "photo,scale\nwall.jpg,1mm/px\nroof.jpg,1mm/px\n",
        "line 3: 'roof.jpg' is none of the photos",
    ),
    "two photos": (
        "photo,scale\n1.jpg,1mm/px\n",
        "line 2: '1.jpg' may be deck/1.jpg, pier/1.jpg; write the path",
    ),
    "repeated": ("photo,scale\nwall.jpg,1mm/px\n./wall.jpg,2mm/px\n", "line 3: wall.jpg repeats line 2"),
    "no unit": ("photo,scale\nwall.jpg,0.2\n", "line 2: scale '0.2' is not understood"),
    "empty scale": ("photo,scale\nwall.jpg\n", "line 2: scale '' is not understood"),
    "comma": ('photo,mm_per_px\nwall.jpg,"0,2"\n', "line 2: mm_per_px is '0,2'; expected a number"),
    "zero": ("photo,mm_per_px\nwall.jpg,0\n", "line 2: scale is 0 mm/px; expected from 0.000001"),
    "bad error": ("photo,mm_per_px,relative_error\nwall.jpg,1,x\n", "line 2: relative_error is 'x'"),
    "percent as share": (
        "photo,mm_per_px,relative_error\nwall.jpg,1,2\n",
        "line 2: relative_error is 2; expected a share below 1, or a percentage such as 2%",
    ),
    "decimal comma": ("photo,mm_per_px,relative_error\nwall.jpg,1,5\n", "line 2: relative_error is 5"),
    "too many cells": ("photo,scale\nwall.jpg,1mm/px,2\n", "line 2: wall.jpg has more cells than columns"),
    "columns": ("name,scale\nwall.jpg,1mm/px\n", "line 1 has the columns name, scale; expected photo, scale"),
    "semicolons and commas": ("photo;scale,\nwall.jpg;1mm/px\n", "separated by commas or semicolons"),
    "thousands": ("photo;mm_per_px\nwall.jpg;1.234,5\n", "line 2: mm_per_px is '1.234.5'; expected a number"),
    "empty": ("", "has the columns none"),
    "no text": ("photo,scale\nwall\x00.jpg,1mm/px\n", "line 2"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_table_is_one_sentence_with_the_line(table, kind):
    text, words = BAD[kind]
    path = table(text)
    with pytest.raises(SettingsError) as caught:
        read_scale_table(path, SOURCES)
    assert str(caught.value).startswith(str(path))
    assert words in str(caught.value)


def test_a_missing_table_is_one_sentence(tmp_path):
    with pytest.raises(SettingsError, match=r"none\.csv cannot be read: .*; check the path"):
        read_scale_table(tmp_path / "none.csv", SOURCES)


def test_a_table_in_another_encoding_is_one_sentence(table):
    with pytest.raises(SettingsError, match=r"is no CSV file in UTF-8: .*; in a spreadsheet save it as CSV"):
        read_scale_table(table("photo,scale\nBrücke.jpg,1mm/px\n", "latin-1"), SOURCES)
