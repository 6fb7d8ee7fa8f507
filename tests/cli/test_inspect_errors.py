"""``crackwise inspect``: every fault is one clear sentence, and nothing else is lost by it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

import crackwise
from commands import Outcome, records, run_command
from crackwise import files
from crackwise.errors import OutputError, SettingsError
from otherprocess import at_work_in
from photofiles import bar, drawn_photo, exif_bytes, huge_png, jpeg, lock, save
from tinymodel import write_model_without_card, write_tiny_model

PHOTO = drawn_photo(160, 240)


@pytest.fixture
def model(tmp_path):
    return write_tiny_model(tmp_path / "tiny.onnx")


@pytest.fixture
def inspect(model, monkeypatch, capfd) -> Callable[..., Outcome]:
    """Run ``crackwise inspect`` in this process with the tiny model."""

    def run(*arguments: object) -> Outcome:
        words = [str(argument) for argument in arguments]
        chosen = words if "--model" in words else [*words, "--model", str(model)]
        return run_command(monkeypatch, capfd, "inspect", *chosen)

    return run


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def failures(out: Path) -> list[list[str]]:
    return json.loads((out / "run.json").read_text("utf-8"))["failures"]


def listing(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


BAD_PHOTOS = {
    "truncated JPEG": ("bad.jpg", lambda path: write(path, jpeg(PHOTO)[:-900]), "bad.jpg is truncated"),
    "text named .jpg": ("bad.jpg", lambda path: write(path, b"shopping list"), "bad.jpg is not a photo"),
    "empty file": ("bad.jpg", lambda path: write(path, b""), "bad.jpg is empty"),
    "unreadable file": ("bad.jpg", lambda path: path.symlink_to("gone.jpg"), "bad.jpg does not exist"),
    "1x1 photo": ("bad.png", lambda path: save(path, PHOTO[:1, :1]), "bad.png is 1×1 px, too small"),
    "huge photo": ("bad.png", lambda path: write(path, huge_png()), "raise --max-megapixels"),
    "camera raw": ("bad.nef", lambda path: write(path, b"raw"), "convert it to JPEG or TIFF"),
    "floating point": (
        "bad.tif",
        lambda path: write(path, cv2.imencode(".tif", np.zeros((64, 64), np.float32))[1].tobytes()),
        "pixels of kind F",
    ),
}


@pytest.mark.parametrize("kind", BAD_PHOTOS)
def test_a_bad_photo_is_listed_with_its_reason_and_the_rest_is_done(tmp_path, inspect, kind):
    name, make, sentence = BAD_PHOTOS[kind]
    save(tmp_path / "photos/good.png", PHOTO)
    make(tmp_path / "photos" / name)
    outcome = inspect(tmp_path / "photos", "--out", tmp_path / "out")
    assert outcome.code == 1
    (line,) = [line for line in outcome.err.splitlines() if line.startswith("failed: ")]
    assert sentence in line
    assert set(records(tmp_path / "out")) == {"good.png"}
    assert name in (tmp_path / "out/report.html").read_text("utf-8")


BAD_INPUT = {
    "missing photo": (["gone.jpg"], "gone.jpg does not exist; check the path"),
    "empty folder": (["empty"], "no photos found in empty"),
    "out is the folder of photos": (["photos", "--out", "photos"], "is the folder of the photos themselves"),
    "out is a file": (["photos", "--out", "photos/1.png"], "is a file; expected a folder"),
    "model without card": (["photos", "--model", "bare.onnx"], "card"),
    "missing model": (["photos", "--model", "gone.onnx"], "gone.onnx"),
    "text as model": (["photos", "--model", "text.onnx"], "text.onnx"),
    "scale without unit": (["photos", "--scale", "0.2"], "write number and unit, such as 0.2mm/px"),
    "threshold above one": (["photos", "--threshold", "1.5"], "--threshold is 1.5"),
    "negative length": (["photos", "--min-length", "-3"], "--min-length is -3"),
    "infinite length": (["photos", "--min-length", "inf"], "--min-length is inf: input should be a finite"),
    "axis that is no number": (["photos", "--axis", "nan"], "--axis is nan: input should be a finite number"),
    "confidence above one": (["photos", "--min-confidence", "7"], "--min-confidence is 7"),
    "unknown precision": (["photos", "--precision", "fp64"], "--precision is 'fp64'"),
    "unknown format": (
        ["photos", "--formats", "csv,htm"],
        "--formats has 'htm', which is not known; did you mean html?",
    ),
    "missing region": (["photos", "--roi", "gone.png"], "--roi gone.png does not exist"),
    "text as region": (["photos", "--roi", "text.onnx"], "--roi text.onnx is no picture"),
    "folder named as a region": (["photos", "--roi", "regions"], "--roi regions holds no PNG"),
    "broken link as a region": (["photos", "--roi", "linked"], "--roi linked cannot be read"),
    "empty folder of regions": (["photos", "--roi", "empty"], "--roi empty holds no PNG"),
}


@pytest.mark.parametrize("kind", BAD_INPUT)
def test_bad_input_ends_with_one_sentence_and_nothing_done(tmp_path, inspect, monkeypatch, kind):
    arguments, sentence = BAD_INPUT[kind]
    save(tmp_path / "photos/1.png", PHOTO)
    (tmp_path / "empty").mkdir()
    (tmp_path / "regions/1.png").mkdir(parents=True)
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked/1.png").symlink_to(tmp_path / "gone.png")
    write_model_without_card(tmp_path / "bare.onnx")
    write(tmp_path / "text.onnx", b"shopping list")
    monkeypatch.chdir(tmp_path)
    before = listing(tmp_path)
    outcome = inspect(*arguments, *([] if "--out" in arguments else ["--out", "out"]))
    assert outcome.code == 2
    (line,) = outcome.err.splitlines()
    assert line.startswith("error: ")
    assert sentence in line
    assert listing(tmp_path) == before


def test_a_full_disk_stops_with_one_sentence_and_a_rerun_goes_on(tmp_path, inspect, monkeypatch):
    for number in range(6):
        save(tmp_path / f"photos/{number}.png", PHOTO)
    written = files.write_bytes

    def fill(path: Path, data: bytes) -> None:
        if path.name == "3.json":
            with files.whole_file(path):
                raise OSError(28, "No space left on device")
        written(path, data)

    monkeypatch.setattr(files, "write_bytes", fill)
    outcome = inspect(tmp_path / "photos", "--out", tmp_path / "out", "--workers", 1)
    assert outcome.code == 1
    assert "No space left on device" in outcome.err
    assert "run the same command again" in outcome.err
    assert set(records(tmp_path / "out")) == {"0.png", "1.png", "2.png"}
    monkeypatch.setattr(files, "write_bytes", written)
    outcome = inspect(tmp_path / "photos", "--out", tmp_path / "out")
    assert outcome.code == 0
    assert "3 of them earlier" in outcome.out
    assert len(records(tmp_path / "out")) == 6


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("needs the right to mount a tmpfs")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_everything_on_a_really_full_disk_is_whole(tmp_path, small_disk, inspect):
    for number in range(12):
        save(tmp_path / f"photos/{number:02d}.png", drawn_photo(480, 640))
    outcome = inspect(tmp_path / "photos", "--out", small_disk / "out", "--formats", "csv")
    assert outcome.code == 1
    assert "No space left on device" in outcome.err
    done = records(small_disk / "out")
    assert 0 < len(done) < 12
    for record in done.values():
        mask = cv2.imread(str(small_disk / "out/masks" / f"{record['stem']}.png"), cv2.IMREAD_UNCHANGED)
        assert mask.shape == (480, 640)
    assert not [name for name in listing(small_disk) if name.endswith(".part")]


def test_a_run_with_changed_settings_is_refused_and_overwrite_begins_again(tmp_path, inspect):
    save(tmp_path / "photos/1.png", PHOTO)
    out = tmp_path / "out"
    write(out / "notes.txt", b"mine")
    assert inspect(tmp_path / "photos", "--out", out).code == 0
    before = {name: (out / name).read_bytes() for name in listing(out)}
    words = (tmp_path / "photos", "--out", out, "--scale", "0.5mm/px", "--axis", "90")
    outcome = inspect(*words)
    assert outcome.code == 2
    assert "scale was none, is 0.5 mm/px" in outcome.err
    assert "--overwrite" in outcome.err
    assert {name: (out / name).read_bytes() for name in listing(out)} == before
    assert inspect(*words, "--overwrite").code == 0
    (record,) = records(out).values()
    (crack,) = record["cracks"]
    assert crack["length_mm"] == pytest.approx(crack["length_px"] / 2)
    assert (out / "notes.txt").read_bytes() == b"mine"


def test_a_complete_run_leaves_every_artefact_at_the_size_of_its_photo(tmp_path, inspect):
    save(tmp_path / "photos/deck/1.png", PHOTO)
    outcome = inspect(tmp_path / "photos", "--out", tmp_path / "out", "--probability")
    assert outcome.code == 0
    expected = {f"{kind}/deck/1.{suffix}" for kind, suffix in [("masks", "png"), ("overlays", "jpg")]}
    expected |= {"zooms/deck/1.jpg", "probability/deck/1.png", "json/deck/1.json"}
    expected |= {"run.json", "cracks.csv", "photos.csv", "coco.json", "report.html"}
    assert listing(tmp_path / "out") == expected
    mask = cv2.imread(str(tmp_path / "out/masks/deck/1.png"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(mask == 255, PHOTO[..., 0] < 80)
    np.testing.assert_array_equal(mask == 0, PHOTO[..., 0] >= 80)
    probability = cv2.imread(str(tmp_path / "out/probability/deck/1.png"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(probability > 127, mask == 255)
    assert str(tmp_path / "out/report.html") in outcome.out


def test_formats_limit_the_reports(tmp_path, inspect):
    save(tmp_path / "photos/1.png", PHOTO)
    assert inspect(tmp_path / "photos", "--out", tmp_path / "out", "--formats", "coco").code == 0
    assert not (tmp_path / "out/probability").exists()
    assert {"coco.json"} == {name for name in listing(tmp_path / "out") if "/" not in name} - {"run.json"}


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_exif_rotation_gives_upright_masks_of_the_rotated_size(tmp_path, inspect, orientation):
    write(tmp_path / "photos/1.jpg", jpeg(PHOTO, exif=exif_bytes(orientation)))
    assert inspect(tmp_path / "photos", "--out", tmp_path / "out").code == 0
    mask = cv2.imread(str(tmp_path / "out/masks/1.png"), cv2.IMREAD_UNCHANGED)
    upright = np.rot90(PHOTO[..., 0] < 80, {3: 2, 6: 3, 8: 1}[orientation])
    assert mask.shape == upright.shape
    assert ((mask == 255) != upright).mean() < 0.01
    (record,) = records(tmp_path / "out").values()
    assert (record["height_px"], record["width_px"]) == upright.shape


def test_the_place_is_in_the_results_unless_left_out(tmp_path, inspect):
    write(tmp_path / "photos/1.jpg", jpeg(PHOTO, exif=exif_bytes(gps=True)))
    assert inspect(tmp_path / "photos", "--out", tmp_path / "with").code == 0
    assert inspect(tmp_path / "photos", "--out", tmp_path / "without", "--no-gps").code == 0
    assert records(tmp_path / "with")["1.jpg"]["latitude_deg"] == pytest.approx(-33.51)
    for name in listing(tmp_path / "without"):
        if name.endswith((".json", ".csv", ".html")):
            assert "33.51" not in (tmp_path / "without" / name).read_text("utf-8")
    for name in listing(tmp_path / "without"):
        if name.endswith(".jpg"):
            assert b"Exif" not in (tmp_path / "without" / name).read_bytes()


def test_strange_names_go_through_to_every_result(tmp_path, inspect):
    names = ["=1+1.png", "<script>alert(1).png", "Brücke 橋 [bold].png", 'a, "b".png']
    for name in names:
        save(tmp_path / "photos" / name, PHOTO)
    outcome = inspect(tmp_path / "photos", "--out", tmp_path / "out")
    assert outcome.code == 0
    assert set(records(tmp_path / "out")) == set(names)
    assert {path.name for path in (tmp_path / "out/masks").iterdir()} == set(names)
    assert "<script>alert(1)" not in (tmp_path / "out/report.html").read_text("utf-8")
    assert "\n'=1+1.png," in (tmp_path / "out/photos.csv").read_text("utf-8-sig")


def test_regions_of_no_photo_are_named(tmp_path, inspect):
    save(tmp_path / "photos/1.png", PHOTO)
    for name in ("1.png", "l.png"):
        save(tmp_path / "regions" / name, np.full(PHOTO.shape[:2], 255, np.uint8))
    outcome = inspect(tmp_path / "photos", "--out", tmp_path / "out", "--roi", tmp_path / "regions")
    assert outcome.code == 0
    assert "warning: no photo for the masks l.png of --roi" in outcome.err


def test_a_region_of_interest_leaves_the_rest_out(tmp_path, inspect):
    save(tmp_path / "photos/1.png", PHOTO)
    region = np.zeros(PHOTO.shape[:2], np.uint8)
    region[:, :120] = 255
    roi = save(tmp_path / "roi.png", region)
    assert inspect(tmp_path / "photos", "--out", tmp_path / "out", "--roi", roi).code == 0
    mask = cv2.imread(str(tmp_path / "out/masks/1.png"), cv2.IMREAD_UNCHANGED)
    assert not mask[:, 120:].any()
    np.testing.assert_array_equal(mask[:, :118] > 0, PHOTO[:, :118, 0] < 80)
    assert records(tmp_path / "out")["1.png"]["inspected_share"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("region", "words"),
    [
        (np.zeros(PHOTO.shape[:2], bool), "is empty; expected at least one pixel"),
        (np.full(PHOTO.shape[:2], 255, np.uint8), "is uint8 of shape"),
        (np.ones((3, 4), bool), "is 4×3 but the photo is 240×160"),
    ],
)
def test_a_region_that_cannot_be_used_is_one_sentence(model, region, words):
    with pytest.raises(SettingsError, match=words):
        crackwise.inspect(PHOTO, model=model, roi=region)


@pytest.mark.parametrize(("named", "make_locked"), [("photos", lock), ("photos/**/*.png", bar)])
def test_a_sub_folder_that_cannot_be_searched_fails_until_it_can(
    tmp_path, inspect, monkeypatch, named, make_locked
):
    for name in ("a.png", "locked/b.png"):
        save(tmp_path / "photos" / name, PHOTO)
    words = (tmp_path / named, "--out", tmp_path / "out")
    with monkeypatch.context() as patch:
        make_locked(patch, "locked")
        outcome = inspect(*words)
    said = "locked cannot be searched: Permission denied; what is in it is left out"
    assert (outcome.code, outcome.err.count(said)) == (1, 1)
    assert set(records(tmp_path / "out")) == {"a.png"}
    assert failures(tmp_path / "out") == [["locked", said]]
    assert said in (tmp_path / "out/report.html").read_text("utf-8")
    assert inspect(tmp_path / "photos/a.png", "--out", tmp_path / "out").code == 0  # searches nothing
    assert failures(tmp_path / "out") == [["locked", said]]
    assert inspect(*words).code == 0
    assert set(records(tmp_path / "out")) == {"a.png", "locked/b.png"}
    assert failures(tmp_path / "out") == []


def test_photos_inspected_by_an_earlier_command_are_counted_as_such(tmp_path, inspect):
    for name in ("1.png", "2.png"):
        save(tmp_path / "photos" / name, PHOTO)
    assert inspect(tmp_path / "photos/1.png", "--out", tmp_path / "out").code == 0
    outcome = inspect(tmp_path / "photos/2.png", "--out", tmp_path / "out")
    assert "2 done, 1 of them earlier, 0 failed" in outcome.out


def test_failed_photos_are_listed_also_when_the_report_cannot_be_written(tmp_path, inspect, monkeypatch):
    def fail(*_: object) -> None:
        raise OutputError("report.html cannot be written")

    save(tmp_path / "photos/1.png", PHOTO)
    write(tmp_path / "photos/bad.png", b"shopping list")
    monkeypatch.setattr("crackwise.report.run.write_reports", fail)
    outcome = inspect(tmp_path / "photos", "--out", tmp_path / "out")
    assert outcome.code == 1
    assert "error: report.html cannot be written" in outcome.err
    assert "failed: bad.png is not a photo" in outcome.err


def started(arguments: list[object]) -> subprocess.Popen:
    # a shell that runs the tests in the background lets its children ignore Ctrl-C
    heeds = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{heeds}; import sys; from crackwise.cli.app import main; sys.argv[0] = 'crackwise'; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "inspect", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


@pytest.mark.parametrize("words", [(), ("--overwrite",)])
def test_two_commands_do_not_fill_a_folder_at_once(tmp_path, inspect, words):
    photo, out = save(tmp_path / "photos/1.png", PHOTO), tmp_path / "out"
    assert inspect(photo, "--out", out).code == 0
    before = listing(out)
    with at_work_in(out):
        outcome = inspect(photo, "--out", out, *words)
        assert (outcome.code, listing(out) - before) == (2, {".lock"})
    assert f"another command is at work in {out}; wait for it, or choose another --out" in outcome.err
    assert listing(out) == before


def wait_for_a_record(out: Path, process: subprocess.Popen) -> None:
    deadline_s = time.monotonic() + 120
    while time.monotonic() < deadline_s and process.poll() is None:
        if any((out / "json").glob("*.json")):
            return
        time.sleep(0.002)
    pytest.fail(f"no record was written: {process.communicate()}")


@pytest.mark.parametrize(("end", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)])
def test_a_run_that_was_ended_goes_on_and_gives_what_an_uninterrupted_one_gives(
    tmp_path, inspect, model, end, code
):
    for number in range(16):
        save(tmp_path / f"photos/{number:02d}.png", np.roll(drawn_photo(240, 320), 10 * number, axis=1))
    arguments = [tmp_path / "photos", "--out", tmp_path / "out", "--model", model, "--workers", 1]
    process = started(arguments)
    wait_for_a_record(tmp_path / "out", process)
    process.send_signal(end)
    _, err = process.communicate(timeout=60)
    done = len(records(tmp_path / "out"))
    assert process.returncode == code, err
    assert 0 < done < 16
    outcome = inspect(*arguments)
    assert outcome.code == 0
    assert f"{done} of them earlier" in outcome.out
    assert inspect(tmp_path / "photos", "--out", tmp_path / "whole").code == 0
    assert listing(tmp_path / "out") == listing(tmp_path / "whole")
    for name in ("cracks.csv", "photos.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_what_the_file_system_refuses_anywhere_is_one_sentence(monkeypatch, capfd):
    def refused():
        raise PermissionError(13, "Permission denied", "photos/inner")

    monkeypatch.setattr("crackwise.cli.app.app", refused)
    done = run_command(monkeypatch, capfd, "codes")
    assert done == (2, "", "error: photos/inner: Permission denied; check the path\n")
