"""A U-Net from single layers (Ronneberger 2015), padded so that the output has the size of the input."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from crackwise.nets.cracknet import CrackNet, with_scaling
from crackwise.recipe import ModelRecipe

LEAK = 0.3
"""Slope of LeakyReLU below zero: Keras' default, as ``unige-unet`` was written in Keras."""


class PlainUNet(nn.Module):
    """Two convolutions a level; filters double downwards; max pooling; skips are concatenated.

    ``iitb-unet`` names U-Net and its 2015 paper and no more: 64 first filters and 5 levels are the paper's;
    padding, which the document mentions, and batch norm are (ours). ``unige-unet`` names 16 first filters,
    convolution → batch norm → LeakyReLU → dropout after each layer on both paths, max pooling and transposed
    convolutions; 5 levels, two convolutions a level and kernel 3 are (ours).
    """

    def __init__(self, recipe: ModelRecipe) -> None:
        super().__init__()
        widths = [recipe.first_filters * 2**level for level in range(recipe.levels)]
        self.down = nn.ModuleList(
            _two_layers(before, after, recipe) for before, after in zip([3, *widths[:-1]], widths)
        )
        self.grow = nn.ModuleList(
            UPS[recipe.up](below, above) for below, above in zip(widths[:0:-1], widths[-2::-1])
        )
        self.merge = nn.ModuleList(_two_layers(2 * width, width, recipe) for width in widths[-2::-1])
        self.head = nn.Conv2d(widths[0], 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, 3, H, W) to (N, 1, H, W); H and W are multiples of 2 to the power of levels − 1."""
        skips: list[Tensor] = []
        for down in self.down:
            skips.append(down(F.max_pool2d(skips[-1], 2) if skips else x))
        x = skips.pop()
        for grow, merge in zip(self.grow, self.merge):
            x = merge(torch.cat([skips.pop(), grow(x)], dim=1))
        logits: Tensor = self.head(x)
        return logits


def build_plain_unet(recipe: ModelRecipe, _weights_folder: Path | None) -> CrackNet:
    """Build the configurable U-Net."""
    return with_scaling(PlainUNet(recipe), recipe, 2 ** (recipe.levels - 1))


def _two_layers(before: int, after: int, recipe: ModelRecipe) -> nn.Sequential:
    return nn.Sequential(*_layer(before, after, recipe), *_layer(after, after, recipe))


def _layer(before: int, after: int, recipe: ModelRecipe) -> list[nn.Module]:
    """Stack convolution → norm → activation → dropout; a bias before a norm would be taken away by it."""
    return [
        nn.Conv2d(before, after, 3, padding=1, bias=recipe.norm == "none"),
        NORMS[recipe.norm](after),
        ACTIVATIONS[recipe.activation](),
        *([nn.Dropout(recipe.dropout)] if recipe.dropout else []),
    ]


def _up_transposed(below: int, above: int) -> nn.Module:
    return nn.ConvTranspose2d(below, above, 2, stride=2)


def _up_bilinear(below: int, above: int) -> nn.Module:
    return nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(below, above, 1))


NORMS: dict[str, Callable[[int], nn.Module]] = {
    "batch": nn.BatchNorm2d,
    "instance": lambda width: nn.InstanceNorm2d(width, affine=True),
    "none": lambda _width: nn.Identity(),
}

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": lambda: nn.ReLU(inplace=True),
    "leaky_relu": lambda: nn.LeakyReLU(LEAK, inplace=True),
}

UPS: dict[str, Callable[[int, int], nn.Module]] = {
    "transposed": _up_transposed,
    "bilinear": _up_bilinear,
}
