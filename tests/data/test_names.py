"""Names from annotations: made harmless, found again, and unique in a folder."""

import pytest

from crackwise.data.names import find_photo, flat_stems, safe_name, tree_stems
from crackwise.errors import DataError


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a.jpg", "a.jpg"),
        ("  a.jpg\n", "a.jpg"),
        ("walls/north/a.jpg", "walls/north/a.jpg"),
        ("walls\\a.jpg", "walls/a.jpg"),
        ("./walls//a.jpg", "walls/a.jpg"),
        ("..\\original\\a.jpg", "a.jpg"),
        ("walls/../../../etc/passwd", "passwd"),
        ("/home/me/a.jpg", "a.jpg"),
        ("C:\\photos\\a.jpg", "a.jpg"),
        ("c:a.jpg", "a.jpg"),
        ("\\\\server\\share\\a.jpg", "a.jpg"),
        ("Wände/Riß 1.jpg", "Wände/Riß 1.jpg"),
    ],
)
def test_a_name_of_any_machine_becomes_relative_and_stays_below_its_folder(text, name):
    assert safe_name(text) == name


@pytest.mark.parametrize(
    "text", ["", "  ", ".", "..", "/", "\\\\", "C:\\", "a\0.jpg", "a\n.jpg", "\ud800.jpg", "x" * 241]
)
def test_what_is_no_name_of_a_file_is_refused(text):
    with pytest.raises(DataError, match="is no file name; expected one such as"):
        safe_name(text)


def test_a_photo_is_found_by_its_whole_name_before_its_last_part(tmp_path):
    for name in ("one/a.jpg", "two/walls/a.jpg", "one/b.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    folders = [tmp_path / "one", tmp_path / "two"]
    assert find_photo("walls/a.jpg", folders) == tmp_path / "two" / "walls" / "a.jpg"
    assert find_photo("elsewhere/b.jpg", folders) == tmp_path / "one" / "b.jpg"
    assert find_photo("c.jpg", folders) is None
    assert find_photo("ß" * 240, folders) is None  # 480 bytes: no file system holds it


def test_capital_letters_of_a_suffix_do_not_matter(tmp_path):
    (tmp_path / "a.JPG").touch()
    (tmp_path / "b.jpg").touch()
    assert find_photo("a.jpg", [tmp_path]) == tmp_path / "a.JPG"
    assert find_photo("b.JPG", [tmp_path]) == tmp_path / "b.jpg"


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "secret.jpg").touch()
    (tmp_path / "set" / "inside.jpg").touch()
    (tmp_path / "set" / "a.jpg").symlink_to(tmp_path / "secret.jpg")
    (tmp_path / "set" / "b.jpg").symlink_to(tmp_path / "set" / "inside.jpg")
    assert find_photo("a.jpg", [tmp_path / "set"]) is None
    assert find_photo("b.jpg", [tmp_path / "set"]) == tmp_path / "set" / "b.jpg"


def test_stems_are_flat_portable_and_unique_without_regard_to_case():
    names = ["walls/1.jpg", "walls_1.jpg", "Walls/1.PNG", "aa:b?.jpg", "walls/1.png"]
    assert flat_stems(names) == ("walls_1", "walls_1-2", "Walls_1-3", "aa_b_", "walls_1-4")


def test_a_numbered_stem_never_takes_one_that_comes_later():
    stems = flat_stems(["a/b.jpg", "a_b.jpg", "a_b-2.jpg"])
    assert len({stem.casefold() for stem in stems}) == 3


def test_stems_of_a_tree_keep_their_folders():
    assert tree_stems(["w/1.jpg", "w/1.png", "v/1.jpg"]) == ("w/1", "w/1-2", "v/1")


def test_a_long_name_still_fits_with_its_number_and_suffix():
    stems = flat_stems(["ß" * 200 + ".jpg", "ß" * 200 + ".png"])
    assert len(set(stems)) == 2
    assert all(len(f"{stem}.jpeg".encode()) < 255 for stem in stems)
