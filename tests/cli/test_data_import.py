"""``crackwise data import`` and ``export``: in by one door, out by the other."""

import csv
import json
from functools import partial
from inspect import signature

import cv2
import numpy as np
import pytest

from commands import run_command
from crackwise.cli.data.bringing import FORMATS_IN, FORMATS_OUT, import_
from crackwise.data.dataset import CRACK_ABOVE
from crackwise.data.draw import write_drawn
from crackwise.data.readers import OPTIONS_OF, READERS
from crackwise.data.readers.options import ReadOptions
from crackwise.data.readers.recognise import recognise
from crackwise.data.writers import WRITERS
from smallsets import save

IN = ("data", "import")
OUT = ("data", "export")


@pytest.fixture
def run(monkeypatch, capfd):
    return partial(run_command, monkeypatch, capfd)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn") / "walls"
    write_drawn(folder, 4, "96x80", 5)
    return folder


def test_the_help_names_every_format_that_there_is():
    assert sorted(FORMATS_IN.split(", ")) == sorted(READERS)
    assert sorted(FORMATS_OUT.split(", ")) == sorted(WRITERS)


def test_every_format_says_which_options_it_takes():
    assert OPTIONS_OF.keys() == READERS.keys()
    flags = {f"--{name.replace('_', '-')}" for name in signature(import_).parameters}
    assert set().union(*OPTIONS_OF.values()) <= flags


@pytest.mark.parametrize(
    "words",
    [
        ("--masks", "{stem}_fine.png"),
        ("--category", "hole"),
        ("--erase", "hole"),
        ("--line-width", 9),
        ("--photos", "elsewhere"),
    ],
)
def test_an_option_that_a_format_does_not_take_is_refused(run, drawn, tmp_path, words):
    outcome = run(*IN, drawn, "--out", tmp_path / "out", *words)
    assert outcome.code == 2
    assert (
        f"{words[0]} plays no part where {drawn} is read as canonical; leave it out, or name" in outcome.err
    )
    assert not (tmp_path / "out").exists()


def test_the_usual_threshold_of_masks_is_that_of_the_package():
    assert signature(import_).parameters["threshold"].default == ReadOptions().threshold == CRACK_ABOVE


def masks_of(folder):
    found = {
        path.stem: cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) > 127 for path in folder.rglob("masks/*.png")
    }
    assert found
    return found


@pytest.mark.parametrize("form", sorted(WRITERS))
def test_a_set_comes_back_as_it_left(run, form, drawn, tmp_path):
    assert run(*OUT, drawn, "--format", form, "--out", tmp_path / "out").code == 0
    outcome = run(*IN, tmp_path / "out", "--out", tmp_path / "back")
    assert outcome.code == 0, outcome.err
    assert f"read as {'canonical' if form == 'masks' else form}: 4 photos" in outcome.out
    before, after = masks_of(drawn), masks_of(tmp_path / "back")
    assert before.keys() == after.keys()
    for stem, mask in before.items():
        np.testing.assert_array_equal(after[stem], mask, err_msg=stem)


@pytest.mark.parametrize("form", sorted(WRITERS))
def test_every_written_format_is_recognised(run, form, drawn, tmp_path):
    assert run(*OUT, drawn, "--format", form, "--out", tmp_path / "out").code == 0
    assert recognise(tmp_path / "out") == ("canonical" if form == "masks" else form)


