"""Grey values across a crack: sampled along normals, centred on the dark line, parted into even and odd.

P points of centrelines, S samples of a profile, H its reach in px (S = 2 H + 1).
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d

from crackwise.arrays import Floats, Ints
from crackwise.crack.sampling import CUBIC, Picture, sample_along
from crackwise.crack.slot import LEAST_NOISE, EvenProfiles

ALONG_PX = 2.5
"""Standard deviation of the average along the crack."""

_CENTRE_SMOOTHING_PX = 5.0
_BESIDE_PX = 2.5
"""Mask pixels farther than this beyond the crack's own edge belong to a neighbour."""

_CLEAR_PX = 4
"""A crack whose mask's edge is nearer to the border of the photo may be cut off by it."""

_STILL_DARK = 0.4
"""Share of the darkness of a crack from which on its edge is not yet reached."""

_NOISE_ALONG_PX = 6.0
_MISFIT = 0.5  # grey levels
_MISFIT_SHARE = 0.015
"""What no averaging takes away: a crack is no perfect slot, a blur no Gaussian; it grows with depth."""


@dataclass(frozen=True, slots=True)
class Sections:
    """Places across which profiles are taken.

    Parameters
    ----------
    points, normals
        (P, 2) rows and columns, px.
    width_px
        (P,) width of the mask there.
    branch
        (P,) number of the branch; points of one branch follow each other about 1 px apart.
    own_px
        (P,) how wide around the places the mask is this crack's; None where that is its width.
    """

    points: Floats
    normals: Floats
    width_px: Floats
    branch: Ints
    own_px: Floats | None = None

    def __getitem__(self, chosen: Ints) -> "Sections":
        """Give some of the places."""
        columns = self.points[chosen], self.normals[chosen], self.width_px[chosen], self.branch[chosen]
        return Sections(*columns, None if self.own_px is None else self.own_px[chosen])


def sample(picture: Picture, sections: Sections, offsets: Floats | Ints) -> Floats:
    """Interpolate (cubic) at (S,) or (P, S) offsets along the normals, (P, S)."""
    return sample_along(picture, sections.points, sections.normals, offsets, CUBIC)


def is_outside(shape: tuple[int, ...], sections: Sections, offsets: Floats | Ints) -> NDArray[np.bool_]:
    """Tell at which (S,) or (P, S) offsets along the normals a photo (H, W) has ended, (P, S)."""
    along = np.broadcast_to(offsets, (len(sections.points), offsets.shape[-1]))
    outside = np.zeros(along.shape, bool)
    reach_px, last = np.abs(along).max(initial=0), np.array(shape) - 1
    points = sections.points
    near = np.flatnonzero(((points < reach_px) | (points > last - reach_px)).any(axis=1))
    places = points[near, None] + sections.normals[near, None] * along[near, :, None]
    outside[near] = ((places < 0) | (places > last)).any(axis=-1)
    return outside


def smooth_along(values: Floats, branch: Ints, sigma_px: float) -> Floats:
    """Average (P, …) values over neighbours in the same branch, Gaussian weights; NaN counts nothing."""
    reach = int(np.ceil(2.5 * sigma_px))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma_px) ** 2)
    apart = np.cumsum(np.r_[0, np.diff(branch) != 0]) if len(branch) else np.zeros(0, np.int64)
    row = np.arange(len(branch)) + reach * apart  # gaps keep branches from each other
    known = np.isfinite(values)

    def summed(column: NDArray[Any]) -> Floats:
        spaced = np.zeros((row[-1] + 1 if len(row) else 0, *column.shape[1:]), np.float32)
        spaced[row] = column
        return np.asarray(correlate1d(spaced, kernel, axis=0, mode="constant")[row])

    if known.all():  # one weight for all that a place holds
        weights = summed(np.ones(len(branch)))
        return np.asarray(summed(values) / weights.reshape(-1, *[1] * (values.ndim - 1)))
    total, weights = summed(np.where(known, values, 0)), summed(known)
    return np.asarray(np.divide(total, weights, out=np.full_like(total, np.nan), where=weights > 0))


def centred(grey: Picture, sections: Sections) -> Sections:
    """Move each place along its normal to the middle of the darkness there, smoothed along the crack."""
    for _ in range(2):
        reach = int(np.ceil(sections.width_px.max() / 2)) + 3 if len(sections.points) else 3
        x = np.arange(-reach, reach + 1)
        values = sample(grey, sections, x)
        values[is_outside(grey.shape, sections, x)] = np.nan
        values = smooth_along(values, sections.branch, ALONG_PX)
        near = np.abs(x) <= sections.width_px[:, None] / 2 + 2
        near &= np.isfinite(values)
        values = np.nan_to_num(values)
        left, right = (_beside(values, x, near, side) for side in (-1, 1))
        slope = np.clip(x / (sections.width_px[:, None] + 4), -0.5, 0.5)
        surface = (left + right)[:, None] / 2 + (right - left)[:, None] * slope
        dark = np.maximum(surface - values, 0) * near
        dark = np.maximum(dark - 0.25 * dark.max(axis=1, keepdims=True), 0)
        shift = (dark * x).sum(axis=1) / np.maximum(dark.sum(axis=1), 1e-6)
        shift = smooth_along(np.clip(shift, -3, 3), sections.branch, _CENTRE_SMOOTHING_PX)
        moved = sections.points + sections.normals * shift[:, None]
        sections = replace(sections, points=moved)
    return sections


