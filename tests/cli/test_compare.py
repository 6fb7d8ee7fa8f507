"""``crackwise compare``: the figures of ``crackwise evaluate`` side by side; what is broken is left out."""

import csv
import json
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from crackwise.arrays import Rgb
from crackwise.cli import looks
from crackwise.cli.compare import compare
from crackwise.cli.compared import Compared
from crackwise.cli.evaluate import evaluate
from crackwise.cli.judged import Judged
from crackwise.data.folder import SetPhoto
from crackwise.errors import CrackwiseError, PhotoError, SettingsError
from crackwise.inspection.model import shipped_model
from crackwise.score.tally import Prediction
from linewalls import TRUE, line, write_walls
from tinymodel import tiny_card, write_tiny_model

SEEN = TRUE | {"b": line(20, length_px=10), "d": line(3)}
"""Of the photo b only half of the crack can be seen, and d has a dark line that is none."""


@pytest.fixture
def walls(tmp_path: Path) -> Path:
    return write_walls(tmp_path / "walls", SEEN)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write_tiny_model(tmp_path / "tiny.onnx")


@pytest.fixture
def blind(tmp_path: Path) -> Path:
    """A model that leaves every crack of these photos out."""
    card = tiny_card(name="blind", min_area_px=500, steps=70)
    return write_tiny_model(tmp_path / "blind.onnx", card=card)


def run(command: Any, *words: object, expected: int = 0) -> Result:
    app = typer.Typer()
    app.command()(command)
    result = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(result.exception, CrackwiseError):
        raise result.exception
    assert result.exit_code == expected, result.output
    return result


QUICK = ("--samples", 20, "--rounds", 0)


def content(out: Path) -> dict[str, Any]:
    return json.loads((out / "comparison.json").read_text(encoding="utf-8"))


def rows(out: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((out / "comparison.csv").read_text(encoding="utf-8").splitlines()))


def evaluated(walls: Path, model: Path, out: Path) -> Path:
    run(evaluate, walls, "--model", model, "--samples", 20, "--out", out)
    return out


def test_the_figures_are_those_of_evaluate(walls: Path, tiny: Path, blind: Path, tmp_path: Path) -> None:
    run(compare, tiny, blind, "--data", walls, "--out", tmp_path / "out", *QUICK)
    for number, model in enumerate((tiny, blind)):
        folder = evaluated(walls, model, tmp_path / f"scores {number}")
        (alone,) = json.loads((folder / "scores.json").read_text(encoding="utf-8"))["sets"]
        beside = content(tmp_path / "out")["sets"][0]["qualities"][number]["scored"]
        known = beside["scores"]
        assert known == {name: alone["scores"][name] for name in known}
        assert {"iou_mean", "dice_pooled", "centreline_f1_2px", "cliou_4px"} <= known.keys()
        assert beside["names_sha256"] == alone["names_sha256"]


