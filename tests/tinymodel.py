"""A model of six nodes with a card: what is dark is a crack. Its receptive field is known exactly."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from crackwise.inspection.card import ModelCard, TrainingSet
from crackwise.inspection.classifiercard import ClassifierCard

DARK = 80.0
"""Grey at which the probability is 0.5."""

SOFTNESS = 6.0
"""Grey levels per unit of the logit: 35 and darker is above 0.999, 125 and lighter below 0.001."""

CARD_KEY = "crackwise_card"

FACTS: dict[str, Any] = {
    "training_data": (TrainingSet(name="none", images=0, licence="Apache-2.0", source="written by hand"),),
    "encoder": "none",
    "recipe": "",
    "steps": 0,
    "scores": {},
    "licence": "Apache-2.0",
    "crackwise_version": "0.1.0",
    "trained_on": "2024-01-01",
    "limits": "tests only",
}
"""What the card of any model must say."""


def tiny_card(**changes: Any) -> ModelCard:
    """Make a card whose tiles are small, so that a photo of 100 px has several."""
    card = ModelCard(
        name="tiny",
        version="1",
        tile_px=64,
        stride_px=8,
        overlap_px=16,
        threshold_high=0.5,
        threshold_low=0.3,
        min_area_px=8,
        min_length_px=5,
        min_confidence=0.0,
        precision="fp32",
        parameters=4,
        **FACTS,
    )
    return card.model_copy(update=changes)


def write_tiny_model(path: Path, *, kernel_px: int = 1, card: ModelCard | None = None) -> Path:
    """Write the model with its card.

    Parameters
    ----------
    path
        Target, ``.onnx``.
    kernel_px
        Odd side of the box that grey is averaged over: the receptive field.
    card
        Default: :func:`tiny_card`.
    """
    model = _model(kernel_px)
    helper.set_model_props(model, {CARD_KEY: (card or tiny_card()).model_dump_json()})
    onnx.save(model, path)
    return path


def write_model_without_card(path: Path) -> Path:
    """Write the same model as another tool would: without a card."""
    onnx.save(_model(1), path)
    return path


def _model(kernel_px: int) -> onnx.ModelProto:
    half = kernel_px // 2
    weights = np.full((1, 3, kernel_px, kernel_px), -1 / (3 * kernel_px**2 * SOFTNESS), np.float32)
    nodes = [
        helper.make_node("Cast", ["photo"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["float"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Pad", ["planes", "pads"], ["padded"], mode="edge"),
        helper.make_node("Conv", ["padded", "weights", "bias"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["plane"]),
        helper.make_node("Squeeze", ["plane", "channel"], ["probability"]),
    ]
    constants = {
        "pads": np.array([0, 0, half, half, 0, 0, half, half], np.int64),
        "weights": weights,
        "bias": np.array([DARK / SOFTNESS], np.float32),
        "channel": np.array([1], np.int64),
    }
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("photo", TensorProto.UINT8, ["N", "H", "W", 3])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["N", "H", "W"])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def tiny_classifier_card(**changes: Any) -> ClassifierCard:
    """Make a card of a classifier whose tiles are 32 px, seen at 16 px."""
    card = ClassifierCard(
        name="tiny-classifier",
        version="1",
        size_px=(16, 16),
        tile_px=32,
        overlap_px=0,
        threshold=0.5,
        temperature=1.0,
        precision="fp32",
        parameters=2,
        **FACTS,
    )
    return card.model_copy(update=changes)


def write_tiny_classifier(path: Path, card: ClassifierCard | None = None) -> Path:
    """Write a classifier by whose probability a tile is cracked that is darker than DARK in the mean."""
    model = _classifier()
    helper.set_model_props(model, {CARD_KEY: (card or tiny_classifier_card()).model_dump_json()})
    onnx.save(model, path)
    return path


def probability_of_grey(grey: float) -> float:
    """Give what the tiny classifier says of a tile whose mean is this grey."""
    return 1 / (1 + math.exp((grey - DARK) / SOFTNESS))


def _classifier() -> onnx.ModelProto:
    nodes = [
        helper.make_node("Cast", ["photo"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["float"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Sub", ["dark", "mean"], ["darker"]),
        helper.make_node("Div", ["darker", "softness"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["probability"]),
    ]
    constants = {"dark": np.array(DARK, np.float32), "softness": np.array(SOFTNESS, np.float32)}
    graph = helper.make_graph(
        nodes,
        "tiny classifier",
        [helper.make_tensor_value_info("photo", TensorProto.UINT8, ["N", "H", "W", 3])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["N"])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model
