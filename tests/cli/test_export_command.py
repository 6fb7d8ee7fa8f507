"""``crackwise export``: a run becomes a model file, with the looks and the weights that were asked for."""

import shutil

import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')
pytest.importorskip("lightning", reason='needs the extra "train"')

from crackwise.data.draw import write_drawn  # noqa: E402
from crackwise.inspection.model import CrackModel  # noqa: E402
from crackwise.training import export as exporting  # noqa: E402
from crackwise.training import run as running  # noqa: E402
from crackwise.training.calibrate import CLEAN, FALSELY_MARKED, QUALITY, Calibration  # noqa: E402
from crackwise.training.folder import Folders  # noqa: E402
from crackwise.training.run import train  # noqa: E402
from tinytraining import tiny  # noqa: E402


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Give the data and the run of a training of two steps."""
    data, run = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("run")
    write_drawn(data / "walls", 8, "64x64", 3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "finish", lambda *_: None)
        train(tiny("train.steps=2"), Folders(data, run))
    return data, run


def test_a_model_is_exported_with_one_look_and_int8_weights(crackwise, trained, tmp_path):
    data, run = trained
    out = tmp_path / "model.onnx"
    done = crackwise(
        "export", run, "--data", data, "--out", out, "--name", "walls", "--zooms", "1", "--store", "int8"
    )
    assert done.code == 0
    card = CrackModel(out, "fp32").card
    assert (card.name, card.zooms, card.precision) == ("walls", (1.0,), "int8")
    assert "thresholds" in done.out


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--zooms", "big", "--zooms is 'big'; expected factors from 0.25 to 4.0"),
        ("--zooms", "1,9", "--zooms is '1,9'; expected factors from 0.25 to 4.0"),
        ("--store", "int4", "--store is 'int4'; choose fp16 or int8"),
        ("--checkpoint", "first", "--checkpoint is 'first'; choose one of best, last, better"),
    ],
)
def test_what_cannot_be_is_refused(crackwise, trained, tmp_path, option, value, sentence):
    data, run = trained
    done = crackwise("export", run, "--data", data, "--out", tmp_path / "model.onnx", option, value)
    assert done.code == 2
    assert sentence in done.err
    assert not (tmp_path / "model.onnx").exists()


@pytest.mark.parametrize("name", ["e.pt", "e", "e.ONNX.bak"])
def test_a_model_file_has_the_name_of_one(crackwise, trained, tmp_path, name):
    data, run = trained
    done = crackwise("export", run, "--data", data, "--out", tmp_path / name)
    assert done.code == 2
    assert "a model file is ONNX: name it e." in done.err
    assert not (tmp_path / name).exists()


@pytest.fixture(scope="module")
def longer(trained, tmp_path_factory):
    """Give the data and a run whose best checkpoint is of step 2 and whose last is of step 4."""
    data, shorter = trained
    run = tmp_path_factory.mktemp("longer")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "finish", lambda *_: None)
        train(tiny("train.steps=4"), Folders(data, run))
    shutil.copy(shorter / "best.ckpt", run)
    return data, run


def calibrated(quality, marked):
    scores = {QUALITY: quality, CLEAN: 20, FALSELY_MARKED: marked}
    return Calibration(0.5, 0.5, 0, 0.0, 0.0, scores)


@pytest.mark.parametrize(
    ("checkpoint", "found", "step"),
    [
        pytest.param("best", [(0.7, 0)], 2, id="best"),
        pytest.param("last", [(0.7, 0)], 4, id="last"),
        pytest.param("better", [(0.7, 1), (0.8, 1)], 4, id="the last is better"),
        pytest.param("better", [(0.8, 1), (0.7, 1)], 2, id="the best is better"),
        pytest.param("better", [(0.7, 1), (0.7, 0)], 2, id="equals: the first"),
        pytest.param("better", [(0.7, 1), (0.9, 2)], 2, id="one that marks more than a twentieth loses"),
    ],
)
def test_the_checkpoint_is_written_that_is_better_when_calibrated(
    crackwise, longer, tmp_path, monkeypatch, checkpoint, found, step
):
    calibrations = (calibrated(*one) for one in found)
    monkeypatch.setattr(exporting, "calibrate", lambda *_: next(calibrations))
    data, run = longer
    out = tmp_path / "model.onnx"
    done = crackwise("export", run, "--data", data, "--out", out, "--zooms", "1", "--checkpoint", checkpoint)
    assert done.code == 0
    assert f"weights of step {step}," in done.out
    card = CrackModel(out, "fp32").card
    assert (card.steps, next(calibrations, None)) == (step, None)
    assert f"quality {found[0][0]:.3f}, {found[0][1]} of 20 views without cracks marked" in done.err


def test_looks_and_int8_are_not_for_classifiers(crackwise, trained, tmp_path):
    (tmp_path / "recipe.toml").write_text(
        'task = "classification"\nname = "x"\ndata.sources = [{ name = "a" }]\n', encoding="utf-8"
    )
    done = crackwise("export", tmp_path, "--data", trained[0], "--out", tmp_path / "m.onnx", "--zooms", "1")
    assert done.code == 2
    assert "--zooms, --store and --checkpoint are for segmentation" in done.err
