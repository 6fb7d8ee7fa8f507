"""What users name is inspected, once each, and every photo has its own place for its artefacts."""

import os
from pathlib import Path

import pytest

from crackwise.errors import SettingsError
from crackwise.inspection.sources import Failure, find_photos, gone_from
from photofiles import bar, lock


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"photo")


def names(paths: list[Path | str], **options: Path) -> list[str]:
    return [source.name for source in find_photos([str(path) for path in paths], **options).photos]


def stems(paths: list[Path | str]) -> list[str]:
    return [source.stem for source in find_photos([str(path) for path in paths]).photos]


def test_a_folder_is_searched_with_its_sub_folders_in_sorted_order(tmp_path):
    make(tmp_path, "b.png", "a.JPG", "deck/2.tiff", "deck/1.webp", "deck/under/x.BMP", "notes.txt", "a.mp4")
    assert names([tmp_path]) == ["a.JPG", "b.png", "deck/1.webp", "deck/2.tiff", "deck/under/x.BMP"]


def test_a_sub_folder_that_cannot_be_searched_is_told_and_the_rest_is_found(tmp_path, monkeypatch):
    make(tmp_path, "deck/a.jpg", "deck/locked/b.jpg", "pier/c.jpg")
    lock(monkeypatch, "locked")
    found = find_photos([str(tmp_path / "deck"), str(tmp_path / "pier")])
    assert [source.name for source in found.photos] == ["deck/a.jpg", "pier/c.jpg"]
    said = "deck/locked cannot be searched: Permission denied; what is in it is left out"
    assert found.failures == (Failure("deck/locked", said),)
    with pytest.raises(SettingsError, match="locked cannot be searched: Permission denied"):
        names([tmp_path / "deck/locked"])


def test_a_sub_folder_that_can_be_listed_but_not_entered_is_told(tmp_path, monkeypatch):
    make(tmp_path, "a.jpg", "barred/b.jpg")
    bar(monkeypatch, "barred")
    found = find_photos([str(tmp_path)])
    assert [source.name for source in found.photos] == ["a.jpg"]
    said = "barred cannot be searched: Permission denied; what is in it is left out"
    assert found.failures == (Failure("barred", said),)


def test_a_folder_that_a_pattern_cannot_enter_is_told(tmp_path, monkeypatch):
    make(tmp_path, "a.jpg", "barred/b.jpg", "barred/c.jpg", "deck/d.jpg")
    bar(monkeypatch, "barred")
    found = find_photos([str(tmp_path / "**/*.jpg")])
    assert [source.name for source in found.photos] == ["a.jpg", "deck/d.jpg"]
    said = "barred cannot be searched: Permission denied; what is in it is left out"
    assert found.failures == (Failure("barred", said),)
    with pytest.raises(SettingsError, match=r"no photos found in .*; barred cannot be searched"):
        names([tmp_path / "barre*/*.jpg"])


