"""Probability in 256 levels, a byte a pixel: what cracks are found in, and what every figure is counted from.

A level is the probability times 255, rounded, so that a map and the 8-bit picture that was written of it give
the same cracks and figures. A threshold t marks the levels from 255 t on: it acts at most 0.002 away from t,
and exactly at t = 0.1, 0.3, 0.5, 0.7, 0.9.
"""

from math import ceil

import numpy as np

from crackwise.arrays import CrackMask, Levels, ProbabilityMap

HIGHEST = 255
"""The level of probability 1."""

_ROWS = 64


def to_levels(probability: ProbabilityMap) -> Levels:
    """Round a map (H, W) in [0, 1] to levels, some rows at a time: a large map is not held a second time."""
    levels = np.empty(probability.shape, np.uint8)
    for top in range(0, len(probability), _ROWS):
        rows = slice(top, top + _ROWS)
        levels[rows] = np.rint(np.clip(probability[rows], 0, 1) * HIGHEST)
    return levels


def to_probability(levels: Levels) -> ProbabilityMap:
    """Give the probability that levels (H, W) stand for; four times the memory."""
    return np.divide(levels, np.float32(HIGHEST), dtype=np.float32)


def lowest_marked(threshold: float) -> int:
    """Give the lowest level that a threshold in [0, 1] marks."""
    return ceil(HIGHEST * threshold - 1e-9)


def marked(levels: Levels, threshold: float) -> CrackMask:
    """Mark what has at least the probability ``threshold``."""
    return np.asarray(levels >= lowest_marked(threshold))
