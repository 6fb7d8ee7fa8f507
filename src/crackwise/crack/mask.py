"""From a probability map, in levels, to the regions that are cracks."""

import numpy as np

from crackwise.arrays import Levels
from crackwise.crack.components import Components, find_marked
from crackwise.errors import SettingsError
from crackwise.levels import lowest_marked


def find_cracks(levels: Levels, *, high: float, low: float, min_area_px: int) -> Components:
    """Threshold with hysteresis and remove specks.

    A region (8-connected) of pixels at or above `low` is a crack when at least one of its pixels reaches
    `high` and it has at least `min_area_px` pixels (hysteresis as in Canny, 1986,
    doi:10.1109/TPAMI.1986.4767851).

    Parameters
    ----------
    levels
        (H, W) probability as `crackwise.levels.to_levels` gives it.
    high, low
        Thresholds of the probability, 0 < low <= high <= 1.
    min_area_px
        Smallest crack, pixels, >= 0.

    Returns
    -------
    Components
        The regions; their ``mask()`` is (H, W) bool.

    Raises
    ------
    SettingsError
        If the thresholds are out of order or range, or the map is not in levels.
    """
    if levels.dtype != np.uint8:
        raise SettingsError(
            f"the map is {levels.dtype}; expected uint8 with 255 for probability 1, as "
            "crackwise.levels.to_levels gives it"
        )
    if not 0 < low <= high <= 1:
        raise SettingsError(f"thresholds are low {low} and high {high}; expected 0 < low <= high <= 1")
    regions = find_marked(levels, lowest_marked(low))
    rows, cols, region = regions.pixels()
    is_strong = levels[rows, cols] >= lowest_marked(high)
    keep = np.bincount(region[is_strong], minlength=regions.count) > 0
    return regions.chosen(keep & (regions.areas_px() >= min_area_px))