def test_photos_in_sub_folders_come_back_as_they_left(run, tmp_path):
    crack = np.zeros((20, 30), np.uint8)
    for number, stem in enumerate(("a", "b", "c", "pier 2/a", "pier 2/b")):
        crack[:, number] = 255
        save(tmp_path / "set" / "images" / f"{stem}.png", np.full((20, 30, 3), 90 + number, np.uint8))
        save(tmp_path / "set" / "masks" / f"{stem}.png", crack)
    assert recognise(tmp_path / "set") == "masks"
    assert run(*OUT, tmp_path / "set", "--format", "masks", "--out", tmp_path / "out").code == 0
    outcome = run(*IN, tmp_path / "out", "--out", tmp_path / "back")
    assert outcome.code == 0, outcome.err
    assert "read as masks: 5 photos" in outcome.out
    columns = {stem: int(mask.any(axis=0).sum()) for stem, mask in masks_of(tmp_path / "back").items()}
    assert columns == {"a": 1, "b": 2, "c": 3, "pier 2_a": 4, "pier 2_b": 5}
    (tmp_path / "set" / "groups.csv").write_text("file,group\na.png,one\n", encoding="utf-8")
    outcome = run(*IN, tmp_path / "set", "--out", tmp_path / "own")
    assert outcome.code == 2
    assert "2 of 5 photos in" in outcome.err
    assert "first pier 2/a.png" in outcome.err


def test_every_writer_has_its_reader():
    assert set(WRITERS) <= set(READERS)


def test_photos_named_as_without_cracks_get_empty_masks(run, drawn, tmp_path):
    outcome = run(*IN, drawn / "images", "--out", tmp_path / "clean", "--no-cracks")
    assert outcome.code == 0, outcome.err
    assert all(not mask.any() for mask in masks_of(tmp_path / "clean").values())
    rows = csv.DictReader((tmp_path / "clean" / "labels.csv").read_text(encoding="utf-8").splitlines())
    assert {row["label"] for row in rows} == {"no crack"}


def test_photos_without_labels_become_a_set_without_masks(run, drawn, tmp_path):
    assert run(*IN, drawn / "images", "--out", tmp_path / "set").code == 0
    assert len(list((tmp_path / "set" / "images").iterdir())) == 4
    assert not (tmp_path / "set" / "masks").exists()


def test_a_photo_that_is_missing_is_named_and_the_others_come_in(run, drawn, tmp_path):
    run(*OUT, drawn, "--format", "labelme", "--out", tmp_path / "out")
    gone = sorted((tmp_path / "out").glob("*.jpg"))[0]
    gone.unlink()
    outcome = run(*IN, tmp_path / "out", "--out", tmp_path / "back")
    assert outcome.code == 1
    assert gone.name in outcome.out
    assert len(masks_of(tmp_path / "back")) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(
            (*IN, "nowhere", "--out", "x"), "nowhere does not exist", id="a path that does not exist"
        ),
        pytest.param(
            (*IN, ".", "--out", "x", "--format", "cocoa"), "--format cocoa is unknown", id="a format in"
        ),
        pytest.param(
            (*OUT, ".", "--out", "x", "--format", "mat"), "--format mat is unknown", id="a format out"
        ),
        pytest.param(
            (*IN, "empty", "--out", "x"), "the format of empty is not recognised", id="an empty folder"
        ),
        pytest.param((*IN, "cut.json", "--out", "x"), "cut.json", id="a cut annotation file"),
        pytest.param(
            (*IN, "two.json", "--out", "x"), "choose with --category", id="categories that do not say which"
        ),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(run, arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "cut.json").write_text('{"images": [{"id": 1, "file_na', encoding="utf-8")
    shape = {"segmentation": [[1, 1, 9, 1, 9, 9]], "iscrowd": 0, "image_id": 1}
    two = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 40, "height": 40}],
        "categories": [{"id": 1, "name": "spalling"}, {"id": 2, "name": "rust"}],
        "annotations": [{"id": n, "category_id": n, **shape} for n in (1, 2)],
    }
    (tmp_path / "two.json").write_text(json.dumps(two), encoding="utf-8")
    cv2.imwrite(str(tmp_path / "a.jpg"), np.zeros((40, 40, 3), np.uint8))
    outcome = run(*arguments)
    assert outcome.code == 2
    assert outcome.err.count("error:") == 1
    assert words in outcome.err
    assert not (tmp_path / "x").exists()
