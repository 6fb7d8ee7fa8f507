"""Losses on logits: (logits, target, weight, context), the first three (N, H, W) → scalar.

``target`` is the share of a pixel that is crack, [0, 1]; ``weight`` is 0 where the label is unknown: what
stands there has no influence. Sums and exponentials run in fp32 whatever the precision of the network.
A loss is pooled over the batch, so that crops without a crack count as false alarms instead of as 0 or 1.
"""

from torch import Tensor

from crackwise.training.losses.boundary import boundary, boundary_combo
from crackwise.training.losses.context import Context, Loss
from crackwise.training.losses.entropy import binary_cross_entropy, focal, weighted_cross_entropy
from crackwise.training.losses.lines import cl_dice, line_recall
from crackwise.training.losses.overlap import dice, generalised_dice, tversky
from crackwise.training.losses.sides import side_losses


def bce_dice(logits: Tensor, target: Tensor, weight: Tensor, context: Context) -> Tensor:
    """Add cross-entropy and Dice, equally weighted."""
    return binary_cross_entropy(logits, target, weight, context) + dice(logits, target, weight, context)


def bce_dice_line(logits: Tensor, target: Tensor, weight: Tensor, context: Context) -> Tensor:
    """Add cross-entropy, Dice and half the recall per length."""
    line = line_recall(logits, target, weight, context)
    return bce_dice(logits, target, weight, context) + 0.5 * line


__all__ = ["COUNTING", "LOSSES", "Context", "Loss", "bce_dice", "bce_dice_line", "side_losses"]

LOSSES: dict[str, Loss] = {
    "bce": binary_cross_entropy,
    "weighted_bce": weighted_cross_entropy,
    "focal": focal,
    "dice": dice,
    "generalised_dice": generalised_dice,
    "tversky": tversky,
    "cl_dice": cl_dice,
    "boundary": boundary,
    "boundary_combo": boundary_combo,
    "bce_dice": bce_dice,
    "bce_dice_line": bce_dice_line,
}

COUNTING = frozenset({"weighted_bce", "boundary_combo"})
"""Losses that read ``Context.crack_share``; for the others a training need not count it."""
