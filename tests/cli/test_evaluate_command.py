"""``crackwise evaluate``: every kind of tool gives the same figures for the same predictions."""

import csv
import json
import os
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from crackwise.cli.evaluate import evaluate
from crackwise.data.folder import read_folder
from crackwise.errors import CrackwiseError, DataError, SettingsError
from crackwise.inspection.inspect import inspect_photo
from crackwise.inspection.model import load_model
from crackwise.levels import to_levels
from crackwise.photo import photo_of
from linewalls import TRUE, line, write_walls
from tinymodel import tiny_card, write_tiny_model

app = typer.Typer()
app.command()(evaluate)

SEEN = TRUE | {"b": line(20, length_px=10), "d": line(3)}
"""Of the photo b only half of the crack can be seen, and d has a dark line that is none."""

OTHERS = {name: true | line(0, length_px=2 + number) for number, (name, true) in enumerate(TRUE.items())}
"""Photos of other files, each with a dark spot at its rim."""


@pytest.fixture
def walls(tmp_path: Path) -> Path:
    return write_walls(tmp_path / "walls", SEEN)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    card = tiny_card(min_length_px=12, min_area_px=4)  # leaves the half line of b out
    return write_tiny_model(tmp_path / "tiny.onnx", card=card)


def run(*words: object, expected: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(result.exception, CrackwiseError):
        raise result.exception
    assert result.exit_code == expected, result.output
    return result


def scores(out: Path) -> dict[str, Any]:
    return json.loads((out / "scores.json").read_text(encoding="utf-8"))


def predictions_of(model: Path, walls: Path, folder: Path) -> Path:
    """Write the probability of each photo as another program would."""
    loaded = load_model(model)
    folder.mkdir()
    for photo in read_folder(walls):
        probability = loaded.predict(photo.read_image(), tile_px=64, overlap_px=16)
        assert cv2.imwrite(str(folder / f"{photo.image.stem}.png"), to_levels(probability))
    return folder


def test_figures_are_printed_and_nothing_is_written_without_out(walls: Path, tiny: Path) -> None:
    before = sorted(walls.rglob("*"))
    printed = run(walls, "--model", tiny, "--samples", 20).output
    assert "walls, 4 photos" in printed
    assert "clIoU, 4 px" in printed
    assert "\nODS*" in printed
    assert "\n* optimistic: at thresholds chosen on these very photos, no result" in printed
    assert sorted(walls.rglob("*")) == before


def test_a_model_is_judged_by_what_inspect_reports(walls: Path, tiny: Path, tmp_path: Path) -> None:
    run(walls, "--model", tiny, "--out", tmp_path / "out", "--samples", 0)
    loaded = load_model(tiny)
    lines = (tmp_path / "out" / "scores.csv").read_text(encoding="utf-8").splitlines()
    rows = {row["file"]: row for row in csv.DictReader(lines)}
    assert len(rows) == 4
    for photo in read_folder(walls):
        reported = inspect_photo(photo_of(photo.read_image()), loaded)
        row, true = rows[photo.file], TRUE[photo.image.stem]
        assert int(row["found_px"]) == int((reported.mask & true).sum())
        assert int(row["false_px"]) == int((reported.mask & ~true).sum())
        assert int(row["cracks_reported"]) == len(reported.cracks)


def test_what_made_the_scores_is_noted(walls: Path, tiny: Path, tmp_path: Path) -> None:
    run(walls, "--model", tiny, "--out", tmp_path / "out", "--samples", 10)
    content = scores(tmp_path / "out")
    assert (content["tool"]["kind"], content["tool"]["name"]) == ("model", "tiny 1")
    assert content["tool"]["sha256"] == load_model(tiny).sha256
    assert content["tool"]["facts"]["threshold_low"] == 0.3
    assert content["settings"]["bootstrap"]["samples"] == 10
    (one,) = content["sets"]
    assert (one["name"], one["photos"], one["crack_free_photos"]) == ("walls", 4, 1)
    origins = [point["chosen_on"] for point in one["operating_points"]]
    assert origins == ["validation", "validation", "test", "test"]


@pytest.mark.parametrize("threshold", [0.5, 0.8])
def test_a_folder_of_predictions_equals_the_model_that_made_it(
    walls: Path, tiny: Path, tmp_path: Path, threshold: float
) -> None:
    folder = predictions_of(tiny, walls, tmp_path / "predicted")
    words = (walls, "--threshold", threshold, "--samples", 10, "--protocols", "all")
    run(*words, "--model", tiny, "--out", tmp_path / "model")
    run(*words, "--predictions", folder, "--out", tmp_path / "folder")
    assert scores(tmp_path / "model")["sets"] == scores(tmp_path / "folder")["sets"]
    tables = [(tmp_path / out / "scores.csv").read_text(encoding="utf-8") for out in ("model", "folder")]
    assert tables[0] == tables[1]


def test_masks_of_another_tool_are_scored_as_masks(walls: Path, tmp_path: Path) -> None:
    for name, seen in SEEN.items():
        (tmp_path / "masks").mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / "masks" / f"{name}.png"), seen.astype(np.uint8) * 255)
    run(walls, "--predictions", tmp_path / "masks", "--out", tmp_path / "out", "--samples", 10)
    (one,) = scores(tmp_path / "out")["sets"]
    assert one["scores"]["iou_mean"]["value"] == (1 + 0.5 + 1 + 0) / 4
    assert one["confusion_px"] == {"found": 50, "false": 20, "missed": 10, "sound": 8000 - 80}
    assert [point["chosen_on"] for point in one["operating_points"]] == ["binary"]
    assert one["curve"] is None


