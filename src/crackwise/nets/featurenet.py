"""Networks whose features say how alike photos are.

Inception v3 is what FID and KID are published with, though from another file of weights (the TensorFlow one
of 2015): numbers from here are near to published ones, not equal. Where it cannot be had, the encoder of the
shipped model stands in; its numbers compare only with each other.

N photos of the network's own size, D features.
"""

from pathlib import Path
from typing import Literal, TypeAlias
from urllib.error import URLError

import timm
import torch
from torch import Tensor, nn

from crackwise.errors import ModelError
from crackwise.nets.encoders import find_weights
from crackwise.nets.tensorfile import read_tensor_file

FeatureName = Literal["inception_v3", "mobilenetv2"]
ENCODER_FILE = "mobilenetv2_100_imagenet.safetensors"

_Colour: TypeAlias = tuple[float, float, float]
_SYMMETRIC: tuple[_Colour, _Colour] = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
"""Of both networks; what ``transform_input`` of torchvision's Inception makes of ImageNet's scaling."""


class FeatureNet(nn.Module):
    """Photos (N, 3, S, S) in [0, 1], S being ``size_px`` → features (N, D).

    Parameters
    ----------
    net
        Takes scaled photos.
    name
        Network and weights, for whoever reads the numbers.
    size_px
        Of the photos.
    scaling
        Mean and standard deviation of the three colours.
    """

    def __init__(self, net: nn.Module, name: str, size_px: int, scaling: tuple[_Colour, _Colour]) -> None:
        super().__init__()
        self.net = net.eval().requires_grad_(False)
        self.name = name
        self.size_px = size_px
        self.register_buffer("mean", torch.tensor(scaling[0]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(scaling[1]).view(1, 3, 1, 1))
        self.mean: Tensor
        self.std: Tensor

    def forward(self, photos: Tensor) -> Tensor:
        """Map photos to features."""
        features: Tensor = self.net((photos - self.mean) / self.std)
        return features


def inception() -> FeatureNet:
    """Load Inception v3 with the ImageNet weights of torchvision, from its cache or by a download.

    Raises
    ------
    ModelError
        If they cannot be had.
    """
    from torchvision.models import Inception_V3_Weights, inception_v3

    weights = Inception_V3_Weights.IMAGENET1K_V1
    try:
        net = inception_v3(weights=weights, transform_input=False)
    except (URLError, OSError, RuntimeError) as error:  # RuntimeError: the hash of a broken download
        raise ModelError(
            f"the weights of Inception v3 cannot be downloaded: {error}; give --features mobilenetv2 and a "
            f"folder with {ENCODER_FILE} as --weights"
        ) from error
    net.fc = nn.Identity()
    return FeatureNet(net, "Inception v3, torchvision IMAGENET1K_V1, 2048 features", 299, _SYMMETRIC)


def encoder(folder: Path | None) -> FeatureNet:
    """Load the MobileNetV2 of the shipped model from a file, with its features before the classifier.

    Raises
    ------
    ModelError
        If there is no such file or it does not fit.
    """
    path = find_weights(ENCODER_FILE, folder)
    net = timm.create_model("mobilenetv2_100", num_classes=0)
    given = read_tensor_file(path)
    try:
        net.load_state_dict({key: given[key] for key in given if not key.startswith("classifier.")})
    except RuntimeError as error:
        raise ModelError(f"{path} does not fit MobileNetV2: {error}; give the file of the encoder") from error
    return FeatureNet(net, f"MobileNetV2, {path.name}, 1280 features", 224, _SYMMETRIC)
