"""The boundary loss, and the combination that ``pspnet-resnet18`` was trained with."""

import math

import cv2
import numpy as np
import torch
from torch import Tensor

from crackwise.arrays import CrackMask, Floats
from crackwise.training.losses.context import Context
from crackwise.training.losses.entropy import weighted_cross_entropy
from crackwise.training.losses.overlap import generalised_dice

GAMMA = 0.5


def boundary(logits: Tensor, target: Tensor, weight: Tensor, _context: Context) -> Tensor:
    """Average p · φ over the known pixels (Kervadec 2019).

    φ is the signed distance to the crack's edge, negative inside, divided by the image diagonal, so that the
    least value is the mask itself. It is a constant: the gradient on a probability is φ, at any distance from
    the crack. φ is computed here from each batch, about 1 ms a crop of 256 px; so the loader stays as it is.
    """
    with torch.no_grad():
        known_crack = ((target > 0.5) & (weight > 0)).cpu().numpy()
        distance = np.stack([signed_distance(mask) for mask in known_crack])
        phi = torch.from_numpy(distance).to(logits.device)
    return (weight * phi * torch.sigmoid(logits.float())).sum() / weight.sum().clamp_min(1)


def boundary_combo(logits: Tensor, target: Tensor, weight: Tensor, context: Context) -> Tensor:
    """Take ``α·boundary + (1−α)·((1−γ)·generalised Dice + γ·weighted cross-entropy)``, γ = 0.5.

    α is the share of the epochs done, from 0, as in the public code behind ``pspnet-resnet18``; that of the
    CSBSR paper, from which both have the loss, raises it by 0.01 an epoch up to 0.99.
    """
    areas = generalised_dice(logits, target, weight, context)
    pixels = weighted_cross_entropy(logits, target, weight, context)
    edges = boundary(logits, target, weight, context)
    alpha = context.progress
    return alpha * edges + (1 - alpha) * ((1 - GAMMA) * areas + GAMMA * pixels)


def signed_distance(mask: CrackMask) -> Floats:
    """Give (H, W) float32: distance to the edge of the crack over the diagonal, negative inside.

    The edge runs between pixels, half a pixel from the centres on both sides, so that a hairline of one pixel
    has −½ inside; Kervadec's code gives it 0, and no reward. A mask without edge is 1 where it is empty and
    −1 where it is full: its edge is farther away than the photo shows (ours; 0 in Kervadec's code).
    """
    if mask.all() or not mask.any():
        return np.full(mask.shape, -1 if mask.all() else 1, np.float32)
    to_crack, to_sound = (
        cv2.distanceTransform(side.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        for side in (~mask, mask)
    )
    signed = np.where(mask, 0.5 - to_sound, to_crack - 0.5)
    return np.asarray(signed / math.hypot(*mask.shape), np.float32)