def test_a_missing_prediction_is_an_error_and_nothing_is_written(
    walls: Path, tiny: Path, tmp_path: Path
) -> None:
    folder = predictions_of(tiny, walls, tmp_path / "predicted")
    (folder / "c.png").unlink()
    with pytest.raises(DataError, match=r"1 of 4 photos have no prediction in .*, first walls/c\.png"):
        run(walls, "--predictions", folder, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_one_broken_photo_is_told_and_the_others_are_scored(walls: Path, tiny: Path, tmp_path: Path) -> None:
    (walls / "images" / "b.png").write_bytes(b"no photo")
    result = run(walls, "--model", tiny, "--out", tmp_path / "out", "--samples", 10, expected=1)
    assert "not judged: walls/b.png" in result.output
    (one,) = scores(tmp_path / "out")["sets"]
    assert (one["photos"], [failure["file"] for failure in one["failures"]]) == (3, ["b.png"])
    assert (tmp_path / "out" / "report.html").is_file()


def test_photos_without_cracks_need_no_masks(walls: Path, tiny: Path, tmp_path: Path) -> None:
    sound = tmp_path / "sound"
    (sound / "images").mkdir(parents=True)
    for name in ("a", "d"):
        (walls / "images" / f"{name}.png").rename(sound / "images" / f"{name}.png")
    cv2.imwrite(str(sound / "images" / "e.png"), np.full((40, 50, 3), 200, np.uint8))
    run("--crack-free", sound, "--model", tiny, "--out", tmp_path / "out", "--samples", 10)
    (one,) = scores(tmp_path / "out")["sets"]
    assert (one["name"], one["crack_free_photos"], one["empty_empty_photos"]) == ("sound", 3, 1)
    assert one["scores"]["false_crack_share"]["value"] == pytest.approx(2 / 3, abs=1e-6)
    assert one["scores"]["ap"]["value"] is None


def test_a_threshold_is_chosen_on_another_set(walls: Path, tiny: Path, tmp_path: Path) -> None:
    other = write_walls(tmp_path / "validation", OTHERS)
    run(walls, "--model", tiny, "--validation", other, "--out", tmp_path / "out", "--samples", 10)
    chosen = scores(tmp_path / "out")["sets"][0]["operating_points"][0]
    assert chosen["chosen_on"] == "validation"
    assert "validation" in chosen["name"]
    assert 0 < chosen["threshold"] < 1
    assert [one["name"] for one in scores(tmp_path / "out")["sets"]] == ["walls"]


def test_a_threshold_is_not_chosen_where_nothing_is_true(walls: Path, tiny: Path, tmp_path: Path) -> None:
    sound = write_walls(tmp_path / "sound", OTHERS)
    for mask in (sound / "masks").iterdir():
        assert cv2.imwrite(str(mask), np.zeros(TRUE["a"].shape, np.uint8))
    with pytest.raises(DataError, match="no threshold can be chosen on sound: none of its photos shows a"):
        run(walls, "--model", tiny, "--validation", sound)


def test_a_threshold_is_not_chosen_on_photos_that_are_judged(walls: Path, tiny: Path) -> None:
    with pytest.raises(SettingsError, match=r"4 of 4 photos of --validation are judged too, first a\."):
        run(walls, "--model", tiny, "--validation", walls)


def test_a_threshold_is_not_chosen_on_copies_of_photos_that_are_judged(
    walls: Path, tiny: Path, tmp_path: Path
) -> None:
    other = write_walls(tmp_path / "other", OTHERS)
    shutil.copy(walls / "images" / "b.png", other / "images" / "c.png")
    with pytest.raises(SettingsError, match=r"1 of 4 photos of --validation are judged too, first c\."):
        run(walls, "--model", tiny, "--validation", other)


def write_parts(walls: Path, parts: str) -> None:
    rows = [f"{photo.file},{part}" for photo, part in zip(read_folder(walls), parts.split())]
    (walls / "split.csv").write_text("\n".join(["file,part", *rows, ""]), encoding="utf-8")


def test_one_part_of_a_set_chooses_the_threshold_and_another_is_judged(
    walls: Path, tiny: Path, tmp_path: Path
) -> None:
    write_parts(walls, "test validation test validation")
    words = (walls, "--model", tiny, "--part", "test", "--out", tmp_path / "out", "--samples", 10)
    run(*words, "--validation", walls, "--validation-part", "validation")
    (one,) = scores(tmp_path / "out")["sets"]
    assert (one["photos"], one["operating_points"][0]["chosen_on"]) == (2, "validation")


def test_photos_without_cracks_have_parts_too(walls: Path, tiny: Path, tmp_path: Path) -> None:
    sound = write_walls(tmp_path / "sound")
    words = (walls, "--crack-free", sound, "--model", tiny, "--out", tmp_path / "out", "--samples", 10)
    words = (*words, "--overwrite")
    write_parts(walls, "test train test train")
    run(*words, "--part", "test")
    assert [one["photos"] for one in scores(tmp_path / "out")["sets"]] == [2, 4]
    write_parts(sound, "train train train test")
    run(*words, "--part", "test")
    assert [one["photos"] for one in scores(tmp_path / "out")["sets"]] == [2, 1]


def test_a_broken_photo_for_the_threshold_is_told(walls: Path, tiny: Path, tmp_path: Path) -> None:
    other = write_walls(tmp_path / "other", OTHERS)
    next((other / "images").glob("a.*")).write_bytes(b"no photo")
    told = run(walls, "--model", tiny, "--validation", other, "--samples", 10, expected=1)
    assert "not judged: other/a.png: " in told.output
    assert "walls, 4 photos" in told.output


def test_masks_of_nought_and_one_are_not_scored_as_empty(walls: Path, tiny: Path, tmp_path: Path) -> None:
    path = next((walls / "masks").glob("a.*"))
    assert cv2.imwrite(str(path), TRUE["a"].astype(np.uint8))
    told = run(walls, "--model", tiny, "--out", tmp_path / "out", "--samples", 10, expected=1)
    assert "holds nothing above 1 of 255 and would read as empty" in told.output
    assert scores(tmp_path / "out")["sets"][0]["photos"] == 3


def test_worse_photos_have_rows_of_their_own(walls: Path, tiny: Path, tmp_path: Path) -> None:
    run(walls, "--model", tiny, "--out", tmp_path / "out", "--samples", 0, "--robustness")
    rows = scores(tmp_path / "out")["sets"][0]["robustness"]
    assert len(rows) == 8
    # the wall of grey 200 and the line of grey 75 stay apart at 120 and 45
    assert rows["brightness × 0.6"]["recall_pooled"] > 0.5
    assert "brightness × 0.6" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_an_earlier_evaluation_is_replaced_only_when_asked_for(
    walls: Path, tiny: Path, tmp_path: Path
) -> None:
    words = (walls, "--model", tiny, "--out", tmp_path / "out", "--protocols", "pixels", "--samples")
    run(*words, 0)
    with pytest.raises(SettingsError, match=r"out already holds scores\.json; choose another --out, or add"):
        run(*words, 10)
    assert scores(tmp_path / "out")["settings"]["bootstrap"]["samples"] == 0
    run(*words, 10, "--overwrite")
    assert scores(tmp_path / "out")["settings"]["bootstrap"]["samples"] == 10


def test_several_sets_are_scored_apart(walls: Path, tiny: Path, tmp_path: Path) -> None:
    other = write_walls(tmp_path / "bridges")
    run(walls, other, "--model", tiny, "--out", tmp_path / "out", "--samples", 10)
    assert [one["name"] for one in scores(tmp_path / "out")["sets"]] == ["walls", "bridges"]


def test_only_what_was_asked_for_is_counted(walls: Path, tiny: Path, tmp_path: Path) -> None:
    words = (walls, "--model", tiny, "--samples", 0, "--out", tmp_path / "out")
    run(*words, "--protocols", "distance, pixels")
    content = scores(tmp_path / "out")
    assert content["settings"]["protocols"] == ["pixels", "distance"]
    assert "hd95_mean_px" in content["sets"][0]["scores"]
    assert "mask_f1_2px" not in content["sets"][0]["scores"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--model", "a.onnx", "--run", "b"), "exclude one another"),
        (("--threshold", "0.5", "--validation", "b"), "--threshold states what --validation would choose"),
        (("--validation-part", "test"), "--validation-part is of the set that chooses a threshold; name it"),
        (("--predictions", "a", "--robustness"), "--robustness needs a tool that can look at worse photos"),
        (("--protocols", "pixels,iou"), "protocol 'iou' is not known; expected all or some of pixels, "),
    ],
)
def test_options_that_make_no_sense_are_refused(walls: Path, words: tuple[str, ...], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        run(walls, *words)


def test_no_set_and_two_sets_of_one_name_are_refused(walls: Path, tiny: Path) -> None:
    with pytest.raises(SettingsError, match="nothing to judge on; name a labelled SET"):
        run("--model", tiny)
    with pytest.raises(SettingsError, match="two of the sets are named walls"):
        run(walls, walls, "--model", tiny)


RECIPE = """
name = "tiny"
[data]
sources = [{ name = "walls" }]
[model]
encoder = "resnet18"
encoder_weights = "none"
decoder_channels = [8, 8, 8, 8, 8]
[train]
"""


def test_a_training_is_judged_by_its_best_checkpoint(
    walls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch", reason='needs the extra "train"')
    pytest.importorskip("lightning", reason='needs the extra "train"')
    from crackwise.nets.build import build_net
    from crackwise.recipe import parse_recipe
    from crackwise.training import folder
    from crackwise.training.checkpoint import FinishedRun
    from crackwise.training.validation import predict_photo

    recipe = parse_recipe(RECIPE, "tiny")
    torch.manual_seed(0)
    net = build_net(recipe.model).eval()
    finished = FinishedRun(recipe, net.state_dict(), step=7)
    monkeypatch.setattr(folder, "read_run", lambda _run: finished)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "best.ckpt").write_bytes(b"weights")
    run(walls, "--run", tmp_path / "run", "--out", tmp_path / "out", "--samples", 0)
    content = scores(tmp_path / "out")
    assert (content["tool"]["kind"], content["tool"]["name"]) == ("run", "run")
    assert content["tool"]["sha256"] == sha256(b"weights").hexdigest()
    assert (content["tool"]["facts"]["recipe"], content["tool"]["facts"]["step"]) == ("tiny", 7)
    probability = [predict_photo(net, photo.read_image()) for photo in read_folder(walls)]
    marked = sum(int((one >= 127.5 / 255).sum()) for one in probability)
    assert marked_px(content) == pytest.approx(marked, abs=4), "rounded to levels"

    middle = float(np.median(probability))
    (tmp_path / "run" / "result.json").write_text(f'{{"threshold": {middle}}}', encoding="utf-8")
    run(walls, "--run", tmp_path / "run", "--out", tmp_path / "done", "--samples", 0)
    [point, *_] = scores(tmp_path / "done")["sets"][0]["operating_points"]
    assert (point["threshold"], point["chosen_on"]) == (pytest.approx(middle), "validation")
    count = sum(one.size for one in probability)
    assert marked_px(scores(tmp_path / "done")) == pytest.approx(count / 2, rel=0.1), "above the median"


def marked_px(content: dict[str, Any]) -> int:
    confusion = content["sets"][0]["confusion_px"]
    return int(confusion["found"] + confusion["false"])


def write_split(run: Path, walls: Path, parts: dict[str, str]) -> None:
    """Say in a run folder which photos it has seen."""
    hashes = {name: sha256((walls / "images" / f"{name}.png").read_bytes()).hexdigest() for name in parts}
    rows = [f"walls,{name}.png,{name},{part},{hashes[name]}" for name, part in parts.items()]
    text = "\n".join(["source,file,group,part,sha256", *rows])
    (run / "split.csv").write_text(text + "\n", encoding="utf-8")


FLATTERED = {"a": "train", "b": "validation", "c": "train", "d": "test"}
REMARK = (
    "of the 4 photos of walls some were in the training, which flatters: {} (2, and 1 that chose its "
    "checkpoint and threshold); judge on others"
)


def test_photos_that_a_run_has_seen_are_told(walls: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason='needs the extra "train"')
    from comparedruns import write_run

    write_split(write_run(tmp_path / "tuned"), walls, FLATTERED)
    result = run(walls, "--run", tmp_path / "tuned", "--out", tmp_path / "out", "--samples", 0)
    remark = REMARK.format("tuned")
    assert f"note: {remark}\n" in result.stderr
    assert scores(tmp_path / "out")["remarks"] == [remark]
    assert remark in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_photos_that_the_model_in_a_run_folder_has_seen_are_told(
    walls: Path, tiny: Path, tmp_path: Path
) -> None:
    (tmp_path / "tuned").mkdir()
    model = tiny.rename(tmp_path / "tuned" / "model.onnx")
    write_split(tmp_path / "tuned", walls, FLATTERED)
    result = run(walls, "--model", model, "--samples", 0, "--threshold", 0.5)
    assert f"note: {REMARK.format('tiny 1')}\n" in result.stderr


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        (
            FLATTERED,
            (
                "of the 4 photos of walls, which chose the threshold, some were in the training, where a "
                "network is surer: tiny 1 (2); choose on others",
            ),
        ),
        ({"a": "validation", "b": "test"}, ()),
    ],
)
def test_a_threshold_chosen_on_photos_of_the_training_is_told(
    walls: Path, tiny: Path, tmp_path: Path, parts: dict[str, str], told: tuple[str, ...]
) -> None:
    model = tiny.rename(tmp_path / "model.onnx")
    write_split(tmp_path, walls, parts)
    other = write_walls(tmp_path / "other", {name: line(4 + row) for row, name in enumerate(TRUE)})
    words = (other, "--model", model, "--validation", walls, "--samples", 0, "--out", tmp_path / "out")
    result = run(*words)
    assert [text for text in result.stderr.splitlines() if "note: " in text] == [
        f"note: {text}" for text in told
    ]
    assert scores(tmp_path / "out")["remarks"] == list(told)
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert all(text in report for text in told)


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"a": "validation"}, "tiny 1 (1 that chose its checkpoint and threshold)"),
        ({"a": "train"}, "tiny 1 (1);"),
        ({"a": "test", "b": "test"}, ""),
    ],
)
def test_only_what_a_training_has_seen_flatters(
    walls: Path, tiny: Path, tmp_path: Path, parts: dict[str, str], told: str
) -> None:
    model = tiny.rename(tmp_path / "model.onnx")
    write_split(tmp_path, walls, parts)
    (walls / "images" / "c.png").write_bytes(b"no photo")
    result = run(walls, "--model", model, "--samples", 0, "--out", tmp_path / "out", expected=1)
    assert ("flatters" in result.stderr) == bool(told)
    assert told in result.stderr
    assert len(scores(tmp_path / "out")["remarks"]) == bool(told)


