"""How near generated photos are to real ones, by their features in some network.

N generated or real photos, D features. Which network the features come from decides the numbers: they compare
only with numbers from the same network, and those of few photos not with those of many.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist

from crackwise.arrays import Floats, Ints
from crackwise.errors import DataError

SCHEMA_VERSION = 1
"""Of ``scores.json``; rises when a key goes or changes its meaning, keys may be added without that."""

NEIGHBOURS = 3
"""k of precision and recall, as in Kynkäänniemi et al. 2019."""

_SUBSETS = 100
_SUBSET_PHOTOS = 1000
_LEAST_PHOTOS = NEIGHBOURS + 2


@dataclass(frozen=True, slots=True)
class Realism:
    """What two sets of features say about each other.

    Parameters
    ----------
    generated, real
        Numbers of photos.
    fid
        Fréchet distance, Heusel et al. 2017; it is too high by an amount that grows as photos get fewer.
    kid, kid_spread
        Mean and standard deviation over subsets, Bińkowski et al. 2018; without that bias.
    subset_photos
        In each subset.
    precision
        Share of the generated photos that look like real ones.
    recall
        Share of the real photos that the generator could have made.
    copies
        Median distance of a generated photo to the nearest real one, divided by that of a real photo to the
        nearest other one: far below 1 where photos are learnt by heart.
    """

    generated: int
    real: int
    fid: float
    kid: float
    kid_spread: float
    subset_photos: int
    precision: float
    recall: float
    copies: float


def judge_realism(generated: Floats, real: Floats, seed: int = 0) -> Realism:
    """Compare features (N, D) of generated photos with those of real ones.

    Raises
    ------
    DataError
        If one of them has fewer than five photos.
    """
    fewest = min(len(generated), len(real))
    if fewest < _LEAST_PHOTOS:
        raise DataError(
            f"{len(generated)} generated and {len(real)} real photos are too few to compare; expected "
            f"{_LEAST_PHOTOS} or more of each"
        )
    made, true = generated.astype(np.float64), real.astype(np.float64)
    subset = min(_SUBSET_PHOTOS, fewest // 2)  # all of them would have no spread
    kids = kernel_distances(made, true, subset, np.random.default_rng(seed))
    precision, recall = precision_recall(made, true)
    _, nearest = nearest_of(made, true)
    among = cdist(true, true)
    np.fill_diagonal(among, np.inf)
    return Realism(
        generated=len(made),
        real=len(true),
        fid=frechet_distance(*moments(made), *moments(true)),
        kid=float(kids.mean()),
        kid_spread=float(kids.std()),
        subset_photos=subset,
        precision=precision,
        recall=recall,
        copies=float(np.median(nearest) / max(np.median(among.min(1)), 1e-12)),
    )


def realism_json(about: Mapping[str, Any], realism: Realism) -> dict[str, Any]:
    """Give ``scores.json``: what was compared, and the figures to six significant digits."""
    scores = {
        name: float(f"{value:.6g}") if isinstance(value, float) else value
        for name, value in asdict(realism).items()
    }
    return {
        "schema_version": SCHEMA_VERSION,
        "crackwise_version": metadata.version("crackwise"),
        "task": "realism",
        **about,
        "scores": scores,
    }


def moments(features: Floats) -> tuple[Floats, Floats]:
    """Give mean (D,) and covariance (D, D)."""
    return features.mean(0), np.atleast_2d(np.cov(features, rowvar=False))


def frechet_distance(mean: Floats, covariance: Floats, other_mean: Floats, other_covariance: Floats) -> float:
    """Give the squared Fréchet distance of two normal distributions, Dowson and Landau 1982.

    |m - n|² + tr(C + D - 2 (C D)^½); the trace of the root is taken from the eigenvalues of C^½ D C^½, which
    is symmetric where C D is not.
    """
    values, vectors = np.linalg.eigh(covariance)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    common = np.linalg.eigvalsh(root @ other_covariance @ root)
    trace = np.trace(covariance) + np.trace(other_covariance) - 2 * np.sqrt(np.maximum(common, 0)).sum()
    return float(np.square(mean - other_mean).sum() + trace)


def kernel_distance(generated: Floats, real: Floats) -> float:
    """Give the unbiased squared maximum mean discrepancy, kernel (x·y / D + 1)³; it can be below 0."""
    within = [_cubic(one, one) for one in (generated, real)]
    means = [(kernel.sum() - np.trace(kernel)) / (len(kernel) * (len(kernel) - 1)) for kernel in within]
    return float(means[0] + means[1] - 2 * _cubic(generated, real).mean())


def kernel_distances(generated: Floats, real: Floats, photos: int, rng: np.random.Generator) -> Floats:
    """Give the kernel distance of 100 pairs of random subsets of so many photos."""
    return np.array(
        [
            kernel_distance(
                generated[rng.choice(len(generated), photos, replace=False)],
                real[rng.choice(len(real), photos, replace=False)],
            )
            for _ in range(_SUBSETS)
        ]
    )


def precision_recall(generated: Floats, real: Floats, neighbours: int = NEIGHBOURS) -> tuple[float, float]:
    """Give precision and recall of a distribution, Kynkäänniemi et al. 2019.

    A photo counts as covered when it is no farther from some photo of the other set than that one's k-th
    nearest neighbour in its own set is.
    """
    across = cdist(generated, real)  # (N generated, N real)
    precision = (across <= _reach(real, neighbours)[None, :]).any(1).mean()
    recall = (across <= _reach(generated, neighbours)[:, None]).any(0).mean()
    return float(precision), float(recall)


def nearest_of(generated: Floats, real: Floats) -> tuple[Ints, Floats]:
    """Give number and distance of the real photo nearest to each generated one, (N,) each."""
    across = cdist(generated, real)
    return across.argmin(1), across.min(1)


def _reach(features: Floats, neighbours: int) -> Floats:
    """Give the distance of each to its k-th nearest other one."""
    return np.asarray(np.partition(cdist(features, features), neighbours, axis=1)[:, neighbours])


def _cubic(one: Floats, other: Floats) -> Floats:
    return np.asarray((one @ other.T / one.shape[1] + 1) ** 3)