def is_cut_off(grey: Picture, sections: Sections) -> NDArray[np.bool_]:
    """Tell where a photo ends within the darkness of a crack, (P,): its other edge cannot be seen."""
    reach_px = sections.width_px / 2 + _CLEAR_PX
    border_px = np.minimum(sections.points, np.array(grey.shape) - 1 - sections.points).min(axis=1)
    near = np.flatnonzero(border_px < reach_px)
    is_cut = np.zeros(len(sections.points), bool)
    if len(near):
        some, most = sections[near], int(np.ceil(reach_px[near].max()))
        x = np.arange(-most, most + 1)
        outside, within = is_outside(grey.shape, some, x), np.abs(x) <= reach_px[near, None]
        values = np.where(outside, np.nan, sample(grey, some, x))
        values = np.where(outside | ~within, np.nan, smooth_along(values, some.branch, ALONG_PX))
        dark = np.nanmax(values, axis=1, keepdims=True) - values
        deepest = np.nanmax(dark, axis=1)
        for side in (-1, 1):
            ends = (outside & within & (np.sign(x) == side)).any(axis=1)
            last = np.take_along_axis(dark, _last_seen(dark, side)[:, None], axis=1)[:, 0]
            is_cut[near] |= ends & (last > _STILL_DARK * deepest)
    return is_cut


def _last_seen(values: Floats, side: int) -> Ints:
    """Give the number of the outermost known sample of (P, S) on a side, (P,)."""
    known = np.isfinite(values)
    return np.asarray(
        known.argmax(axis=1) if side < 0 else values.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    )


def _beside(values: Floats, x: Ints, near: NDArray[np.bool_], side: int) -> Floats:
    """Brightness just outside the mask on one side, (P,): the last samples that count as near."""
    chosen = near & (np.sign(x) == side)
    chosen &= np.cumsum(chosen[:, ::-side], axis=1)[:, ::-side] <= 2
    return np.asarray((values * chosen).sum(axis=1) / np.maximum(chosen.sum(axis=1), 1))


def across(grey: Picture, mask: Picture, sections: Sections, reach_px: int) -> Floats:
    """Take profiles of reach H, (P, S); NaN from where a neighbour lies or the photo ends."""
    x = np.arange(-reach_px, reach_px + 1)
    values = sample(grey, sections, x)
    is_crack = sample(mask, sections, x) > 0  # rounded: from a half on
    own_px = sections.width_px if sections.own_px is None else sections.own_px
    beyond = is_crack & (np.abs(x) > own_px[:, None] / 2 + _BESIDE_PX)
    values[_outwards(beyond | is_outside(grey.shape, sections, x), reach_px)] = np.nan
    return values


def even_profiles(values: Floats, sections: Sections) -> EvenProfiles:
    """Average profiles (P, S) along the crack, and part them.

    Where one side is not known, the other stands for both.
    """
    reach_px = values.shape[1] // 2
    values = smooth_along(values, sections.branch, ALONG_PX)
    right, left = values[:, reach_px:], values[:, reach_px::-1]
    even = np.where(np.isnan(left), right, np.where(np.isnan(right), left, (left + right) / 2))
    odd = np.where(np.isnan(left) | np.isnan(right), np.nan, (right - left) / 2)
    return EvenProfiles(held(even), _noise(odd, sections))


def _outwards(beyond: NDArray[np.bool_], reach_px: int) -> NDArray[np.bool_]:
    """Spread from a neighbour's first pixel to the end of the profile on that side."""
    right = np.logical_or.accumulate(beyond[:, reach_px:], axis=1)
    left = np.logical_or.accumulate(beyond[:, reach_px::-1], axis=1)
    return np.concatenate([left[:, :0:-1], right], axis=1)


def held(values: Floats) -> Floats:
    """Continue the last known sample of (P, S) outwards."""
    position = np.where(np.isfinite(values), np.arange(values.shape[1]), 0)
    last = np.maximum.accumulate(position, axis=1)
    return np.asarray(np.nan_to_num(np.take_along_axis(values, last, axis=1)))


def _noise(odd: Floats, sections: Sections) -> Floats:
    """Standard deviation of a sample, from what is left of the odd part without slope and step, (P,)."""
    x = np.arange(odd.shape[1], dtype=float)
    known = np.isfinite(odd)
    values = np.where(known, odd, 0)
    width = sections.width_px[:, None] / 2 + 1
    for column in (np.broadcast_to(x, odd.shape), np.clip(x / width, 0, 1)):
        column = column * known
        factor = (values * column).sum(axis=1) / np.maximum((column**2).sum(axis=1), 1e-9)
        values = values - factor[:, None] * column
    left_over = 2 * (values**2).sum(axis=1) / np.maximum(known.sum(axis=1) - 3, 1)
    smoothed = smooth_along(left_over, sections.branch, _NOISE_ALONG_PX)
    return np.asarray(np.sqrt(np.maximum(np.nan_to_num(smoothed), LEAST_NOISE**2)))


def averaged(profiles: EvenProfiles, branch: Ints, sigma_px: float) -> EvenProfiles:
    """Average profiles farther along their branches, by a Gaussian; noise falls, misfit does not."""
    values = smooth_along(profiles.values, branch, sigma_px)
    return averaged_noise(EvenProfiles(values, profiles.noise), sigma_px)


def averaged_noise(profiles: EvenProfiles, sigma_px: float) -> EvenProfiles:
    """Give profiles the noise that an average along the crack leaves."""
    gain = np.sqrt(ALONG_PX / np.hypot(ALONG_PX, sigma_px))
    dip = profiles.values[:, -1] - profiles.values[:, 0]
    noise = np.sqrt((profiles.noise * gain) ** 2 + _MISFIT**2 + (_MISFIT_SHARE * dip) ** 2)
    return EvenProfiles(profiles.values, noise)
