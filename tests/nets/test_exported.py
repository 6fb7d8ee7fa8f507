"""Weights come back out of a model file: the same predictions, and batch norms that can learn again."""

import copy
import logging

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')

import onnx  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn.modules.batchnorm import _BatchNorm  # noqa: E402

from crackwise.errors import ModelError  # noqa: E402
from crackwise.inspection.model import SHIPPED, shipped_model  # noqa: E402
from crackwise.nets.build import build_net  # noqa: E402
from crackwise.nets.exported import measure_norms, read_exported  # noqa: E402
from crackwise.nets.foreign import load_foreign  # noqa: E402
from crackwise.recipe import ModelRecipe, parse_recipe  # noqa: E402
from crackwise.training.graph import PARITY, PhotoToProbability, largest_difference, to_onnx  # noqa: E402


def recipe_of(net, **keys):
    return ModelRecipe(net=net, **keys)


def encoded(net, encoder, **keys):
    return recipe_of(net, encoder=encoder, encoder_weights="none", **keys)


RECIPES = {
    "unet": encoded("unet", "resnet18", decoder_channels=(16, 8, 8, 8, 8)),
    "plain_unet": recipe_of("plain_unet", levels=3, first_filters=4),
    "biases before batch norms": encoded("unet", "vgg11_bn", decoder_channels=(16, 8, 8, 8, 8)),
    "batch norms before convolutions": recipe_of("fc_densenet", densenet_layers=56),
    "batch norms over vectors": encoded("hrnet_ocr", "tu-hrnet_w18_small"),
}
REWRITTEN = encoded("segformer", "mit_b0")
"""The exporter turns its linear layers round and gives them other names."""


def photos(count, seed=0, side_px=64):
    """Give smooth random photos, which unlike noise pass through every layer."""
    rng = np.random.default_rng(seed)
    small = torch.from_numpy(rng.uniform(0, 255, (count, 3, side_px // 8, side_px // 8))).float()
    return nn.functional.interpolate(small, scale_factor=8, mode="bilinear")


def trained(recipe):
    """A network whose batch norms have seen photos, as one that was trained."""
    torch.manual_seed(0)
    net = build_net(recipe)
    for seed in range(5):
        net(photos(4, seed))
    for norm in (part for part in net.modules() if isinstance(part, _BatchNorm)):
        nn.init.uniform_(norm.weight, 0.5, 1.5)
        nn.init.uniform_(norm.bias, -0.5, 0.5)
    return net.eval()


def write(net, path):
    onnx.save(to_onnx(PhotoToProbability(net)), path)
    return path


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(logging.getLogger("torch.__trace"), "disabled", True)  # pytest would keep it all


@pytest.fixture(scope="module")
def unet():
    return trained(RECIPES["unet"])


@pytest.fixture(scope="module")
def unet_file(unet, tmp_path_factory):
    return write(unet, tmp_path_factory.mktemp("unet") / "model.onnx")


@pytest.mark.parametrize("name", RECIPES)
def test_a_network_comes_back_from_its_model_file(name, tmp_path):
    net = trained(RECIPES[name])
    torch.manual_seed(1)
    again = build_net(RECIPES[name]).eval()
    before = again(photos(2)).detach()
    report = load_foreign(again, write(net, tmp_path / "model.onnx"))
    assert len(report.fitted) == len(net.state_dict()) - 2  # besides how photos are scaled
    assert not report.left_over
    expected = net(photos(2)).detach()
    assert float((before - expected).abs().max()) > 0.1
    torch.testing.assert_close(again(photos(2)), expected, rtol=1e-3, atol=1e-3)


def test_a_file_that_lacks_weights_of_the_network_is_refused(tmp_path):
    path = write(trained(REWRITTEN), tmp_path / "model.onnx")
    with pytest.raises(ModelError, match=r"does not hold all of the network: \d+ of \d+ tensors fitted"):
        load_foreign(build_net(REWRITTEN), path)


def test_a_file_of_another_network_is_refused(unet_file):
    with pytest.raises(ModelError, match=r"take the \[model\] of its own recipe"):
        load_foreign(build_net(RECIPES["plain_unet"]), unet_file)


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


def test_measured_norms_keep_the_prediction_and_make_training_mode_agree(unet_file):
    net = build_net(RECIPES["unet"]).eval()
    load_foreign(net, unet_file)
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


def test_a_model_in_int8_is_refused(unet):
    with pytest.raises(ModelError, match="computes in int8; start from"):
        read_exported(shipped_model(SHIPPED[1]), unet)


def test_bytes_that_are_no_graph_are_refused(unet, tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"no graph")
    with pytest.raises(ModelError, match=r"model\.onnx is no model file"):
        read_exported(tmp_path / "model.onnx", unet)
