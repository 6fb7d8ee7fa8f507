"""Cracked or not: what is said of a photo, what is stored of it, and when it is done."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from crackwise.errors import OutputError, SettingsError
from crackwise.inspection.classifier import load_classifier
from crackwise.inspection.inspect import inspect_photo
from crackwise.inspection.layout import picture_path
from crackwise.inspection.model import load_model
from crackwise.inspection.search import is_run_folder
from crackwise.inspection.sources import find_photos
from crackwise.inspection.verdict import HELD_BELOW, ByClassifier, ByCracks, record_of
from crackwise.inspection.verdictfolder import (
    ClassifyFile,
    Classifying,
    begin,
    begin_again,
    read_verdicts,
    write_verdict,
)
from crackwise.photo import Photo, photo_of
from photofiles import save
from tinymodel import probability_of_grey, tiny_card, write_tiny_classifier, write_tiny_model

HALF_A_LEVEL = 0.5 / 255


def wall(dark: int = 120, *, length_px: int = 30) -> Photo:
    """A light wall with a line of the given grey."""
    pixels = np.full((64, 96, 3), 120, np.uint8)
    pixels[40:44, 64 : 64 + length_px] = dark
    return photo_of(pixels)


@pytest.fixture
def finder(tmp_path: Path) -> ByCracks:
    card = tiny_card(threshold_high=0.7, threshold_low=0.5, min_length_px=20)
    return ByCracks(load_model(write_tiny_model(tmp_path / "finder.onnx", card=card), "fp32"))


@pytest.fixture
def classifier(tmp_path: Path) -> ByClassifier:
    return ByClassifier(load_classifier(write_tiny_classifier(tmp_path / "tiny.onnx"), "fp32"))


def test_a_photo_is_as_probable_as_its_most_probable_tile(classifier: ByClassifier) -> None:
    pixels = np.full((64, 96, 3), 120, np.uint8)
    pixels[:32, 32:64] = 78
    record = record_of(classifier.look(photo_of(pixels)), classifier.judging, "a.jpg", "a")
    assert record.probability == pytest.approx(probability_of_grey(78), abs=1e-6)
    assert record.cracked
    (tile,) = record.cracked_tiles
    assert (tile.top, tile.left, tile.bottom, tile.right) == (0, 32, 32, 64)
    assert len(record.tiles) == 6


def test_a_probability_equal_to_the_threshold_is_cracked_in_photo_and_tile(tmp_path: Path) -> None:
    loaded = load_classifier(write_tiny_classifier(tmp_path / "tiny.onnx"), "fp32")
    look = ByClassifier(loaded).look(photo_of(np.full((32, 32, 3), 80, np.uint8)))
    assert look.probability == 0.5
    record = record_of(look, ByClassifier(loaded).judging, "a.jpg", "a")
    assert record.cracked
    assert len(record.cracked_tiles) == 1
    higher = record_of(look, ByClassifier(loaded, 0.501).judging, "a.jpg", "a")
    assert not higher.cracked
    assert higher.cracked_tiles == ()


@pytest.mark.parametrize(
    ("dark", "length_px", "cracked"),
    [(20, 30, True), (120, 30, False), (20, 9, False), (77, 30, False), (74, 30, True)],
    ids=["dark line", "nothing", "too short", "too faint", "faint"],
)
def test_without_a_classifier_a_photo_is_cracked_when_inspect_reports_a_crack(
    finder: ByCracks, tmp_path: Path, dark: int, length_px: int, cracked: bool
) -> None:
    photo = wall(dark, length_px=length_px)
    reported = inspect_photo(photo, load_model(tmp_path / "finder.onnx", "fp32"))
    record = record_of(finder.look(photo), finder.judging, "a.jpg", "a")
    assert record.cracked == bool(reported.cracks) == cracked
    assert record.cracks == len(reported.cracks)
    assert (record.probability >= record.threshold) == cracked


def test_what_is_not_reported_stays_below_the_threshold(finder: ByCracks) -> None:
    assert finder.look(wall(20, length_px=9)).probability == 0.7 - HELD_BELOW
    assert finder.look(wall(110)).probability == pytest.approx(probability_of_grey(110), abs=HALF_A_LEVEL)
    assert finder.look(wall(20)).probability == pytest.approx(probability_of_grey(20), abs=HALF_A_LEVEL)


def run_file(**changes: object) -> ClassifyFile:
    run = ClassifyFile(
        crackwise_version="1",
        kind="classifier",
        model="tiny 1",
        model_sha256="ab",
        precision="fp32",
        threshold=0.5,
        roots=("/photos",),
    )
    return run.model_copy(update=changes)


def test_verdicts_are_read_back_as_they_were_written(classifier: ByClassifier, tmp_path: Path) -> None:
    looks = [(name, classifier.look(wall(grey))) for name, grey in (("b/2.jpg", 10), ("a.jpg", 120))]
    written = [record_of(look, classifier.judging, name, name[:-4]) for name, look in looks]
    for record in written:
        write_verdict(record, tmp_path)
    assert read_verdicts(tmp_path) == (written[1], written[0])
    (tmp_path / "json" / "c.json").write_text("{}")
    with pytest.raises(OutputError, match=r"c\.json is no verdict of this version"):
        read_verdicts(tmp_path)


def test_a_photo_is_done_when_its_verdict_and_the_wanted_picture_are_there(
    classifier: ByClassifier, tmp_path: Path
) -> None:
    save(tmp_path / "photos" / "a.png", wall(10).pixels)
    (source,) = find_photos([str(tmp_path / "photos")]).photos
    out = tmp_path / "out"
    plain, explained = (Classifying(classifier, out, with_why=why) for why in (False, True))
    assert not plain.is_done(source)
    dark = photo_of(np.full((32, 32, 3), 10, np.uint8))
    write_verdict(record_of(classifier.look(dark), classifier.judging, "a.png", "a"), out)
    assert plain.is_done(source)
    assert not plain.is_done(replace(source, name="b/a.png")), "it is that of another photo"
    assert not explained.is_done(source)
    save(picture_path(out, "why", "a"), dark.pixels)
    assert explained.is_done(source)
    later_s = source.path.stat().st_mtime + 100
    os.utime(source.path, (later_s, later_s))
    assert not plain.is_done(source), "the photo was changed since"
    plain.begin(source)
    assert not picture_path(out, "why", "a").exists()


def test_a_sound_photo_needs_no_picture_of_why(classifier: ByClassifier, tmp_path: Path) -> None:
    save(tmp_path / "photos" / "a.png", wall(120).pixels)
    (source,) = find_photos([str(tmp_path / "photos")]).photos
    write_verdict(record_of(classifier.look(wall(120)), classifier.judging, "a.png", "a"), tmp_path / "out")
    assert Classifying(classifier, tmp_path / "out", with_why=True).is_done(source)


def test_another_model_or_threshold_needs_another_folder(tmp_path: Path) -> None:
    begin(tmp_path / "out", run_file())
    begin(tmp_path / "out", run_file())
    with pytest.raises(SettingsError, match=r"model sha256 was ab, is cd; threshold was 0\.5, is 0\.4"):
        begin(tmp_path / "out", run_file(model_sha256="cd", threshold=0.4))


def test_beginning_again_removes_verdicts_and_no_other_file(classifier: ByClassifier, tmp_path: Path) -> None:
    begin(tmp_path, run_file())
    write_verdict(record_of(classifier.look(wall()), classifier.judging, "a.jpg", "a"), tmp_path)
    for path in (picture_path(tmp_path, "pictures", "a"), picture_path(tmp_path, "why", "a")):
        save(path, wall().pixels)
    save(picture_path(tmp_path, "pictures", "mine"), wall().pixels)
    (tmp_path / "verdicts.csv").write_text("photo")
    begin_again(tmp_path, run_file(threshold=0.25))
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"classify.json", "pictures/mine.jpg", "tiny.onnx"}


def test_beginning_again_leaves_what_another_program_made(tmp_path: Path) -> None:
    (tmp_path / "json").mkdir()
    for name in ("classify.json", "json/gauge.json", "scores.json"):
        (tmp_path / name).write_text('{"gauge": 1}')
    for start in (begin, begin_again):
        with pytest.raises(SettingsError, match=r"classify\.json is damaged or of another program"):
            start(tmp_path, run_file())
    assert (tmp_path / "json/gauge.json").is_file()
    for name in ("classify.json", "scores.json"):
        assert (tmp_path / name).read_text() == '{"gauge": 1}'


def test_what_systems_and_sync_tools_put_beside_verdicts_does_not_count(
    classifier: ByClassifier, tmp_path: Path
) -> None:
    write_verdict(record_of(classifier.look(wall()), classifier.judging, "a.jpg", "a"), tmp_path)
    (tmp_path / "json/a (1).json").write_bytes((tmp_path / "json/a.json").read_bytes())
    (tmp_path / "json/._a.json").write_bytes(b"\x00\x05\x16\x07")
    assert [record.stem for record in read_verdicts(tmp_path)] == ["a"]


def test_a_folder_of_something_else_is_not_filled(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    with pytest.raises(OutputError, match="already holds pictures but no classify"):
        begin(tmp_path, run_file())


def test_pictures_of_verdicts_are_no_photos_to_inspect(tmp_path: Path) -> None:
    begin(tmp_path / "walls" / "verdicts", run_file())
    save(tmp_path / "walls" / "verdicts" / "pictures" / "a.jpg", wall().pixels)
    save(tmp_path / "walls" / "a.png", wall().pixels)
    assert is_run_folder(tmp_path / "walls" / "verdicts")
    assert [source.name for source in find_photos([str(tmp_path / "walls")]).photos] == ["a.png"]