@pytest.mark.parametrize(
    ("option", "given", "told"),
    [
        ("--run", "tuned/best.ckpt", "tuned/best.ckpt is a file; give its run folder, tuned"),
        ("--run", "best.ckpt", "best.ckpt is a file; give its run folder, ."),
        (
            "--run",
            "walls.onnx",
            "walls.onnx is a model file and no run folder; give its run folder, or use --model walls.onnx",
        ),
        ("--run", "runs/nope", "there is no run folder runs/nope; give the --out of a crackwise train"),
        (
            "--run",
            "gan",
            "gan is the run of a generator; give that of a segmentation network or classifier",
        ),
        ("--run", "new", "new holds no best.ckpt; train first, at least up to the first validation"),
        (
            "--model",
            "tuned",
            "the model tuned is a folder; give the file tuned/model.onnx, or judge a run folder by "
            "crackwise evaluate --run tuned",
        ),
        (
            "--model",
            "new",
            "the model new is a folder; give a .onnx file, or judge a run folder by crackwise evaluate "
            "--run new",
        ),
    ],
)
def test_a_path_of_the_wrong_kind_says_what_to_give(
    walls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str, given: str, told: str
) -> None:
    if option == "--run":
        pytest.importorskip("torch", reason='needs the extra "train"')
        pytest.importorskip("lightning", reason='needs the extra "train"')
    monkeypatch.chdir(tmp_path)
    for name in ("tuned", "new", "gan"):
        (tmp_path / name).mkdir()
    (tmp_path / "gan" / "generator.ckpt").write_bytes(b"")
    for name in ("tuned/best.ckpt", "tuned/model.onnx", "best.ckpt", "walls.onnx"):
        (tmp_path / name).write_bytes(b"a file")
    with pytest.raises(CrackwiseError) as refused:
        run(walls, option, given)
    assert str(refused.value) == told.replace("/", os.sep)