def test_the_difference_of_a_model_to_itself_is_nothing(walls: Path, tiny: Path, tmp_path: Path) -> None:
    copy = shutil.copy(tiny, tmp_path / "copy.onnx")
    printed = run(compare, tiny, copy, "--data", walls, "--out", tmp_path / "out", *QUICK).output
    first, second = content(tmp_path / "out")["sets"][0]["qualities"]
    assert first["difference"] == {}
    assert second["difference"]["iou_mean"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert f"minus {tiny}" in printed, "both are named tiny, so that they go by their paths"


def test_the_difference_is_that_of_the_figures(walls: Path, tiny: Path, blind: Path, tmp_path: Path) -> None:
    run(compare, tiny, blind, "--data", walls, "--out", tmp_path / "out", *QUICK)
    found = rows(tmp_path / "out")
    # the first finds a and c whole, half of b, and a line in d that is no crack; the second nothing
    assert [float(row["iou_mean"]) for row in found] == [2.5 / 4, 1 / 4]
    assert float(found[1]["difference_iou_mean"]) == 0.25 - 0.625
    assert found[0]["difference_iou_mean"] == ""


def test_everything_is_written_and_nothing_without_out(walls: Path, tiny: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    printed = run(compare, tiny, "--data", walls, *QUICK).output
    assert sorted(tmp_path.rglob("*")) == before
    head, row = printed.splitlines()
    assert head.split()[:4] == ["walls", "IoU", "±", "std"]
    assert row.startswith("tiny 1  0.625 ± 0.415")
    run(compare, tiny, "--data", walls, "--out", tmp_path / "out", "--photos", 3, *QUICK)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"comparison.html", "comparison.csv", "comparison.json"}
    html = (tmp_path / "out" / "comparison.html").read_text(encoding="utf-8")
    assert html.count("data:image/jpeg;base64,") == 3 * 3


def test_an_earlier_comparison_is_replaced_only_when_asked_for(
    walls: Path, tiny: Path, blind: Path, tmp_path: Path
) -> None:
    words = ("--data", walls, "--out", tmp_path / "out", *QUICK)
    run(compare, tiny, *words)
    with pytest.raises(SettingsError, match=r"out already holds comparison\.json; choose another --out, or"):
        run(compare, blind, *words)
    assert [row["name"] for row in rows(tmp_path / "out")] == ["tiny 1"]
    run(compare, blind, *words, "--overwrite")
    assert [row["name"] for row in rows(tmp_path / "out")] == ["blind 1"]


def test_models_are_timed_side_by_side(walls: Path, tiny: Path, blind: Path, tmp_path: Path) -> None:
    run(compare, tiny, blind, "--data", walls, "--out", tmp_path / "out", "--samples", 0, "--rounds", 1)
    costs = [one["cost"] for one in content(tmp_path / "out")["contenders"]]
    assert [cost["engine"] for cost in costs] == ["OpenVINO fp32"] * 2
    assert all(cost["tile_ms"] > 0 for cost in costs)
    assert costs[0]["ratio"] == 1
    assert "median of 1 round after" in content(tmp_path / "out")["timing"]
    assert costs[0]["parameters"] == 4
    assert costs[0]["file_mb"] == round(tiny.stat().st_size / 1e6, 6)
    assert [one["steps"] for one in content(tmp_path / "out")["contenders"]] == [0, 70]


def test_scores_that_were_kept_are_compared_without_data(
    walls: Path, tiny: Path, blind: Path, tmp_path: Path
) -> None:
    folders = [evaluated(walls, model, tmp_path / model.stem) for model in (tiny, blind)]
    result = run(compare, *folders, tiny, "--out", tmp_path / "out", *QUICK)
    found = rows(tmp_path / "out")
    assert [(row["name"], row["kind"], row["iou_mean"]) for row in found] == [
        *(("tiny", "scores", "0.625"), ("blind", "scores", "0.25"), ("tiny 1", "model", "")),
    ]
    assert "note: no scores are known of tiny 1; judge all with --data" in result.output
    assert "different photos" not in result.output


def test_scores_of_different_photos_are_told(walls: Path, tiny: Path, tmp_path: Path) -> None:
    whole = evaluated(walls, tiny, tmp_path / "whole")
    for folder in ("images", "masks"):
        (walls / folder / "d.png").unlink()
    part = evaluated(walls, tiny, tmp_path / "part")
    noted = run(compare, whole, part, *QUICK).output
    assert "the figures on walls are of different photos: those of whole and of part" in noted


def test_what_cannot_be_compared_is_told_and_left_out(
    walls: Path, tiny: Path, blind: Path, tmp_path: Path
) -> None:
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "recipe.toml").write_text("", encoding="utf-8")
    (tmp_path / "broken.onnx").write_bytes(b"no model")
    scores = evaluated(walls, tiny, tmp_path / "scores")
    words = (tmp_path / "begun", blind, tmp_path / "broken.onnx", tmp_path / "gone", scores, tiny)
    result = run(compare, *words, "--data", walls, "--out", tmp_path / "out", *QUICK, expected=1)
    told = [line for line in result.output.splitlines() if line.startswith("left out: ")]
    ends = (
        "is not finished: it has no result.json",
        "is not an ONNX model",
        "is nothing to compare",
        "holds scores",
    )
    assert len(told) == 4
    assert all(end in line for end, line in zip(ends, told))
    assert [row["name"] for row in rows(tmp_path / "out")] == ["blind 1", "tiny 1"]
    assert content(tmp_path / "out")["sets"][0]["reference"] == "blind 1", "the first that is left"


def test_a_shipped_model_is_compared_by_its_name(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run(compare, "crackwise-base", "crackwise-base", tiny, "--out", "out", *QUICK)
    found = rows(Path("out"))
    assert [row["name"] for row in found] == ["crackwise-base #1", "crackwise-base #2", "tiny 1"]
    assert found[0]["sha256"] == sha256(shipped_model().read_bytes()).hexdigest()
    assert float(found[0]["file_mb"]) == pytest.approx(shipped_model().stat().st_size / 1e6)


def test_something_of_the_name_of_a_shipped_model_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "crackwise-base").mkdir()
    with pytest.raises(SettingsError, match="crackwise-base is nothing to compare"):
        run(compare, "crackwise-base", *QUICK)


