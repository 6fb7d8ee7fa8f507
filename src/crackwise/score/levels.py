"""Probability in 256 levels: what every figure over thresholds is counted from. H rows, W columns.

A level is the probability times 255, rounded, so that a map and the 8-bit picture that was written of it give
the same figures. A threshold t marks the levels from 255 t on: it acts at most 0.002 away from t, and
exactly at t = 0.1, 0.3, 0.5, 0.7, 0.9.
"""

from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import CrackMask, Grey, ProbabilityMap

LEVELS = 256

THRESHOLDS = tuple(step / 100 for step in range(1, 100))
"""0.01 to 0.99, as the edge benchmarks and AIU take them."""

Counted = NDArray[np.int64]
"""(256,) pixels at each level, or with further axes in front."""


def to_levels(probability: ProbabilityMap) -> Grey:
    """Round a map (H, W) in [0, 1] to levels."""
    return np.asarray(np.rint(np.clip(probability, 0, 1) * 255), np.uint8)


def lowest_marked(threshold: float) -> int:
    """Give the lowest level that a threshold in [0, 1] marks."""
    return ceil(255 * threshold - 1e-9)


def marked(levels: Grey, threshold: float) -> CrackMask:
    """Mark what has at least the probability ``threshold``."""
    return np.asarray(levels >= lowest_marked(threshold))


def count_levels(levels: Grey, chosen: CrackMask) -> Counted:
    """Count the chosen pixels at each level, (256,)."""
    return np.bincount(levels[chosen], minlength=LEVELS).astype(np.int64)


def spread(levels: Grey, radius_px: float) -> Grey:
    """Give each pixel the highest level within a distance, (H, W)."""
    offsets = np.arange(-int(radius_px), int(radius_px) + 1)
    disk = (offsets[:, None] ** 2 + offsets[None, :] ** 2 <= radius_px**2).astype(np.uint8)
    return np.asarray(cv2.dilate(levels, disk))


def from_each_level_on(counted: Counted) -> Counted:
    """Sum the pixels from each level to the highest: what the threshold at that level marks, (…, 256)."""
    return np.flip(np.cumsum(np.flip(counted, axis=-1), axis=-1), axis=-1)


THRESHOLD_LEVELS = np.array([lowest_marked(threshold) for threshold in THRESHOLDS])
"""(99,) the lowest level that each of ``THRESHOLDS`` marks."""
