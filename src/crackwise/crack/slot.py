"""The blurred slot: how wide an opening is, from the grey values across it.

A crack is taken as a slot of width w, evenly darker than its surroundings by a depth a; lens, sampling and
interpolation blur it with a Gaussian of standard deviation sigma. Across it one sees ``b - a * slot(x; w,
sigma)``. A shift, a slope and a side in shadow change only the odd part of that, so widths are read from the
even part, the mean of both halves, and the odd part tells how noisy the profile is. For a crack much wider
than the blur the flanks give w; of one much finer only a * w can be seen, and what is known about a decides:
cracks are about half as bright as the surface (`DEPTH_SHARE`), and all points of one about equally deep.

It is one posterior over w and sigma on a grid, in closed form over a and b (linear, normal prior on a).

P profiles, H + 1 samples of an even profile (1 px apart, the first on the centreline), W widths, K blurs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import ndtr

from crackwise.arrays import Floats, Ints

WIDTHS_PX = np.concatenate([np.geomspace(0.12, 2, 40, endpoint=False), np.arange(2, 16, 0.125)])
"""Grid of widths: 7 % apart up to 2 px, then 1/8 px."""

SIGMAS_PX = np.r_[np.geomspace(0.4, 3.2, 43), np.geomspace(3.2, 8, 9)[1:]]
"""Grid of blurs: 5 % apart, then 12 %, up to photos far out of focus, which else pass for sharper ones."""

SIGMA_CELLS = np.gradient(np.log(SIGMAS_PX))
"""How much each of them stands for, on a log scale."""

DEPTHS = np.linspace(0.05, 0.97, 24)
"""Grid of depths, as shares of the surface's brightness."""

USUAL_SIGMA_PX = 1.0
SIGMA_SPREAD = 0.45
"""What is known about the blur before looking: median, and standard deviation of its logarithm."""

MASK_PX = 14.0
"""Masks up to this width are fitted as a slot, wider ones by their two edges."""

DEPTH_SHARE = 0.53
DEPTH_SPREAD = 0.2
"""How much darker than the surface a crack is, as a share: mean and standard deviation of the darkest quarter
of cracks at least 7 px wide in the labelled photos of four open sets."""

LEVELS = (0.05, 0.5, 0.95)
"""Quantiles of the posterior: the ends of the 90 % interval and the width that is reported."""

LEAST_NOISE = 0.5
"""Grey levels: rounding to whole levels makes 0.29, a soft edge that is no Gaussian the rest."""

TEMPER = 0.7
"""Share of the samples that count as independent: texture is correlated over 1 to 2 px."""

_LOG_CELLS = np.log(np.gradient(WIDTHS_PX) / WIDTHS_PX).astype(
    np.float32
)  # no width is likelier than another on a log scale


