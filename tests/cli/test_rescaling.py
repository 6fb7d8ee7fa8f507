"""Another scale for a run that is there: figures in mm follow, and nothing else changes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from commands import Outcome, records
from crackwise.inspection.record import MASK_GIVEN
from crackwise.report import run as report
from photofiles import drawn_photo, save
from tinymodel import write_tiny_model

NAMES = ("1.png", "2.png", "a/3.png")


@pytest.fixture
def model(tmp_path) -> Path:
    return write_tiny_model(tmp_path / "tiny.onnx")


@pytest.fixture
def photos(tmp_path) -> Path:
    for name in NAMES:
        save(tmp_path / "photos" / name, drawn_photo(160, 240))
    return tmp_path / "photos"


@pytest.fixture
def inspect(tmp_path, photos, model, crackwise) -> Callable[..., Outcome]:
    """Inspect all photos with the tiny model, into ``out`` where nothing else is said."""

    def run(*options: object, out: str = "out", of: Path = photos) -> Outcome:
        words = ("inspect", of, "--model", model, "--out", tmp_path / out, "--formats", "csv,html")
        return crackwise(*words, *options)

    return run


def correct(out: Path) -> None:
    """Shift the crack of 2.png in its mask."""
    path = out / "masks/2.png"
    save(path, np.roll(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), 5, axis=0))


def in_px(record: dict[str, Any]) -> dict[str, Any]:
    """Give a record without what a scale decides."""
    kept = {
        name: value for name, value in record.items() if name not in ("scale", "warnings", "given_sha256")
    }
    kept["cracks"] = [
        {name: value for name, value in crack.items() if not name.endswith(("_mm", "_mm2"))}
        for crack in record["cracks"]
    ]
    by_scale = ("total_length_mm", "width_max_mm", "density_m_per_m2", "smallest_width_mm")
    kept["summary"] = {name: value for name, value in record["summary"].items() if name not in by_scale}
    return kept


def test_another_scale_gives_the_records_and_tables_of_a_fresh_run(tmp_path, photos, inspect):
    scale = ("--scale", "0.5mm/px±3%")
    inspect("--scale", "0.2mm/px")
    written = (tmp_path / "out/masks/1.png").stat().st_mtime_ns
    outcome = inspect(*scale)
    assert outcome.code == 0, outcome.err
    assert "3 photos measured before have the new scale" in outcome.out
    inspect(*scale, out="fresh")
    assert records(tmp_path / "out") == records(tmp_path / "fresh")
    for table in ("cracks.csv", "photos.csv", "quantities.csv"):
        assert (tmp_path / "out" / table).read_bytes() == (tmp_path / "fresh" / table).read_bytes()
    run = json.loads((tmp_path / "out/run.json").read_text("utf-8"))
    assert (run["scale"], run["rescaling"]) == ("0.5 mm/px ± 3 %", [])
    assert (tmp_path / "out/masks/1.png").stat().st_mtime_ns == written
    for picture in ("overlays/1.jpg", "zooms/1.jpg"):
        ours, fresh = (cv2.imread(str(tmp_path / out / picture)).astype(float) for out in ("out", "fresh"))
        assert np.abs(ours - fresh).mean() < 0.5, picture
    assert "measured before" not in inspect(*scale).out


@pytest.mark.parametrize(
    ("first", "then"), [("0.2mm/px±12.4%", "0.2mm/px±11.6%"), ("0.2000001mm/px±2%", "0.2000002mm/px±2%")]
)
def test_a_scale_that_differs_in_its_last_digit_is_another_one(tmp_path, inspect, first, then):
    inspect("--scale", first)
    assert "3 photos measured before have the new scale" in inspect("--scale", then).out
    inspect("--scale", then, out="fresh")
    assert records(tmp_path / "out") == records(tmp_path / "fresh")


def test_possible_cracks_stay_in_the_overlay(tmp_path, photos, inspect):
    inspect("--scale", "0.2mm/px", "--min-length", 1000)
    before = cv2.imread(str(tmp_path / "out/overlays/1.jpg"))[:160].astype(float)
    assert records(tmp_path / "out")["1.png"]["possible"]
    assert inspect("--scale", "0.5mm/px", "--min-length", 1000).code == 0
    assert records(tmp_path / "out")["1.png"]["possible"]
    after = cv2.imread(str(tmp_path / "out/overlays/1.jpg"))[:160].astype(float)
    photo = cv2.imread(str(photos / "1.png")).astype(float)
    # its dashes may begin at another place, as the record thins the path
    assert np.abs(after - before).mean() < 0.5 * np.abs(before - photo).mean()


def test_what_was_not_inspected_stays_dimmed(tmp_path, photos, inspect):
    region = np.zeros((160, 240), np.uint8)
    region[:, :120] = 255
    roi = save(tmp_path / "roi.png", region)
    for scale in ("0.2mm/px", "0.5mm/px"):
        assert inspect("--scale", scale, "--roi", roi).code == 0
        overlay = cv2.imread(str(tmp_path / "out/overlays/1.jpg"))[:160].astype(float)
        darker = cv2.imread(str(photos / "1.png")) - overlay
        assert darker[:, 200:].mean() > 20
    assert records(tmp_path / "out")["1.png"]["inspected_share"] == 0.5


def test_a_mask_by_hand_a_model_s_confidence_and_all_px_stay(tmp_path, photos, inspect, crackwise):
    out = tmp_path / "out"
    inspect()
    correct(out)
    crackwise("measure", photos, "--mask", out / "masks", "--out", out)
    before = records(out)
    assert inspect("--scale", "0.5mm/px").code == 0
    after = records(out)
    assert after["2.png"]["model"] == MASK_GIVEN
    assert after["1.png"]["cracks"][0]["confidence"] is not None
    for name in NAMES:
        assert in_px(after[name]) == in_px(before[name])
        (crack,) = after[name]["cracks"]
        assert crack["length_mm"] == pytest.approx(crack["length_px"] / 2)


def test_photos_that_came_since_are_inspected_with_the_new_scale(tmp_path, photos, inspect):
    inspect("--scale", "0.2mm/px")
    save(photos / "4.png", drawn_photo(160, 240))
    outcome = inspect("--scale", "0.5mm/px")
    assert "4 done, 3 of them earlier" in outcome.out
    assert {one["scale"]["mm_per_px"] for one in records(tmp_path / "out").values()} == {0.5}


def test_what_was_said_of_the_former_scale_is_no_longer_said(tmp_path, photos, inspect):
    (tmp_path / "scales.csv").write_text("photo,scale\n1.png,0.3mm/px\n", "utf-8")
    assert (
        "the scale table has no row for 2.png; measured in px only"
        in inspect("--scale-table", tmp_path / "scales.csv").err
    )
    assert "no row" not in inspect("--scale", "0.5mm/px").err
    again = inspect("--scale-table", tmp_path / "scales.csv", "--scale", "0.5mm/px")
    assert "no row for 2.png; the scale is taken from: 0.5 mm/px" in again.err
    scales = {name: one["scale"]["mm_per_px"] for name, one in records(tmp_path / "out").items()}
    assert scales == {"1.png": 0.3, "2.png": 0.5, "a/3.png": 0.5}


def test_an_interrupted_change_of_scale_goes_on(tmp_path, photos, inspect, monkeypatch):
    inspect("--scale", "0.2mm/px")
    draw = report.draw_overlay

    def interrupt(*arguments: Any, **options: Any) -> Any:
        if (records(tmp_path / "out")["1.png"]["scale"] or {})["mm_per_px"] == 0.5:
            raise KeyboardInterrupt
        return draw(*arguments, **options)

    monkeypatch.setattr(report, "draw_overlay", interrupt)
    assert inspect("--scale", "0.5mm/px", "--workers", 1).code == 130
    monkeypatch.setattr(report, "draw_overlay", draw)
    found = [one["scale"]["mm_per_px"] for one in records(tmp_path / "out").values()]
    assert sorted(found) == [0.2, 0.2, 0.5]
    assert inspect("--scale", "0.5mm/px").code == 0
    assert {one["scale"]["mm_per_px"] for one in records(tmp_path / "out").values()} == {0.5}


def test_a_mask_that_waits_for_measuring_keeps_its_scale_until_then(tmp_path, photos, inspect, crackwise):
    out = tmp_path / "out"
    inspect("--scale", "0.2mm/px")
    correct(out)
    edited = (out / "masks/2.png").read_bytes()
    outcome = inspect("--scale", "0.5mm/px")
    assert outcome.code == 1
    assert "failed: 2.png has a mask in the run that was edited and is not measured yet" in outcome.err
    assert "1 photos still have their earlier scale" in outcome.err
    assert (out / "masks/2.png").read_bytes() == edited
    crackwise("measure", photos, "--mask", out / "masks", "--out", out)
    assert inspect("--scale", "0.5mm/px").code == 0
    assert records(out)["2.png"]["scale"]["mm_per_px"] == 0.5


REFUSED = {
    "no scale any more": (("--scale", "0.2mm/px"), (), "scale was 0.2 mm/px, is none; give its scale,"),
    "a card of which only now is asked": ((), ("--card",), "scale was none, is marker card; choose"),
    "rectified photos": (("--rectify",), ("--scale", "0.2mm/px"), "scale was marker card, rectified, is"),
    "photos to rectify": (("--scale", "0.2mm/px"), ("--rectify",), "scale was 0.2 mm/px, is marker card"),
    "something else too": ((), ("--scale", "0.2mm/px", "--axis", "90"), "axis deg was 0.0, is 90.0; scale"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_scale_that_would_need_other_pictures_is_refused(tmp_path, inspect, kind):
    before, after, sentence = REFUSED[kind]
    inspect(*before)
    found = records(tmp_path / "out")
    refused = inspect(*after)
    assert refused.code == 2
    assert sentence in refused.err
    assert records(tmp_path / "out") == found


def test_another_scale_for_a_part_of_the_photos_is_refused(tmp_path, photos, inspect):
    inspect("--scale", "0.2mm/px")
    refused = inspect("--scale", "0.5mm/px", of=photos / "1.png")
    assert refused.code == 2
    assert "2 are not named or gone, first 2.png" in refused.err


def test_measuring_with_the_run_s_own_masks_gives_another_scale(tmp_path, photos, inspect, crackwise):
    inspect("--scale", "0.2mm/px")
    out = tmp_path / "out"
    before = records(out)
    words = ("measure", photos, "--mask", out / "masks", "--out", out, "--scale", "0.5mm/px")
    outcome = crackwise(*words)
    assert (outcome.code, "keep" in outcome.err) == (0, False)
    after = records(out)
    assert {one["scale"]["mm_per_px"] for one in after.values()} == {0.5}
    assert [in_px(one) for one in after.values()] == [in_px(one) for one in before.values()]
    assert inspect("--scale", "0.5mm/px").code == 0  # run.json has it too
    assert "measured before" not in crackwise(*words).out


def test_measuring_gives_single_photos_another_scale(tmp_path, photos, inspect, crackwise):
    inspect("--scale", "0.2mm/px")
    out = tmp_path / "out"
    words = ("measure", photos / "1.png", "--mask", out / "masks", "--out", out, "--scale", "0.5mm/px")
    assert crackwise(*words).code == 0
    scales = {name: one["scale"]["mm_per_px"] for name, one in records(out).items()}
    assert scales == {"1.png": 0.5, "2.png": 0.2, "a/3.png": 0.2}
    assert json.loads((out / "run.json").read_text("utf-8"))["scale"] == "0.2 mm/px"


def test_a_run_of_before_drops_what_it_said_of_the_scale(tmp_path, photos, inspect, crackwise):
    inspect("--card")
    out = tmp_path / "out"
    for path in (out / "json").rglob("*.json"):
        content = json.loads(path.read_text("utf-8"))
        del content["scale_warnings"]
        content["warnings"].append("2 of 3 regions of the mask have fewer than 10 px; each is a crack here")
        path.write_text(json.dumps(content), "utf-8")
    crackwise("measure", photos, "--mask", out / "masks", "--out", out, "--scale", "0.5mm/px")
    for one in records(out).values():
        assert one["warnings"] == ["2 of 3 regions of the mask have fewer than 10 px; each is a crack here"]
