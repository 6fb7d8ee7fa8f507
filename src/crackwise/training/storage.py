"""How a model file computes and stores its weights: as fp16 that engines turn into fp32, or in int8."""

import logging
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from crackwise.arrays import Rgb
from crackwise.errors import MissingExtraError

Storage = Literal["fp16", "int8"]

_SMALLEST_FP16 = 64  # initialisers with fewer elements stay in fp32
_FLOAT_AT_THE_END = 3
"""Convolutions that stay in floats: the last level of a U-Net and its head, where a step of int8 shows."""


def store_as_fp16(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store float weights as fp16, each cast back to fp32 inside the graph (engines fold the cast)."""
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < _SMALLEST_FP16:
            continue
        values = numpy_helper.to_array(tensor)
        if np.abs(values).max() > np.finfo(np.float16).max:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}_fp16"))
        casts.append(helper.make_node("Cast", [f"{name}_fp16"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.value_info[:]
    onnx.checker.check_model(model)
    return model


def compute_in_int8(model: onnx.ModelProto, photos: Iterable[Rgb]) -> onnx.ModelProto:
    """Let the convolutions compute in int8, by post-training quantisation.

    Weights get a scale per output channel, activations one per tensor, from the smallest to the largest value
    that the photos bring about. The first convolution and the last three stay in floats. What it gains on
    a processor with VNNI: docs/speed.md.

    Parameters
    ----------
    model
        From uint8 photos to probability, in fp32.
    photos
        (H, W, 3) each, sides multiples of the network's stride; some dozens, as it will see them.

    Raises
    ------
    MissingExtraError
        If ONNX Runtime, whose quantiser this is, is not installed.
    """
    try:
        from onnxruntime import quantization
        from onnxruntime.quantization.shape_inference import quant_pre_process
    except ImportError as error:
        raise MissingExtraError("int8", "onnxruntime") from error

    class Photos(quantization.CalibrationDataReader):
        def __init__(self) -> None:
            self._photos = iter(photos)

        def get_next(self) -> dict[str, Any] | None:
            photo = next(self._photos, None)
            return None if photo is None else {"photo": np.ascontiguousarray(photo[None])}

    with tempfile.TemporaryDirectory() as folder, _quiet():
        plain, small = (str(Path(folder) / name) for name in ("plain.onnx", "int8.onnx"))
        quant_pre_process(model, plain, skip_symbolic_shape=True)  # folds batch norms into convolutions
        convolutions = [node.name for node in onnx.load(plain).graph.node if node.op_type == "Conv"]
        quantization.quantize_static(
            plain,
            small,
            Photos(),
            quant_format=quantization.QuantFormat.QDQ,
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            op_types_to_quantize=["Conv"],
            nodes_to_exclude=[convolutions[0], *convolutions[-_FLOAT_AT_THE_END:]],
        )
        return onnx.load(small)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the quantiser's advice from the terminal."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
