"""Which encoder weights are of, told by the names and shapes of their tensors: ``resnet50``."""

import re
from collections import defaultdict
from collections.abc import Mapping

from torch import Tensor

from crackwise.nets.spelling import MOBILENET_V2_BLOCKS

_RESNETS: dict[tuple[tuple[int, ...], bool], str] = {
    ((2, 2, 2, 2), False): "resnet18",
    ((3, 4, 6, 3), False): "resnet34",
    ((3, 4, 6, 3), True): "resnet50",
    ((3, 4, 23, 3), True): "resnet101",
    ((3, 8, 36, 3), True): "resnet152",
}
"""By the blocks of each stage and whether a block has three convolutions (He 2016, table 1)."""

_DENSENETS: dict[tuple[int, ...], str] = {
    (6, 12, 24, 16): "densenet121",
    (6, 12, 32, 32): "densenet169",
    (6, 12, 48, 32): "densenet201",
    (6, 12, 36, 24): "densenet161",
}
"""By the layers of each block (Huang 2017, table 1)."""

_VGGS = {8: "vgg11", 10: "vgg13", 13: "vgg16", 16: "vgg19"}
"""By the number of convolutions (Simonyan 2015, table 1)."""

_RESNET_BLOCK = re.compile(r"\blayer([1-4])\.(\d+)\.conv[12]\.weight$")
_DENSE_LAYER = re.compile(r"\bdenseblock([1-4])\.denselayer(\d+)\.")
_MOBILE_BLOCK = re.compile(r"\bblocks\.(\d)\.(\d)\.conv_(?:dw|pwl)\.weight$")
_VGG_CONVOLUTION = re.compile(r"\bfeatures\.\d+\.weight$")


def name_encoder(given: Mapping[str, Tensor]) -> str:
    """Name the encoder that weights are of, as ``model.encoder`` does; empty where they are of none known.

    Known are ResNet, DenseNet, VGG and MobileNetV2 of the usual width, whatever stands before their names.
    """
    found = _resnet(given) or _DENSENETS.get(_counts(_DENSE_LAYER, given), "") or _vgg(given)
    if found:
        return f"tu-{found}" if any("encoder.model." in key for key in given) else found
    return _mobilenet(given)


def _counts(block: re.Pattern[str], given: Mapping[str, Tensor]) -> tuple[int, ...]:
    """Count the blocks of each stage."""
    stages: defaultdict[str, set[str]] = defaultdict(set)
    for match in filter(None, map(block.search, given)):
        stages[match[1]].add(match[2])
    return tuple(len(stages[stage]) for stage in sorted(stages))


def _resnet(given: Mapping[str, Tensor]) -> str:
    second = _shape_of("layer1.0.conv2.weight", given)
    if second[:2] != (64, 64):  # wider, or in groups
        return ""
    return _RESNETS.get((_counts(_RESNET_BLOCK, given), bool(_shape_of("layer1.0.conv3.weight", given))), "")


def _vgg(given: Mapping[str, Tensor]) -> str:
    count = sum(value.ndim == 4 for key, value in given.items() if _VGG_CONVOLUTION.search(key))
    norm = "_bn" if any(key.endswith("running_mean") for key in given) else ""
    return f"{_VGGS[count]}{norm}" if count in _VGGS else ""


def _mobilenet(given: Mapping[str, Tensor]) -> str:
    if _shape_of("features.0.0.weight", given)[:1] == (32,) and _shape_of("features.17.conv.2.weight", given):
        return "mobilenet_v2"
    is_timm = _shape_of("conv_stem.weight", given)[:1] == (32,) and not any(".se." in key for key in given)
    return "tu-mobilenetv2_100" if is_timm and _counts(_MOBILE_BLOCK, given) == MOBILENET_V2_BLOCKS else ""


def _shape_of(name: str, given: Mapping[str, Tensor]) -> tuple[int, ...]:
    """Give the shape of the first tensor whose name ends so; empty where there is none."""
    return next((tuple(value.shape) for key, value in given.items() if f".{key}".endswith(f".{name}")), ())
