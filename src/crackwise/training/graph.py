"""From a network to an ONNX graph of photos and probability that says the same as PyTorch."""

import contextlib
import io
import logging
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from crackwise.arrays import ProbabilityMap, Rgb
from crackwise.data.draw import draw_scene, random_settings
from crackwise.data.draw.settings import SMALLEST_SIDE_PX
from crackwise.errors import ModelError
from crackwise.inspection.model import ENGINES
from crackwise.nets.cracknet import CrackNet
from crackwise.training.storage import store_as_fp16

PARITY = 1e-3
"""Largest difference in probability between PyTorch and the exported graph, both in fp32."""

HALVED = 2e-2
"""Largest difference in probability that storing the weights as fp16 may make; else they stay fp32."""


class PhotoToProbability(nn.Module):
    """(N, H, W, 3) uint8 RGB → (N, H, W) float32 probability; H and W multiples of the stride."""

    def __init__(self, net: CrackNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, photo: Tensor) -> Tensor:
        """Move the channels, scale, predict, squash; in the plain layout PyTorch normalises more exactly."""
        return torch.sigmoid(self.net(photo.permute(0, 3, 1, 2).contiguous().float()))


def stored(net: CrackNet, tile_px: int) -> tuple[bytes, str]:
    """Give the graph of a network as :func:`halved` does.

    Raises
    ------
    ModelError
        If the graph disagrees with PyTorch on the same tiles by more than ``PARITY``.
    """
    whole = PhotoToProbability(net).eval()
    return halved(to_onnx(whole), difference_from(whole, made_tiles((tile_px, tile_px))))


def agreeing_graph(net: CrackNet, tile_px: int) -> onnx.ModelProto:
    """Trace a network in fp32, and refuse a graph that says other than it."""
    graph = to_onnx(PhotoToProbability(net).eval())
    _check_parity(largest_difference(net, graph.SerializeToString(), tile_px))
    return graph


def halved(graph: onnx.ModelProto, difference_of: Callable[[bytes], float]) -> tuple[bytes, str]:
    """Give a graph with its weights as fp16, or fp32 where that would change the predictions, and which.

    Parameters
    ----------
    graph
        In fp32; it is changed.
    difference_of
        Tells by how much a graph differs from PyTorch at most, in probability.

    Raises
    ------
    ModelError
        If it does by more than ``PARITY`` as it is given.
    """
    exact = graph.SerializeToString()
    _check_parity(difference_of(exact))
    small = store_as_fp16(graph).SerializeToString()
    return (small, "fp16") if difference_of(small) <= HALVED else (exact, "fp32")


def to_onnx(net: nn.Module) -> onnx.ModelProto:
    """Trace a network from photos to ONNX; batch, height and width stay free."""
    axes = {0: torch.export.Dim("batch"), 1: 32 * torch.export.Dim("h32"), 2: 32 * torch.export.Dim("w32")}
    return traced(net, torch.zeros(2, 128, 160, 3, dtype=torch.uint8), axes)


def traced(net: nn.Module, example: Tensor, axes: dict[int, Any]) -> onnx.ModelProto:
    """Trace a network to ONNX with the free axes of its input, and drop the notes of the exporter."""
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with (
        tempfile.TemporaryDirectory() as folder,
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        warnings.simplefilter("ignore")  # the exporter's notes on its own internals
        path = Path(folder) / "model.onnx"
        torch.onnx.export(
            net,
            (example,),
            str(path),
            input_names=["photo"],
            output_names=["probability"],
            dynamic_shapes={"photo": axes},
            external_data=False,
            dynamo=True,
        )
        return without_traces(onnx.load(path))


def without_traces(model: onnx.ModelProto) -> onnx.ModelProto:
    """Drop what the exporter notes beside each node: stack traces with the paths of this machine."""
    for noted in (*model.graph.node, *model.graph.input, *model.graph.output, *model.graph.value_info):
        del noted.metadata_props[:]
        noted.doc_string = ""
    del model.graph.metadata_props[:]
    return model


def largest_difference(net: CrackNet, content: bytes, tile_px: int) -> float:
    """Compare PyTorch and the exported graph, both fp32, on noise, a smooth tile and a drawn crack."""
    return difference_from(PhotoToProbability(net), made_tiles((tile_px, tile_px)))(content)


def made_tiles(shape: tuple[int, int]) -> tuple[Rgb, ...]:
    """Make tiles (H, W, 3) of several kinds: noise, smooth, and drawn with cracks and in colour."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    down, right = (np.linspace(0, 255, length).astype(np.uint8) // 2 for length in shape)
    smooth = np.repeat(np.add.outer(down, right)[..., None], 3, axis=2).astype(np.uint8)
    H, W = shape
    scene = draw_scene(
        random_settings(rng, (max(H, SMALLEST_SIDE_PX), max(W, SMALLEST_SIDE_PX)), clean_share=0), rng
    )
    return noise, smooth, scene.photo[:H, :W]


def difference_from(net: nn.Module, tiles: Sequence[Rgb]) -> Callable[[bytes], float]:
    """Predict tiles (H, W, 3) of one size, and give what compares a graph with that.

    Parameters
    ----------
    net
        From uint8 photos to probability.

    Returns
    -------
    From a graph to the largest difference in probability.
    """
    expected = [_torch(net, tile) for tile in tiles]

    def difference(content: bytes) -> float:
        pairs = zip(expected, _exported(content, tiles), strict=True)
        return max(float(np.abs(one - other).max()) for one, other in pairs)

    return difference


def _torch(net: nn.Module, tile: Rgb) -> ProbabilityMap:
    with torch.inference_mode():
        return net(torch.from_numpy(tile[None]))[0].numpy()  # type: ignore[no-any-return]


def _exported(content: bytes, tiles: Sequence[Rgb]) -> list[ProbabilityMap]:
    found: dict[int, ProbabilityMap] = {}
    engine = ENGINES["openvino"](content, "fp32")
    H, W = tiles[0].shape[:2]
    engine.run(enumerate(tiles), (H, W), lambda number, p: found.__setitem__(number, p.copy()))
    return [found[number] for number in range(len(tiles))]


def _check_parity(worst: float) -> None:
    """Refuse a graph that says other than PyTorch."""
    if worst > PARITY:
        raise ModelError(
            f"the exported graph differs from PyTorch by {worst:.2g} in probability, more than {PARITY}; "
            "nothing was written, please report this with the recipe"
        )
