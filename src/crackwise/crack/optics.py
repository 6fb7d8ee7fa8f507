"""What the profiles of all cracks say together: the photo's blur, the depth of each crack, the finest width.

Blur and depth cannot be told from one fine crack by itself, so both are weighed on a grid: every crack says
how likely each pair is, all cracks share the blur, and each has its own depth.

P profiles, C cracks, K blurs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from crackwise.arrays import Floats, Ints
from crackwise.crack import slot
from crackwise.crack.profiles import averaged, averaged_noise
from crackwise.crack.slot import ANY_CRACK, LEVELS, Depth, EvenProfiles, fit_slots, normalised, quantiles
from crackwise.crack.threads import in_threads, parts

LEAST_CONTRAST = 3.0
"""A slot whose depth is less than this many standard errors is not seen."""

_LOOKS = 300
_LOOKS_OF_CRACK = (4, 40)
"""Profiles that speak on depth and blur: of all cracks together, and of each crack at least and at most."""

_LOOK_ALONG_PX = 8.0
"""Standard deviation of the average along the crack before depth and blur are read: a width fitted to the
noise of each profile by itself would pass for blur."""

_LOOK_APART_PX = 28.0
"""Profiles averaged so count as independent this far apart (2 sqrt(pi) standard deviations)."""

_DEPTH_WITHIN_CRACK = 0.05
"""Standard deviation of the depth's share from point to point of one crack."""

_DEPTH_LOG_PRIOR = -0.5 * ((slot.DEPTHS - slot.DEPTH_SHARE) / slot.DEPTH_SPREAD) ** 2
_SURFACE = 150.0  # grey level of the surface for which the smallest width is stated
_SHORTEST_REACH_PX, _LONGEST_REACH_PX, _REACH_BLURS = 9, 31, 4
"""Reach of the profile for which that is asked, by blur; it can tell widths up to half of it."""

_FIT_AT_ONCE = 125
_BLUR_SPREAD = 0.3  # natural logarithm, of a blur that edges tell and not cracks
_STANDING_FOR = (0.04, 0.24, 0.5, 0.76, 0.96)
_WEIGHTS = (0.1, 0.26, 0.28, 0.26, 0.1)


@dataclass(frozen=True, slots=True)
class Optics:
    """How sharp and how noisy a photo is around its cracks.

    Parameters
    ----------
    blur_px
        Standard deviation of the blur, with sampling and interpolation in it; the posterior's mean.
    blur_weight
        (all blurs,) posterior over `slot.SIGMAS_PX`.
    noise
        Median standard deviation of a sample, grey levels.
    smallest_width_px
        Smallest measurable width: where the 90 % interval becomes as wide as the width itself.
    """

    blur_px: float
    blur_weight: Floats
    noise: float
    smallest_width_px: float

    def smallest_at(self, path: Floats) -> float:
        """Give the smallest measurable width all along a path (P, 2): the same everywhere."""
        return self.smallest_width_px

    def few_blurs(self) -> tuple[Ints, Floats]:
        """Give at most five blurs that stand for the posterior, indices into the grid and their weights."""
        levels = np.cumsum(self.blur_weight) - self.blur_weight / 2
        nearest = np.abs(levels - np.array(_STANDING_FOR)[:, None]).argmin(axis=1)
        blurs, which = np.unique(nearest, return_inverse=True)
        return blurs, np.bincount(which, _WEIGHTS).astype(np.float32)


@dataclass(frozen=True, slots=True)
class ProfileGroup:
    """Profiles of one reach, their places (P,), the branches of those, and the widest width sought."""

    at: Ints
    branch: Ints
    profiles: EvenProfiles
    widest_px: float


@dataclass(frozen=True, slots=True)
class Looks:
    """What the profiles of each crack say of its depth and the photo's blur together.

    ``crack`` (C,) its number, ``log`` (C, all blurs, depths) log of the likelihood, without any prior.
    """

    crack: Ints
    log: Floats

    def depth(self, crack: Ints, blurs: Ints) -> Depth:
        """Give the depth of each profile's crack for each blur, mean and spread (P, K)."""
        log = self.log[:, blurs] + _DEPTH_LOG_PRIOR
        weight = np.exp(log - log.max(axis=2, keepdims=True))
        weight /= weight.sum(axis=2, keepdims=True)
        mean = weight @ slot.DEPTHS
        variance = np.maximum(weight @ slot.DEPTHS**2 - mean**2, 0.01**2) + _DEPTH_WITHIN_CRACK**2
        number = np.searchsorted(self.crack, crack)
        return Depth(mean.astype(np.float32)[number], np.sqrt(variance).astype(np.float32)[number])