@dataclass(frozen=True, slots=True)
class EvenProfiles:
    """Even parts of profiles across cracks.

    Parameters
    ----------
    values
        (P, H + 1) grey levels.
    noise
        (P,) standard deviation of one sample of the whole profile, grey levels, > 0.
    """

    values: Floats
    noise: Floats

    @property
    def surface(self) -> Floats:
        """(P,) brightness beside the crack: the mean of the outer third."""
        outer = self.values[:, -max(2, self.values.shape[1] // 3) :]
        return np.asarray(np.maximum(outer.mean(axis=1), 1.0))

    def __getitem__(self, chosen: Ints | slice) -> "EvenProfiles":
        """Give some of the profiles."""
        return EvenProfiles(self.values[chosen], self.noise[chosen])


def joined(profiles: Sequence[EvenProfiles]) -> EvenProfiles:
    """Put profiles of the same reach together, at least one part."""
    return EvenProfiles(
        np.concatenate([one.values for one in profiles]), np.concatenate([one.noise for one in profiles])
    )


@dataclass(frozen=True, slots=True)
class Depth:
    """What is known about a crack's depth as a share of the surface's brightness, for each profile and blur.

    Parameters
    ----------
    mean, spread
        Mean and standard deviation, (P, K) or what broadcasts to it.
    """

    mean: Floats
    spread: Floats


ANY_CRACK = Depth(np.array([[DEPTH_SHARE]]), np.array([[DEPTH_SPREAD]]))
"""What is known before looking."""


@dataclass(frozen=True, slots=True)
class Fits:
    """The slot that fits best for every blur and width, (P, K, W) each.

    Parameters
    ----------
    depth
        Its depth, as a share of the surface's brightness.
    precision
        One by the variance of that depth.
    """

    depth: Floats
    precision: Floats

    @property
    def contrast(self) -> Floats:
        """(P,) depth of the best of all by its standard error: below 3 there is nothing to be seen."""
        explained = self.precision * np.maximum(self.depth, 0) ** 2
        return np.asarray(np.sqrt(explained.max(axis=(1, 2))))

    def log_evidence(self, known: Depth) -> Floats:
        """Log of the evidence for every blur and width, (P, K, W), with the depth averaged out."""
        mean, variance = known.mean[..., None], known.spread[..., None] ** 2
        misfit = (self.depth - mean) ** 2 / (1 / self.precision + variance)
        log = 0.5 * (self.precision * self.depth**2 - misfit - np.log1p(self.precision * variance))
        return np.asarray(log + _LOG_CELLS[: log.shape[2]])

    def log_likelihood(self) -> Floats:
        """Log of the likelihood of every blur and depth of the grid, (P, K, depths), at the best width."""
        cell = np.float32((DEPTHS[1] - DEPTHS[0]) ** 2 / 12)  # each depth stands for those about it
        steep = np.sqrt(0.5 / (1 / self.precision + cell))
        at_own = (self.precision * self.depth**2 - np.log1p(self.precision * cell)) / 2

        def at_depth(depth: float) -> Floats:
            misfit = (self.depth - np.float32(depth)) * steep
            np.multiply(misfit, misfit, out=misfit)
            return _peak(np.subtract(at_own, misfit, out=misfit))

        return np.stack([at_depth(depth) for depth in DEPTHS], axis=2)


def _peak(log: Floats) -> Floats:
    """Give the largest of (P, K, W) values, and between the widths of the grid, (P, K)."""
    best = np.clip(log.argmax(axis=2), 1, log.shape[2] - 2)[..., None]
    left, middle, right = (np.take_along_axis(log, best + step, 2)[..., 0] for step in (-1, 0, 1))
    bend = np.minimum(left + right - 2 * middle, -1e-9)
    return np.asarray(middle - np.clip((right - left) ** 2 / (8 * bend), -2, 0))


@lru_cache(maxsize=16)
def blurred_slots(reach_px: int) -> Floats:
    """Give blurred slots of depth 1, (all blurs, W, H + 1)."""
    x = np.arange(reach_px + 1)
    half = WIDTHS_PX[None, :, None] / 2
    sigma = SIGMAS_PX[:, None, None]
    return np.asarray(ndtr((x + half) / sigma) - ndtr((x - half) / sigma), np.float32)


def fit_slots(profiles: EvenProfiles, blurs: Ints, widest_px: float = np.inf) -> Fits:
    """Fit every width up to a widest and each of some blurs (indices into `SIGMAS_PX`) to every profile."""
    count, samples = profiles.values.shape
    widths = int((widest_px >= WIDTHS_PX).sum())
    share = np.r_[1, np.full(samples - 1, 2)].astype(np.float32)  # the sample on the centreline has no twin
    shapes = blurred_slots(samples - 1)[blurs, :widths].reshape(-1, samples)
    shapes = shapes - (shapes @ share / share.sum())[:, None]
    values = profiles.values - (profiles.values @ share / share.sum())[:, None]
    power = np.maximum(shapes**2 @ share, 1e-9)
    surface = profiles.surface[:, None]
    depth = -(values * share) @ shapes.T / power / surface
    precision = power * ((surface * np.sqrt(TEMPER) / profiles.noise[:, None]) ** 2).astype(np.float32)
    shape = (count, len(blurs), widths)
    return Fits(depth.reshape(shape), precision.reshape(shape))


def blur_log_prior() -> Floats:
    """Log of how likely each blur of the grid is before looking, (all blurs,)."""
    usual = -0.5 * (np.log(SIGMAS_PX / USUAL_SIGMA_PX) / SIGMA_SPREAD) ** 2
    return np.asarray(usual + np.log(SIGMA_CELLS / SIGMA_CELLS[0]))


def normalised(log: Floats) -> Floats:
    """Turn (P, K, W) logs into probabilities that sum to one for each profile."""
    probability = np.exp(log - log.max(axis=(1, 2), keepdims=True))
    return np.asarray(probability / probability.sum(axis=(1, 2), keepdims=True))


def quantiles(probability: Floats, levels: tuple[float, ...]) -> Floats:
    """Read quantiles of the width, (len(levels), P), from (P, W) probabilities."""
    probability = np.asarray(probability, np.float64)
    below = probability.cumsum(axis=1) - probability / 2
    row = np.arange(len(below))
    found = []
    for level in levels:
        right = np.clip((below < level).sum(axis=1), 1, below.shape[1] - 1)
        low, high = below[row, right - 1], below[row, right]
        step = np.clip((level - low) / np.maximum(high - low, 1e-12), 0, 1)
        found.append(WIDTHS_PX[right - 1] + step * (WIDTHS_PX[right] - WIDTHS_PX[right - 1]))
    return np.array(found)
