"""A smaller file says what the network says: weights as fp16, or most of the arithmetic in int8."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')
pytest.importorskip("lightning", reason='needs the extra "train"')

from onnx import numpy_helper  # noqa: E402
from torch.optim.swa_utils import update_bn  # noqa: E402

from crackwise.inspection.model import CrackModel  # noqa: E402
from crackwise.nets.build import build_net  # noqa: E402
from crackwise.recipe import ModelRecipe  # noqa: E402
from crackwise.training.export import with_card  # noqa: E402
from crackwise.training.graph import PhotoToProbability, to_onnx  # noqa: E402
from crackwise.training.storage import compute_in_int8, store_as_fp16  # noqa: E402
from crackwise.training.validation import predict_photo  # noqa: E402
from tinymodel import tiny_card  # noqa: E402

SIDE_PX = 64


def photo(seed):
    """Smooth stripes and noise: an 8-bit photo with all values."""
    rng = np.random.default_rng(seed)
    stripes = 120 + 80 * np.sin(np.arange(SIDE_PX) / rng.uniform(2, 9))
    return (stripes[:, None, None] + rng.normal(0, 15, (SIDE_PX, SIDE_PX, 3))).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def net():
    """A U-Net whose batch norms scale and shift each channel in another way."""
    torch.manual_seed(0)
    net = build_net(ModelRecipe(net="plain_unet", levels=3, first_filters=16))
    for layer in net.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(layer.weight, 0.7, 0.4)
    seen = np.stack([photo(seed) for seed in range(8)]).transpose(0, 3, 1, 2)
    update_bn([torch.from_numpy(seen).float()], net)
    return net.eval()


@pytest.fixture
def graph(net):
    return to_onnx(PhotoToProbability(net).eval())


def weights(graph):
    return [numpy_helper.to_array(tensor) for tensor in graph.graph.initializer if len(tensor.dims) == 4]


def model_of(graph, path, precision, net):
    card = tiny_card(tile_px=SIDE_PX, overlap_px=0, stride_px=net.stride_px)
    path.write_bytes(with_card(graph.SerializeToString(), card, precision))
    return CrackModel(path, "fp32")


def test_fp16_takes_half_and_predicts_the_same(net, graph, tmp_path):
    before = sum(values.nbytes for values in weights(graph))
    halved = store_as_fp16(graph)
    assert sum(values.nbytes for values in weights(halved)) == pytest.approx(before / 2, rel=0.01)
    found = model_of(halved, tmp_path / "fp16.onnx", "fp16", net).predict(
        photo(9), tile_px=SIDE_PX, overlap_px=0
    )
    np.testing.assert_allclose(found, predict_photo(net, photo(9)), atol=2e-2)


def test_int8_computes_all_but_the_first_and_last_convolutions_in_int8_and_predicts_about_the_same(
    net, graph, tmp_path
):
    pytest.importorskip("onnxruntime", reason='needs the extra "onnxruntime"')
    small = compute_in_int8(graph, (photo(seed) for seed in range(8)))
    convolutions = [node for node in small.graph.node if node.op_type == "Conv"]
    made = {output: node.op_type for node in small.graph.node for output in node.output}
    in_int8 = [made.get(node.input[0]) == "DequantizeLinear" for node in convolutions]
    assert in_int8 == [False, *[True] * (len(in_int8) - 4), False, False, False]
    assert sum(values.dtype == np.int8 for values in weights(small)) == sum(in_int8)
    model = model_of(small, tmp_path / "int8.onnx", "int8", net)
    assert model.precision == "int8"
    expected = predict_photo(net, photo(9))
    found = model.predict(photo(9), tile_px=SIDE_PX, overlap_px=0)
    assert np.abs(found - expected).mean() < 0.02
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.99
    other = CrackModel(tmp_path / "int8.onnx", "fp32", "onnxruntime")
    assert np.abs(other.predict(photo(9), tile_px=SIDE_PX, overlap_px=0) - found).mean() < 0.02
