"""Labels for photos as a whole: tables, folders of classes, and photos without any label."""

import pytest

from crackwise.data.categories import Categories
from crackwise.data.labelled import Unlabelled, Verdict
from crackwise.data.readers.classfolders import read_classfolders
from crackwise.data.readers.options import ReadOptions
from crackwise.data.readers.photos import read_photos
from crackwise.data.readers.table import read_table
from crackwise.data.readers.verdicts import verdict_of
from crackwise.errors import DataError
from photofiles import drawn_photo, save


def photos(folder, *names):
    for name in names:
        save(folder / name, drawn_photo(16, 16))


def verdicts(read):
    return {photo.name: photo.label.is_cracked for photo in read.photos}


@pytest.mark.parametrize(
    ("words", "is_cracked"),
    [
        (("crack", "Cracked", " POSITIVE ", "1", "yes", "True", "1.0"), True),
        (("no crack", "no_crack", "Non-Crack", "nocrack", "Negative", "0", "uncracked", "0.0"), False),
        (("", "spalling", "2", "crackle"), None),
    ],
)
def test_words_for_cracked_and_not_are_a_stated_table(words, is_cracked):
    assert {verdict_of(word) for word in words} == {is_cracked}


def test_words_that_the_user_names_are_cracks_and_all_others_are_not():
    assert verdict_of("D00", ["D00"]) is True
    assert verdict_of("crack", ["D00"]) is False


@pytest.mark.parametrize(
    "text",
    [
        "path,label\na.jpg,crack\nsub/b.jpg,no crack\n",
        "a.jpg,1\nsub/b.jpg,0\n",
        "id;Class;FileName\n1;positive;a.jpg\n2;negative;sub\\b.jpg\n",
        "image\tlabel\na.jpg\tcrack\nsub/b.jpg\tnon-crack\n",
        '\ufeff"path","label"\r\n\r\n"a.jpg","yes"\r\n"/data/sub/../sub/b.jpg","no"\r\n',
    ],
)
def test_tables_of_every_kind_are_read(text, tmp_path):
    photos(tmp_path, "a.jpg", "sub/b.jpg", "b.jpg")
    (tmp_path / "labels.csv").write_text(text, encoding="utf-8", newline="")
    found = verdicts(read_table(tmp_path / "labels.csv"))
    assert list(found.values()) == [True, False]
    assert found["a.jpg"] is True


def test_columns_for_part_and_group_are_kept(tmp_path):
    photos(tmp_path / "images", "a.jpg")
    table = tmp_path / "t.csv"
    table.write_text("file,label,split,group\na.jpg,crack,Val,wall 1\n", encoding="utf-8")
    (photo,) = read_table(table).photos
    assert (photo.split, photo.group, photo.label) == ("validation", "wall 1", Verdict(True))


def test_a_photo_listed_twice_counts_once_and_one_with_two_labels_is_left_out(tmp_path):
    photos(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    table = tmp_path / "t.csv"
    table.write_text("a.jpg,1\na.jpg,1\nb.jpg,1\nb.jpg,0\nc.jpg,0\n", encoding="utf-8")
    read = read_table(table)
    assert verdicts(read) == {"a.jpg": True, "c.jpg": False}
    assert [(each.kind, each.level, each.where) for each in read.findings] == [
        ("labelled twice", "note", "a.jpg"),
        ("contradiction", "error", "b.jpg"),
    ]


def test_of_two_rows_that_find_one_photo_the_second_is_left_out(tmp_path):
    photos(tmp_path, "1.jpg")
    (tmp_path / "t.csv").write_text("north/1.jpg,1\nsouth/1.jpg,0\n", encoding="utf-8")
    read = read_table(tmp_path / "t.csv")
    assert verdicts(read) == {"north/1.jpg": True}
    [error] = read.findings
    assert (error.kind, error.level, error.where) == ("shared photo", "error", "south/1.jpg")


def test_the_table_of_labels_may_use_the_words_of_the_user(tmp_path):
    photos(tmp_path, "a.jpg", "b.jpg")
    table = tmp_path / "t.csv"
    table.write_text("path,label\na.jpg,D00\nb.jpg,D40\n", encoding="utf-8")
    options = ReadOptions(categories=Categories(crack=("D00",)))
    assert verdicts(read_table(table, options)) == {"a.jpg": True, "b.jpg": False}


@pytest.mark.parametrize("pair", [("crack", "nocrack"), ("Positive", "Negative"), ("cracked", "Non-cracked")])
def test_folders_are_labels(pair, tmp_path):
    photos(tmp_path / "set", f"{pair[0]}/a.jpg", f"{pair[1]}/a.jpg", f"{pair[1]}/deep/b.png")
    read = read_classfolders(tmp_path / "set")
    assert verdicts(read) == {
        f"{pair[0]}/a.jpg": True,
        f"{pair[1]}/a.jpg": False,
        f"{pair[1]}/deep/b.png": False,
    }
    assert read.name == "set"


def test_folders_of_labels_may_lie_below_those_of_parts(tmp_path):
    photos(tmp_path, "train/crack/a.jpg", "valid/nocrack/b.jpg", "other/c.jpg")
    read = read_classfolders(tmp_path)
    assert [(photo.name, photo.split) for photo in read.photos] == [
        ("train/crack/a.jpg", "train"),
        ("valid/nocrack/b.jpg", "validation"),
    ]
    assert [(each.kind, each.where) for each in read.findings] == [("unknown label", "other")]


@pytest.mark.parametrize(("outer", "inner"), [("cracks", "nocrack"), ("sound", "deep/Cracked")])
def test_a_folder_of_one_class_that_holds_one_of_the_other_is_refused(outer, inner, tmp_path):
    photos(tmp_path / "set", f"{outer}/{inner}/a.jpg", f"{outer}/b.jpg")
    with pytest.raises(
        DataError, match=rf"{outer} would label all .* folder {inner.split('/')[-1]}/; name .*{outer} "
    ):
        read_classfolders(tmp_path / "set")


def test_inner_folders_that_are_numbered_or_say_the_same_do_not_contradict(tmp_path):
    photos(tmp_path, "cracks/0/a.jpg", "cracks/crack/b.jpg", "nocrack/1/c.jpg")
    assert list(verdicts(read_classfolders(tmp_path)).values()) == [True, True, False]
    named = ReadOptions(categories=Categories(crack=("D00",)))
    photos(tmp_path / "words", "D00/sound/a.jpg")
    assert verdicts(read_classfolders(tmp_path / "words", named)) == {"D00/sound/a.jpg": True}


def test_photos_without_labels_are_listed_with_their_sub_folders(tmp_path):
    photos(tmp_path / "cases", "b.jpg", "moss/a.png", ".hidden/x.jpg")
    read = read_photos(tmp_path / "cases")
    assert [(photo.name, photo.label) for photo in read.photos] == [
        ("b.jpg", Unlabelled()),
        ("moss/a.png", Unlabelled()),
    ]
    assert [photo.name for photo in read_photos(tmp_path / "cases" / "b.jpg").photos] == ["b.jpg"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no photo"):
        read_photos(tmp_path / "empty")
