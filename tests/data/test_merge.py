"""Several sets as one: names, groups, labels and bytes are kept, duplicates and licences reported."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from crackwise.data import merge as merging
from crackwise.data.draw import DrawSettings, draw_scene
from crackwise.data.duplicates import Pair
from crackwise.data.folder import read_folder
from crackwise.data.merge import MergeSettings, merge
from crackwise.errors import DataError, OutputError, SettingsError
from smallsets import Photo, save, write_set


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def compare_nothing(photos, *, on_photo=None):
    return ()


@pytest.fixture
def sets(tmp_path) -> list[Path]:
    walls = write_set(
        tmp_path / "walls",
        {"1.png": Photo("wall", 3), "2.png": Photo("wall"), "3.png": Photo("post", 2)},
        parts={"1.png": "train", "2.png": "train", "3.png": "test"},
        provenance={"name": "other", "licence": "CC0", "photos": 3, "categories": {"crack": 2}},
    )
    roads = write_set(
        tmp_path / "roads",
        {"1.png": Photo("wall", 5), "2.png": Photo("b"), "4.png": Photo("c")},
        labels={"2.png": "no crack", "4.png": "crack"},
    )
    return [walls, roads]


def test_photos_masks_groups_and_labels_are_carried_on_with_the_source_in_their_names(
    sets, tmp_path, monkeypatch
):
    monkeypatch.setattr(merging, "find_duplicates", compare_nothing)
    out = tmp_path / "all"
    merged = merge(sets, out)
    assert merged.photos == {"walls": 3, "roads": 3}
    for source in sets:
        for kind in ("images", "masks"):
            for file in (source / kind).iterdir():
                assert (out / kind / f"{source.name}__{file.name}").read_bytes() == file.read_bytes()
    assert len(list((out / "masks").iterdir())) == 4
    assert rows(out / "groups.csv")[0] == {
        "file": "walls__1.png",
        "group": "walls__wall",
        "source": "walls",
    }
    assert rows(out / "labels.csv") == [
        {"file": "roads__2.png", "label": "no crack"},
        {"file": "roads__4.png", "label": "crack"},
    ]
    photos = read_folder(out)
    assert {(p.file, p.source, p.group, p.label) for p in photos} >= {
        ("roads__1.png", "roads", "roads__wall", ""),
        ("roads__2.png", "roads", "roads__b", "no crack"),
        ("walls__3.png", "walls", "walls__post", ""),
    }


def test_licences_come_from_the_sets_or_the_user_and_missing_ones_are_named(sets, tmp_path, monkeypatch):
    monkeypatch.setattr(merging, "find_duplicates", compare_nothing)
    merged = merge(sets, tmp_path / "all")
    described = json.loads((tmp_path / "all" / "set.json").read_text(encoding="utf-8"))
    assert described["sources"] == [
        {"name": "walls", "licence": "CC0", "categories": {"crack": 2}, "photos": 3},
        {"name": "roads", "licence": None, "photos": 3},
    ]
    assert [f.where for f in merged.findings if f.kind == "no licence"] == ["roads"]
    merged = merge(sets, tmp_path / "more", MergeSettings(licences={"roads": "MIT"}))
    described = json.loads((tmp_path / "more" / "set.json").read_text(encoding="utf-8"))
    assert [source["licence"] for source in described["sources"]] == ["CC0", "MIT"]
    assert not [f for f in merged.findings if f.kind == "no licence"]


def test_who_made_the_pictures_of_a_source_is_told_in_the_merged_set(sets, tmp_path, monkeypatch):
    monkeypatch.setattr(merging, "find_duplicates", compare_nothing)
    made = {"generator": {"name": "iitb-dcgan", "step": 780}, "holds_training_photos": False}
    (sets[1] / "provenance.json").write_text(json.dumps(made), encoding="utf-8")
    merge(sets, tmp_path / "all")
    described = json.loads((tmp_path / "all" / "set.json").read_text(encoding="utf-8"))
    assert [source.get("provenance") for source in described["sources"]] == [None, made]


def test_a_set_painted_in_training_photos_stays_a_source_of_its_own(sets, tmp_path):
    (sets[1] / "provenance.json").write_text('{"holds_training_photos": true}', encoding="utf-8")
    with pytest.raises(DataError, match=r"roads is painted in training photos, .* a source of its own"):
        merge(sets, tmp_path / "all")
    assert not (tmp_path / "all").exists()


def test_a_merged_set_can_be_merged_again_and_keeps_its_sources(sets, tmp_path, monkeypatch):
    monkeypatch.setattr(merging, "find_duplicates", compare_nothing)
    merge(sets, tmp_path / "all")
    decks = write_set(tmp_path / "decks", {"1.png": Photo("d", 2)})
    merged = merge([tmp_path / "all", decks], tmp_path / "again")
    assert merged.photos == {"roads": 3, "walls": 3, "decks": 1}
    names = {path.name for path in (tmp_path / "again" / "images").iterdir()}
    assert "walls__1.png" in names
    assert "decks__1.png" in names
    described = json.loads((tmp_path / "again" / "set.json").read_text(encoding="utf-8"))
    assert {s["name"]: s["licence"] for s in described["sources"]} == {
        "roads": None,
        "walls": "CC0",
        "decks": None,
    }


def test_a_split_is_carried_on_only_where_every_photo_has_a_part(sets, tmp_path, monkeypatch):
    monkeypatch.setattr(merging, "find_duplicates", compare_nothing)
    merged = merge(sets, tmp_path / "all")
    assert not (tmp_path / "all" / "split.csv").exists()
    assert "3 of 6 photos have no part" in next(f.message for f in merged.findings if "split" in f.kind)
    decks = write_set(tmp_path / "decks", {"1.png": Photo("d")}, parts={"1.png": "validation"})
    merge([sets[0], decks], tmp_path / "parted")
    parts = {row["file"]: row["part"] for row in rows(tmp_path / "parted" / "split.csv")}
    assert parts == {
        "walls__1.png": "train",
        "walls__2.png": "train",
        "walls__3.png": "test",
        "decks__1.png": "validation",
    }


def test_pairs_across_sources_are_reported_and_copies_left_out_on_request(sets, tmp_path, monkeypatch):
    pairs = (
        Pair("walls/1.png", "walls/2.png", "same file", 1.0, "within one set"),
        Pair("walls/1.png", "roads/1.png", "near duplicate", 1.0, "alike"),
        Pair("walls/3.png", "roads/2.png", "overlap", 0.5, "a crop"),
    )
    monkeypatch.setattr(merging, "find_duplicates", lambda photos, on_photo=None: pairs)
    kept = merge(sets, tmp_path / "kept")
    across = [(f.kind, f.level, f.where) for f in kept.findings if "across" in f.kind]
    assert across == [
        ("near duplicate across sources", "warning", "roads/1.png"),
        ("overlap across sources", "warning", "roads/2.png"),
    ]
    assert kept.photos == {"walls": 3, "roads": 3}
    dropped = merge(sets, tmp_path / "dropped", MergeSettings(drops_duplicates=True))
    assert dropped.photos == {"walls": 3, "roads": 2}
    assert not (tmp_path / "dropped" / "images" / "roads__1.png").exists()
    assert not (tmp_path / "dropped" / "masks" / "roads__1.png").exists()
    assert (tmp_path / "dropped" / "images" / "roads__2.png").exists()
    assert "it is left out" in next(f.message for f in dropped.findings if f.where == "roads/1.png")


@pytest.mark.parametrize("labels", [None, {"1.png": "crack"}])
def test_of_two_copies_the_one_that_alone_has_a_label_stays(tmp_path, monkeypatch, labels):
    bare, again = ({"1.png": Photo("a", 3), "2.png": Photo("b", 3)} for _ in range(2))
    roots = [write_set(tmp_path / "bare", bare), write_set(tmp_path / "told", again, labels=labels)]
    (roots[0] / "masks" / "1.png").unlink()
    pairs = tuple(Pair(f"bare/{n}.png", f"told/{n}.png", "same file", 1.0, "equal") for n in (1, 2))
    monkeypatch.setattr(merging, "find_duplicates", lambda photos, on_photo=None: pairs)
    merged = merge(roots, tmp_path / "all", MergeSettings(drops_duplicates=True))
    assert [path.name for path in sorted((tmp_path / "all" / "images").iterdir())] == [
        "bare__2.png",
        "told__1.png",
    ]
    left_out = {f.where: f.message for f in merged.findings if "across" in f.kind}
    assert left_out == {
        "bare/1.png": "equal (told/1.png); it is left out",
        "told/2.png": "equal (bare/2.png); it is left out",
    }
    kept = merge(roots, tmp_path / "kept")
    assert [f.where for f in kept.findings if "across" in f.kind] == ["told/1.png", "told/2.png"]


def test_a_copied_photo_of_another_set_is_really_found(tmp_path):
    roots = [tmp_path / "walls", tmp_path / "roads"]
    for seed, root in enumerate(roots):
        scene = draw_scene(DrawSettings(120, 160), np.random.default_rng(seed))
        save(root / "images" / "own.png", scene.photo)
    (roots[1] / "images" / "copy.png").write_bytes((roots[0] / "images" / "own.png").read_bytes())
    merged = merge(roots, tmp_path / "all", MergeSettings(drops_duplicates=True))
    assert merged.photos == {"walls": 1, "roads": 1}
    assert [f.where for f in merged.findings if "same file" in f.kind] == ["roads/copy.png"]


@pytest.mark.parametrize("twin", ["walls__1.png", "walls__1.bmp", "walls__1.PNG"])
def test_two_photos_that_would_have_one_name_are_refused(sets, tmp_path, monkeypatch, twin):
    monkeypatch.setattr(merging, "find_duplicates", compare_nothing)
    groups = "file,group,source\n1.png,wall,walls\n"
    write_set(sets[0], {twin: Photo("wall", 2)})
    (sets[0] / "groups.csv").write_text(f"{groups}{twin},wall,walls\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"1\.png and .* would both be .*__1[.].* in the merged set; rename"):
        merge(sets, tmp_path / "all")
    assert not (tmp_path / "all").exists()


def test_nothing_is_left_when_merging_fails(sets, tmp_path, monkeypatch):
    monkeypatch.setattr(merging, "find_duplicates", compare_nothing)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(merging.shutil, "copyfile", full)
    with pytest.raises(OutputError, match="No space left"):
        merge(sets, tmp_path / "all")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["roads", "walls"]


def test_what_cannot_be_merged_is_refused(sets, tmp_path, monkeypatch):
    monkeypatch.setattr(merging, "find_duplicates", compare_nothing)
    with pytest.raises(SettingsError, match="only one set to merge"):
        merge(sets[:1], tmp_path / "all")
    with pytest.raises(SettingsError, match="a licence is given for decks, but the sources are walls, roads"):
        merge(sets, tmp_path / "all", MergeSettings(licences={"decks": "MIT"}))
    with pytest.raises(OutputError, match="is not empty"):
        merge(sets, sets[0])
    (sets[0] / "set.json").write_text("{cut", encoding="utf-8")
    with pytest.raises(DataError, match=r"set\.json cannot be read as JSON"):
        merge(sets, tmp_path / "all")
