"""``crackwise export``: a run becomes a model file, with the looks and the weights that were asked for."""

import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')
pytest.importorskip("lightning", reason='needs the extra "train"')

from commands import run_command  # noqa: E402
from crackwise.data.draw import write_drawn  # noqa: E402
from crackwise.inspection.model import CrackModel  # noqa: E402
from crackwise.training import run as running  # noqa: E402
from crackwise.training.folder import Folders  # noqa: E402
from crackwise.training.run import train  # noqa: E402
from tinytraining import tiny  # noqa: E402


@pytest.fixture
def crackwise(monkeypatch, capfd):
    return lambda *words: run_command(monkeypatch, capfd, *words)


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
    ],
)
def test_what_cannot_be_is_refused(crackwise, trained, tmp_path, option, value, sentence):
    data, run = trained
    done = crackwise("export", run, "--data", data, "--out", tmp_path / "model.onnx", option, value)
    assert done.code == 2
    assert sentence in done.err
    assert not (tmp_path / "model.onnx").exists()


def test_looks_and_int8_are_not_for_classifiers(crackwise, trained, tmp_path):
    (tmp_path / "recipe.toml").write_text(
        'task = "classification"\nname = "x"\ndata.sources = [{ name = "a" }]\n', encoding="utf-8"
    )
    done = crackwise("export", tmp_path, "--data", trained[0], "--out", tmp_path / "m.onnx", "--zooms", "1")
    assert done.code == 2
    assert "--zooms and --store are for segmentation" in done.err
