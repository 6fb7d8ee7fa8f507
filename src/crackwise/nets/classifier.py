"""Networks that say whether there is a crack at all: (N, 3, H, W) float in [0, 255] RGB → (N, 2) logits.

N photos or tiles, H rows, W columns, C features. The first logit stands for no crack, the second for crack.
"""

import warnings
from pathlib import Path
from typing import Self

import segmentation_models_pytorch as smp
import torch
from torch import Tensor, nn

from crackwise.nets.cracknet import rest_frozen_parts
from crackwise.nets.encoders import build_with_encoder
from crackwise.recipe import ClassifierModelRecipe

_NAMED_STD = (58.395, 57.12, 57.375)
"""Red, green, blue, in grey levels: how weights by name want their input divided."""


class EncoderAndHead(nn.Module):
    """The mean over the last features of an encoder, then dense layers."""

    def __init__(self, encoder: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head

    def forward(self, x: Tensor) -> Tensor:
        """Map scaled photos (N, 3, H, W) to (N, 2) logits."""
        features: Tensor = self.encoder(x)[-1]  # (N, C, H / 32, W / 32)
        logits: Tensor = self.head(features.mean(dim=(2, 3)))
        return logits


class ClassNet(nn.Module):
    """A classifier with its input scaling and channel order inside.

    Parameters
    ----------
    net
        (N, 3, H, W) scaled float → (N, 2) logits.
    recipe
        Says in which order ``net`` takes the channels, and mean and standard deviation in that order.
    """

    def __init__(self, net: nn.Module, recipe: ClassifierModelRecipe) -> None:
        super().__init__()
        self.net = net
        order = {"rgb": [0, 1, 2], "bgr": [2, 1, 0]}[recipe.channels]
        self.register_buffer("order", torch.tensor(order), persistent=False)
        self.register_buffer("mean", torch.tensor(recipe.input_mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(recipe.input_std).view(1, 3, 1, 1))
        self.order: Tensor
        self.mean: Tensor
        self.std: Tensor

    def forward(self, photos: Tensor) -> Tensor:
        """Map (N, 3, H, W) float in [0, 255] RGB to (N, 2) logits."""
        logits: Tensor = self.net(self.scaled(photos))
        return logits

    def scaled(self, photos: Tensor) -> Tensor:
        """Give what the encoder sees, (N, 3, H, W)."""
        return (photos[:, self.order] - self.mean) / self.std

    def train(self, mode: bool = True) -> Self:
        """Enter training or evaluation; a frozen encoder always evaluates."""
        super().train(mode)
        rest_frozen_parts(self.net)
        return self


def build_classifier(recipe: ClassifierModelRecipe, weights_folder: Path | None = None) -> ClassNet:
    """Build the classifier of a recipe, ready to train.

    Parameters
    ----------
    recipe
        The model section.
    weights_folder
        Where a file named by ``encoder_weights`` is looked up.

    Raises
    ------
    RecipeError
        If the encoder is unknown.
    ModelError
        If pre-trained weights cannot be had or do not fit.
    """

    def make(weights: str | None) -> nn.Module:
        encoder = smp.encoders.get_encoder(recipe.encoder, weights=weights)
        return EncoderAndHead(encoder, _head(encoder.out_channels[-1], recipe))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # smp and timm warn of their own internals
        net = build_with_encoder(make, recipe, weights_folder)
    if recipe.encoder_weights == "imagenet" and recipe.channels == "bgr":
        take_bgr(net.get_submodule("encoder"), recipe.input_std)
    return ClassNet(net, recipe).train()


@torch.no_grad()
def take_bgr(encoder: nn.Module, std: tuple[float, float, float]) -> None:
    """Make the first layer of an encoder with weights by name take BGR that was divided by ``std``.

    Weights by name were made for RGB divided by the standard deviation of ImageNet. Turned and rescaled, the
    first layer gives for BGR minus the mean what it gave for that, but for means that differ by less than
    half a grey level.
    """
    first = next(layer for layer in encoder.modules() if isinstance(layer, nn.Conv2d))
    factor = torch.tensor(std) / torch.tensor(_NAMED_STD[::-1])
    first.weight.copy_(first.weight.flip(1) * factor.view(1, 3, 1, 1))


def _head(features: int, recipe: ClassifierModelRecipe) -> nn.Sequential:
    """Build dense layers with ReLU, dropout, and the layer of the two logits."""
    layers: list[nn.Module] = []
    for units in recipe.hidden:
        layers += [nn.Linear(features, units), nn.ReLU()]
        features = units
    return nn.Sequential(*layers, nn.Dropout(recipe.dropout), nn.Linear(features, 2))
