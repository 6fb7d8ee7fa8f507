"""From a probability map to a crack mask."""

import numpy as np

from crackwise.arrays import CrackMask, ProbabilityMap
from crackwise.crack.components import find_components
from crackwise.errors import SettingsError


def find_cracks(probability: ProbabilityMap, *, high: float, low: float, min_area_px: int) -> CrackMask:
    """Threshold with hysteresis and remove specks.

    A region (8-connected) of pixels at or above `low` is a crack when at least one of its pixels reaches
    `high` and it has at least `min_area_px` pixels (hysteresis as in Canny, 1986,
    doi:10.1109/TPAMI.1986.4767851).

    Parameters
    ----------
    probability
        (H, W) in [0, 1].
    high, low
        Thresholds, 0 < low <= high <= 1.
    min_area_px
        Smallest crack, pixels, >= 0.

    Returns
    -------
    CrackMask
        (H, W) bool, a new array.

    Raises
    ------
    SettingsError
        If the thresholds are out of order or range.
    """
    if not 0 < low <= high <= 1:
        raise SettingsError(f"thresholds are low {low} and high {high}; expected 0 < low <= high <= 1")
    mask = probability >= np.float32(low)
    regions = find_components(mask)
    rows, cols = np.nonzero(probability >= np.float32(high))
    keep = regions.areas_px() >= min_area_px
    keep &= np.bincount(regions.region_at(rows, cols), minlength=regions.count) > 0
    dropped_rows, dropped_cols, _ = regions.pixels(~keep[regions.region])
    mask[dropped_rows, dropped_cols] = False
    return mask
