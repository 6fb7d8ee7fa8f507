"""CrackFormer-II (Liu 2023, after CrackFormer, Liu 2021): self-attention in a SegNet-like encoder–decoder."""

from functools import reduce
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from crackwise.nets.cracknet import CrackNet, Outputs, SideNet, with_scaling
from crackwise.recipe import ModelRecipe

WIDTHS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
"""Filters of the layers on the way down, VGG-16's; the way up mirrors them."""

SIDE_FILTERS = 64
KEYS = 16
HEADS = 4
WINDOW_PX = 7
TIE = 0.01
"""Below the maximum by this much, a value takes no part in its unpooling any more."""


class CrackFormer(SideNet):
    """One mask per resolution, each gated by the sums of the layers, and their weighted mean.

    As in the paper and its public code: VGG's plan with self-attention bottlenecks instead of convolutions,
    group norm, scaling attention on five side masks, and a loss on each of them beside the last one.
    (ours): unpooling puts a value where the maximum was found by comparing, as indices do not export; a tie
    is put at each of its places, and a near one in part, as rounding would decide else in plain areas.
    """

    def __init__(self, dropout: float) -> None:
        super().__init__()
        starts = (WIDTHS[0][0], *(widths[-1] for widths in WIDTHS[:-1]))
        first = nn.Sequential(nn.Conv2d(3, starts[0], 3, padding=1), nn.ReLU(inplace=True))
        below = [_stage(start, widths, dropout) for start, widths in zip(starts[1:], WIDTHS[1:])]
        top = nn.ModuleList([first, *_stage(starts[0], WIDTHS[0][1:], dropout)])
        self.down = nn.ModuleList([top, *below])
        ends = [(*widths[:-1], start) for start, widths in zip(starts, WIDTHS)]
        self.up = nn.ModuleList(_stage(widths[-1], end, dropout) for widths, end in zip(WIDTHS, ends))
        self.sides = nn.ModuleList(Side(widths[-1], start) for start, widths in zip(starts, WIDTHS))
        self.head = nn.Conv2d(len(WIDTHS), 1, 1)

    def outputs(self, x: Tensor) -> Outputs:
        """Map (N, 3, H, W) to (N, 1, H, W) logits and five side logits; H and W are multiples of 32."""
        size = x.shape[2:]
        downs: list[list[Tensor]] = []
        for stage in self.down:
            downs.append(_trace(stage, F.max_pool2d(downs[-1][-1], 2) if downs else x))
        x = F.max_pool2d(downs[-1][-1], 2)
        sides: list[Tensor] = []
        for stage, side, down in zip(self.up[::-1], self.sides[::-1], downs[::-1]):
            ups = _trace(stage, _unpool(x, down[-1]))
            x = ups[-1]
            sides.append(F.interpolate(side(down, ups), size=size, mode="bilinear"))
        return Outputs(self.head(torch.cat(sides, dim=1)), tuple(sides))


class Side(nn.Module):
    """One mask from the layers of both paths at one resolution."""

    def __init__(self, below: int, above: int) -> None:
        super().__init__()
        self.join = nn.Sequential(nn.Conv2d(below + above, SIDE_FILTERS, 3, padding=1), nn.ReLU(inplace=True))
        self.gate = nn.Sequential(
            nn.GELU(),
            nn.Conv2d(below, SIDE_FILTERS, 3, padding=1),
            _norm(SIDE_FILTERS),
            nn.Conv2d(SIDE_FILTERS, SIDE_FILTERS, 3, padding=1),
            _norm(SIDE_FILTERS),
            nn.Sigmoid(),
        )
        self.mask = nn.Conv2d(SIDE_FILTERS, 1, 3, padding=1)

    def forward(self, down: list[Tensor], up: list[Tensor]) -> Tensor:
        """Map the layers of the way down and up to (N, 1, H, W); sums those of equal width for the gate."""
        alike = [layer for layer in (*down, *up) if layer.shape[1] == down[-1].shape[1]]
        gate = self.gate(reduce(torch.add, alike))  # a sum of them stacked takes twice the time on a CPU
        mask: Tensor = self.mask(gate * self.join(torch.cat([down[-1], up[-1]], dim=1)))
        return mask


