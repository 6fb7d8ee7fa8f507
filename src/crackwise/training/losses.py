"""Losses on logits: (logits, target, weight), all (N, H, W) → scalar.

``target`` is the share of a pixel that is crack, [0, 1]; ``weight`` is 0 where the label is unknown.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

Loss = Callable[[Tensor, Tensor, Tensor], Tensor]

_WINDOW_PX = 15


def binary_cross_entropy(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Average the cross-entropy over the known pixels."""
    loss = F.binary_cross_entropy_with_logits(logits, target, weight, reduction="sum")
    return loss / weight.sum().clamp_min(1)


def dice(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Take 1 − Dice of the whole batch (Milletari 2016, squared denominator), unknown pixels left out.

    Pooled over the batch, so that crops without a crack count as false alarms instead of as 0 or 1.
    """
    p = torch.sigmoid(logits) * weight
    y = target * weight
    return 1 - (2 * (p * y).sum() + 1) / ((p * p).sum() + (y * y).sum() + 1)


def bce_dice(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Add cross-entropy and Dice, equally weighted."""
    return binary_cross_entropy(logits, target, weight) + dice(logits, target, weight)


def line_recall(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Take 1 − recall per length of crack: a hairline weighs as much per metre as a wide crack.

    In the spirit of the skeleton recall of Kirchhoff 2024, without a skeleton: a crack pixel weighs one by
    the width, which is the share of crack in a window of 15 px around it, times its side.
    """
    y = target * weight
    width_px = F.avg_pool2d(y[:, None], _WINDOW_PX, 1, _WINDOW_PX // 2)[:, 0] * _WINDOW_PX
    per_length = y / width_px.clamp_min(1)
    return 1 - ((per_length * torch.sigmoid(logits)).sum() + 1) / (per_length.sum() + 1)


def bce_dice_line(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Add cross-entropy, Dice and half the recall per length."""
    return bce_dice(logits, target, weight) + 0.5 * line_recall(logits, target, weight)


LOSSES: dict[str, Loss] = {
    "bce": binary_cross_entropy,
    "dice": dice,
    "bce_dice": bce_dice,
    "bce_dice_line": bce_dice_line,
}