def look_at_cracks(groups: Sequence[ProfileGroup], crack: Ints) -> Looks:
    """Let some profiles of each crack, numbered by place in ``crack``, speak on depth and blur."""
    numbers = np.unique(crack)
    log = np.zeros((len(numbers), len(slot.SIGMAS_PX), len(slot.DEPTHS)))
    looks_of_crack = int(np.clip(_LOOKS // max(len(numbers), 1), *_LOOKS_OF_CRACK))

    for group in groups:
        here = np.searchsorted(numbers, crack[group.at])
        step = np.maximum(np.bincount(here, minlength=len(numbers))[here] // looks_of_crack, 1)
        looks = averaged(group.profiles, group.branch, _LOOK_ALONG_PX)
        chosen = np.flatnonzero(rank_in_group(here) % step == 0)
        chunks = [chosen[part] for part in parts(len(chosen), _FIT_AT_ONCE)]
        counts = np.minimum(step / _LOOK_APART_PX, 1)
        for some, likelihood in zip(chunks, in_threads(partial(_look, looks, group.widest_px), chunks)):
            np.add.at(log, here[some], likelihood * counts[some, None, None])
    return Looks(numbers, log)


def _look(looks: EvenProfiles, widest_px: float, some: Ints) -> Floats:
    """Give the log of the likelihood, (P, all blurs, depths), of some profiles; 0 where nothing is seen."""
    fits = fit_slots(looks[some], np.arange(len(slot.SIGMAS_PX)), widest_px)
    return fits.log_likelihood() * (fits.contrast > LEAST_CONTRAST)[:, None, None]


def rank_in_group(group: Ints) -> Ints:
    """Count the members of each group from 0, in their order, (P,)."""
    order = np.argsort(group, kind="stable")
    rank = np.empty(len(group), np.int64)
    rank[order] = np.arange(len(group)) - np.searchsorted(group[order], group[order])
    return rank


def find_optics(groups: Sequence[ProfileGroup], looks: Looks, edge_log: Floats) -> Optics:
    """Find the blur that explains all cracks, and wide edges (log of their evidence), best."""
    by_crack = np.logaddexp.reduce(looks.log + _DEPTH_LOG_PRIOR, axis=2)
    log = slot.blur_log_prior() + by_crack.sum(axis=0) + edge_log
    weight = np.exp(log - log.max())
    weight = _at_least_neighbours(weight / weight.sum())
    noise = float(np.median(np.concatenate([group.profiles.noise for group in groups]))) if groups else 3.0
    return Optics(float(weight @ slot.SIGMAS_PX), weight, noise, _smallest_width(weight, noise))


def smallest_width(blur_px: float, noise: float) -> float:
    """Give the smallest measurable width where the blur is known only within a third, in px.

    Parameters
    ----------
    blur_px
        Standard deviation of the blur.
    noise
        Standard deviation of a sample, grey levels.
    """
    held_px = np.clip(blur_px, slot.SIGMAS_PX[0], slot.SIGMAS_PX[-1])
    weight = slot.SIGMA_CELLS * np.exp(-0.5 * (np.log(slot.SIGMAS_PX / held_px) / _BLUR_SPREAD) ** 2)
    return _smallest_width(weight / weight.sum(), noise)


def _at_least_neighbours(weight: Floats) -> Floats:
    """Keep some doubt: the blur changes over a photo, with focus and motion, by a step of the grid or so."""
    blurred = np.convolve(weight, [0.25, 0.5, 0.25], mode="same")
    return np.asarray(blurred / blurred.sum())


def _smallest_width(blur_weight: Floats, noise: float) -> float:
    """Ask the estimator itself: fit clean slots of usual depth at this blur and a short crack's noise."""
    blurs = np.flatnonzero(blur_weight > 0.01)
    sigma = int(blur_weight.argmax())
    blurs_px = int(np.ceil(_REACH_BLURS * slot.SIGMAS_PX[sigma]))
    reach_px = min(max(blurs_px, _SHORTEST_REACH_PX), _LONGEST_REACH_PX)
    shapes = slot.blurred_slots(reach_px)[sigma]
    values = _SURFACE * (1 - slot.DEPTH_SHARE * shapes)
    profiles = averaged_noise(EvenProfiles(values, np.full(len(shapes), noise)), _LOOK_ALONG_PX)
    fits = fit_slots(profiles, blurs)
    probability = normalised(fits.log_evidence(ANY_CRACK) + np.log(blur_weight[blurs])[:, None]).sum(axis=1)
    low, _, high = quantiles(probability, LEVELS)
    is_told = (high - low <= slot.WIDTHS_PX) & (fits.contrast > LEAST_CONTRAST)
    doubtful = np.flatnonzero(~is_told[reach_px / 2 > slot.WIDTHS_PX])
    return float(slot.WIDTHS_PX[doubtful[-1]]) if len(doubtful) else float(slot.WIDTHS_PX[0])
