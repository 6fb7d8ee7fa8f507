"""Every shipped recipe trains, exports, and gives the same in its model file as in PyTorch."""

import logging

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')
pytest.importorskip("lightning", reason='needs the extra "train"')

from torch.nn import functional as F  # noqa: E402
from torch.optim.swa_utils import update_bn  # noqa: E402

from crackwise.data.draw import write_drawn  # noqa: E402
from crackwise.inspection.model import CrackModel  # noqa: E402
from crackwise.nets import crackformer  # noqa: E402
from crackwise.recipe import NET_KEYS, load_recipe, shipped_recipes  # noqa: E402
from crackwise.training import run as running  # noqa: E402
from crackwise.training.calibrate import Calibration  # noqa: E402
from crackwise.training.export import Release, export, load_net, make_card  # noqa: E402
from crackwise.training.folder import Folders, read_run  # noqa: E402
from crackwise.training.graph import HALVED  # noqa: E402
from crackwise.training.run import train  # noqa: E402
from crackwise.training.validation import predict_photo  # noqa: E402
from tinymodel import write_tiny_model  # noqa: E402

SIDE_PX = 64
SHORT = (
    'data.sources=[{name="walls", labels="fat"}]',
    f"data.crop_px={SIDE_PX}",
    'data.parts=""',
    "data.validation_share=0.3",
    "data.validation_images=2",
    "train.epochs=0",
    "train.steps=2",
    "train.validate_every=2",
    "train.batch=2",
    "train.accumulate=1",
    "train.precision=32-true",
)
SLIM = {"plain_unet": "model.first_filters=8", "plain_cnn": "model.first_filters=8"}
SLIM["fc_densenet"] = "model.densenet_layers=56"
GOES_ON = {
    "crackwise-base-longer": ("crackwise-base", "0.2.1"),
    "crackwise-base-harder": ("crackwise-base-longer", "0.3.0"),
    "crackwise-research": ("crackwise-base-harder", "0.4.0"),
    "crackwise-small": ("crackwise-base-harder", "0.4.0"),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    write_drawn(root / "walls", 8, "96x96", 3)
    return root


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    """Give the function that trains a recipe for two steps, once, and gives its run folder."""
    runs = {}
    weights = tmp_path_factory.mktemp("weights")

    def run_of(name):
        if name not in runs:
            if name in GOES_ON:  # from another one, with that as its teacher
                before, version = GOES_ON[name]
                start = weights / f"crackwise-base-{version}.ckpt"
                start.write_bytes((run_of(before) / "best.ckpt").read_bytes())
                write_tiny_model(start.with_suffix(".onnx"))
            runs[name] = tmp_path_factory.mktemp(name)
            train(short(name), Folders(data, runs[name], weights))
        return runs[name]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "finish", lambda *_: None)  # scores and pictures have tests of their own
        yield run_of


def short(name):
    net = load_recipe(name).model.net
    changes = [SLIM[net]] if net in SLIM else []
    changes += ["model.encoder_weights=none"] if "encoder_weights" in NET_KEYS[net] else []
    return load_recipe(name, (*SHORT, *changes))


def settled(net):
    """Make a network of two steps one that says something: else the output is one number.

    The statistics of its batch norms are taken from noise and ramps.
    """
    noise = np.random.default_rng(1).integers(0, 256, (3, 128, 128, 3)).astype(np.float32)
    down, right = np.mgrid[0:128, 0:128]
    ramps = np.stack([down + right, 255 - 2 * down, 64 + right // 2])[..., None].repeat(3, axis=3)
    batch = torch.from_numpy(np.concatenate([noise, ramps.astype(np.float32)])).permute(0, 3, 1, 2)
    update_bn([batch], net)
    return net.eval()


@pytest.mark.parametrize("name", shipped_recipes("segmentation"))
def test_a_recipe_trains_two_steps_and_its_checkpoint_loads(name, trained):
    run = read_run(trained(name))
    assert (run.step, run.recipe.name) == (2, name)
    load_net(run)


def one_recipe_of_each_network():
    """Name recipes: what is exported follows from the network alone, and five of ours have the same."""
    names = reversed(shipped_recipes("segmentation"))
    return sorted({short(name).model.model_dump_json(): name for name in names}.values())


@pytest.mark.parametrize("name", one_recipe_of_each_network())
def test_the_model_file_of_a_recipe_equals_pytorch(name, trained, tmp_path, monkeypatch):
    monkeypatch.setattr(logging.getLogger("torch.__trace"), "disabled", True)  # pytest would keep it all
    # the norms of a network that has learnt nothing enlarge rounding, and the choice of unpooling does again
    monkeypatch.setattr(crackformer, "_unpool", lambda x, _: F.interpolate(x, scale_factor=2))
    run = read_run(trained(name))
    net = settled(load_net(run))
    card = make_card(
        run, net, (), Calibration(0.5, 0.5, 0, 0.0, 0.0, {}), Release("0", "none", "none", "a test")
    )
    export(net, card.model_copy(update={"tile_px": SIDE_PX}), tmp_path / "model.onnx")
    model = CrackModel(tmp_path / "model.onnx", "fp32")
    assert f'\nname = "{name}"\n' in model.card.recipe
    photo = np.random.default_rng(0).integers(0, 256, (SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
    expected = predict_photo(net, photo)
    assert expected.std() > 1e-3
    np.testing.assert_allclose(model.predict(photo, tile_px=SIDE_PX, overlap_px=0), expected, atol=HALVED)