def test_a_link_into_a_barred_folder_leaves_out_nothing_beside_it(tmp_path, monkeypatch):
    make(tmp_path, "photos/a.jpg", "barred/b.jpg")
    (tmp_path / "photos/link.jpg").symlink_to(tmp_path / "barred/b.jpg")
    told = Path.stat

    def stat(path, *, follow_symlinks=True):
        if path.name == "link.jpg" and follow_symlinks:
            raise PermissionError(13, "Permission denied", str(path))
        return told(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", stat)
    assert names([tmp_path / "photos"]) == ["a.jpg", "link.jpg"]


def test_where_all_photos_lie_in_a_folder_that_cannot_be_searched_it_is_named(tmp_path, monkeypatch):
    make(tmp_path, "deck/locked/b.jpg")
    lock(monkeypatch, "locked")
    with pytest.raises(SettingsError, match=r"no photos found in .*deck; locked cannot be searched"):
        names([tmp_path / "deck"])


def test_a_photo_in_a_folder_that_cannot_be_searched_is_not_gone(tmp_path, monkeypatch):
    make(tmp_path, "a.jpg", "locked/b.jpg")
    lock(monkeypatch, "locked")
    exists = Path.exists  # which says no in newer Pythons, where it may not look
    monkeypatch.setattr(Path, "exists", lambda path: path.parent.name != "locked" and exists(path))
    names_of_run = ["a.jpg", "b.jpg", "a.jpg/b.jpg", "locked/b.jpg"]
    assert gone_from(names_of_run, [tmp_path]) == ["b.jpg", "a.jpg/b.jpg"]


def test_sub_folders_are_kept_in_the_stems(tmp_path):
    make(tmp_path, "a.jpg", "deck/a.jpg", "deck/a.v2.jpg")
    assert stems([tmp_path]) == ["a", "deck/a", "deck/a.v2"]


def test_hidden_files_and_folders_are_passed_over(tmp_path):
    make(tmp_path, "a.jpg", "._a.jpg", ".trash/b.jpg")
    assert names([tmp_path]) == ["a.jpg"]


def test_equal_stems_keep_their_extension(tmp_path):
    make(tmp_path, "a.jpg", "a.png", "b.jpg", "deck/a.jpg")
    assert stems([tmp_path]) == ["a.jpg", "a.png", "b", "deck/a"]


def test_a_kept_extension_does_not_meet_another_stem(tmp_path):
    make(tmp_path, "a.jpg", "a.png", "a.jpg.png")
    found = stems([tmp_path])
    assert sorted(found) == ["a.jpg", "a.jpg.png", "a.png"]


def test_stems_differ_where_capital_letters_do_not_count(tmp_path):
    make(tmp_path, "Wall.jpg", "wall.png", "WALL.PNG")
    assert stems([tmp_path]) == ["WALL.PNG", "Wall.jpg", "wall.png-2"]


def test_two_roots_get_a_folder_each(tmp_path):
    make(tmp_path, "north/1.jpg", "south/deck/1.jpg")
    assert names([tmp_path / "north", tmp_path / "south"]) == ["north/1.jpg", "south/deck/1.jpg"]


def test_roots_of_equal_name_are_numbered(tmp_path):
    make(tmp_path, "x/site/1.jpg", "y/site/1.jpg", "z/site-2/1.jpg")
    roots = [tmp_path / "x/site", tmp_path / "y/site", tmp_path / "z/site-2"]
    assert names(roots) == ["site/1.jpg", "site-2/1.jpg", "site-2-2/1.jpg"]


def test_photos_keep_their_names_when_the_roots_are_named_in_another_order(tmp_path):
    make(tmp_path, "x/site/1.jpg", "y/site/1.jpg")
    roots = [str(tmp_path / "x/site"), str(tmp_path / "y/site")]
    there, back = (
        {source.path: source.name for source in find_photos(order).photos} for order in (roots, roots[::-1])
    )
    assert there == back


def test_files_of_one_folder_have_one_root(tmp_path):
    make(tmp_path, "1.jpg", "2.jpg", "3.jpg")
    assert names([tmp_path / "2.jpg", tmp_path / "1.jpg"]) == ["2.jpg", "1.jpg"]


def test_a_file_named_twice_counts_once(tmp_path, monkeypatch):
    make(tmp_path, "deck/1.jpg", "deck/2.jpg")
    monkeypatch.chdir(tmp_path)
    assert names(["deck", "deck/1.jpg", str(tmp_path / "deck"), "deck/../deck/2.jpg"]) == ["1.jpg", "2.jpg"]


def test_a_linked_folder_is_searched_and_a_circle_ends(tmp_path):
    make(tmp_path, "photos/1.jpg", "elsewhere/2.jpg")
    (tmp_path / "photos/more").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "photos/circle").symlink_to(tmp_path / "photos", target_is_directory=True)
    assert names([tmp_path / "photos"]) == ["1.jpg", "more/2.jpg"]


def test_a_root_that_is_a_link_works(tmp_path):
    make(tmp_path, "photos/deck/1.jpg")
    (tmp_path / "link").symlink_to(tmp_path / "photos", target_is_directory=True)
    assert names([tmp_path / "link"]) == ["deck/1.jpg"]


def test_a_dangling_link_is_listed_so_that_the_batch_says_so(tmp_path):
    make(tmp_path, "a.jpg")
    (tmp_path / "b.jpg").symlink_to(tmp_path / "gone.jpg")
    assert names([tmp_path]) == names([tmp_path / "*.jpg"]) == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.jpg", ["1.jpg", "2.jpg"]),
        ("deck/*", ["3.jpg", "4.png"]),
        ("**/*.jpg", ["1.jpg", "2.jpg", "deck/3.jpg"]),
        ("de*/[34].*", ["deck/3.jpg", "deck/4.png"]),
        ("./?.jpg", ["1.jpg", "2.jpg"]),
    ],
)
def test_patterns_are_expanded(tmp_path, monkeypatch, pattern, expected):
    make(tmp_path, "1.jpg", "2.jpg", "deck/3.jpg", "deck/4.png", "deck/notes.txt")
    monkeypatch.chdir(tmp_path)
    assert names([pattern]) == expected
    assert names([f"{tmp_path}/{pattern}"]) == expected


@pytest.mark.parametrize("pattern", ["*.jpg", "*", "**/[ab].jpg"])
def test_a_pattern_may_begin_with_a_folder_whose_name_looks_like_one(tmp_path, pattern):
    folder = tmp_path / "deck [2024]" / "[span]"
    make(folder, "a.jpg", "b.jpg", ".hidden.jpg")
    assert names([f"{folder}/{pattern}"]) == ["a.jpg", "b.jpg"]
    with pytest.raises(SettingsError, match=r"c\.jpg does not exist"):
        find_photos([f"{folder}/c.jpg"])


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path):
    make(tmp_path, "wall[1].jpg", "wall1.jpg")
    assert names([tmp_path / "wall[1].jpg"]) == ["wall[1].jpg"]


