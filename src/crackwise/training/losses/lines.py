"""Losses that look at cracks as lines."""

import torch
from torch import Tensor
from torch.nn import functional as F

from crackwise.training.losses.context import Context
from crackwise.training.losses.overlap import dice

_WINDOW_PX = 15

THINNINGS = 10
"""Steps of the soft skeleton: lines up to 20 px wide come down to one; in the paper 3 to 50, by the width."""

LINE_SHARE = 0.5


def line_recall(logits: Tensor, target: Tensor, weight: Tensor, _context: Context) -> Tensor:
    """Take 1 − recall per length of crack: a hairline weighs as much per metre as a wide crack.

    In the spirit of the skeleton recall of Kirchhoff 2024, without a skeleton: a crack pixel weighs one by
    the width, which is the share of crack in a window of 15 px around it, times its side.
    """
    y = target * weight
    width_px = F.avg_pool2d(y[:, None], _WINDOW_PX, 1, _WINDOW_PX // 2)[:, 0] * _WINDOW_PX
    per_length = y / width_px.clamp_min(1)
    return 1 - ((per_length * torch.sigmoid(logits.float())).sum() + 1) / (per_length.sum() + 1)


def cl_dice(logits: Tensor, target: Tensor, weight: Tensor, context: Context) -> Tensor:
    """Join Dice and the soft clDice in equal parts, as Shit 2021 trains with (α = 0.5)."""
    centre = soft_cl_dice(logits, target, weight)
    return (1 - LINE_SHARE) * dice(logits, target, weight, context) + LINE_SHARE * centre


def soft_cl_dice(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Take 1 − the harmonic mean of how much of each skeleton lies in the other mask (Shit 2021).

    Unknown pixels belong to neither mask.
    """
    p = torch.sigmoid(logits.float()) * weight
    y = target * weight
    p_line, y_line = soft_skeleton(p), soft_skeleton(y)
    precision = ((p_line * y).sum() + 1) / (p_line.sum() + 1)
    sensitivity = ((y_line * p).sum() + 1) / (y_line.sum() + 1)
    return 1 - 2 * precision * sensitivity / (precision + sensitivity)


def soft_skeleton(mask: Tensor) -> Tensor:
    """Thin (N, H, W) in [0, 1] to its middle: all that opening takes away, over repeated erosion."""
    x = mask[:, None]
    skeleton = F.relu(x - _open(x))
    for _ in range(THINNINGS):
        x = _erode(x)
        lost = F.relu(x - _open(x))
        skeleton = skeleton + F.relu(lost - skeleton * lost)
    return skeleton[:, 0]


def _erode(x: Tensor) -> Tensor:
    """Take the least of a cross of five pixels; the edge of the photo is no border of the crack."""
    upright = -F.max_pool2d(-x, (3, 1), 1, (1, 0))
    level = -F.max_pool2d(-x, (1, 3), 1, (0, 1))
    return torch.minimum(upright, level)


def _open(x: Tensor) -> Tensor:
    return F.max_pool2d(_erode(x), 3, 1, 1)
