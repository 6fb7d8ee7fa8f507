"""How the weights of a model file are stored: as fp16, or as int8 with a scale for each output channel.

Either way the graph turns them back into fp32, which engines do once, when they load it: a smaller file, the
same arithmetic. Rounding to int8 is done on the network itself, so that thresholds are chosen with it.
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import onnx
import torch
from onnx import NodeProto, TensorProto, helper, numpy_helper
from torch import nn

from crackwise.arrays import Floats

Storage = Literal["fp16", "int8"]

INT8_MOST = 127
"""The grid is symmetric: -127 to 127 times the scale of the channel."""

_SMALLEST = 64  # initialisers with fewer elements stay in fp32
_OFF_GRID = 0.02  # of a step of the grid: what folding a batch norm in fp32 may move a weight by

_Stored = tuple[list[TensorProto], NodeProto]
"""What stands for an initialiser, and the node that turns it back."""


def round_to_int8(net: nn.Module) -> None:
    """Round the weights of each convolution, in place, to 255 levels per output channel.

    Depthwise ones stay: they are a few per cent of a network and suffer most (in MobileNetV2: 2 % of the
    weights, two thirds of the harm).
    """
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d) and layer.groups == 1 and layer.weight.numel() >= _SMALLEST:
            with torch.no_grad():
                step = layer.weight.abs().amax(dim=(1, 2, 3), keepdim=True) / INT8_MOST
                step = step.clamp_min(torch.finfo(torch.float32).tiny)
                layer.weight.copy_((layer.weight / step).round() * step)


def store_as_fp16(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store float weights as fp16, those that it can hold."""
    return _stored(model, lambda _name, values: _as_fp16)


def store_as_int8(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store the weights of convolutions as int8 where they lie on its grid, other weights as fp16.

    A batch norm folded into a convolution scales whole output channels, so that rounded weights stay on a
    grid; weights that do not lie on one are never rounded here.
    """
    convolved = {node.input[1] for node in model.graph.node if node.op_type == "Conv"}
    return _stored(
        model, lambda name, values: _as_int8 if name in convolved and _on_grid(values) else _as_fp16
    )


def _stored(
    model: onnx.ModelProto, choose: Callable[[str, Floats], Callable[[str, Floats], _Stored]]
) -> onnx.ModelProto:
    graph = model.graph
    kept: list[TensorProto] = []
    nodes: list[NodeProto] = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size < _SMALLEST or _exceeds_fp16(values):
            kept.append(tensor)
            continue
        tensors, node = choose(tensor.name, values)(tensor.name, values)
        kept.extend(tensors)
        nodes.append(node)
    _replace(graph.initializer, kept)
    _replace(graph.node, [*nodes, *graph.node])
    del graph.value_info[:]
    onnx.checker.check_model(model)
    return model


def _as_fp16(name: str, values: Floats) -> _Stored:
    stored = numpy_helper.from_array(values.astype(np.float16), f"{name}_fp16")
    return [stored], helper.make_node("Cast", [stored.name], [name], to=TensorProto.FLOAT)


def _as_int8(name: str, values: Floats) -> _Stored:
    step = _steps(values)
    grid = np.rint(values / step).astype(np.int8)
    tensors = [
        numpy_helper.from_array(grid, f"{name}_int8"),
        numpy_helper.from_array(step.ravel().astype(np.float32), f"{name}_scale"),
    ]
    inputs = [tensor.name for tensor in tensors]
    return tensors, helper.make_node("DequantizeLinear", inputs, [name], axis=0)


def _steps(values: Floats) -> Floats:
    """Give the step of the grid of each output channel, (C, 1, 1, 1)."""
    most = np.abs(values).max(axis=tuple(range(1, values.ndim)), keepdims=True)
    steps: Floats = np.maximum(most, np.finfo(np.float32).tiny) / INT8_MOST
    return steps


def _on_grid(values: Floats) -> bool:
    level = values / _steps(values)
    return bool(np.abs(level - np.rint(level)).max() <= _OFF_GRID)


def _exceeds_fp16(values: Floats) -> bool:
    return bool(np.abs(values).max() > np.finfo(np.float16).max)


def _replace(field: Any, content: list[Any]) -> None:
    """Fill a repeated field of a message anew."""
    del field[:]
    field.extend(content)
