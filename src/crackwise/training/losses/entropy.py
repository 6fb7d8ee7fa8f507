"""Losses that look at each pixel alone."""

import torch
from torch import Tensor
from torch.nn import functional as F

from crackwise.training.losses.context import Context

FOCAL_ALPHA = 0.25
FOCAL_GAMMA = 2.0


def binary_cross_entropy(logits: Tensor, target: Tensor, weight: Tensor, _context: Context) -> Tensor:
    """Average the cross-entropy over the known pixels."""
    loss = F.binary_cross_entropy_with_logits(logits.float(), target, weight, reduction="sum")
    return loss / weight.sum().clamp_min(1)


def weighted_cross_entropy(logits: Tensor, target: Tensor, weight: Tensor, context: Context) -> Tensor:
    """Weigh cracks up by their frequency: ``w = y·w1 + (1−y)·w0``, averaged over the known pixels.

    Formulas 3.1 and 3.2 of ``unige-unet``; its weights are counted on the training set, here as
    ``w = 1 / (2 · share of the class)`` (ours).
    """
    sound, crack = context.class_weights
    balance = target * crack + (1 - target) * sound
    loss = F.binary_cross_entropy_with_logits(logits.float(), target, weight * balance, reduction="sum")
    return loss / weight.sum().clamp_min(1)


def focal(logits: Tensor, target: Tensor, weight: Tensor, _context: Context) -> Tensor:
    """Weigh down what is already right (Lin 2017), α = 0.25, γ = 2, averaged over the known pixels.

    For a target between 0 and 1 both classes pay by their share.
    """
    z = logits.float()
    p = torch.sigmoid(z)
    crack = FOCAL_ALPHA * (1 - p) ** FOCAL_GAMMA * F.softplus(-z)
    sound = (1 - FOCAL_ALPHA) * p**FOCAL_GAMMA * F.softplus(z)
    loss = target * crack + (1 - target) * sound
    return (loss * weight).sum() / weight.sum().clamp_min(1)
