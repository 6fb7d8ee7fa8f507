"""FC-DenseNet, "The One Hundred Layers Tiramisu" (Jégou 2017), with 56, 67 or 103 layers."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from crackwise.nets.cracknet import CrackNet, with_scaling
from crackwise.recipe import ModelRecipe


@dataclass(frozen=True, slots=True)
class Plan:
    """Layers of the five dense blocks on the way down, of the bottleneck, and filters that a layer adds."""

    blocks: tuple[int, ...]
    bottleneck: int
    growth: int


PLANS = {
    56: Plan((4, 4, 4, 4, 4), 4, 12),
    67: Plan((5, 5, 5, 5, 5), 5, 16),
    103: Plan((4, 5, 7, 10, 12), 15, 16),
}
"""Sections 4.1 and table 2 of the paper; the way up mirrors the way down."""

FIRST_FILTERS = 48


class FcDenseNet(nn.Module):
    """Dense blocks with transitions; on the way up only what the block below added goes on.

    The document leaves ``khanhha-densenet`` blank; its public code trains an FC-DenseNet67 with one output
    channel. As in the paper: 48 first filters, He uniform start, dropout after each convolution, the 2n + 1
    rows of a transposed convolution cut to 2n. With 11 classes, and counting the batch-norm statistics as the
    authors' code does, the three have 1.40, 3.50 and 9.43 million parameters; the paper prints 1.5, 3.5 and
    9.4. Each class costs the filters before the last convolution and one: one channel instead of 11 saves
    1,930, 2,890 and 2,570.
    """

    def __init__(self, plan: Plan, dropout: float, classes: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, FIRST_FILTERS, 3, padding=1)
        channels = FIRST_FILTERS
        skips: list[int] = []
        self.blocks_down = nn.ModuleList()
        self.shrink = nn.ModuleList()
        for layers in plan.blocks:
            self.blocks_down.append(DenseBlock(channels, layers, plan.growth, dropout))
            channels += layers * plan.growth
            skips.append(channels)
            self.shrink.append(_transition_down(channels, dropout))
        self.bottleneck = DenseBlock(channels, plan.bottleneck, plan.growth, dropout)
        added = plan.bottleneck * plan.growth
        self.grow = nn.ModuleList()
        self.blocks_up = nn.ModuleList()
        for layers in reversed(plan.blocks):
            self.grow.append(nn.ConvTranspose2d(added, added, 3, stride=2))
            channels = added + skips.pop()
            self.blocks_up.append(DenseBlock(channels, layers, plan.growth, dropout))
            added = layers * plan.growth
        self.head = nn.Conv2d(channels + added, classes, 1)
        _start_as_he_uniform(self)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, 3, H, W) to (N, classes, H, W); H and W are multiples of 32."""
        x = self.first(x)
        skips: list[Tensor] = []
        for block, shrink in zip(self.blocks_down, self.shrink):
            skips.append(torch.cat([x, block(x)], dim=1))
            x = shrink(skips[-1])
        x = self.bottleneck(x)
        for grow, block in zip(self.grow, self.blocks_up):
            entry = torch.cat([grow(x)[..., :-1, :-1], skips.pop()], dim=1)
            x = block(entry)
        logits: Tensor = self.head(torch.cat([entry, x], dim=1))
        return logits


class DenseBlock(nn.Module):
    """Layers that each see everything before them; gives only what they added."""

    def __init__(self, channels: int, layers: int, growth: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.BatchNorm2d(channels + number * growth),
                nn.ReLU(inplace=True),
                nn.Conv2d(channels + number * growth, growth, 3, padding=1),
                nn.Dropout(dropout),
            )
            for number in range(layers)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, layers · growth, H, W)."""
        added: list[Tensor] = []
        for layer in self.layers:
            added.append(layer(torch.cat([x, *added], dim=1)))
        return torch.cat(added, dim=1)


def build_fc_densenet(recipe: ModelRecipe, _weights_folder: Path | None) -> CrackNet:
    """Build an FC-DenseNet with one output channel."""
    return with_scaling(FcDenseNet(PLANS[recipe.densenet_layers], recipe.dropout), recipe)


def _transition_down(channels: int, dropout: float) -> nn.Module:
    return nn.Sequential(
        nn.BatchNorm2d(channels),
        nn.ReLU(inplace=True),
        nn.Conv2d(channels, channels, 1),
        nn.Dropout(dropout),
        nn.MaxPool2d(2),
    )


def _start_as_he_uniform(net: nn.Module) -> None:
    for part in net.modules():
        if isinstance(part, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.kaiming_uniform_(part.weight, nonlinearity="relu")
            assert part.bias is not None
            nn.init.zeros_(part.bias)
