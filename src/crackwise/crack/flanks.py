"""Cracks much wider than the blur: each of the two edges by itself, as a blurred step in the grey values.

P profiles, S samples around an edge, 1 px apart and ordered outwards; E positions, K blurs.
"""

from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from scipy.special import ndtr

from crackwise.arrays import Floats, Ints
from crackwise.crack.slot import SIGMAS_PX
from crackwise.crack.threads import in_threads, parts

TEMPER = 0.22
"""Share of the samples that count as independent."""

REACH_PX = 8
"""Samples on either side of the mask's edge."""

_EDGES, _SHARPNESSES = 500, 100  # profiles at once: what they need for a moment grows with their number
_POSITIONS_PX = np.arange(-5.0, 3.01, 0.1)
"""Positions tried, outwards of the mask's edge: masks are rather too wide than too narrow."""

_USUAL_POSITION_PX = -0.7
_ENDS = 4  # samples on either end of a profile that tell the depth
_FITTED = 4  # position, level, height and slope
_POSITION_SPREAD_PX = 1.6


@dataclass(frozen=True, slots=True)
class EdgePosition:
    """Where an edge lies, outwards of the mask's edge: mean and standard deviation, px, (P,); NaN if none."""

    mean_px: Floats
    spread_px: Floats


def find_edges(values: Floats, blurs: Ints, blur_weight: Floats) -> EdgePosition:
    """Find the step from dark to bright in (P, S) samples around the edge of a mask.

    The line may rise on both sides of the step (``b + c * step + m * x``); what is bright must lie outside.
    """
    found = in_threads(partial(_find_some, blurs=blurs, blur_weight=blur_weight), _chunks(values, _EDGES))
    mean, spread = zip(*((one.mean_px, one.spread_px) for one in found))
    return EdgePosition(np.concatenate(mean), np.concatenate(spread))


def _find_some(values: Floats, blurs: Ints, blur_weight: Floats) -> EdgePosition:
    fits = _fit_steps(values, blurs)
    rises = np.einsum("pkej,kej->pke", fits.along, _bases()[1][blurs], optimize=True) > 0
    log = np.where(rises, fits.log, fits.log - TEMPER * (values.shape[1] - _FITTED))
    log = log - 0.5 * ((_POSITIONS_PX - _USUAL_POSITION_PX) / _POSITION_SPREAD_PX) ** 2
    log = log + np.log(blur_weight)[:, None]
    probability = np.exp(log - log.max(axis=(1, 2), keepdims=True)).sum(axis=1)
    probability /= probability.sum(axis=1, keepdims=True)
    mean = probability @ _POSITIONS_PX
    spread = np.sqrt(np.maximum(probability @ _POSITIONS_PX**2 - mean**2, 0.02**2))
    flat = (len(log), log.shape[1] * log.shape[2])
    best = log.reshape(flat).argmax(axis=1)
    is_step = rises.reshape(flat)[np.arange(len(log)), best]
    explained = 1 - fits.unexplained.min(axis=(1, 2)) / np.maximum(fits.power, 1e-6)
    is_found = is_step & (explained > 0.3)
    return EdgePosition(np.where(is_found, mean, np.nan), np.where(is_found, spread, np.nan))


def depth(values: Floats) -> Floats:
    """How much darker the inside is than the outside of (P, S) samples around edges, as a share, (P,)."""
    inside, outside = values[:, :_ENDS].mean(axis=1), values[:, -_ENDS:].mean(axis=1)
    return np.asarray(np.clip(1 - inside / np.maximum(outside, 1), 0, 1))


def sharpness(values: Floats) -> Floats:
    """Weigh every blur of the grid by (P, S) samples around edges: log of the evidence, (all blurs,)."""
    blurs = np.arange(len(SIGMAS_PX))

    def weigh(some: Floats) -> Floats:
        log = _fit_steps(some, blurs).log
        most = log.max(axis=2, keepdims=True)
        return np.asarray((most[..., 0] + np.log(np.exp(log - most).sum(axis=2))).sum(axis=0))

    return np.asarray(sum(in_threads(weigh, _chunks(values, _SHARPNESSES))))


def _chunks(values: Floats, most: int) -> list[Floats]:
    """Cut (P, S) samples into parts of at most so many profiles; without any there is one empty part."""
    return [values[part] for part in parts(len(values), most)] or [values]


@dataclass(frozen=True, slots=True)
class _Steps:
    """Every step fitted to every profile.

    ``along`` (P, K, E, 2) parts along step and slope; ``power`` (P,) squares about the mean; ``unexplained``
    and ``log`` (P, K, E) what is left of them, and the log of the likelihood.
    """

    along: Floats
    power: Floats
    unexplained: Floats
    log: Floats


def _fit_steps(values: Floats, blurs: Ints) -> _Steps:
    centred = values - values.mean(axis=1, keepdims=True)
    power = (centred**2).sum(axis=1)
    along = np.einsum("ps,kesj->pkej", centred, _bases()[0][blurs], optimize=True)
    unexplained = np.maximum(power[:, None, None] - (along**2).sum(axis=3), 1e-6)
    variance = unexplained.min(axis=(1, 2), keepdims=True) / (values.shape[1] - _FITTED)
    return _Steps(along, power, unexplained, -0.5 * TEMPER * unexplained / np.maximum(variance, 0.25))


@lru_cache(maxsize=1)
def _bases() -> tuple[Floats, Floats]:
    """Orthonormal columns without mean, (K, E, S, 2), and the step's direction in them, (K, E, 2)."""
    x = np.arange(-REACH_PX, REACH_PX + 1.0)
    step = ndtr((x - _POSITIONS_PX[None, :, None]) / SIGMAS_PX[:, None, None])
    columns = np.stack([step, np.broadcast_to(x, step.shape)], axis=-1)
    columns = columns - columns.mean(axis=2, keepdims=True)
    basis, triangle = np.linalg.qr(columns)
    # the coefficient of the step is row 0 of the inverse of the triangle times the projections
    inverse = np.linalg.inv(triangle)
    return np.asarray(basis), np.asarray(inverse[..., 0, :])