def test_nothing_left_to_compare_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nothing left to compare; .*gone is nothing to compare"):
        run(compare, tmp_path / "gone", "--out", tmp_path / "out", *QUICK)
    assert not (tmp_path / "out").exists()


def test_a_broken_photo_is_told_and_in_no_picture(walls: Path, tiny: Path, tmp_path: Path) -> None:
    (walls / "images" / "b.png").write_bytes(b"no photo")
    result = run(compare, tiny, "--data", walls, "--out", tmp_path / "out", *QUICK, expected=1)
    assert result.output.count("not judged: walls/b.png") == 1
    html = (tmp_path / "out" / "comparison.html").read_text(encoding="utf-8")
    assert html.count("data:image/jpeg;base64,") == 3 * 3


def test_a_photo_that_only_one_could_judge_is_in_no_difference_and_no_picture(
    walls: Path, tiny: Path, blind: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = looks.judged_of

    def fails_on_b(compared: Compared) -> Judged:
        judged = real(compared)

        def predict(photo: SetPhoto, image: Rgb) -> Prediction:
            if photo.file == "b.png" and compared.name == "blind 1":
                raise PhotoError("no prediction for it")
            return judged.predict(photo, image)

        return replace(judged, predict=predict)

    monkeypatch.setattr(looks, "judged_of", fails_on_b)
    result = run(compare, tiny, blind, "--data", walls, "--out", tmp_path / "out", *QUICK, expected=1)
    assert "not judged: walls/b.png: no prediction for it" in result.output
    _, second = rows(tmp_path / "out")
    # of a, c and d the first has 1, 1 and 0, the second 0, 0 and 1
    assert float(second["difference_iou_mean"]) == pytest.approx(-1 / 3, abs=1e-6)
    html = (tmp_path / "out" / "comparison.html").read_text(encoding="utf-8")
    assert html.count("data:image/jpeg;base64,") == 3 * 4
    assert "<h4>b.png</h4>" not in html


def test_a_part_of_a_set_can_be_judged(walls: Path, tiny: Path, tmp_path: Path) -> None:
    lines = ["source,file,group,part,sha256", *(f"walls,{name}.png,{name},{part},0" for name, part in PARTS)]
    (walls / "split.csv").write_text("\n".join(lines), encoding="utf-8")
    run(compare, tiny, "--data", walls, "--part", "test", "--out", tmp_path / "out", *QUICK)
    assert [row["photos"] for row in rows(tmp_path / "out")] == ["2"]


PARTS = (("a", "test"), ("b", "train"), ("c", "test"), ("d", "train"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--part", "test"), "--part chooses photos of a set; name the set with --data"),
        (("--data", "walls", "--data", "walls"), "two of the sets are named walls"),
    ],
)
def test_options_that_make_no_sense_are_refused(tiny: Path, words: tuple[str, ...], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        run(compare, tiny, *words)


@pytest.fixture
def trained(tmp_path: Path) -> tuple[Path, Path]:
    """Two run folders whose networks mark nothing and everything."""
    pytest.importorskip("torch", reason='needs the extra "train"')
    pytest.importorskip("lightning", reason='needs the extra "train"')
    from comparedruns import write_run

    return write_run(tmp_path / "shy", bias=-99, steps=8), write_run(tmp_path / "bold", bias=99)


def test_runs_and_models_are_compared_together(
    walls: Path, tiny: Path, trained: tuple[Path, Path], tmp_path: Path
) -> None:
    run(compare, *trained, tiny, "--data", walls, "--out", tmp_path / "out", "--samples", 0, "--rounds", 1)
    shy, bold, model = rows(tmp_path / "out")
    assert [row["name"] for row in (shy, bold, model)] == ["shy", "bold", "tiny 1"]
    # nothing marked: right on d alone; everything marked: 20 of 2,000 px of a, b and c
    assert float(shy["iou_mean"]) == 1 / 4
    assert float(bold["iou_mean"]) == pytest.approx(3 / 4 * 20 / 2000)
    assert (shy["recall_pooled"], bold["recall_pooled"]) == ("0.0", "1.0")
    assert (shy["steps"], shy["best_step"], bold["steps"]) == ("8", "4", "4")
    assert (shy["engine"], model["engine"]) == ("PyTorch fp32", "OpenVINO fp32")
    assert shy["parameters"] == bold["parameters"]
    assert (float(shy["gflop_256px"]) > 0, model["gflop_256px"]) == (True, ""), (
        "no recipe made the tiny model"
    )
    assert content(tmp_path / "out")["contenders"][0]["curves"]["iou"][-1] == [8, 0.4]
    html = (tmp_path / "out" / "comparison.html").read_text(encoding="utf-8")
    assert "Over the training" in html


def test_a_run_that_sees_whole_photos_costs_what_it_takes_at_their_size(
    trained: tuple[Path, Path], tmp_path: Path
) -> None:
    from comparedruns import SMALL, write_run

    whole = SMALL.replace("[data]", '[data]\naugment = "none"\ncrop_px = [64, 32]')
    write_run(tmp_path / "whole", recipe=whole)
    run(compare, trained[0], tmp_path / "whole", "--out", tmp_path / "out", "--rounds", 1)
    by_tiles, at_once = rows(tmp_path / "out")
    assert (by_tiles["sees"], at_once["sees"]) == ("tiles", "whole photos at 64×32 px")
    # of 256×256 px 64×32 are one in 32
    assert float(by_tiles["gflop_256px"]) / float(at_once["gflop_256px"]) == pytest.approx(32, rel=1e-3)
    html = (tmp_path / "out" / "comparison.html").read_text(encoding="utf-8")
    assert "whole photos at 64×32 px" in html
    assert "takes it for one and brings it to its own size" in html


def test_a_run_is_judged_at_the_threshold_of_its_validation(
    walls: Path, trained: tuple[Path, Path], tmp_path: Path
) -> None:
    shy, _ = trained
    result = json.loads((shy / "result.json").read_text(encoding="utf-8"))
    # of a probability of about 0 the lowest threshold marks everything
    (shy / "result.json").write_text(json.dumps(result | {"threshold": 0.0}), encoding="utf-8")
    run(compare, shy, "--data", walls, "--out", tmp_path / "out", *QUICK)
    (row,) = rows(tmp_path / "out")
    assert float(row["recall_pooled"]) == 1
    (quality,) = content(tmp_path / "out")["sets"][0]["qualities"]
    assert "the best on its validation part" in quality["scored"]["operation"]


def test_an_exported_run_is_timed_by_its_model(
    tiny: Path, trained: tuple[Path, Path], tmp_path: Path
) -> None:
    shy, bold = trained
    shutil.copy(tiny, shy / "model.onnx")
    run(compare, shy, bold, "--out", tmp_path / "out", "--rounds", 1)
    costs = [one["cost"] for one in content(tmp_path / "out")["contenders"]]
    assert [cost["engine"] for cost in costs] == ["OpenVINO fp32", "PyTorch fp32"]
    assert costs[0]["file_mb"] == round(tiny.stat().st_size / 1e6, 6)


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("result.json", "{", "result.json is damaged"),
        ("result.json", "[]", "result.json is damaged: expected keys and values"),
        ("recipe.toml", "x = 1", "recipe.toml"),
        ("model.onnx", "x = 1", "model.onnx is not an ONNX model"),
        ("scores.json", "{}", "scores.json is not what crackwise evaluate writes"),
        ("log-1/metrics.csv", "step,iou\n4,good\n", "is damaged: could not convert string to float: 'good'"),
        ("log-1/metrics.csv", "iou\n", "has no column 'step'"),
        ("best.ckpt", None, "best.ckpt cannot be read"),
    ],
)
def test_a_damaged_run_is_left_out(
    trained: tuple[Path, Path], file: str, text: str | None, words: str
) -> None:
    shy, bold = trained
    (shy / file).unlink() if text is None else (shy / file).write_text(text, encoding="utf-8")
    told = run(compare, shy, bold, *QUICK, expected=1).output
    (line,) = [one for one in told.splitlines() if one.startswith("left out: ")]
    assert words in line


