"""Model files: the card inside, tiles of any shape, engines that can be dropped at once."""

import os
import signal
import subprocess
import sys
from hashlib import sha256
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from crackwise.errors import ModelError
from crackwise.inspection.inspect import inspect
from crackwise.inspection.model import ENGINES, CrackModel, load_model, shipped_model
from crackwise.inspection.settings import Settings
from crackwise.levels import to_levels
from tinymodel import tiny_card, write_model_without_card, write_tiny_model


@pytest.fixture
def model(tmp_path):
    return load_model(write_tiny_model(tmp_path / "tiny.onnx", kernel_px=9), "fp32")


def test_the_card_comes_back_from_the_file(tmp_path):
    card = tiny_card(name="walls", min_length_px=12.5)
    assert load_model(write_tiny_model(tmp_path / "m.onnx", card=card)).card == card


@pytest.mark.parametrize("shape", [(17, 300), (64, 64), (65, 63), (200, 131)])
def test_tiled_equals_whole_on_a_network_whose_view_is_known(model, shape):
    photo = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    tiled = model.predict(photo, tile_px=64, overlap_px=16)  # a view of 9 px: 4 px fit a quarter of 16
    whole = model.predict(photo, tile_px=512, overlap_px=16)
    assert tiled.shape == shape
    assert np.abs(tiled - whole).max() <= 1e-3


@pytest.mark.parametrize("fit_px", [None, (48, 32)])
def test_levels_are_those_of_the_probability(tmp_path, fit_px):
    card = tiny_card(fit_px=fit_px)
    model = load_model(write_tiny_model(tmp_path / "tiny.onnx", card=card, kernel_px=9), "fp32")
    photo = np.repeat(np.linspace(20, 120, 150 * 210).astype(np.uint8), 3).reshape(150, 210, 3)
    expected = to_levels(model.predict(photo, tile_px=64, overlap_px=16))
    assert len(np.unique(expected)) > 10
    np.testing.assert_array_equal(model.predict_levels(photo, tile_px=64, overlap_px=16), expected)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_record_of_a_photo_names_what_ran_the_model(tmp_path, engine):
    pytest.importorskip(engine, reason="needs the extra of that name")
    model = load_model(write_tiny_model(tmp_path / "tiny.onnx"), "fp32", engine)
    record = inspect(np.full((40, 60), 150, np.uint8), model=model).record("a.jpg", "a")
    assert record.versions == {name: metadata.version(name) for name in ("crackwise", engine)}


def test_a_photo_of_another_size_works_after_many_sizes(model):
    for side in range(16, 80, 8):
        assert model.predict(np.zeros((side, side, 3), np.uint8), tile_px=64, overlap_px=16).min() > 0.9


def test_models_can_be_dropped_right_after_a_prediction(tmp_path):
    """Runs in a process of its own, as a deadlock between engine and interpreter would stop the suite."""
    path = write_tiny_model(tmp_path / "tiny.onnx")
    code = (
        "import sys, numpy as np; from pathlib import Path\n"
        "from crackwise.inspection.model import load_model\n"
        "for _ in range(15):\n"
        "    model = load_model(Path(sys.argv[1]))\n"
        "    model.predict(np.full((96, 96, 3), 90, np.uint8), tile_px=64, overlap_px=0)\n"
        "    del model\n"
        "print('done')"
    )
    run = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=300)
    assert run.stdout == "done\n", run.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot be read"), (b"no model", "is not an ONNX model"), (b"", "has no crackwise card")],
)
def test_a_file_that_is_no_model_is_one_sentence(tmp_path, content, words):
    path = tmp_path / "m.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=words):
        CrackModel(path)


def test_a_model_without_a_card_says_how_to_get_one(tmp_path):
    write_model_without_card(tmp_path / "m.onnx")
    with pytest.raises(ModelError, match="crackwise export"):
        CrackModel(tmp_path / "m.onnx")


