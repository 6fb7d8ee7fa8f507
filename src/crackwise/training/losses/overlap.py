"""Losses that compare areas."""

import torch
from torch import Tensor

from crackwise.training.losses.context import Context

MISSED = 0.7
"""Price of a missed pixel in the Tversky loss; a false one costs the rest (Salehi 2017, table 1)."""


def dice(logits: Tensor, target: Tensor, weight: Tensor, _context: Context) -> Tensor:
    """Take 1 − Dice (Milletari 2016, squared denominator)."""
    p = torch.sigmoid(logits.float()) * weight
    y = target * weight
    return 1 - (2 * (p * y).sum() + 1) / ((p * p).sum() + (y * y).sum() + 1)


def generalised_dice(logits: Tensor, target: Tensor, weight: Tensor, _context: Context) -> Tensor:
    """Take 1 − Dice over crack and background, each weighed by 1 / (its area)² (Sudre 2017).

    A class that is absent from the batch gets the weight of the other one, as its own would be infinite;
    without a crack the loss so becomes the mean of p.
    """
    p = torch.sigmoid(logits.float())
    p = torch.stack([p, 1 - p]) * weight  # (2, N, H, W)
    y = torch.stack([target, 1 - target]) * weight
    area = y.sum(dim=(1, 2, 3))
    known = torch.where(area > 0, area.clamp_min(1), area.max().clamp_min(1))
    class_weight = (area.max().clamp_min(1) / known) ** 2  # any common factor cancels
    hit = (class_weight * (p * y).sum(dim=(1, 2, 3))).sum()
    whole = (class_weight * (p + y).sum(dim=(1, 2, 3))).sum()
    return 1 - 2 * hit / whole.clamp_min(1)


def tversky(logits: Tensor, target: Tensor, weight: Tensor, _context: Context) -> Tensor:
    """Take 1 − Tversky index (Salehi 2017): a missed pixel costs 0.7, a false one 0.3."""
    p = torch.sigmoid(logits.float())
    hit = (weight * p * target).sum()
    missed = (weight * (1 - p) * target).sum()
    false = (weight * p * (1 - target)).sum()
    return 1 - (hit + 1) / (hit + MISSED * missed + (1 - MISSED) * false + 1)