def test_the_run_folder_inside_the_photos_is_not_searched(tmp_path, monkeypatch):
    make(tmp_path, "1.jpg", "cracks/overlays/1.jpg")
    monkeypatch.chdir(tmp_path)
    assert names([tmp_path], out=Path("cracks")) == ["1.jpg"]
    assert names(["**/*.jpg"], out=tmp_path / "cracks") == ["1.jpg"]


def test_earlier_run_folders_are_not_searched(tmp_path, monkeypatch):
    make(tmp_path, "1.jpg", "old/overlays/1.jpg", "old/masks/1.png", "old/run.json")
    monkeypatch.chdir(tmp_path)
    assert names([tmp_path]) == ["1.jpg"]
    assert names(["**/*.jpg"]) == ["1.jpg"]


@pytest.mark.parametrize("kind", ["masks_by_hand", "overlays", "zooms", "probability", "json"])
def test_a_run_folder_is_known_by_any_of_its_folders(tmp_path, kind):
    make(tmp_path, "1.jpg", "old/run.json", f"old/{kind}/1.jpg")
    assert names([tmp_path]) == ["1.jpg"]


def test_files_that_are_not_read_are_listed_only_without_a_photo_beside_them(tmp_path):
    make(tmp_path, "1.CR2", "1.JPG", "2.nef", "3.jxl", "3.jpg", "4.avif", "5.jp2", "logo.gif")
    assert names([tmp_path]) == ["1.JPG", "2.nef", "3.jpg", "4.avif", "5.jp2"]


@pytest.mark.parametrize(
    "name", ["=cmd.jpg", "<script>alert(1).jpg", "Brücke_Süd 橋.jpg", "a\nb.jpg", "-x.jpg"]
)
def test_strange_names_are_kept(tmp_path, name):
    make(tmp_path, name)
    assert names([tmp_path]) == [name]
    assert stems([tmp_path]) == [name[: -len(".jpg")]]


def test_a_name_that_is_not_utf8_becomes_one_and_the_path_stays(tmp_path):
    raw = os.fsencode(tmp_path) + b"/br\xfccke.jpg"
    try:
        Path(os.fsdecode(raw)).write_bytes(b"photo")
    except OSError:
        pytest.skip("needs a file system that takes any bytes as a name")
    (source,) = find_photos([str(tmp_path)]).photos
    source.name.encode("utf-8")
    source.stem.encode("utf-8")
    assert source.path.read_bytes() == b"photo"


REFUSED = {
    "missing": ("gone.jpg", r"gone\.jpg does not exist; check the path"),
    "missing folder": ("gone/", "gone/ does not exist"),
    "empty folder": ("empty", "no photos found in .*empty; expected JPEG, PNG"),
    "folder without photos": ("texts", "no photos found in .*texts"),
    "pattern without match": ("*.tif", r"no photos found in .*\*\.tif"),
    "out is the folder itself": ("out", "--out .*out is the folder of the photos themselves; choose another"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_searched_is_refused_in_one_sentence(tmp_path, kind):
    argument, sentence = REFUSED[kind]
    make(tmp_path, "1.jpg", "texts/notes.txt", "out/1.jpg")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SettingsError, match=sentence):
        find_photos([str(tmp_path / "1.jpg"), f"{tmp_path}/{argument}"], out=tmp_path / "out")


def test_a_run_among_the_photos_themselves_is_refused_however_they_are_named(tmp_path):
    make(tmp_path, "a.jpg", "b.jpg")
    for paths in ([tmp_path], [tmp_path / "a.jpg", tmp_path / "b.jpg"], [tmp_path / "*.jpg"]):
        with pytest.raises(SettingsError, match="is the folder of the photos themselves; choose another"):
            names(paths, out=tmp_path)


def test_pictures_of_an_earlier_run_among_the_photos_are_no_photos(tmp_path):
    make(tmp_path, "a.jpg", "run.json", "masks/a.png", "overlays/a.jpg", "zooms/a.jpg", "deck/b.jpg")
    assert names([tmp_path]) == ["a.jpg", "deck/b.jpg"]
    assert names([tmp_path / "**" / "*.*"]) == ["a.jpg", "deck/b.jpg"]


def test_an_empty_path_is_not_the_folder_at_hand(tmp_path, monkeypatch):
    make(tmp_path, "a.jpg")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match="a path is empty"):
        names([""])


@pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
def test_a_photo_that_links_to_itself_is_listed_so_that_the_batch_says_so(tmp_path):
    make(tmp_path, "a.jpg")
    (tmp_path / "self.jpg").symlink_to(tmp_path / "self.jpg")
    assert names([tmp_path]) == ["a.jpg", "self.jpg"]


def test_photos_that_are_gone_are_found_by_the_names_that_the_run_gave_them(tmp_path):
    make(tmp_path, "one/a.jpg", "two/deck/b.jpg")
    one, two = tmp_path / "one", tmp_path / "two"
    assert gone_from(["a.jpg", "x.jpg"], [one]) == ["x.jpg"]
    assert gone_from(["one/a.jpg", "two/deck/b.jpg", "two/a.jpg"], [one, two]) == ["two/a.jpg"]
    assert gone_from(["a.jpg", "x.jpg"], [tmp_path / "moved"]) == []