def test_a_run_whose_threshold_is_no_number_is_left_out(
    walls: Path, trained: tuple[Path, Path], tmp_path: Path
) -> None:
    shy, bold = trained
    result = json.loads((shy / "result.json").read_text(encoding="utf-8"))
    (shy / "result.json").write_text(json.dumps(result | {"threshold": "high"}), encoding="utf-8")
    told = run(compare, shy, bold, "--data", walls, "--out", tmp_path / "out", *QUICK, expected=1).output
    assert "result.json is damaged: threshold is 'high', expected a number" in told
    assert [row["name"] for row in rows(tmp_path / "out")] == ["bold"]


def test_a_run_given_twice_has_two_names(trained: tuple[Path, Path], tmp_path: Path) -> None:
    shy, _ = trained
    run(compare, shy, shy, "--out", tmp_path / "out", *QUICK)
    assert [row["name"] for row in rows(tmp_path / "out")] == [f"{shy} #1", f"{shy} #2"]


def test_a_training_that_was_resumed_has_one_curve_and_a_loss_that_is_no_number_none(
    trained: tuple[Path, Path], tmp_path: Path
) -> None:
    shy, _ = trained
    (shy / "log-2").mkdir()
    log = "step,iou,val_loss\n5,0.9,nan\n7,0.95,0.5\n9,1.0,\n"
    (shy / "log-2" / "metrics.csv").write_text(log, encoding="utf-8")
    run(compare, shy, "--out", tmp_path / "out", *QUICK)
    curves = content(tmp_path / "out")["contenders"][0]["curves"]
    assert curves["iou"] == [[2, 0.1], [4, 0.2], [6, 0.9], [8, 0.95], [10, 1.0]]
    assert curves["val_loss"] == [[2, 1.0], [4, 0.5], [8, 0.5]]