class AttentionBottleneck(nn.Module):
    """Narrow to a quarter, attend, mix, widen; with a shortcut."""

    def __init__(self, before: int, after: int, dropout: float) -> None:
        super().__init__()
        inside = max(before, after) // 4
        self.narrow = nn.Sequential(nn.Conv2d(before, inside, 1, bias=False), _norm(inside), nn.GELU())
        self.attend = Attention(inside)
        self.mix = _mixer(inside, dropout)
        self.widen = nn.Sequential(
            nn.GELU(), nn.Conv2d(inside, after, 1, bias=False), _norm(after), nn.GELU()
        )
        self.shortcut: nn.Module = nn.Identity()
        if before != after:
            self.shortcut = nn.Sequential(nn.Conv2d(before, after, 1), _norm(after))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, before, H, W) to (N, after, H, W)."""
        y = self.narrow(x)
        y = y + self.attend(y)
        y = y + self.mix(y)
        return F.gelu(self.widen(y) + self.shortcut(x))


class Attention(nn.Module):
    """Linear self-attention: to the whole photo by content, to a 7 px window by place (Bello 2021)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.query = nn.Sequential(nn.Conv2d(channels, KEYS * HEADS, 1, bias=False), _norm(KEYS * HEADS))
        self.key = nn.Sequential(nn.Conv2d(channels, KEYS, 1, bias=False), _norm(KEYS))
        values = channels // HEADS
        self.value = nn.Sequential(nn.Conv2d(channels, values, 1, bias=False), _norm(values))
        self.window = nn.Conv2d(1, KEYS, WINDOW_PX, padding=WINDOW_PX // 2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        N, C, H, W = x.shape
        query = self.query(x).reshape(N, HEADS, KEYS, H * W)
        value = self.value(x)  # (N, V, H, W), V = C / heads
        content = value.flatten(2) @ torch.softmax(self.key(x).flatten(2), dim=2).transpose(1, 2)  # (N, V, K)
        by_content = torch.einsum("nhkp,nvk->nhvp", query, content)
        near = self.window(value.reshape(-1, 1, H, W)).reshape(N, C // HEADS, KEYS, H * W)
        by_place = torch.einsum("nhkp,nvkp->nhvp", query, near)
        return (by_content + by_place).reshape(N, C, H, W)


def build_crackformer(recipe: ModelRecipe, _weights_folder: Path | None) -> CrackNet:
    """Build CrackFormer."""
    return with_scaling(CrackFormer(recipe.dropout), recipe)


def _stage(before: int, widths: tuple[int, ...], dropout: float) -> nn.ModuleList:
    starts = (before, *widths[:-1])
    return nn.ModuleList(AttentionBottleneck(start, width, dropout) for start, width in zip(starts, widths))


def _trace(stage: nn.Module, x: Tensor) -> list[Tensor]:
    """Give the output of each layer of a stage."""
    layers: list[Tensor] = []
    for layer in stage.children():
        x = layer(x)
        layers.append(x)
    return layers


def _unpool(x: Tensor, before: Tensor) -> Tensor:
    """Put each value of (N, C, H/2, W/2) where the maximum of its 2 × 2 px was in ``before``; 0 elsewhere.

    What lies below the maximum by less than ``TIE`` gets a part.
    """
    largest = F.interpolate(F.max_pool2d(before, 2), scale_factor=2, mode="nearest")
    near = (1 - (largest - before) / TIE).clamp(min=0)
    return F.interpolate(x, scale_factor=2, mode="nearest") * near


def _mixer(channels: int, dropout: float) -> nn.Module:
    """Mix channels and neighbours through a quarter of the channels."""
    inside = channels // 4
    return nn.Sequential(
        nn.Conv2d(channels, inside, 1),
        _norm(inside),
        nn.Conv2d(inside, inside, 3, padding=1, groups=inside // 4),
        _norm(inside),
        nn.GELU(),
        nn.Dropout(dropout),
        nn.Conv2d(inside, channels, 1),
        _norm(channels),
        nn.Dropout(dropout),
    )


def _norm(channels: int) -> nn.Module:
    """Normalise groups of four channels."""
    return nn.GroupNorm(channels // 4, channels)
