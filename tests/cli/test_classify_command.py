"""``crackwise classify``: by the tiny classifier, what is dark in the mean of a tile is cracked."""

import csv
import hashlib
import json
import os
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from crackwise.arrays import Rgb
from crackwise.cli.classify import classify
from crackwise.errors import CrackwiseError, DataError, ModelError, OutputError, SettingsError
from crackwise.inspection import model as models
from crackwise.inspection.inspect import inspect_photo
from crackwise.inspection.model import load_model
from crackwise.inspection.verdictfolder import read_verdicts
from crackwise.photo import read_photo
from linewalls import write_walls
from otherprocess import at_work_in
from photofiles import save
from tinymodel import (
    probability_of_grey,
    tiny_card,
    tiny_classifier_card,
    write_tiny_classifier,
    write_tiny_model,
)

app = typer.Typer()
app.command()(classify)

HEAD = [
    "photo",
    "cracked",
    "probability",
    "tiles",
    "cracked_tiles",
    "threshold",
    "model",
    "model_sha256",
    "error",
]


def run(*words: object, expected: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(result.exception, CrackwiseError):
        raise result.exception
    assert result.exit_code == expected, result.output
    return result


def grey(value: int, *shape: int) -> Rgb:
    return np.full((*(shape or (32, 32)), 3), value, np.uint8)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write_tiny_classifier(tmp_path / "tiny.onnx")


@pytest.fixture
def tiles(tmp_path: Path) -> Path:
    """Two cracked and two sound tiles, of which one each is wrong by its grey."""
    root = tmp_path / "tiles"
    for name, value in {"crack/a": 60, "crack/b": 90, "nocrack/c": 110, "nocrack/d": 78}.items():
        save(root / f"{name}.png", grey(value))
    return root


def test_each_photo_has_a_verdict_and_a_probability(tiles: Path, tiny: Path, tmp_path: Path) -> None:
    run(tiles, "--model", tiny, "--out", tmp_path / "out")
    found = rows(tmp_path / "out" / "verdicts.csv")
    assert list(found[0]) == HEAD
    assert [(row["photo"], row["cracked"]) for row in found] == [
        ("crack/a.png", "yes"),
        ("crack/b.png", "no"),
        ("nocrack/c.png", "no"),
        ("nocrack/d.png", "yes"),
    ]
    assert float(found[1]["probability"]) == pytest.approx(probability_of_grey(90), abs=2e-3)
    assert (found[0]["tiles"], found[0]["cracked_tiles"], found[0]["threshold"]) == ("1", "1", "0.5")
    assert (found[0]["model"], found[0]["error"]) == ("tiny-classifier 1", "")
    assert not (tmp_path / "out" / "tiles.csv").exists(), "no photo has several tiles"
    assert not (tmp_path / "out" / "pictures").exists()


def test_scores_do_not_outlive_the_verdicts_that_they_are_of(tiles: Path, tiny: Path, tmp_path: Path) -> None:
    words = (tiles, "--model", tiny, "--out", tmp_path / "out")
    run(*words, "--truth", tiles)
    run(*words)
    assert (tmp_path / "out" / "scores.json").exists(), "the verdicts are the same"
    save(tiles / "crack" / "new.png", grey(60))
    assert "are gone; give --truth again" in run(*words).stderr
    assert not (tmp_path / "out" / "scores.json").exists()
    assert not (tmp_path / "out" / "report.html").exists()


def test_two_commands_do_not_fill_a_folder_at_once(tiles: Path, tiny: Path, tmp_path: Path) -> None:
    with at_work_in(tmp_path / "out"), pytest.raises(OutputError, match="another command is at work in"):
        classify([str(tiles)], out=tmp_path / "out", model=tiny)
    assert not (tmp_path / "out").exists()


def test_of_a_full_frame_the_cracked_tiles_are_listed_and_drawn(tiny: Path, tmp_path: Path) -> None:
    frame = grey(120, 96, 128)
    frame[32:64, 64:96] = 60
    save(tmp_path / "photos" / "frame.png", frame)
    run(tmp_path / "photos", "--model", tiny, "--out", tmp_path / "out")
    (photo,) = rows(tmp_path / "out" / "verdicts.csv")
    assert (photo["cracked"], photo["tiles"], photo["cracked_tiles"]) == ("yes", "12", "1")
    tile_rows = rows(tmp_path / "out" / "tiles.csv")
    assert len(tile_rows) == 12
    (cracked,) = [row for row in tile_rows if row["cracked"] == "yes"]
    place = {name: cracked[name] for name in ("tile", "x_px", "y_px", "width_px", "height_px")}
    assert place == {"tile": "7", "x_px": "64", "y_px": "32", "width_px": "32", "height_px": "32"}
    drawn = cv2.imread(str(tmp_path / "out" / "pictures" / "frame.jpg"))
    inside, outside = drawn[48 * 480 // 128, 80 * 480 // 128], drawn[20, 20]
    assert inside.max() < 80
    assert outside.min() > 180, "the rest is faded"


def test_a_verdict_agrees_with_the_tiles_that_are_marked(tiny: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    for number in range(4):
        save(tmp_path / "photos" / f"{number}.png", random.integers(40, 140, (64, 96, 3)).astype(np.uint8))
    run(tmp_path / "photos", "--model", tiny, "--out", tmp_path / "out", "--threshold", 0.04)
    for record in read_verdicts(tmp_path / "out"):
        assert record.cracked == bool(record.cracked_tiles)
        assert record.probability == max(tile.probability for tile in record.tiles)


def test_the_threshold_can_be_stated(tiles: Path, tiny: Path, tmp_path: Path) -> None:
    run(tiles, "--model", tiny, "--out", tmp_path / "out", "--threshold", 0.1)
    assert [row["cracked"] for row in rows(tmp_path / "out" / "verdicts.csv")] == ["yes", "yes", "no", "yes"]
    with pytest.raises(SettingsError, match=r"--threshold is 1\.5; expected more than 0 and less than 1"):
        run(tiles, "--model", tiny, "--out", tmp_path / "other", "--threshold", 1.5)


def test_one_bad_photo_stops_nothing_and_is_listed(tiles: Path, tiny: Path, tmp_path: Path) -> None:
    (tiles / "crack" / "bad.jpg").write_bytes(b"no photo")
    result = run(tiles, "--model", tiny, "--out", tmp_path / "out", expected=1)
    assert "failed: crack/bad.jpg" in result.output
    found = {row["photo"]: row for row in rows(tmp_path / "out" / "verdicts.csv")}
    assert len(found) == 5
    assert found["crack/bad.jpg"]["cracked"] == ""
    assert "crack/bad.jpg" in found["crack/bad.jpg"]["error"]
    assert str(tiles) not in found["crack/bad.jpg"]["error"], "the table says nothing about the machine"


def test_a_photo_whose_name_is_too_long_is_said_by_that(tiles: Path, tiny: Path, tmp_path: Path) -> None:
    save(tiles / f"{'x' * 251}.png", grey(78))
    done = run(tiles, "--model", tiny, "--out", tmp_path / "out", expected=1)
    assert "its name is too long; shorten" in done.output
    assert "please report this" not in done.output


def test_a_second_run_only_does_what_is_missing(tiles: Path, tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(tiles, "--model", tiny, "--out", out)
    before = {path: path.stat().st_mtime_ns for path in (out / "json").rglob("*.json")}
    (out / "json" / "crack" / "a.json").unlink()
    table = (out / "verdicts.csv").read_bytes()
    assert "4 done, 3 of them earlier" in run(tiles, "--model", tiny, "--out", out).output
    assert (out / "verdicts.csv").read_bytes() == table
    kept = [path for path, time in before.items() if path.stat().st_mtime_ns == time]
    assert len(kept) == 3


def test_a_photo_that_fails_now_has_no_verdict_of_an_earlier_command(
    tiles: Path, tiny: Path, tmp_path: Path
) -> None:
    words = (tiles, "--model", tiny, "--out", tmp_path / "out", "--truth", tiles)
    run(*words)
    (tiles / "crack" / "a.png").unlink()
    (tiles / "crack" / "a.png").symlink_to(tmp_path / "out of reach.png")
    assert "3 done, 3 of them earlier, 1 failed" in run(*words, expected=1).output
    found = [row["cracked"] for row in rows(tmp_path / "out" / "verdicts.csv")]
    assert found == ["", "no", "no", "yes"], "a line a photo"
    (judged,) = json.loads((tmp_path / "out" / "scores.json").read_text("utf-8"))["sets"]
    assert (judged["photos"], len(judged["failures"])) == (3, 1)


def test_photos_of_a_camera_that_is_ahead_of_time_are_done(tiles: Path, tiny: Path, tmp_path: Path) -> None:
    for photo in tiles.rglob("*.*"):
        ahead_s = photo.stat().st_mtime + 1e6
        os.utime(photo, (ahead_s, ahead_s))
    run(tiles, "--model", tiny, "--out", tmp_path / "out")
    assert "4 done, 4 of them earlier" in run(tiles, "--model", tiny, "--out", tmp_path / "out").output


def test_what_a_killed_command_left_half_written_is_removed(tiles: Path, tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(tiles, "--model", tiny, "--out", out)
    for leftover in ("json/.1.json.99.part", "pictures/.1.jpg.99.part.jpg"):
        (out / leftover).parent.mkdir(exist_ok=True)
        (out / leftover).write_text("half", "utf-8")
    run(tiles, "--model", tiny, "--out", out)
    assert not list(out.rglob(".*.part*"))


def test_another_threshold_in_the_same_folder_is_refused_and_overwritten_on_request(
    tiles: Path, tiny: Path, tmp_path: Path
) -> None:
    words = (tiles, "--model", tiny, "--out", tmp_path / "out")
    run(*words)
    with pytest.raises(SettingsError, match=r"threshold was 0\.5, is 0\.1; choose another --out"):
        run(*words, "--threshold", 0.1)
    run(*words, "--threshold", 0.1, "--overwrite")
    assert rows(tmp_path / "out" / "verdicts.csv")[1]["cracked"] == "yes"


def test_why_is_drawn_for_what_is_called_cracked(tiles: Path, tmp_path: Path) -> None:
    small = write_tiny_classifier(tmp_path / "small.onnx", tiny_classifier_card(size_px=(14, 14)))
    run(tiles, "--model", small, "--out", tmp_path / "out", "--why")
    drawn = {
        path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out" / "why").rglob("*.jpg")
    }
    assert drawn == {"why/crack/a.jpg", "why/nocrack/d.jpg"}


def test_without_a_classifier_the_verdict_is_that_of_inspect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finder = write_tiny_model(tmp_path / "finder.onnx", card=tiny_card(min_length_px=12, min_area_px=4))
    monkeypatch.setattr(models, "shipped_model", lambda: finder)
    walls = write_walls(tmp_path / "walls")
    run(walls / "images", "--out", tmp_path / "out", "--truth", walls)
    found = rows(tmp_path / "out" / "verdicts.csv")
    loaded = load_model(finder)
    for row in found:
        reported = inspect_photo(read_photo(walls / "images" / row["photo"]), loaded)
        assert row["cracked"] == ("yes" if reported.cracks else "no")
        assert int(row["cracks"]) == len(reported.cracks)
        assert (float(row["pixel_probability"]) >= float(row["threshold"])) == bool(reported.cracks)
    assert "probability" not in found[0], "nobody has calibrated it"
    (one,) = json.loads((tmp_path / "out" / "scores.json").read_text(encoding="utf-8"))["sets"]
    assert one["confusion"] == {"found": 3, "missed": 0, "false": 0, "sound": 1}
    assert "brier" not in one
    assert (tmp_path / "out" / "pictures" / "a.jpg").is_file()


def test_why_needs_a_classifier(tiles: Path, tmp_path: Path) -> None:
    finder = write_tiny_model(tmp_path / "finder.onnx")
    with pytest.raises(SettingsError, match=r"--why explains a classifier, but tiny 1 finds the cracks"):
        run(tiles, "--model", finder, "--out", tmp_path / "out", "--why")
    assert not (tmp_path / "out").exists()


def test_verdicts_are_judged_where_the_truth_is_known(tiles: Path, tiny: Path, tmp_path: Path) -> None:
    result = run(tiles, "--model", tiny, "--out", tmp_path / "out", "--truth", tiles)
    # found a, missed b, false d; in order are a before c, a before d, b before c, but not b before d
    assert re.search(r"^crack +0\.500 +0\.500 +0\.500 +2$", result.output, re.MULTILINE)
    content = json.loads((tmp_path / "out" / "scores.json").read_text(encoding="utf-8"))
    (one,) = content["sets"]
    assert one["confusion"] == {"found": 1, "missed": 1, "false": 1, "sound": 1}
    assert (one["roc_auc"], one["balanced_accuracy"], one["photos"]) == (0.75, 0.5, 4)
    assert (content["task"], content["tool"]["name"]) == ("classification", "tiny-classifier 1")
    html = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "nocrack/d.png" in html
    assert "crack/b.png" in html
    assert "nocrack/c.png" not in html, "it is right"


def test_tiles_are_judged_by_the_masks_of_their_photos(tiny: Path, tmp_path: Path) -> None:
    frame, mask = grey(120, 64, 128), np.zeros((64, 128), np.uint8)
    frame[:, :32] = 60  # the two tiles on the left are called cracked
    mask[4:28, 8:12] = 255  # 96 px in the first tile
    mask[4:28, 104:108] = 255  # and in the fourth
    mask[40:44, 70:74] = 255  # 16 px in the seventh are too few to say
    save(tmp_path / "walls" / "images" / "frame.png", frame)
    cv2.imwrite(str(save(tmp_path / "walls" / "masks" / "frame.png", frame)), mask)
    result = run(
        tmp_path / "walls" / "images",
        "--model",
        tiny,
        "--out",
        tmp_path / "out",
        "--truth",
        tmp_path / "walls",
    )
    assert "tiles of walls" in result.output
    scores = json.loads((tmp_path / "out" / "scores.json").read_text(encoding="utf-8"))
    photos, tiles = scores["sets"]
    assert (photos["unit"], photos["photos"]) == ("photos", 1)
    assert (tiles["unit"], tiles["tiles"]) == ("tiles", 7)
    assert tiles["confusion"] == {"found": 1, "missed": 1, "false": 1, "sound": 4}
    html = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "frame.png, tile 4" in html, "missed"
    assert "frame.png, tile 5" in html, "a false alarm"
    assert "frame.png, tile 7" not in html
    assert html.count('src="data:image/jpeg') == 2, "a picture of each"


def test_photos_that_the_classifier_has_seen_are_told(tiles: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    model = write_tiny_classifier(tmp_path / "run" / "model.onnx")
    parts = {"crack/a": "train", "nocrack/c": "train", "crack/b": "validation", "nocrack/d": "test"}
    hashes = {name: hashlib.sha256((tiles / f"{name}.png").read_bytes()).hexdigest() for name in parts}
    rows_of = [f"tiles,{name}.png,{name},{part},{hashes[name]}" for name, part in parts.items()]
    (model.parent / "split.csv").write_text("\n".join(["source,file,group,part,sha256", *rows_of]))
    out = tmp_path / "out"
    told = (
        "of the 4 photos of tiles some were in the training, which flatters: tiny-classifier 1 (2, and 1 "
        "that chose its checkpoint and threshold); judge on others"
    )
    assert f"note: {told}\n" in run(tiles, "--model", model, "--out", out, "--truth", tiles).stderr
    assert json.loads((out / "scores.json").read_text(encoding="utf-8"))["remarks"] == [told]
    assert told in (out / "report.html").read_text(encoding="utf-8")
    alone = run(tiles / "nocrack" / "d.png", "--model", model, "--out", tmp_path / "d", "--truth", tiles)
    assert "flatters" not in alone.stderr


def test_a_table_can_tell_the_truth_of_some_photos(tiles: Path, tiny: Path, tmp_path: Path) -> None:
    table = tiles / "labels.csv"
    table.write_text("photo,label\ncrack/a.png,1\nnocrack/c.png,0\n")
    result = run(tiles, "--model", tiny, "--out", tmp_path / "out", "--truth", table)
    assert "warning: 2 of 4 photos are not in" in result.output
    (one,) = json.loads((tmp_path / "out" / "scores.json").read_text(encoding="utf-8"))["sets"]
    assert (one["photos"], one["accuracy"]) == (2, 1.0)


def test_a_photo_that_cannot_be_judged_is_told(tiles: Path, tiny: Path, tmp_path: Path) -> None:
    (tiles / "crack" / "bad.png").write_bytes(b"no photo")
    run(tiles, "--model", tiny, "--out", tmp_path / "out", "--truth", tiles, expected=1)
    (one,) = json.loads((tmp_path / "out" / "scores.json").read_text(encoding="utf-8"))["sets"]
    assert one["photos"] == 4
    assert [failure["photo"] for failure in one["failures"]] == ["crack/bad.png"]


def test_truth_of_other_photos_is_refused_before_any_work(tiles: Path, tiny: Path, tmp_path: Path) -> None:
    other = write_walls(tmp_path / "walls")
    with pytest.raises(SettingsError, match="knows none of the 4 photos"):
        run(tiles, "--model", tiny, "--out", tmp_path / "out", "--truth", other)
    with pytest.raises(DataError, match="does not exist"):
        run(tiles, "--model", tiny, "--out", tmp_path / "out", "--truth", tmp_path / "missing")
    with pytest.raises(ModelError, match="cannot be read"):
        run(tiles, "--model", tmp_path / "missing.onnx", "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()
