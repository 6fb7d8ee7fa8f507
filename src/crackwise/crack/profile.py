"""The width of a crack from one row of grey values across it, without a photo around."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.interpolate import CubicSpline

from crackwise.arrays import Floats
from crackwise.crack.slot import (
    ANY_CRACK,
    LEAST_NOISE,
    LEVELS,
    SIGMAS_PX,
    EvenProfiles,
    blur_log_prior,
    fit_slots,
    normalised,
    quantiles,
)
from crackwise.crack.tone import hidden_px as hidden_by_tone_px
from crackwise.errors import SettingsError

_FEWEST_SAMPLES = 9
_LONGEST_REACH = 14
_WIDEST_PX = 15

_LEAST_CONTRAST = 1.0
"""A dip shallower than its own standard error is none.

Photos ask for 3, but have many profiles; of real single ones, 22 (cracks of 0.05 to 0.15 mm) lie between.
"""


class ProfileWidth(NamedTuple):
    """A width and its 90 % interval, px; the width is the median of the posterior."""

    width_px: float
    low_px: float
    high_px: float


def profile_width(intensities: Sequence[float] | Floats) -> ProfileWidth:
    """Measure the darkest dip in a row of grey values.

    The blur is not known, as it would be in a photo with many profiles, and is averaged over
    (`slot.USUAL_SIGMA_PX`): an interval from one row is wider than one from a photo.

    Parameters
    ----------
    intensities
        (S,) grey levels 1 px apart across the crack, S >= 9; the crack somewhere near the middle.

    Raises
    ------
    SettingsError
        If there are fewer values, some are not finite, no dip is seen, or it is wider than the 15 px that
        one row tells.
    """
    values = np.asarray(intensities, float)
    if values.ndim != 1 or len(values) < _FEWEST_SAMPLES or not np.isfinite(values).all():
        raise SettingsError(
            f"the profile has shape {values.shape}; "
            f"expected at least {_FEWEST_SAMPLES} finite grey levels in a row"
        )
    middle, extent_px = _dip(values)
    profiles = _parted(values, middle)
    fits = fit_slots(profiles, np.arange(len(SIGMAS_PX)))
    log = fits.log_evidence(ANY_CRACK) + blur_log_prior()[:, None]
    probability = normalised(log)
    low, width, high = quantiles(probability.sum(axis=1), LEVELS)
    hidden_px = (hidden_by_tone_px(fits.depth, SIGMAS_PX[:, None]) * probability).sum()
    if extent_px > _WIDEST_PX + 2 or width[0] > _WIDEST_PX + 0.5:
        raise SettingsError(
            f"the dip is about {extent_px} px wide; one row of grey values tells up to {_WIDEST_PX} px, "
            "so measure such a crack in its photo"
        )
    if fits.contrast[0] < _LEAST_CONTRAST:
        raise SettingsError(
            "no dip is seen in the profile; expected grey levels 0 to 255 that a crack makes darker near the "
            "middle, so take the profile across the crack"
        )
    return ProfileWidth(float(width[0]), float(low[0]), float(high[0] + hidden_px))


def _dip(values: Floats) -> tuple[float, int]:
    """Centre of the darkness around the deepest point of the middle half, and how many samples it covers."""
    x = np.arange(len(values))
    side = max(2, len(values) // 5)
    ends = np.r_[x[:side], x[-side:]]
    dark = np.polyval(np.polyfit(ends, values[ends], 1), x) - values
    smooth = np.convolve(np.pad(dark, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
    quarter = len(values) // 4
    deepest = quarter + int(smooth[quarter : len(values) - quarter].argmax())
    above = smooth > 0.3 * smooth[deepest]
    left = deepest - int(
        (~above[: deepest + 1][::-1]).argmax() if not above[: deepest + 1].all() else deepest
    )
    right = deepest + int(
        (~above[deepest:]).argmax() if not above[deepest:].all() else len(values) - 1 - deepest
    )
    weight = np.maximum(dark - 0.3 * smooth[deepest], 0)[left : right + 1]
    middle = float(np.average(x[left : right + 1], weights=weight)) if weight.sum() > 0 else float(deepest)
    return middle, right - left - 1


def _parted(values: Floats, middle: float) -> EvenProfiles:
    reach = int(min(middle, len(values) - 1 - middle, _LONGEST_REACH))
    steps = np.arange(reach + 1)
    spline = CubicSpline(np.arange(len(values)), values)
    right, left = spline(middle + steps), spline(middle - steps)
    odd = (right - left) / 2
    columns = np.stack([steps, np.clip(steps / 3, 0, 1)], axis=1)
    left_over = odd - columns @ np.linalg.lstsq(columns, odd, rcond=None)[0]
    noise = np.sqrt(2 * (left_over**2).sum() / max(reach - 2, 1))
    return EvenProfiles(((right + left) / 2)[None], np.array([max(float(noise), LEAST_NOISE)]))
