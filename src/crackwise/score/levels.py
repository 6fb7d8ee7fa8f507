"""Figures over thresholds: pixels counted at each of the 256 levels of probability. H rows, W columns."""

import cv2
import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import CrackMask, Levels
from crackwise.levels import HIGHEST, lowest_marked

THRESHOLDS = tuple(step / 100 for step in range(1, 100))
"""0.01 to 0.99, as the edge benchmarks and AIU take them."""

Counted = NDArray[np.int64]
"""(256,) pixels at each level, or with further axes in front."""


def count_levels(levels: Levels, chosen: CrackMask) -> Counted:
    """Count the chosen pixels at each level, (256,)."""
    return np.bincount(levels[chosen], minlength=HIGHEST + 1).astype(np.int64)


def spread(levels: Levels, radius_px: float) -> Levels:
    """Give each pixel the highest level within a distance, (H, W)."""
    offsets = np.arange(-int(radius_px), int(radius_px) + 1)
    disk = (offsets[:, None] ** 2 + offsets[None, :] ** 2 <= radius_px**2).astype(np.uint8)
    return np.asarray(cv2.dilate(levels, disk))


def from_each_level_on(counted: Counted) -> Counted:
    """Sum the pixels from each level to the highest: what the threshold at that level marks, (…, 256)."""
    return np.flip(np.cumsum(np.flip(counted, axis=-1), axis=-1), axis=-1)


THRESHOLD_LEVELS = np.array([lowest_marked(threshold) for threshold in THRESHOLDS])
"""(99,) the lowest level that each of ``THRESHOLDS`` marks."""
