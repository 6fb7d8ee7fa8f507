"""``crackwise measure``: masks from elsewhere or corrected by hand, in a new or in an earlier run folder."""

import contextlib
import csv
import io
import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from cardphotos import View, concrete, photograph, px_of_plane
from commands import Outcome, records
from crackwise.cli.app import main
from crackwise.inspection.record import MASK_GIVEN
from crackwise.inspection.runfile import MEASURING
from crackwise.inspection.scales import ScaleRule
from otherprocess import at_work_in
from photofiles import exif_bytes, jpeg, save
from tinymodel import write_tiny_model

HEIGHT, WIDTH = 160, 240
PRICES = 'currency = "EUR"\n[[classes]]\nname = "seal"\nfrom_mm = 0\nprice_per_m = 10\n'


def crack_mask(row: int, width_px: int = 5) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[row : row + width_px, 30:200] = True
    return mask


def crack_photo(row: int, width_px: int = 5) -> np.ndarray:
    """Photograph a horizontal crack: dark enough for the tiny model, blurred, with grain."""
    grey = cv2.GaussianBlur(np.where(crack_mask(row, width_px), 30.0, 170.0), (0, 0), 0.8)
    grain = np.random.default_rng(row).normal(0, 2, grey.shape)
    return np.repeat((grey + grain).clip(0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def save_mask(path: Path, mask: np.ndarray) -> Path:
    return save(path, mask.astype(np.uint8) * 255)


ROWS = {"1.png": 40, "2.png": 60, "a/3.png": 80}


@pytest.fixture
def photos(tmp_path) -> Path:
    for name, row in ROWS.items():
        save(tmp_path / "photos" / name, crack_photo(row))
    return tmp_path / "photos"


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


@pytest.fixture
def inspect(tmp_path, photos, model, crackwise) -> Callable[..., Outcome]:
    """Inspect all photos with the tiny model into ``out``."""

    def run(*options: object) -> Outcome:
        scale = [] if "--rectify" in options else ["--scale", "0.2mm/px"]
        words = ["inspect", photos, "--model", model, *scale, "--out", tmp_path / "out", "--formats", "csv"]
        return crackwise(*words, *options)

    return run


@pytest.fixture(scope="module")
def inspected_once(tmp_path_factory, model) -> Path:
    folder = tmp_path_factory.mktemp("inspected")
    for name, row in ROWS.items():
        save(folder / "photos" / name, crack_photo(row))
    words = ["inspect", folder / "photos", "--model", model, "--scale", "0.2mm/px", "--out", folder / "out"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["crackwise", *map(str, words)])
        with contextlib.suppress(SystemExit):
            main()
    assert len(records(folder / "out")) == len(ROWS)
    return folder


@pytest.fixture
def inspected(tmp_path, inspected_once) -> tuple[Path, Path]:
    """Give photos that nobody may change, and a copy of the run that inspected them."""
    shutil.copytree(inspected_once / "out", tmp_path / "out")
    return inspected_once / "photos", tmp_path / "out"


def table(out: Path, name: str) -> dict[str, dict[str, str]]:
    rows = csv.DictReader(io.StringIO((out / name).read_text("utf-8-sig"), newline=""))
    return {row["photo"]: row for row in rows}


def artefacts(out: Path, stem: str) -> dict[str, bytes]:
    kinds = {"masks": "png", "overlays": "jpg", "zooms": "jpg", "json": "json"}
    return {kind: (out / kind / f"{stem}.{suffix}").read_bytes() for kind, suffix in kinds.items()}


def test_one_photo_with_its_mask_makes_a_run_folder(tmp_path, photos, crackwise):
    mask = save_mask(tmp_path / "drawn.png", crack_mask(40))
    out = tmp_path / "new"
    words = ["measure", photos / "1.png", "--mask", mask, "--scale", "0.2mm/px±5%", "--out", out]
    outcome = crackwise(*words, "--title", "Pier 4")
    assert outcome.code == 0, outcome.err
    (record,) = records(out).values()
    assert (record["photo"], record["stem"], record["model"]) == ("1.png", "1", MASK_GIVEN)
    assert record["photo_bytes"] == (photos / "1.png").stat().st_size
    (crack,) = record["cracks"]
    assert crack["width_mean_mm"] == pytest.approx(1.0, abs=0.03)
    run = json.loads((out / "run.json").read_text("utf-8"))
    assert (run["model"], run["card"], run["settings"]) == (MASK_GIVEN, None, {"axis_deg": 0.0})
    assert run["scale"] == "0.2 mm/px ± 5 %"
    for name in ("cracks.csv", "photos.csv", "coco.json", "report.html"):
        assert (out / name).is_file()
    html = (out / "report.html").read_text("utf-8")
    assert "Pier 4" in html
    assert "Model card" not in html
    assert all(artefacts(out, "1").values())


def test_a_folder_of_photos_takes_its_masks_by_stem(tmp_path, photos, crackwise):
    for name, row in ROWS.items():
        save_mask(tmp_path / "masks" / Path(name).name, crack_mask(row))
    outcome = crackwise("measure", photos, "--mask", tmp_path / "masks", "--out", tmp_path / "new")
    assert outcome.code == 0, outcome.err
    found = {name: record["cracks"][0]["top"] for name, record in records(tmp_path / "new").items()}
    assert found == ROWS


def test_a_mask_that_may_be_of_either_of_two_photos_is_of_neither(tmp_path, photos, crackwise):
    save(photos / "1.bmp", crack_photo(100))
    save_mask(tmp_path / "masks/1.png", crack_mask(40))
    save_mask(tmp_path / "masks/2.png", crack_mask(60))
    words = ("measure", photos, "--mask", tmp_path / "masks", "--out", tmp_path / "new")
    outcome = crackwise(*words)
    assert set(records(tmp_path / "new")) == {"2.png"}
    assert "1.png has no mask in" in outcome.err
    assert "expected 1.png.png" in outcome.err
    save_mask(tmp_path / "masks/1.png.png", crack_mask(40))
    crackwise(*words)
    assert set(records(tmp_path / "new")) == {"1.png", "2.png"}


def test_masks_inside_the_folder_of_photos_are_no_photos(photos, crackwise, tmp_path):
    save_mask(photos / "masks/1.png", crack_mask(40))
    outcome = crackwise("measure", photos, "--mask", photos / "masks", "--out", tmp_path / "new")
    assert set(records(tmp_path / "new")) == {"1.png"}
    assert "2.png has no mask in" in outcome.err
    assert outcome.code == 1


def test_a_corrected_mask_replaces_one_photo_of_an_inspection_and_no_other(tmp_path, inspected, crackwise):
    photos, out = inspected
    before = {stem: artefacts(out, stem) for stem in ("1", "2", "a/3")}
    run_file = (out / "run.json").read_bytes()
    half = crack_mask(80)
    half[:, 115:] = False
    mask = save_mask(tmp_path / "corrected.png", half)
    outcome = crackwise("measure", photos / "a/3.png", "--mask", mask, "--out", out)
    assert outcome.code == 0, outcome.err

    assert artefacts(out, "1") == before["1"]
    assert artefacts(out, "2") == before["2"]
    assert all(artefacts(out, "a/3")[kind] != before["a/3"][kind] for kind in before["a/3"])
    assert (out / "run.json").read_bytes() == run_file
    record = records(out)["a/3.png"]
    assert record["cracks"][0]["length_px"] == pytest.approx(85, abs=1)
    assert record["scale"]["mm_per_px"] == 0.2  # as it was inspected

    rows = table(out, "photos.csv")
    assert {name: row["model"] for name, row in rows.items()} == {
        "1.png": "tiny 1",
        "2.png": "tiny 1",
        "a/3.png": MASK_GIVEN,
    }
    assert float(rows["a/3.png"]["total_length_px"]) == pytest.approx(85, abs=1)
    assert float(table(out, "cracks.csv")["1.png"]["length_px"]) == pytest.approx(170, abs=1)
    html = (out / "report.html").read_text("utf-8")
    assert "Model card" in html
    assert html.count("given or corrected by a user") == 1


def test_masks_of_the_run_itself_are_corrected_in_place(tmp_path, inspected, crackwise):
    photos, out = inspected
    path = out / "masks/2.png"
    save_mask(path, crack_mask(60)[:, ::-1])
    later_s = path.stat().st_mtime + 10
    os.utime(path, (later_s, later_s))
    assert crackwise("measure", photos, "--mask", out / "masks", "--out", out).code == 0
    assert {name: record["model"] for name, record in records(out).items()} == {
        "1.png": "tiny 1",
        "2.png": MASK_GIVEN,
        "a/3.png": "tiny 1",
    }


def test_a_mask_was_edited_when_its_content_is_another_whatever_its_time(tmp_path, inspected, crackwise):
    photos, out = inspected
    save_mask(out / "masks/2.png", crack_mask(60)[:, ::-1])
    os.utime(out / "masks/2.png", (1, 1))  # as a copy that keeps times, or an archive
    later_s = (out / "json/1.json").stat().st_mtime + 10
    os.utime(out / "masks/1.png", (later_s, later_s))  # as a copy that does not
    assert crackwise("measure", photos, "--mask", out / "masks", "--out", out).code == 0
    assert [record["photo"] for record in records(out).values() if record["model"] == MASK_GIVEN] == ["2.png"]


def test_of_an_older_record_a_mask_that_is_newer_was_edited(tmp_path, inspected, crackwise):
    photos, out = inspected
    for number in ("1", "2"):
        path = out / f"json/{number}.json"
        content = json.loads(path.read_text("utf-8"))
        del content["mask_sha256"]
        path.write_text(json.dumps(content), "utf-8")
    later_s = (out / "json/2.json").stat().st_mtime + 10
    os.utime(out / "masks/2.png", (later_s, later_s))
    assert crackwise("measure", photos, "--mask", out / "masks", "--out", out).code == 0
    assert [record["photo"] for record in records(out).values() if record["model"] == MASK_GIVEN] == ["2.png"]


def test_an_inspection_leaves_a_mask_that_was_edited_and_not_measured(tmp_path, photos, inspect, crackwise):
    inspect()
    out = tmp_path / "out"
    save_mask(out / "masks/2.png", crack_mask(100))
    edited = artefacts(out, "2")
    later_s = (out / "json/2.json").stat().st_mtime + 10
    os.utime(photos / "2.png", (later_s, later_s))
    outcome = inspect()
    assert outcome.code == 1
    assert "failed: 2.png has a mask in the run that was edited and is not measured yet" in outcome.err
    assert artefacts(out, "2") == edited
    assert crackwise("measure", photos, "--mask", out / "masks", "--out", out).code == 0
    assert records(out)["2.png"]["cracks"][0]["top"] == 100


def test_what_was_measured_now_is_told_photo_by_photo(tmp_path, inspected, crackwise):
    photos, out = inspected
    two = crack_mask(60)
    two[:, 100:120] = False
    save_mask(tmp_path / "masks/2.png", two)
    save_mask(tmp_path / "masks/a/3.png", np.zeros((HEIGHT, WIDTH), bool))
    told = crackwise("measure", photos, "--mask", tmp_path / "masks", "--out", out).out.splitlines()
    assert re.fullmatch(r"2\.png: 2 cracks, 30 mm, widest [\d.]+ mm \([\d.]+–[\d.]+\)", told[0]), told
    assert told[1] == "a/3.png: no crack"
    assert not any(line.startswith("1.png: ") for line in told)


def test_many_photos_are_told_in_the_summary_alone(tmp_path, photos, crackwise):
    for number in range(10, 21):
        save(tmp_path / f"many/{number}.png", crack_photo(40))
        save_mask(tmp_path / f"masks/{number}.png", crack_mask(40))
    done = crackwise("measure", tmp_path / "many", "--mask", tmp_path / "masks", "--out", tmp_path / "new")
    assert done.code == 0
    assert "11 done" in done.out
    assert ".png: " not in done.out


@pytest.mark.parametrize("damage", [lambda text: text[:-9], lambda text: text.replace('"cracks"', '"x"')])
def test_a_record_that_cannot_be_read_is_said_and_not_measured_over(tmp_path, inspected, crackwise, damage):
    photos, out = inspected
    record = out / "json/2.json"
    record.write_text(damage(record.read_text("utf-8")), "utf-8")
    before = artefacts(out, "2")
    mask = save_mask(tmp_path / "2.png", crack_mask(60))
    outcome = crackwise("measure", photos / "2.png", "--mask", mask, "--out", out)
    assert f"{record} is damaged or of another version of crackwise; delete it and inspect" in outcome.err
    assert outcome.code != 0
    assert artefacts(out, "2") == before


def test_an_emptied_mask_takes_a_false_find_out_of_the_run(tmp_path, inspected, crackwise):
    photos, out = inspected
    empty = save_mask(tmp_path / "2.png", np.zeros((HEIGHT, WIDTH), bool))
    assert crackwise("measure", photos / "2.png", "--mask", empty, "--out", out).code == 0
    assert table(out, "photos.csv")["2.png"]["verdict"] == "no crack found"
    assert not (out / "zooms/2.jpg").exists()


@pytest.mark.parametrize("options", [[], ["--probability"]])
def test_a_later_inspection_leaves_the_corrected_photo_as_it_is(
    tmp_path, photos, inspect, crackwise, options
):
    inspect(*options)
    out = tmp_path / "out"
    mask = save_mask(tmp_path / "2.png", crack_mask(60))
    crackwise("measure", photos / "2.png", "--mask", mask, "--out", out)
    (out / "probability/2.png").unlink(missing_ok=True)
    corrected = artefacts(out, "2")
    (out / "json/1.json").unlink()
    assert inspect(*options).code == 0
    assert artefacts(out, "2") == corrected
    assert records(out)["1.png"]["model"] == "tiny 1"


def test_a_photo_changed_after_its_correction_is_said_and_the_correction_kept(
    tmp_path, photos, inspect, crackwise
):
    inspect()
    out = tmp_path / "out"
    mask = save_mask(tmp_path / "2.png", crack_mask(60))
    crackwise("measure", photos / "2.png", "--mask", mask, "--out", out)
    corrected = artefacts(out, "2")
    later_s = (out / "json/2.json").stat().st_mtime + 10
    os.utime(photos / "2.png", (later_s, later_s))
    outcome = inspect()
    assert outcome.code == 1
    assert "failed: 2.png was changed after its mask was given, or" in outcome.err
    assert artefacts(out, "2") == corrected


def test_a_photo_whose_camera_is_ahead_of_time_is_done(tmp_path, photos, inspect, crackwise):
    ahead_s = (photos / "1.png").stat().st_mtime + 1e6
    for number in ("1", "2"):
        os.utime(photos / f"{number}.png", (ahead_s, ahead_s))
    inspect()
    mask = save_mask(tmp_path / "2.png", crack_mask(60))
    crackwise("measure", photos / "2.png", "--mask", mask, "--out", tmp_path / "out")
    before = artefacts(tmp_path / "out", "1")
    again = inspect()
    assert (again.code, "3 of them earlier" in again.out) == (0, True)
    assert artefacts(tmp_path / "out", "1") == before


def test_beginning_again_finds_the_cracks_anew(tmp_path, photos, inspect, crackwise):
    inspect()
    mask = save_mask(tmp_path / "2.png", crack_mask(60))
    crackwise("measure", photos / "2.png", "--mask", mask, "--out", tmp_path / "out")
    assert inspect("--overwrite").code == 0
    assert records(tmp_path / "out")["2.png"]["model"] == "tiny 1"


def test_beginning_again_keeps_the_masks_by_hand(tmp_path, photos, inspect, crackwise):
    inspect()
    out = tmp_path / "out"
    given = save_mask(tmp_path / "2.png", crack_mask(60))
    crackwise("measure", photos / "2.png", "--mask", given, "--out", out)
    save_mask(out / "masks/a/3.png", crack_mask(100))  # corrected, and not measured yet
    later_s = (out / "json/a/3.json").stat().st_mtime + 10
    os.utime(out / "masks/a/3.png", (later_s, later_s))
    outcome = inspect("--overwrite")
    assert f"2 masks drawn or corrected by hand are kept, first {out}" in outcome.err
    for name, row in (("2", 60), ("a/3", 100)):
        kept = cv2.imread(str(out / f"masks_by_hand/{name}.png"), cv2.IMREAD_GRAYSCALE)
        np.testing.assert_array_equal(kept > 0, crack_mask(row))
    assert not (out / "masks_by_hand/1.png").exists()
    assert (
        crackwise("measure", photos / "a/3.png", "--mask", out / "masks_by_hand/a/3.png", "--out", out).code
        == 0
    )
    assert "kept, first" not in inspect().err
    assert records(out)["a/3.png"]["model"] == MASK_GIVEN


def test_a_mask_kept_earlier_is_not_overwritten(tmp_path, photos, inspect):
    inspect()
    out = tmp_path / "out"
    for row in (80, 90, 100):
        save_mask(out / "masks/2.png", crack_mask(row))
        inspect("--overwrite")
    for name, row in (("2", 80), ("2-kept-2", 90), ("2-kept-3", 100)):
        kept = cv2.imread(str(out / f"masks_by_hand/{name}.png"), cv2.IMREAD_GRAYSCALE)
        np.testing.assert_array_equal(kept > 0, crack_mask(row))


def test_a_photo_that_needs_another_stem_leaves_its_mask_by_hand(tmp_path, photos, inspect, crackwise):
    inspect()
    out = tmp_path / "out"
    given = save_mask(tmp_path / "2.png", crack_mask(60))
    crackwise("measure", photos / "2.png", "--mask", given, "--out", out)
    save(photos / "2.jpg", crack_photo(60))
    assert "1 masks drawn or corrected by hand are kept" in inspect().err
    assert (out / "masks_by_hand/2.png").is_file()


def test_a_photo_of_the_stem_of_another_leaves_that_one_s_mask_by_hand(
    tmp_path, photos, inspect, model, crackwise
):
    inspect()
    out = tmp_path / "out"
    given = save_mask(tmp_path / "2.png", crack_mask(60))
    crackwise("measure", photos / "2.png", "--mask", given, "--out", out)
    words = ["inspect", save(photos / "2.bmp", crack_photo(90)), "--model", model, "--scale", "0.2mm/px"]
    outcome = crackwise(*words, "--out", out)
    assert outcome.code == 0
    assert "1 masks drawn or corrected by hand are kept" in outcome.err
    kept = cv2.imread(str(out / "masks_by_hand/2.png"), cv2.IMREAD_GRAYSCALE)
    np.testing.assert_array_equal(kept > 0, crack_mask(60))
    assert records(out)["2.bmp"]["model"] == "tiny 1"


@pytest.mark.parametrize("kind", ["masks/2.png", "overlays/2.jpg"])
def test_what_is_gone_of_a_given_mask_is_said_and_comes_with_measuring(
    tmp_path, photos, inspect, crackwise, kind
):
    inspect()
    out = tmp_path / "out"
    given = save_mask(tmp_path / "2.png", crack_mask(60))
    words = ("measure", photos / "2.png", "--out", out, "--mask")
    crackwise(*words, given)
    (out / kind).unlink()
    assert (
        "failed: 2.png was changed after its mask was given, or its mask or overlay is gone" in inspect().err
    )
    crackwise(*words, given if kind.startswith("masks") else out / "masks")
    assert (out / kind).is_file()
    assert inspect().code == 0


def test_reports_of_an_earlier_command_say_what_the_last_one_measured(tmp_path, photos, inspect, crackwise):
    out = tmp_path / "out"
    assert inspect("--formats", "csv,html,coco").code == 0
    mask = save_mask(tmp_path / "2.png", np.zeros((HEIGHT, WIDTH), bool))
    assert crackwise("measure", photos / "2.png", "--mask", mask, "--out", out, "--formats", "json").code == 0
    assert "2.png" not in (out / "cracks.csv").read_text("utf-8")
    photos_of = {
        one["id"]: one["file_name"] for one in json.loads((out / "coco.json").read_bytes())["images"]
    }
    marked = {
        photos_of[one["image_id"]] for one in json.loads((out / "coco.json").read_bytes())["annotations"]
    }
    assert marked == {"1.png", "a/3.png"}
    assert "given or corrected by a user" in (out / "report.html").read_text("utf-8")
    assert not (out / "report.pdf").exists()


def test_measuring_in_a_run_keeps_its_code_and_prices(tmp_path, photos, inspect, crackwise):
    (tmp_path / "prices.toml").write_text(PRICES, "utf-8")
    judging = ("--code", "en1992", "--exposure", "XC3", "--prices", tmp_path / "prices.toml")
    inspect("--formats", "csv,html", *judging)
    out = tmp_path / "out"
    (tmp_path / "prices.toml").unlink()
    mask = save_mask(tmp_path / "2.png", crack_mask(60))
    words = ("measure", photos / "2.png", "--mask", mask, "--out", out)
    assert crackwise(*words).code == 0
    assert {row["limit_mm"] for row in table(out, "cracks.csv").values()} == {"0.3"}
    assert "seal" in (out / "budget.csv").read_text("utf-8")
    assert "calculated design widths" in (out / "report.html").read_text("utf-8")
    crackwise(*words, "--code", "burland")
    assert {row["limit_mm"] for row in table(out, "cracks.csv").values()} == {""}
    assert "seal" in (out / "budget.csv").read_text("utf-8")
    inspect()
    assert {row["limit_mm"] for row in table(out, "cracks.csv").values()} == {""}
    crackwise(*words, "--code", "none", "--prices", "none")
    assert "verdict" not in (out / "cracks.csv").read_text("utf-8").splitlines()[0]
    assert not (out / "budget.csv").exists()


def test_an_exposure_class_is_for_the_code_that_the_run_keeps(tmp_path, photos, inspect, crackwise):
    inspect("--code", "en1992", "--exposure", "XC3")
    out = tmp_path / "out"
    mask = save_mask(tmp_path / "2.png", crack_mask(60))
    words = ("measure", photos / "2.png", "--mask", mask, "--out", out)
    assert crackwise(*words, "--exposure", "XC1").code == 0
    assert {row["limit_mm"] for row in table(out, "cracks.csv").values()} == {"0.4"}
    outcome = crackwise(*words, "--exposure", "dry")
    assert (outcome.code, "code en1992 has no exposure class 'dry'" in outcome.err) == (2, True)
    new = crackwise(*words[:-1], tmp_path / "new", "--exposure", "XC1")
    assert (new.code, "does nothing without --code" in new.err) == (2, True)


@pytest.mark.parametrize(("stated", "is_known"), [((), False), (("--axis", "0"), True)])
def test_measuring_in_a_run_knows_directions_where_its_axis_was_stated(
    tmp_path, photos, inspect, crackwise, stated, is_known
):
    inspect("--code", "ltpp_concrete", *stated)
    mask = save_mask(tmp_path / "2.png", crack_mask(60))
    words = ("measure", photos / "2.png", "--mask", mask, "--out", tmp_path / "out")
    assert ("not known without --axis" in crackwise(*words).err) != is_known
    # another direction for one photo says nothing of the others
    assert ("not known without --axis" in crackwise(*words, "--axis", "90").err) != is_known


def test_an_earlier_run_with_an_axis_has_it_stated(tmp_path, photos, inspect, crackwise):
    inspect("--code", "ltpp_concrete", "--axis", "90")
    run = tmp_path / "out/run.json"
    content = json.loads(run.read_text("utf-8"))
    del content["is_axis_stated"]
    run.write_text(json.dumps(content), "utf-8")
    mask = save_mask(tmp_path / "2.png", crack_mask(60))
    done = crackwise("measure", photos / "2.png", "--mask", mask, "--out", tmp_path / "out")
    assert "not known without --axis" not in done.err


def test_photos_of_a_run_stay_the_model_s_though_their_overlays_are_gone(tmp_path, inspected, crackwise):
    photos, out = inspected
    before = {name: record["model"] for name, record in records(out).items()}
    shutil.rmtree(out / "overlays")
    assert crackwise("measure", photos, "--mask", out / "masks", "--out", out).code == 0
    assert {name: record["model"] for name, record in records(out).items()} == before


def test_a_run_that_was_measured_in_another_way_does_not_go_on(tmp_path, photos, inspect, crackwise):
    inspect()
    run = tmp_path / "out/run.json"
    content = json.loads(run.read_text("utf-8"))
    del content["measuring"]  # as before there were two ways
    run.write_text(json.dumps(content), "utf-8")
    refused = inspect()
    assert (refused.code, "way of measuring was 1, is 4" in refused.err) == (2, True)
    mask = save_mask(tmp_path / "2.png", crack_mask(60))
    measured = crackwise("measure", photos / "2.png", "--mask", mask, "--out", tmp_path / "out")
    said = "the way of measuring was 1 in this run, is 4; photos that are measured now stand beside others"
    assert (measured.code, said in measured.err) == (0, True)
    assert inspect("--overwrite").code == 0


def test_a_photo_that_failed_is_listed_until_it_has_a_record(tmp_path, photos, inspect, crackwise):
    for name in ("bad.png", "gone.png"):
        (photos / name).write_bytes(b"")
    out, mask = tmp_path / "out", save_mask(tmp_path / "2.png", crack_mask(60))
    inspect("--formats", "html")
    (photos / "gone.png").unlink()
    done = crackwise("measure", photos / "2.png", "--mask", mask, "--out", out)
    assert (done.code, "failed" in done.err) == (0, False)
    assert "bad.png is empty" in (out / "report.html").read_text("utf-8")
    assert "gone.png" not in (out / "report.html").read_text("utf-8")
    save(photos / "bad.png", crack_photo(60))
    bad = save_mask(tmp_path / "bad.png", crack_mask(60))
    crackwise("measure", photos / "bad.png", "--mask", bad, "--out", out)
    assert "bad.png is empty" not in (out / "report.html").read_text("utf-8")
    assert json.loads((out / "run.json").read_text("utf-8"))["failures"] == []


def test_a_photo_that_failed_is_listed_when_others_are_inspected(tmp_path, photos, inspect, model, crackwise):
    (photos / "bad.png").write_bytes(b"")
    inspect("--formats", "html")
    out = tmp_path / "out"
    words = ["inspect", photos / "1.png", photos / "2.png", "--model", model, "--scale", "0.2mm/px"]
    assert crackwise(*words, "--out", out).code == 0
    assert "bad.png is empty" in (out / "report.html").read_text("utf-8")


def test_what_systems_and_sync_tools_put_beside_records_does_not_count(tmp_path, inspected, crackwise):
    photos, out = inspected
    (out / "json/._2.json").write_bytes(b"\x00\x05\x16\x07")
    shutil.copy(out / "json/2.json", out / "json/2 (1).json")
    mask = save_mask(tmp_path / "2.png", crack_mask(60))
    done = crackwise("measure", photos / "2.png", "--mask", mask, "--out", out, "--formats", "csv")
    assert done.code == 0, done.err
    rows = (out / "photos.csv").read_text("utf-8").splitlines()
    assert [row.partition(",")[0] for row in rows[1:]] == ["1.png", "2.png", "a/3.png"]
    assert table(out, "photos.csv")["2.png"]["model"] == MASK_GIVEN


def test_an_inspection_does_not_go_on_in_a_folder_of_given_masks(tmp_path, photos, inspect, crackwise):
    mask = save_mask(tmp_path / "1.png", crack_mask(40))
    crackwise("measure", photos / "1.png", "--mask", mask, "--out", tmp_path / "out")
    outcome = inspect()
    assert outcome.code == 2
    assert "model was mask given, is tiny 1" in outcome.err


def test_measuring_again_replaces_and_adds(tmp_path, photos, crackwise):
    out = tmp_path / "new"
    for number, row in (("1", 40), ("2", 60), ("1", 42)):
        mask = save_mask(tmp_path / f"{number}.png", crack_mask(row, 3))
        assert crackwise("measure", photos / f"{number}.png", "--mask", mask, "--out", out).code == 0
    found = records(out)
    assert {name: record["cracks"][0]["top"] for name, record in found.items()} == {"1.png": 42, "2.png": 60}


@pytest.mark.parametrize(
    ("words", "measuring", "kept"),
    [
        (("--card",), MEASURING, "scale"),
        (("--card", "--axis", "90"), MEASURING, "scale and axis"),
        (("--scale", "0.5mm/px", "--axis", "90"), MEASURING, "axis"),
        ((), 1, "way of measuring"),
    ],
)
def test_what_masks_of_the_run_itself_cannot_take_over_is_said(inspected, crackwise, words, measuring, kept):
    photos, out = inspected
    run = json.loads((out / "run.json").read_text("utf-8"))
    (out / "run.json").write_text(json.dumps(run | {"measuring": measuring}), "utf-8")
    done = crackwise("measure", photos, "--mask", out / "masks", *words, "--out", out)
    assert f"3 photos keep their {kept}, as their masks are those of the run" in done.err
    (out / "run.json").write_text(json.dumps(run), "utf-8")
    again = crackwise("measure", photos, "--mask", out / "masks", "--out", out)
    assert "photos keep" not in again.err


def test_a_scale_given_now_takes_the_place_of_that_of_the_run(tmp_path, inspected, crackwise):
    photos, out = inspected
    mask = save_mask(tmp_path / "2.png", crack_mask(60))
    crackwise("measure", photos / "2.png", "--mask", mask, "--scale", "0.5mm/px", "--out", out)
    scales = {name: record["scale"]["mm_per_px"] for name, record in records(out).items()}
    assert scales == {"1.png": 0.2, "2.png": 0.5, "a/3.png": 0.2}


def test_a_scale_given_now_to_all_photos_is_that_of_the_run(inspected, masks, crackwise):
    photos, out = inspected
    before = json.loads((out / "run.json").read_text("utf-8"))
    assert crackwise("measure", photos, "--mask", masks, "--scale", "0.5mm/px", "--out", out).code == 0
    assert json.loads((out / "run.json").read_text("utf-8")) == before | {"scale": "0.5 mm/px"}


def test_the_inspected_share_of_a_corrected_photo_stays(tmp_path, photos, inspect, crackwise):
    roi = np.zeros((HEIGHT, WIDTH), bool)
    roi[: HEIGHT // 2] = True
    inspect("--roi", save_mask(tmp_path / "roi.png", roi))
    found = cv2.imread(str(tmp_path / "out/overlays/1.jpg"))
    mask = save_mask(tmp_path / "1.png", crack_mask(40))
    crackwise("measure", photos / "1.png", "--mask", mask, "--out", tmp_path / "out")
    record = records(tmp_path / "out")["1.png"]
    assert (record["model"], record["inspected_share"]) == (MASK_GIVEN, 0.5)
    measured = cv2.imread(str(tmp_path / "out/overlays/1.jpg"))
    below = slice(HEIGHT // 2 + 10, HEIGHT)
    assert found[below].mean() == pytest.approx(measured[below].mean(), abs=2)
    assert measured[below].mean() < 0.6 * cv2.imread(str(photos / "1.png"))[below].mean()


def test_photos_of_a_moved_run_are_known_by_their_names(tmp_path, photos, inspect, crackwise):
    inspect()
    shutil.move(photos, tmp_path / "moved")
    masks = save_mask(tmp_path / "masks/3.png", crack_mask(80)).parent
    assert crackwise("measure", tmp_path / "moved", "--mask", masks, "--out", tmp_path / "out").code == 0
    assert records(tmp_path / "out")["a/3.png"]["model"] == MASK_GIVEN


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are UTF-8 on other systems")
def test_folders_and_headings_that_are_no_utf8_are_shown_as_far_as_can_be(
    tmp_path, photos, inspect, model, crackwise
):
    odd = "lat\udce9n"  # as Python gives the bytes lat\xe9n of an older system
    photos.rename(tmp_path / odd)
    out = tmp_path / "out"
    words = ("inspect", tmp_path / odd, "--model", model, "--out", out, "--title", odd, "--inspector", odd)
    assert crackwise(*words).code == 0
    assert "3 of them earlier" in crackwise(*words).out
    mask = crack_mask(60)
    mask[2, 2] = True  # a speck, which is said with the name of the mask
    given = save_mask(tmp_path / odd / "masks/2.png", mask)
    measured = crackwise("measure", tmp_path / odd / "2.png", "--mask", given, "--out", out, "--project", odd)
    assert measured.code == 0, measured.err
    run = json.loads((out / "run.json").read_text("utf-8"))
    assert {run["title"], run["project"], run["inspector"]} == {"lat\ufffdn"}
    assert run["roots"] == [str(tmp_path / "lat\ufffdn")]
    assert "lat\ufffdn/masks/2.png have fewer than 10 px" in records(out)["2.png"]["warnings"][0]


def test_a_rectified_photo_is_corrected_as_it_was_inspected(tmp_path, photos, inspect, crackwise):
    surface = concrete(600, 800)
    surface[100:104, 60:700] = 25
    view = View(mm_per_px=0.3, tilt_deg=15, at_px=(400.0, 400.0), focal_px=900.0)
    for path in photos.rglob("*.png"):
        path.unlink()
    save(photos / "1.png", photograph(surface, view))
    out = tmp_path / "out"
    inspect("--rectify")
    before = records(out)["1.png"]
    assert before["scale"]["source"] == "marker"
    flat = cv2.imread(str(out / "rectified/1.jpg"))
    assert flat.shape[:2] == (before["height_px"], before["width_px"])
    assert flat.shape[:2] != cv2.imread(str(photos / "1.png")).shape[:2]
    mask = tmp_path / "1.png"
    shutil.copy(out / "masks/1.png", mask)
    words = ["measure", photos / "1.png", "--mask", mask, "--out", out]
    refused = crackwise(*words)
    assert refused.code == 1
    assert "add --rectify if it was rectified then" in refused.err
    assert crackwise(*words, "--rectify").code == 0
    after = records(out)["1.png"]
    assert (after["model"], after["scale"]) == (MASK_GIVEN, before["scale"])
    assert after["inspected_share"] == before["inspected_share"]
    assert after["summary"]["total_length_mm"] == pytest.approx(
        before["summary"]["total_length_mm"], rel=0.02
    )

    crackwise("measure", photos / "1.png", "--mask", mask, "--out", out, "--rectify", "--formats", "coco")
    (image,) = json.loads((out / "coco.json").read_text("utf-8"))["images"]
    assert (image["file_name"], image["height"]) == ("rectified/1.jpg", before["height_px"])
    exported = crackwise("data", "export", out, "--format", "masks", "--out", tmp_path / "exported")
    assert exported.code == 0, exported.err
    (picture,) = (tmp_path / "exported/images").rglob("1.*")
    assert cv2.imread(str(picture)).shape == flat.shape

    drawn = np.zeros(surface.shape[:2], bool)
    drawn[100:104, 60:700] = True
    save_mask(mask, drawn)  # of the photo as it was taken
    assert crackwise(*words, "--rectify").code == 0
    again = records(out)["1.png"]["summary"]
    ends = np.linalg.inv(px_of_plane(view)) @ [[60, 700], [102, 102], [1, 1]]
    length_mm = np.linalg.norm(np.diff(ends[:2] / ends[2]))
    assert again["total_length_mm"] == pytest.approx(length_mm, rel=0.02)


def test_the_place_of_a_photo_is_left_out_when_the_run_leaves_it_out(tmp_path, crackwise):
    path = tmp_path / "photos/1.jpg"
    path.parent.mkdir()
    path.write_bytes(jpeg(crack_photo(40), exif=exif_bytes(gps=True)))
    mask = save_mask(tmp_path / "1.png", crack_mask(40))
    words = ["measure", path, "--mask", mask, "--out", tmp_path / "new"]
    crackwise(*words, "--no-gps")
    crackwise(*words)
    assert records(tmp_path / "new")["1.jpg"]["latitude_deg"] is None


def test_leaving_out_the_place_is_refused_where_other_photos_keep_it(tmp_path, inspected, crackwise):
    photos, out = inspected
    mask = save_mask(tmp_path / "2.png", crack_mask(60))
    before = artefacts(out, "2")
    refused = crackwise("measure", photos / "2.png", "--mask", mask, "--out", out, "--no-gps")
    assert refused.code == 2
    assert "keep their place; inspect them again with --no-gps --overwrite" in refused.err
    assert artefacts(out, "2") == before


def test_a_photo_whose_name_is_too_long_stops_nothing(tmp_path, photos, inspect, crackwise):
    save(photos / f"{'x' * 251}.png", crack_photo(60))
    masks = save_mask(tmp_path / f"masks/{'x' * 251}.png", crack_mask(60)).parent
    for _ in range(2):
        failed = [line for line in inspect().err.splitlines() if line.startswith("failed: ")]
        assert len(failed) == 1
        assert "its name is too long; shorten" in failed[0]
    measured = crackwise("measure", photos, "--mask", masks, "--out", tmp_path / "out")
    assert measured.code == 1
    assert "its name is too long; shorten" in measured.err
    assert len(records(tmp_path / "out")) == len(ROWS)


BAD_INPUT = {
    "missing photo": (["gone.png", "--mask", "1.png"], "gone.png does not exist; check the path"),
    "missing mask": (["photos/1.png", "--mask", "gone.png"], "--mask gone.png does not exist"),
    "one mask for several": (
        ["photos", "--mask", "1.png"],
        "1.png is one file for 3 photos",
    ),
    "folder without masks": (["photos", "--mask", "empty"], "--mask empty holds no mask of any photo"),
    "scale without unit": (["photos/1.png", "--mask", "1.png", "--scale", "0.2"], "write number and unit"),
    "foreign folder": (
        ["photos/1.png", "--mask", "1.png", "--out", "foreign"],
        "already holds masks but no run.json, so it was not made by crackwise",
    ),
    "photo of another run": (
        ["other/1.png", "--mask", "1.png", "--out", "run"],
        "other/1.png is no photo of the run, which has those of",
    ),
}


@pytest.mark.parametrize("kind", BAD_INPUT)
def test_bad_input_is_one_sentence_and_exit_code_2(tmp_path, photos, crackwise, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    save_mask(tmp_path / "1.png", crack_mask(40))
    save(tmp_path / "other/1.png", crack_photo(40))
    (tmp_path / "empty").mkdir()
    (tmp_path / "foreign/masks").mkdir(parents=True)
    crackwise("measure", "photos/1.png", "--mask", "1.png", "--out", "run")
    words, sentence = BAD_INPUT[kind]
    outcome = crackwise("measure", *words, *([] if "--out" in words else ["--out", "new"]))
    assert outcome.code == 2
    assert outcome.err.startswith("error: ")
    assert sentence in outcome.err
    assert not (tmp_path / "new").exists()


BAD_MASKS = {
    "another size": (
        lambda path: save_mask(path, np.ones((10, 20), bool)),
        "20×10 but its photo is 240×160",
    ),
    "empty": (lambda path: save_mask(path, np.zeros((HEIGHT, WIDTH), bool)), "is empty; expected at least"),
    "text": (lambda path: path.write_bytes(b"mask"), "is no picture; expected a PNG"),
}


@pytest.mark.parametrize("kind", BAD_MASKS)
def test_one_bad_mask_stops_nothing(tmp_path, photos, crackwise, kind):
    for name, row in ROWS.items():
        save_mask(tmp_path / "masks" / name, crack_mask(row))
    make, sentence = BAD_MASKS[kind]
    make(tmp_path / "masks/2.png")
    outcome = crackwise("measure", photos, "--mask", tmp_path / "masks", "--out", tmp_path / "new")
    assert outcome.code == 1
    (line,) = [line for line in outcome.err.splitlines() if line.startswith("failed: ")]
    assert "2.png" in line
    assert sentence in line
    assert set(records(tmp_path / "new")) == {"1.png", "a/3.png"}


def test_a_bad_mask_leaves_the_record_of_the_run_alone(tmp_path, inspected, crackwise):
    photos, out = inspected
    before = artefacts(out, "2")
    mask = save_mask(tmp_path / "2.png", np.ones((10, 20), bool))
    outcome = crackwise("measure", photos / "2.png", "--mask", mask, "--out", out)
    assert outcome.code == 1
    assert artefacts(out, "2") == before


def test_masks_without_photo_and_photos_without_mask_are_named(tmp_path, inspected, crackwise):
    photos, out = inspected
    for name in ("2.PNG", "22.png"):
        save_mask(tmp_path / "masks" / name, crack_mask(60))
    outcome = crackwise("measure", photos, "--mask", tmp_path / "masks", "--out", out)
    assert outcome.code == 0
    assert "warning: no photo for the masks 22.png" in outcome.err
    assert "no mask for 1.png, a/3.png" in outcome.err


def test_ctrl_c_says_how_to_go_on(tmp_path, photos, crackwise, monkeypatch):
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ScaleRule, "scale_for", interrupt)
    mask = save_mask(tmp_path / "1.png", crack_mask(40))
    outcome = crackwise("measure", photos / "1.png", "--mask", mask, "--out", tmp_path / "new")
    assert outcome.code == 130
    assert "run the same command again to go on" in outcome.err


@pytest.fixture
def masks(tmp_path) -> Path:
    for name, row in ROWS.items():
        save_mask(tmp_path / "masks" / name, crack_mask(row))
    return tmp_path / "masks"


@pytest.fixture
def measure_all(tmp_path, photos, masks, crackwise) -> Callable[..., Outcome]:
    def run(*words: str) -> Outcome:
        return crackwise(
            "measure", photos, "--mask", masks, "--out", tmp_path / "new", "--workers", "1", *words
        )

    return run


@pytest.fixture
def interrupt_at_the_last(monkeypatch) -> Callable[[], list[str]]:
    """Press Ctrl-C in the third photo from now on; the list grows by each photo that comes into work."""

    def patch() -> list[str]:
        scale_for, seen = ScaleRule.scale_for, []

        def interrupt(self, photo, source):
            seen.append(source.name)
            if len(seen) == len(ROWS):
                raise KeyboardInterrupt
            return scale_for(self, photo, source)

        monkeypatch.setattr(ScaleRule, "scale_for", interrupt)
        return seen

    return patch


def test_after_ctrl_c_only_what_is_left_is_measured(tmp_path, measure_all, interrupt_at_the_last):
    seen = interrupt_at_the_last()
    assert measure_all().code == 130
    done = len(records(tmp_path / "new"))
    seen.clear()
    assert 0 < done < len(ROWS)
    assert f"{done} of them earlier" in measure_all().out
    assert (len(seen), len(records(tmp_path / "new"))) == (len(ROWS) - done, len(ROWS))


def test_a_photo_that_fails_now_does_not_count_as_done_by_its_earlier_record(masks, measure_all):
    assert "3 done, 0 of them earlier, 0 failed" in measure_all().out
    save_mask(masks / "1.png", crack_mask(40)[1:])
    assert "2 done, 2 of them earlier, 1 failed" in measure_all().out


def test_the_same_masks_are_not_measured_twice(measure_all):
    assert measure_all("--scale", "0.2mm/px").code == 0
    assert "3 of them earlier" in measure_all("--scale", "0.2mm/px").out


def test_another_mask_photo_scale_or_axis_is_measured(photos, masks, measure_all):
    measure_all()
    save_mask(masks / "1.png", crack_mask(40, 9))
    assert "2 of them earlier" in measure_all().out
    save(photos / "2.png", crack_photo(60, 7))
    assert "2 of them earlier" in measure_all().out
    assert "0 of them earlier" in measure_all("--scale", "0.2mm/px").out
    assert "0 of them earlier" in measure_all("--scale", "0.2mm/px", "--axis", "90").out


def test_a_photo_that_got_another_scale_since_is_measured_at_the_one_that_is_stated(
    tmp_path, photos, masks, measure_all, crackwise
):
    out = tmp_path / "new"
    measure_all("--scale", "0.2mm/px")
    crackwise("measure", photos, "--mask", out / "masks", "--scale", "0.4mm/px", "--out", out)
    measure_all("--scale", "0.2mm/px")
    assert {record["scale"]["mm_per_px"] for record in records(out).values()} == {0.2}


def test_two_commands_do_not_fill_a_folder_at_once(inspected, crackwise):
    photos, out = inspected
    before = records(out)
    save_mask(out / "masks/1.png", crack_mask(40, 9))
    with at_work_in(out):
        outcome = crackwise("measure", photos, "--mask", out / "masks", "--out", out)
    assert outcome.code == 2
    assert f"another command is at work in {out}" in outcome.err
    assert records(out) == before


def test_another_scale_that_was_interrupted_measures_only_what_is_left(
    tmp_path, measure_all, interrupt_at_the_last
):
    measure_all("--scale", "0.2mm/px")
    seen = interrupt_at_the_last()
    assert measure_all("--scale", "0.3mm/px").code == 130
    seen.clear()
    again = measure_all("--scale", "0.3mm/px")
    assert (len(seen), "photos measured before have the new scale" in again.out) == (1, False)
    assert {one["scale"]["mm_per_px"] for one in records(tmp_path / "new").values()} == {0.3}


def test_the_run_says_how_all_its_photos_were_measured(tmp_path, measure_all):
    run = tmp_path / "new/run.json"
    measure_all()
    content = json.loads(run.read_text("utf-8"))
    run.write_text(json.dumps(content | {"measuring": 1}), "utf-8")
    for _ in range(2):
        outcome = measure_all("--scale", "0.2mm/px", "--axis", "90")
        assert "warning" not in outcome.err
        kept = json.loads(run.read_text("utf-8"))
        assert (kept["measuring"], kept["settings"]["axis_deg"]) == (content["measuring"], 90)
        assert (kept["scale"], kept["is_axis_stated"]) == ("0.2 mm/px", True)


def test_a_run_keeps_its_way_where_some_photos_are_not_measured_now(
    tmp_path, photos, masks, measure_all, crackwise
):
    measure_all()
    run = tmp_path / "new/run.json"
    before = json.loads(run.read_text("utf-8"))
    run.write_text(json.dumps(before | {"measuring": 1}), "utf-8")
    words = ("--mask", masks / "1.png", "--axis", "90", "--out", tmp_path / "new")
    outcome = crackwise("measure", photos / "1.png", *words)
    assert "photos that are measured now stand beside others" in outcome.err
    assert json.loads(run.read_text("utf-8"))["settings"] == before["settings"]
