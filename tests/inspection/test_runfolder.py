"""A run folder goes on with the same run only, and beginning again never touches a foreign file."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from crackwise.errors import OutputError, SettingsError
from crackwise.inspection.artefacts import photo_of_stem
from crackwise.inspection.layout import SUFFIX_OF_ARTEFACT, artefact_path
from crackwise.inspection.runfile import RunFile, read_run
from crackwise.inspection.runfolder import begin_again, continue_run, correct_run
from crackwise.inspection.settings import Settings
from crackwise.inspection.sources import Source
from tinymodel import tiny_card


def run_file(**changes: Any) -> RunFile:
    values = {
        "crackwise_version": "0.1.0",
        "model": "tiny 1",
        "model_sha256": "abc",
        "precision": "fp32",
        "settings": Settings().resolved(tiny_card()),
        "scale": "0.2 mm/px",
        "roi_sha256": None,
        "keep_gps": True,
        "roots": ("/photos",),
        "title": "Bridge",
        "project": "",
        "inspector": "",
    }
    return RunFile(**{**values, **changes})


def source(name: str, stem: str) -> Source:
    return Source(Path("/photos") / name, name, stem, Path("/photos"))


def put_artefacts(out: Path, stem: str, photo: str) -> None:
    for kind in SUFFIX_OF_ARTEFACT:
        path = artefact_path(out, kind, stem)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"photo": photo, "stem": stem}))


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_new_folder_gets_the_run_file(tmp_path):
    continue_run(tmp_path / "new/out", run_file(), [])
    assert read_run(tmp_path / "new/out") == run_file()


def test_the_same_run_goes_on(tmp_path):
    continue_run(tmp_path, run_file(), [])
    put_artefacts(tmp_path, "a", "a.jpg")
    before = files(tmp_path)
    continue_run(tmp_path, run_file(), [source("a.jpg", "a")])
    assert files(tmp_path) == before


def test_another_heading_is_no_other_run(tmp_path):
    continue_run(tmp_path, run_file(), [])
    continue_run(tmp_path, run_file(title="Tunnel", inspector="N. N."), [])
    assert read_run(tmp_path).title == "Tunnel"


def test_photos_that_failed_stay_with_the_run(tmp_path):
    continue_run(tmp_path, run_file(failures=(("a.jpg", "a.jpg is empty"),)), [])
    continue_run(tmp_path, run_file(), [])
    assert read_run(tmp_path).failures == (("a.jpg", "a.jpg is empty"),)
    begin_again(tmp_path, run_file())
    assert read_run(tmp_path).failures == ()


CHANGES = {
    "threshold": (
        {"settings": Settings(threshold=0.7).resolved(tiny_card())},
        "threshold high was 0.5, is 0.7",
    ),
    "model": ({"model_sha256": "def"}, "model sha256 was abc, is def"),
    "rectified": ({"scale": "marker card, rectified"}, "scale was 0.2 mm/px, is marker card, rectified"),
    "scale dropped": ({"scale": "none"}, "scale was 0.2 mm/px, is none; give its scale"),
    "region": ({"roi_sha256": "0f"}, "region of interest was none, is masks, sha256 0f"),
    "place": ({"keep_gps": False}, "GPS was kept, is left out"),
    "photos": ({"roots": ("/others",)}, "photos was /photos, is /others"),
    "version": ({"crackwise_version": "0.2.0"}, "crackwise was 0.1.0, is 0.2.0"),
    "precision": ({"precision": "bf16"}, "precision was fp32, is bf16"),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_another_run_is_refused_and_the_difference_named(tmp_path, kind):
    changes, sentence = CHANGES[kind]
    continue_run(tmp_path, run_file(), [])
    with pytest.raises(SettingsError, match="--overwrite") as caught:
        continue_run(tmp_path, run_file(**changes), [])
    assert sentence in str(caught.value)
    assert read_run(tmp_path) == run_file()


def test_a_run_goes_on_at_another_scale_and_knows_which_photos_are_to_have_it(tmp_path):
    continue_run(tmp_path, run_file(), [])
    put_artefacts(tmp_path, "a", "a.jpg")
    other = run_file(scale="0.3 mm/px", scale_ways=("given",))
    with pytest.raises(SettingsError, match=r"1 are not named or gone, first a\.jpg"):
        continue_run(tmp_path, other, [])
    assert read_run(tmp_path) == run_file()
    for _ in range(2):  # also when it was interrupted
        continue_run(tmp_path, other, [source("a.jpg", "a")])
        assert read_run(tmp_path) == other.model_copy(update={"rescaling": ("a",)})


@pytest.mark.parametrize(
    ("earlier", "ways", "can"),
    [
        ((), ("given",), True),
        (("given",), (), False),
        (("table", "camera"), ("table", "given"), True),
        (("given",), ("card",), False),  # the card itself would not be inspected then
        (("card",), ("given",), True),
        (("table", "card"), ("card", "given"), True),
        (("given",), ("rectified card",), False),
        (("rectified card",), ("given",), False),
    ],
)
def test_only_a_scale_of_the_same_picture_can_be_given_to_what_is_measured(earlier, ways, can):
    words = {"card": "marker card", "rectified card": "marker card, rectified"}
    scale = ", else ".join(words.get(way, f"some {way}") for way in earlier) or "none"
    assert run_file(scale=scale, scale_ways=earlier).takes_scale("another", ways) == can
    assert run_file(scale=scale).takes_scale("another", ways) == can  # of before the ways were kept
    assert not run_file(scale=scale, scale_ways=earlier).takes_scale(scale, earlier)


def test_beginning_again_removes_the_earlier_run_and_no_foreign_file(tmp_path):
    continue_run(tmp_path, run_file(), [])
    put_artefacts(tmp_path, "deck/a", "deck/a.jpg")
    for name in ("cracks.csv", "photos.csv", "coco.json", "report.html"):
        (tmp_path / name).write_text("old")
    foreign = {"notes.txt", "masks/mine.png", "masks/deck/b.png", "photos/a.jpg"}
    for name in foreign:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("mine")
    begin_again(tmp_path, run_file(scale="none"))
    assert files(tmp_path) == foreign | {"run.json"}
    assert read_run(tmp_path).scale == "none"
    assert not (tmp_path / "overlays").exists()


BEGINNINGS = [
    lambda out: continue_run(out, run_file(), []),
    lambda out: correct_run(out, run_file()),
    lambda out: begin_again(out, run_file()),
]


@pytest.mark.parametrize("begin", BEGINNINGS)
def test_a_folder_of_another_program_is_refused(tmp_path, begin):
    (tmp_path / "masks").mkdir()
    with pytest.raises(OutputError, match=r"already holds masks but no run\.json.*choose another --out"):
        begin(tmp_path)
    assert files(tmp_path) == set()


def test_a_folder_with_other_things_is_used(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    continue_run(tmp_path, run_file(), [])
    assert files(tmp_path) == {"notes.txt", "run.json"}


def test_a_run_of_another_version_is_refused_and_can_be_overwritten(tmp_path):
    (tmp_path / "run.json").write_text('{"crackwise_version": "0.0.1"}')
    with pytest.raises(SettingsError, match=r"run\.json is of another version.*--overwrite"):
        continue_run(tmp_path, run_file(), [])
    begin_again(tmp_path, run_file())
    assert read_run(tmp_path) == run_file()


@pytest.mark.parametrize("text", ["{", '{"command": "segment"}', "[]"])
@pytest.mark.parametrize("begin", BEGINNINGS)
def test_a_run_file_that_is_none_of_ours_is_refused_and_nothing_removed(tmp_path, begin, text):
    (tmp_path / "run.json").write_text(text)
    put_artefacts(tmp_path, "a", "a.jpg")
    (tmp_path / "cracks.csv").write_text("mine")
    before = files(tmp_path)
    with pytest.raises(SettingsError, match=r"run\.json is damaged or of another program; choose another"):
        begin(tmp_path)
    assert files(tmp_path) == before
    assert (tmp_path / "run.json").read_text() == text


def test_beginning_again_removes_no_record_that_is_none_of_ours(tmp_path):
    continue_run(tmp_path, run_file(), [])
    put_artefacts(tmp_path, "a", "a.jpg")
    for name, content in {
        "mine": "{}",
        "b": '{"photo": "b.jpg"}',
        "a (1)": '{"photo": "a.jpg", "stem": "a"}',
    }.items():
        (tmp_path / f"json/{name}.json").write_text(content)
    begin_again(tmp_path, run_file())
    assert files(tmp_path) == {"run.json", "json/mine.json", "json/b.json", "json/a (1).json"}


def test_what_a_killed_run_left_half_written_is_removed(tmp_path):
    continue_run(tmp_path, run_file(), [])
    (tmp_path / "masks/deck").mkdir(parents=True)
    (tmp_path / "masks/deck/.a.png.4711.part").write_text("half")
    (tmp_path / "masks/deck/.b.png.4711.part.png").write_text("half")  # encoded into a file
    (tmp_path / ".coco.json.4711.part").write_text("half")
    continue_run(tmp_path, run_file(), [])
    assert files(tmp_path) == {"run.json"}


def test_a_photo_that_now_keeps_its_extension_leaves_nothing_under_its_old_stem(tmp_path):
    continue_run(tmp_path, run_file(), [source("a.jpg", "a")])
    put_artefacts(tmp_path, "a", "a.jpg")
    put_artefacts(tmp_path, "b", "b.jpg")
    continue_run(
        tmp_path, run_file(), [source("a.jpg", "a.jpg"), source("a.png", "a.png"), source("b.jpg", "b")]
    )
    assert {name for name in files(tmp_path) if name.startswith("json/")} == {"json/b.json"}


def test_a_photo_whose_stem_was_numbered_leaves_nothing_under_it(tmp_path):
    both = [source("A.JPG", "A.JPG"), source("a.jpg", "a.jpg-2")]  # as find_photos names the two
    continue_run(tmp_path, run_file(), both)
    for one in both:
        put_artefacts(tmp_path, one.stem, one.name)
    continue_run(tmp_path, run_file(), [source("a.jpg", "a")])  # the other is deleted
    assert photo_of_stem(tmp_path) == {"A.JPG": "A.JPG"}


def test_a_photo_whose_stem_has_accents_in_another_form_keeps_its_record(tmp_path):
    composed, taken_apart = (unicodedata.normalize(form, "Stütze") for form in ("NFC", "NFD"))
    continue_run(tmp_path, run_file(), [])
    put_artefacts(tmp_path, taken_apart, "Stütze.jpg")
    continue_run(tmp_path, run_file(), [source("Stütze.jpg", composed)])
    assert photo_of_stem(tmp_path) == {taken_apart: "Stütze.jpg"}
