"""How far a figure would move if other photos of the same kind had been taken: bootstrap over scenes.

Scenes are drawn with replacement, each with all of its photos, since photos of one scene are alike
(percentile interval; Efron and Tibshirani 1993, chapter 13).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from crackwise.arrays import Floats
from crackwise.score.figure import Figure
from crackwise.score.stack import Stack

_AT_ONCE = 50  # weightings of the photos in memory
_LEAST_SCENES = 2


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How the intervals are made.

    Parameters
    ----------
    samples
        How often scenes are drawn anew.
    seed
        Same seed, same intervals.
    share
        Of the samples that lie in the interval.
    """

    samples: int = 1000
    seed: int = 0
    share: float = 0.95


@dataclass(frozen=True, slots=True)
class Value:
    """A figure with the ends of its interval; None where it cannot be told."""

    value: float | None
    low: float | None = None
    high: float | None = None


def values(
    stack: Stack, figures: dict[str, Figure], groups: Sequence[str], bootstrap: Bootstrap
) -> dict[str, Value]:
    """Compute figures and their intervals.

    Parameters
    ----------
    stack
        (N) photos.
    figures
        Each allowed by the counts of the stack.
    groups
        (N) scene of each photo.
    bootstrap
        How the intervals are made.
    """
    once = np.ones((1, len(groups)))
    samples: dict[str, list[Floats]] = {name: [] for name in figures}
    for weights in weightings(groups, bootstrap):
        for name, figure in figures.items():
            samples[name].append(figure.compute(stack, weights))
    return {
        name: Value(
            _number(float(figure.compute(stack, once)[0])), *_interval(samples[name], bootstrap.share)
        )
        for name, figure in figures.items()
    }


def weightings(groups: Sequence[str], bootstrap: Bootstrap) -> Iterator[Floats]:
    """Draw scenes with replacement; give how often each photo counts, (B, N) a time; none for one scene."""
    names, scene_of = np.unique(np.asarray(groups), return_inverse=True)
    if len(names) < _LEAST_SCENES:
        return
    rng = np.random.default_rng(bootstrap.seed)
    even = np.full(len(names), 1 / len(names))
    for done in range(0, bootstrap.samples, _AT_ONCE):
        count = min(_AT_ONCE, bootstrap.samples - done)
        yield rng.multinomial(len(names), even, size=count)[:, scene_of].astype(float)


def _interval(samples: Sequence[Floats], share: float) -> tuple[float | None, float | None]:
    """Cut both tails off; samples where the figure is not defined are left out."""
    drawn = np.concatenate(samples) if samples else np.empty(0)
    known = drawn[np.isfinite(drawn)]
    if not known.size:
        return None, None
    low, high = np.quantile(known, [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None
