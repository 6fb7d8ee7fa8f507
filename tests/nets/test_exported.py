"""Weights come back out of a model file: the same predictions, and batch norms that can learn again."""

import copy

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')

import onnx  # noqa: E402
from torch import nn  # noqa: E402

from crackwise.errors import ModelError  # noqa: E402
from crackwise.inspection.model import SHIPPED, shipped_model  # noqa: E402
from crackwise.nets.build import build_net  # noqa: E402
from crackwise.nets.exported import measure_norms, read_exported  # noqa: E402
from crackwise.nets.foreign import load_foreign  # noqa: E402
from crackwise.recipe import ModelRecipe, parse_recipe  # noqa: E402
from crackwise.training.export import PARITY, PhotoToProbability, largest_difference, to_onnx  # noqa: E402

RECIPES = {
    "unet": ModelRecipe(
        net="unet", encoder="resnet18", encoder_weights="none", decoder_channels=(16, 8, 8, 8, 8)
    ),
    "plain_unet": ModelRecipe(net="plain_unet", levels=3, first_filters=4),
}


def photos(count, seed=0, side_px=64):
    """Give smooth random photos, which unlike noise pass through every layer."""
    rng = np.random.default_rng(seed)
    small = torch.from_numpy(rng.uniform(0, 255, (count, 3, side_px // 8, side_px // 8))).float()
    return nn.functional.interpolate(small, scale_factor=8, mode="bilinear")


@pytest.fixture(scope="module", params=RECIPES)
def trained(request):
    """A network whose batch norms have seen photos, as one that was trained."""
    torch.manual_seed(0)
    net = build_net(RECIPES[request.param])
    for seed in range(20):
        net(photos(4, seed))
    for norm in (part for part in net.modules() if isinstance(part, nn.BatchNorm2d)):
        nn.init.uniform_(norm.weight, 0.5, 1.5)
        nn.init.uniform_(norm.bias, -0.5, 0.5)
    return RECIPES[request.param], net.eval()


@pytest.fixture
def model_file(trained, tmp_path):
    onnx.save(to_onnx(PhotoToProbability(trained[1])), tmp_path / "model.onnx")
    return tmp_path / "model.onnx"


def test_a_network_comes_back_from_its_model_file(trained, model_file):
    recipe, net = trained
    torch.manual_seed(1)
    again = build_net(recipe).eval()
    before = again(photos(2)).detach()
    report = load_foreign(again, model_file)
    assert len(report.fitted) == len(net.state_dict()) - 2  # besides how photos are scaled
    assert not report.left_over
    expected = net(photos(2)).detach()
    assert float((before - expected).abs().max()) > 0.1
    torch.testing.assert_close(again(photos(2)), expected, rtol=1e-3, atol=1e-3)


def test_the_shipped_default_comes_back():
    card = onnx.load(shipped_model()).metadata_props[0].value
    assert '"name":"crackwise-base"' in card
    net = build_net(parse_recipe(card_recipe(card), "the card").model).eval()
    report = load_foreign(net, shipped_model())
    assert len(report.fitted) == len(net.state_dict()) - 2  # besides how photos are scaled
    assert largest_difference(net, shipped_model().read_bytes(), 128) < PARITY


def card_recipe(card):
    import json

    return json.loads(card)["recipe"]


def test_measured_norms_keep_the_prediction_and_make_training_mode_agree(trained, model_file):
    recipe, _ = trained
    net = build_net(recipe).eval()
    load_foreign(net, model_file)
    expected = net(photos(8, 5)).detach()
    apart = difference_in_training_mode(net, photos(8, 5), expected)
    measure_norms(net, photos(64, 6).split(8))
    torch.testing.assert_close(net(photos(8, 5)), expected, rtol=1e-3, atol=1e-3)
    assert not net.training
    together = difference_in_training_mode(net, photos(8, 5), expected)
    assert together < 0.5 * apart


def difference_in_training_mode(net, batch, expected):
    """Compare the mean logit, as batches of eight differ in detail from the statistics of many."""
    return float((copy.deepcopy(net).train()(batch).detach() - expected).abs().mean())


def test_measured_statistics_are_those_of_the_photos():
    net = nn.Sequential(nn.BatchNorm2d(3)).eval()
    batches = photos(12, 7).split(4)
    measure_norms(net, batches)
    together = torch.cat(batches)
    torch.testing.assert_close(net[0].running_mean, together.mean(dim=(0, 2, 3)))
    torch.testing.assert_close(net[0].running_var, together.var(dim=(0, 2, 3), correction=0))
    torch.testing.assert_close(net(together), together / (1 + 1e-5) ** 0.5, rtol=1e-4, atol=1e-2)


def test_a_model_in_int8_is_refused(trained):
    with pytest.raises(ModelError, match="computes in int8; start from"):
        read_exported(shipped_model(SHIPPED[1]), trained[1])


def test_bytes_that_are_no_graph_are_refused(trained, tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"no graph")
    with pytest.raises(ModelError, match=r"model\.onnx is no model file"):
        read_exported(tmp_path / "model.onnx", trained[1])