def test_without_pytorch_a_run_is_judged_by_its_exported_model(
    walls: Path, tiny: Path, trained: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shy, _ = trained
    shutil.copy(tiny, shy / "model.onnx")
    for module in ("compared", "costs", "looks"):
        monkeypatch.setattr(f"crackwise.cli.{module}.has_torch", lambda: False)
    result = run(compare, shy, "--data", walls, "--out", tmp_path / "out", *QUICK)
    (row,) = rows(tmp_path / "out")
    assert (float(row["iou_mean"]), row["gflop_256px"]) == (2.5 / 4, "")
    assert 'note: GFLOP are counted with PyTorch; install the extra "train"' in result.output


@pytest.mark.parametrize("content_of_checkpoint", [b"", b"no checkpoint", "other"])
def test_a_checkpoint_that_does_not_load_is_left_out(
    walls: Path, trained: tuple[Path, Path], content_of_checkpoint: bytes | str
) -> None:
    torch = pytest.importorskip("torch", reason='needs the extra "train"')
    shy, bold = trained
    if content_of_checkpoint == "other":
        torch.save({"state_dict": {"net.x": torch.zeros(1)}, "global_step": 1}, shy / "best.ckpt")
    else:
        (shy / "best.ckpt").write_bytes(content_of_checkpoint)
    told = run(compare, shy, bold, "--data", walls, *QUICK, expected=1).output
    (line,) = [one for one in told.splitlines() if one.startswith("left out: ")]
    assert "best.ckpt" in line


def test_photos_that_a_run_was_trained_on_are_told(
    walls: Path, trained: tuple[Path, Path], tmp_path: Path
) -> None:
    shy, bold = trained
    parts = {"a": "train", "b": "validation", "c": "train"}
    rows_of = [f"walls,{name}.png,{name},{part},{sha256_of(walls, name)}" for name, part in parts.items()]
    (shy / "split.csv").write_text("\n".join(["source,file,group,part,sha256", *rows_of]), encoding="utf-8")
    told = run(compare, shy, bold, "--data", walls, "--out", tmp_path / "out", *QUICK).output
    notes = [one for one in told.splitlines() if one.startswith("note: ")]
    sentence = (
        "of the 4 photos of walls some were in the training, which flatters: "
        "shy (2, and 1 that chose its checkpoint and threshold); judge on others"
    )
    assert notes == [f"note: {sentence}"]
    assert sentence in (tmp_path / "out" / "comparison.html").read_text(encoding="utf-8")


def sha256_of(walls: Path, name: str) -> str:
    return sha256((walls / "images" / f"{name}.png").read_bytes()).hexdigest()


def test_a_network_that_this_release_cannot_build_has_no_cost_and_stops_nothing(
    trained: tuple[Path, Path], tmp_path: Path
) -> None:
    shy, bold = trained
    other = '[model]\nnet = "unet"\nencoder = "resnet999"\n[train]\n[[data.sources]]\nname = "walls"\n'
    (shy / "recipe.toml").write_text(f'name = "other"\n{other}', encoding="utf-8")
    run(compare, bold, shy, "--out", tmp_path / "out", "--rounds", 1)
    known, unknown = rows(tmp_path / "out")
    assert (unknown["gflop_256px"], unknown["ms_512px"]) == ("", "")
    assert float(known["ms_512px"]) > 0
