"""A smaller file says what the network says: fp16, or int8 for weights that were rounded before."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')
pytest.importorskip("lightning", reason='needs the extra "train"')

import onnx  # noqa: E402
from onnx import numpy_helper  # noqa: E402
from torch.optim.swa_utils import update_bn  # noqa: E402

from crackwise.inspection.model import CrackModel  # noqa: E402
from crackwise.nets.build import build_net  # noqa: E402
from crackwise.recipe import ModelRecipe  # noqa: E402
from crackwise.training.export import export  # noqa: E402
from crackwise.training.storage import round_to_int8  # noqa: E402
from crackwise.training.validation import predict_photo  # noqa: E402
from tinymodel import tiny_card  # noqa: E402

PHOTO = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def net():
    """A U-Net whose batch norms scale and shift each channel in another way, negative ones too."""
    torch.manual_seed(0)
    net = build_net(ModelRecipe(net="plain_unet", levels=2, first_filters=16))
    for layer in net.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(layer.weight, 0.5, 0.7)
    update_bn([255 * torch.rand(4, 3, 64, 64)], net)
    return net.eval()


@pytest.fixture(scope="module")
def rounded(net):
    import copy

    net = copy.deepcopy(net)
    round_to_int8(net)
    return net


def stored(path):
    return [numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer]


def written(net, path, storage):
    return export(net, tiny_card(tile_px=64, overlap_px=0, stride_px=net.stride_px), path, storage)


def test_rounding_moves_no_weight_by_more_than_half_a_step_and_leaves_255_levels(net, rounded):
    for before, after in zip(net.modules(), rounded.modules()):
        if not isinstance(before, torch.nn.Conv2d):
            continue
        for whole, level in zip(before.weight, after.weight):
            step = whole.abs().max() / 127
            assert (whole - level).abs().max() <= step / 2 * 1.001
            assert len(torch.unique((level / step).round())) <= 255
    assert any(not torch.equal(a, b) for a, b in zip(net.parameters(), rounded.parameters()))


def test_depthwise_convolutions_stay_as_they_are():
    layer = torch.nn.Conv2d(32, 32, 3, groups=32)
    before = layer.weight.clone()
    round_to_int8(torch.nn.Sequential(layer))
    assert torch.equal(layer.weight, before)


def test_a_rounded_network_is_stored_as_int8_and_predicts_the_same(rounded, tmp_path):
    path = written(rounded, tmp_path / "int8.onnx", "int8")
    convolutions = [layer for layer in rounded.modules() if isinstance(layer, torch.nn.Conv2d)]
    large = sum(layer.weight.numel() for layer in convolutions if layer.weight.numel() >= 64)
    assert sum(values.size for values in stored(path) if values.dtype == np.int8) == large
    model = CrackModel(path, "fp32")
    assert model.card.precision == "int8"
    expected = predict_photo(rounded, PHOTO)
    np.testing.assert_allclose(model.predict(PHOTO, tile_px=96, overlap_px=0), expected, atol=2e-3)


def test_int8_takes_about_half_of_fp16(rounded, tmp_path):
    halved = written(rounded, tmp_path / "fp16.onnx", "fp16")
    small = written(rounded, tmp_path / "int8.onnx", "int8")
    weights = sum(values.nbytes for values in stored(small) if values.ndim == 4)
    assert weights < 0.55 * sum(values.nbytes for values in stored(halved) if values.ndim == 4)
    assert small.stat().st_size < 0.8 * halved.stat().st_size


def test_weights_that_nobody_rounded_are_not_rounded_in_secret(net, tmp_path):
    path = written(net, tmp_path / "asked.onnx", "int8")
    assert not any(values.dtype == np.int8 for values in stored(path))
    np.testing.assert_allclose(
        CrackModel(path, "fp32").predict(PHOTO, tile_px=96, overlap_px=0),
        predict_photo(net, PHOTO),
        atol=2e-2,
    )