def test_settings_left_open_come_from_the_card():
    card = tiny_card(threshold_high=0.8, threshold_low=0.4, min_area_px=7)
    assert Settings().resolved(card).threshold_high == 0.8
    lower = Settings(threshold=0.5, min_length_px=0).resolved(card)
    assert (lower.threshold_high, lower.threshold_low) == (0.5, 0.25)
    assert (lower.min_area_px, lower.min_length_px) == (7, 0)


def test_a_shipped_model_is_found_by_its_name_unless_a_file_is_called_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("crackwise.inspection.model.shipped_model", lambda name: tmp_path / f"{name}.onnx")
    shipped = write_tiny_model(tmp_path / "crackwise-small.onnx")
    assert load_model(Path("crackwise-small")).sha256 == sha256(shipped.read_bytes()).hexdigest()
    own = write_tiny_model(tmp_path / "crackwise-small", kernel_px=9)
    assert load_model(Path("crackwise-small")).sha256 == sha256(own.read_bytes()).hexdigest()
    with pytest.raises(ModelError, match="crackwise-base, crackwise-small"):
        load_model(Path("crackwise-large"))


@pytest.mark.parametrize(
    ("name", "most_bytes"), [("crackwise-base", 10_000_000), ("crackwise-small", 3_000_000)]
)
def test_a_shipped_model_is_small_names_its_data_and_sees_a_drawn_crack(name, most_bytes):
    if not shipped_model(name).is_file():
        pytest.skip(f"{name} is not there")
    assert shipped_model(name).stat().st_size <= most_bytes
    model = load_model(Path(name), "fp32")
    assert model.card.name == name
    assert all(source.licence and source.images for source in model.card.training_data)
    photo = np.random.default_rng(0).normal(150, 6, (256, 320, 3)).clip(0, 255).astype(np.uint8)
    clean = model.predict(photo, tile_px=512, overlap_px=64)
    rows = 128 + np.rint(20 * np.sin(np.arange(320) / 30)).astype(int)
    for offset in range(-3, 4):
        photo[rows + offset, np.arange(320)] = 35
    cracked = model.predict(photo, tile_px=512, overlap_px=64)
    assert np.median(cracked[rows, np.arange(320)]) > model.card.threshold_high
    assert (clean > model.card.threshold_high).mean() < 0.001


MANY_MODELS = """
import os, signal, sys
from pathlib import Path
import numpy as np
from crackwise.inspection.model import CrackModel

def model():
    made = CrackModel(Path(sys.argv[1]), "fp32")
    made.predict(np.zeros((64, 64, 3), np.uint8), tile_px=64, overlap_px=0)
    return made

seen = []
signal.signal(signal.SIGUSR1, lambda *_: seen.append("seen"))
first, second = model(), model()
del first
third = model()
del second
fourth = model()
del third, fourth
os.kill(os.getpid(), signal.SIGUSR1)
print(*seen)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="signals of Unix")
def test_a_signal_after_many_models_have_come_and_gone_does_not_kill_the_process(tmp_path):
    """OpenVINO's cores leave signal stacks behind that are not there any more, if there are several."""
    path = write_tiny_model(tmp_path / "tiny.onnx")
    done = subprocess.run([sys.executable, "-c", MANY_MODELS, str(path)], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "seen"), done.stderr


def test_nobody_is_told_that_a_model_is_run(tmp_path):
    """OpenVINO would send an event from a process of its own and keep an identifier in the home."""
    home, model = tmp_path / "home", write_tiny_model(tmp_path / "tiny.onnx")
    home.mkdir()
    look = (
        "import sys, pathlib, numpy as np\n"
        "from crackwise.inspection.model import load_model\n"
        "model = load_model(pathlib.Path(sys.argv[1]))\n"
        "model.predict(np.zeros((64, 64, 3), np.uint8), tile_px=64, overlap_px=16)\n"
        "print([name for name in sys.modules if name.startswith('openvino_telemetry') and sys.modules[name]])"
    )
    command = [sys.executable, "-c", look, str(model)]
    done = subprocess.run(
        command, env={**os.environ, "HOME": str(home)}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
    assert list(home.iterdir()) == []
