"""``crackwise strike``: cracks that are none leave a finished run, and nothing else changes."""

import csv
import errno
import io
import json
import os
import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from cardphotos import View, concrete, photograph
from commands import Outcome
from crackwise.inspection.striking import Striking
from crackwise.report import run as report_run
from otherprocess import at_work_in
from photofiles import save
from tinymodel import write_tiny_model

HEIGHT, WIDTH = 200, 280
ENDS = (250, 220, 180, 120)  # of the cracks 1 to 4: the longest is crack 1
PRICES = 'currency = "EUR"\n[[classes]]\nname = "seal"\nfrom_mm = 0\nprice_per_m = 100\n'


def crack_mask(*numbers: int) -> np.ndarray:
    """Paint the cracks of these numbers, one below the other."""
    mask = np.zeros((HEIGHT, WIDTH), bool)
    for number in numbers:
        mask[40 * number : 40 * number + 5, 30 : ENDS[number - 1]] = True
    return mask


def crack_photo(count: int) -> np.ndarray:
    mask = crack_mask(*range(1, count + 1))
    grey = cv2.GaussianBlur(np.where(mask, 30.0, 170.0), (0, 0), 0.8)
    grain = np.random.default_rng(count).normal(0, 2, grey.shape)
    return np.repeat((grey + grain).clip(0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


@pytest.fixture
def inspect(tmp_path, model, crackwise) -> Callable[..., Outcome]:
    """Inspect ``photos`` into ``out``."""
    words = ["inspect", tmp_path / "photos", "--model", model, "--scale", "0.2mm/px±2%", "--out"]
    return partial(crackwise, *words, tmp_path / "out")


@pytest.fixture
def out(tmp_path, inspect) -> Path:
    """Inspect a photo with three cracks, one with two and one with none."""
    for name, count in (("wall.png", 3), ("a/pier.png", 2), ("sound.png", 0)):
        save(tmp_path / "photos" / name, crack_photo(count))
    outcome = inspect("--formats", "csv,coco,html")
    assert outcome.code == 0, outcome.err
    return tmp_path / "out"


def record(out: Path, stem: str = "wall") -> dict:
    return json.loads((out / f"json/{stem}.json").read_text("utf-8"))


def mask(out: Path, stem: str = "wall") -> np.ndarray:
    return cv2.imread(str(out / f"masks/{stem}.png"), cv2.IMREAD_GRAYSCALE) > 0


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def cracks(out: Path) -> dict[tuple[str, str], dict[str, str]]:
    return {(row["photo"], row["crack"]): row for row in rows(out / "cracks.csv")}


def files(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_a_struck_crack_is_gone_and_the_others_keep_every_figure(out, crackwise):
    before, listed, found = record(out), cracks(out), mask(out)
    outcome = crackwise("strike", out, "wall.png", 2, "--reason", "bed joint")
    assert outcome.code == 0, outcome.err
    assert "struck out now: cracks 1, photos 1; all others keep their numbers" in outcome.out
    after = record(out)
    assert after["cracks"] == [before["cracks"][0], before["cracks"][2]]
    for same in ("model", "settings", "precision", "scale", "inspected_share", "versions", "warnings"):
        assert after[same] == before[same]
    assert after["network"]["branches"] == [
        branch for branch in before["network"]["branches"] if branch["crack"] != 2
    ]
    np.testing.assert_array_equal(
        mask(out), found & ~cv2.dilate(crack_mask(2).view(np.uint8), None).view(bool)
    )
    del listed["wall.png", "2"]
    assert cracks(out) == listed


def test_totals_count_what_stays(out, crackwise):
    before = record(out)
    crackwise("strike", out, "wall.png", 1, 3)
    summary, (stays,) = record(out)["summary"], record(out)["cracks"]
    assert (summary["crack_count"], summary["total_length_px"]) == (1, stays["length_px"])
    assert summary["crack_area_share"] == stays["area_px"] / (HEIGHT * WIDTH)
    for same in ("blur_px", "smallest_width_px", "smallest_width_mm"):
        assert summary[same] == before["summary"][same]
    metres = sum(float(row["length_m"] or 0) for row in rows(out / "quantities.csv"))
    left = stays["length_mm"] + record(out, "a/pier")["summary"]["total_length_mm"]
    assert metres == pytest.approx(left / 1000, abs=0.002)


def test_pictures_and_coco_are_made_anew(tmp_path, out, crackwise):
    was_drawn = cv2.imread(str(out / "overlays/wall.jpg"))
    zoom = (out / "zooms/wall.jpg").read_bytes()
    crackwise("strike", out, "wall.png", 1, 2)
    drawn = cv2.imread(str(out / "overlays/wall.jpg"))
    photo = cv2.imread(str(tmp_path / "photos/wall.png"))
    beside = (slice(76, 79), slice(60, 150))  # above crack 2, away from numbers and legend
    assert np.abs(was_drawn[beside].astype(int) - photo[beside]).max() > 60
    assert np.abs(drawn[beside].astype(int) - photo[beside]).max() < 30
    assert (out / "zooms/wall.jpg").read_bytes() != zoom
    content = json.loads((out / "coco.json").read_text("utf-8"))
    of_wall = [image["id"] for image in content["images"] if image["file_name"] == "wall.png"]
    annotations = [one for one in content["annotations"] if one["image_id"] in of_wall]
    assert [one["attributes"]["crack"] for one in annotations] == [3]
    assert annotations[0]["bbox"][1] == pytest.approx(120, abs=1)


def test_a_photo_of_which_all_is_struck_out_has_no_crack(out, crackwise):
    crackwise("strike", out, "wall.png", 1, 2, 3)
    assert (record(out)["verdict"], mask(out).any()) == ("no crack found", False)
    assert not (out / "zooms/wall.jpg").exists()
    assert (out / "overlays/wall.jpg").is_file()


def test_what_was_struck_out_is_listed_and_the_report_says_so(out, crackwise):
    whole = cracks(out)["wall.png", "2"]
    crackwise("strike", out, "wall.png", 2, "--reason", "bed joint")
    crackwise("strike", out, "pier.png", 1, 2, "--reason", "<ivy>")
    listed = {(row["photo"], row["crack"]): row for row in rows(out / "struck.csv")}
    assert list(listed) == [("a/pier.png", "1"), ("a/pier.png", "2"), ("wall.png", "2")]
    one = listed["wall.png", "2"]
    assert (one["reason"], one["length_mm"]) == ("bed joint", whole["length_mm"])
    assert all(one[name] == whole[name] for name in ("box_x_px", "box_y_px", "box_width_px", "box_height_px"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}[+-][\d:]{5}", one["struck_at"])
    page = (out / "report.html").read_text("utf-8")
    assert "1 mark struck out by hand: bed joint (2)" in page
    assert "2 marks struck out by hand: &lt;ivy&gt; (1, 2)" in page
    assert "3 marks struck out by hand in 2 of 3 photos: &lt;ivy&gt;, bed joint" in page


@pytest.mark.parametrize("struck", [(2,), (1, 3), (1, 2, 3)])
def test_putting_back_gives_record_and_mask_as_they_were(out, crackwise, struck):
    before = files(out)
    crackwise("strike", out, "wall.png", *struck)
    outcome = crackwise("strike", out, "wall.png", *struck, "--undo")
    assert outcome.code == 0, outcome.err
    after = files(out)
    assert set(after) == set(before)  # struck.csv is gone
    for same in ("json/wall.json", "masks/wall.png", "cracks.csv", "photos.csv", "quantities.csv"):
        assert after[same] == before[same]


def test_some_are_put_back_and_others_stay_out(out, crackwise):
    crackwise("strike", out, "wall.png", 1, 2, "--reason", "joint")
    crackwise("strike", out, "wall.png", 2, "--undo")
    assert [crack["crack"] for crack in record(out)["cracks"]] == [2, 3]
    assert [row["crack"] for row in rows(out / "struck.csv")] == ["1"]


def test_striking_twice_is_striking_once_and_may_change_the_reason(out, crackwise):
    crackwise("strike", out, "wall.png", 2, "--reason", "joint")
    once = files(out)
    assert crackwise("strike", out, "wall.png", 2).code == 0
    again = files(out)
    assert {name for name in once if again[name] != once[name]} <= {"report.html", "coco.json"}  # the date
    crackwise("strike", out, "wall.png", 2, "--reason", "bed joint")
    assert [row["reason"] for row in rows(out / "struck.csv")] == ["bed joint"]


def test_a_table_strikes_many_out_at_once(tmp_path, out, crackwise):
    table = tmp_path / "strikes.csv"
    text = "photo;crack;reason;note\r\nwall.png;2;Fuge;x\r\n;;;\r\na/pier.png;1;;\r\n"
    table.write_text(text, "utf-8-sig")
    outcome = crackwise("strike", out, "--table", table, "--reason", "plant")
    assert outcome.code == 0, outcome.err
    assert [(row["photo"], row["reason"]) for row in rows(out / "struck.csv")] == [
        ("a/pier.png", "plant"),
        ("wall.png", "Fuge"),
    ]


def test_rows_of_cracks_csv_are_a_table_of_strikes(tmp_path, out, crackwise):
    shutil.copy(out / "cracks.csv", tmp_path / "strikes.csv")
    assert crackwise("strike", out, "--table", tmp_path / "strikes.csv").code == 0
    assert cracks(out) == {}


REFUSED = {
    "photo of no run": (
        ("gone.png", 1),
        "'gone.png' is none of the photos of the run, which are a/pier.png,",
    ),
    "number of no crack": (("wall.png", 1, 7), "wall.png has no crack 7; it has 1, 2, 3"),
    "photo without cracks": (("sound.png", 1), "sound.png has no crack 1; it has none"),
    "no number": (("wall.png",), "which cracks? give a photo and the numbers of its cracks"),
    "nothing": ((), "which cracks?"),
    "photo and table": (("wall.png", 1, "--table", "good.csv"), "not both: wall.png and good.csv"),
    "no table": (("--table", "gone.csv"), "gone.csv cannot be read"),
    "table of something else": (
        ("--table", "other.csv"),
        "has the columns length, photo; expected photo, crack",
    ),
    "table without rows": (("--table", "empty.csv"), "empty.csv has no row"),
    "number that is none": (
        ("--table", "word.csv"),
        "word.csv line 2: crack is 'two'; expected a whole number",
    ),
    "row of no crack": (("--table", "far.csv"), "far.csv line 3: wall.png has no crack 9; it has 1, 2, 3"),
    "row of no photo": (("--table", "away.csv"), "away.csv line 3: 'b.png' is none of the photos"),
    "crack elsewhere": (
        ("--table", "moved.csv"),
        "moved.csv line 2: crack 1 of wall.png lies elsewhere than the table says",
    ),
}
TABLES = {
    "good.csv": "photo,crack\nwall.png,1\n",
    "other.csv": "photo,length\nwall.png,1\n",
    "empty.csv": "photo,crack\n",
    "word.csv": "photo,crack\nwall.png,two\n",
    "far.csv": "photo,crack\nwall.png,1\nwall.png,9\n",
    "away.csv": "photo,crack\nwall.png,1\nb.png,1\n",
    "moved.csv": "photo,crack,box_x_px,box_y_px,box_width_px,box_height_px\nwall.png,1,1,2,3,4\n",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_meant_is_one_sentence_before_anything_changes(
    tmp_path, out, crackwise, monkeypatch, kind
):
    monkeypatch.chdir(tmp_path)
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text, "utf-8")
    before = files(out)
    words, sentence = REFUSED[kind]
    outcome = crackwise("strike", "out", *words)
    assert outcome.code == 2
    assert outcome.err.startswith("error: ")
    assert sentence in outcome.err
    assert files(out) == before


def test_numbers_that_are_struck_out_are_named_as_such(out, crackwise):
    crackwise("strike", out, "wall.png", 2)
    refused = crackwise("strike", out, "wall.png", 7)
    assert "wall.png has no crack 7; it has 1, 3, and 2 struck out already" in refused.err


def test_a_folder_that_is_no_run_is_left_alone(tmp_path, crackwise):
    (tmp_path / "walls").mkdir()
    outcome = crackwise("strike", tmp_path / "walls", "wall.png", 1)
    assert outcome.code == 2
    assert "walls holds no run.json; expected the folder of a run" in outcome.err
    assert not list((tmp_path / "walls").iterdir())


def test_a_photo_may_be_named_by_its_path(tmp_path, out, crackwise):
    assert crackwise("strike", out, tmp_path / "photos/a/pier.png", 1).code == 0
    assert [row["photo"] for row in rows(out / "struck.csv")] == ["a/pier.png"]


def change(path: Path) -> None:
    save(path, crack_photo(4))


def edit(path: Path) -> None:
    cv2.imwrite(str(path), crack_mask(1, 2).astype(np.uint8) * 255)


NOT_READY = {
    "photo gone": ("photos/wall.png", Path.unlink, "wall.png is no longer in"),
    "photo changed": ("photos/wall.png", change, "wall.png was changed after its cracks were measured"),
    "mask gone": (
        "out/masks/wall.png",
        Path.unlink,
        "the mask of wall.png in the run is gone, or was edited",
    ),
    "mask edited": ("out/masks/wall.png", edit, "or was edited and is not measured yet"),
}


@pytest.mark.parametrize("kind", NOT_READY)
def test_a_photo_that_is_not_as_it_was_measured_stops_all(tmp_path, out, crackwise, kind):
    name, do, sentence = NOT_READY[kind]
    do(tmp_path / name)
    before = files(out)
    (tmp_path / "strikes.csv").write_text("photo,crack\na/pier.png,1\nwall.png,1\n", "utf-8")
    outcome = crackwise("strike", out, "--table", tmp_path / "strikes.csv")
    assert outcome.code == 2
    assert sentence in outcome.err
    assert files(out) == before


def test_a_later_inspection_leaves_what_was_struck_out(out, inspect, crackwise):
    crackwise("strike", out, "wall.png", 2)
    before = files(out)
    outcome = inspect("--formats", "csv")
    assert (outcome.code, "3 of them earlier" in outcome.out) == (0, True)
    after = files(out)
    assert all(after[name] == before[name] for name in ("json/wall.json", "masks/wall.png", "struck.csv"))


def test_a_map_that_is_wanted_later_is_not_wanted_of_it(out, inspect, crackwise):
    assert crackwise("strike", out, "wall.png", 2).code == 0
    outcome = inspect("--probability")
    assert outcome.code == 0, outcome.err
    assert [crack["crack"] for crack in record(out)["cracks"]] == [1, 3]


@pytest.mark.parametrize("name", ["photos/wall.png", "out/overlays/wall.jpg"])
def test_a_photo_to_be_inspected_anew_keeps_what_was_struck_out(tmp_path, out, inspect, crackwise, name):
    crackwise("strike", out, "wall.png", 2)
    before = record(out)
    change(tmp_path / name) if name.startswith("photos") else (tmp_path / name).unlink()
    outcome = inspect("--formats", "csv")
    assert outcome.code == 1
    assert "wall.png was changed after cracks were struck out of it, or its mask or overlay" in outcome.err
    assert record(out) == before


def test_striking_again_draws_a_lost_overlay(out, inspect, crackwise):
    crackwise("strike", out, "wall.png", 2)
    (out / "overlays/wall.jpg").unlink()
    crackwise("strike", out, "wall.png", 2)
    assert inspect("--formats", "csv").code == 0


def test_beginning_again_keeps_the_list_to_strike_out_again(out, inspect, crackwise):
    crackwise("strike", out, "wall.png", 2, "--reason", "joint")
    struck = record(out)["cracks"]
    outcome = inspect("--overwrite", "--formats", "csv")
    kept = out / "masks_by_hand/struck.csv"
    assert f"what was struck out by hand is listed in {kept}; crackwise strike --table" in outcome.err
    assert len(record(out)["cracks"]) == 3
    assert not (out / "struck.csv").exists()
    assert crackwise("strike", out, "--table", kept).code == 0
    assert record(out)["cracks"] == struck
    assert [row["reason"] for row in rows(out / "struck.csv")] == ["joint"]


def test_a_mask_that_is_measured_takes_the_place_of_strikes_and_says_so(tmp_path, out, crackwise):
    crackwise("strike", out, "wall.png", 2, "--reason", "joint")
    edit(out / "masks/wall.png")
    words = ["measure", tmp_path / "photos/wall.png", "--mask", out / "masks", "--out", out]
    assert crackwise(*words).code == 0
    after = record(out)
    assert (after["struck"], len(after["cracks"])) == ([], 2)
    assert "1 mark struck out by hand: joint (2) before this mask was measured" in after["warnings"][-1]


def test_another_scale_is_that_of_a_struck_crack_too(out, inspect, crackwise):
    crackwise("strike", out, "wall.png", 2)
    outcome = inspect("--formats", "csv", "--scale", "0.4mm/px")
    assert outcome.code == 0, outcome.err
    (struck,) = rows(out / "struck.csv")
    assert float(struck["length_mm"]) == pytest.approx(0.4 * float(struck["length_px"]), abs=0.1)
    crackwise("strike", out, "wall.png", 2, "--undo")
    assert [c["length_mm"] / c["length_px"] for c in record(out)["cracks"]] == pytest.approx([0.4] * 3)


def test_a_given_mask_loses_cracks_too(tmp_path, crackwise):
    path = save(tmp_path / "photos/wall.png", crack_photo(3))
    given = save(tmp_path / "wall.png", crack_mask(1, 2, 3).astype(np.uint8) * 255)
    crackwise("measure", path, "--mask", given, "--out", tmp_path / "out")
    assert crackwise("strike", tmp_path / "out", "wall.png", 2).code == 0
    np.testing.assert_array_equal(mask(tmp_path / "out"), crack_mask(1, 3))
    assert record(tmp_path / "out")["model"] == "mask given"


def test_code_prices_and_heading_stay_and_only_tables_that_are_there_are_written(
    tmp_path, out, inspect, crackwise
):
    (tmp_path / "prices.toml").write_text(PRICES, "utf-8")
    words = [
        "--code",
        "en1992",
        "--exposure",
        "XC3",
        "--prices",
        tmp_path / "prices.toml",
        "--project",
        "Pier",
    ]
    inspect(*words, "--formats", "csv,html")
    (out / "coco.json").unlink()
    total = float(rows(out / "budget.csv")[-1]["cost"])
    run = (out / "run.json").read_bytes()
    outcome = crackwise("strike", out, "wall.png", 1)
    assert outcome.code == 0, outcome.err
    assert f"report: {out / 'report.html'}" in outcome.out
    assert float(rows(out / "budget.csv")[-1]["cost"]) < total
    assert {row["verdict"] for row in rows(out / "cracks.csv")} != {""}
    assert "Pier" in (out / "report.html").read_text("utf-8")
    assert (out / "run.json").read_bytes() == run
    assert not (out / "coco.json").exists()


def test_a_rectified_photo_is_drawn_as_it_was_inspected(tmp_path, model, crackwise):
    surface = concrete(600, 800)
    surface[100:104, 60:700] = 25
    view = View(mm_per_px=0.3, tilt_deg=15, at_px=(400.0, 400.0), focal_px=900.0)
    save(tmp_path / "photos/wall.png", photograph(surface, view))
    out = tmp_path / "out"
    crackwise("inspect", tmp_path / "photos", "--model", model, "--rectify", "--out", out)
    before = record(out)
    first, *others = before["cracks"]
    outcome = crackwise("strike", out, "wall.png", first["crack"])
    assert outcome.code == 0, outcome.err
    assert record(out)["cracks"] == others
    drawn, flat = (cv2.imread(str(out / name)) for name in ("overlays/wall.jpg", "rectified/wall.jpg"))
    assert mask(out).shape == flat.shape[:2] == (before["height_px"], before["width_px"])
    assert drawn.shape[1] == flat.shape[1]


def test_what_was_not_inspected_stays_dimmed_and_the_share_as_it_is(tmp_path, out, inspect, crackwise):
    region = np.zeros((HEIGHT, WIDTH), np.uint8)
    region[:140] = 255
    inspect("--roi", save(tmp_path / "region.png", region), "--overwrite", "--formats", "csv")
    was_drawn, before = cv2.imread(str(out / "overlays/wall.jpg")), record(out)
    assert crackwise("strike", out, "wall.png", 2).code == 0
    drawn, after = cv2.imread(str(out / "overlays/wall.jpg")), record(out)
    np.testing.assert_allclose(drawn[150:195].astype(int), was_drawn[150:195], atol=20)
    stays = after["summary"]["crack_area_px"]
    assert after["summary"]["crack_area_share"] == stays / (140 * WIDTH)
    assert after["inspected_share"] == before["inspected_share"]


def test_after_ctrl_c_the_same_command_goes_on(out, crackwise, monkeypatch):
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    before = record(out)
    with monkeypatch.context() as patch:
        patch.setattr(Striking, "is_done", interrupt)
        outcome = crackwise("strike", out, "wall.png", 2)
    assert (outcome.code, record(out)) == (130, before)
    assert "run the same command again to go on" in outcome.err
    assert crackwise("strike", out, "wall.png", 2).code == 0


def test_on_a_full_disk_mask_and_record_stay_as_they_are(out, crackwise, monkeypatch):
    def no_room(record: object) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = files(out)
    with monkeypatch.context() as patch:
        patch.setattr(report_run, "record_text", no_room)
        assert crackwise("strike", out, "wall.png", 2).code == 2
    after = files(out)
    assert all(after[name] == before[name] for name in ("json/wall.json", "masks/wall.png"))
    assert not [name for name in after if name.endswith(".part")]


def test_two_commands_do_not_work_in_a_folder_at_once(out, crackwise):
    before = files(out)
    with at_work_in(out):
        outcome = crackwise("strike", out, "wall.png", 2)
    assert outcome.code == 2
    assert f"another command is at work in {out}" in outcome.err
    assert files(out) == before
