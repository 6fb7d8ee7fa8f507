"""The same encoder under the names of another library: how torchvision's tensors are called elsewhere."""

import re
from collections.abc import Callable

MOBILENET_V2_BLOCKS = (1, 2, 3, 4, 3, 3, 1)
"""Blocks of each stage of MobileNetV2 (Sandler 2018, table 2); torchvision numbers them through from 1."""

_PLACES = [(stage, block) for stage, count in enumerate(MOBILENET_V2_BLOCKS) for block in range(count)]
_ENDS = {"0.0": "conv_stem", "0.1": "bn1", "18.0": "conv_head", "18.1": "bn2"}
_FIRST = {"0.0": "conv_dw", "0.1": "bn1", "1": "conv_pw", "2": "bn2"}  # block 1 does not widen before
_OTHERS = {"0.0": "conv_pw", "0.1": "bn1", "1.0": "conv_dw", "1.1": "bn2", "2": "conv_pwl", "3": "bn3"}

_END = re.compile(r"^features\.(0\.[01]|18\.[01])\.")
_BLOCK = re.compile(r"^features\.(\d+)\.conv\.(0\.[01]|1\.[01]|[123])\.")
_DENSE = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12])\.")


def as_written(key: str) -> str:
    """Keep the name."""
    return key


def mobilenet_v2_of_timm(key: str) -> str:
    """Name a tensor of torchvision's MobileNetV2 as timm does: ``features.0.0`` → ``conv_stem``."""
    end = _END.match(key)
    if end:
        return f"{_ENDS[end[1]]}.{key[end.end() :]}"
    block = _BLOCK.match(key)
    layers = _FIRST if block and block[1] == "1" else _OTHERS
    if block is None or not 1 <= int(block[1]) <= len(_PLACES) or block[2] not in layers:
        return key
    stage, number = _PLACES[int(block[1]) - 1]
    return f"blocks.{stage}.{number}.{layers[block[2]]}.{key[block.end() :]}"


def densenet_of_today(key: str) -> str:
    """Name a tensor of torchvision's DenseNet files, ``norm.1``, as its class does now: ``norm1``."""
    return _DENSE.sub(r"\1\2.", key)


def encoder_of_timm(key: str) -> str:
    """Name a tensor of SMP's own encoders as in its encoders of timm: ``encoder.x`` → ``encoder.model.x``."""
    place, dot, inner = key.partition("encoder.")
    return key if place or not dot else f"encoder.model.{mobilenet_v2_of_timm(inner)}"


SPELLINGS: tuple[Callable[[str], str], ...] = (
    as_written,
    mobilenet_v2_of_timm,
    densenet_of_today,
    encoder_of_timm,
)
