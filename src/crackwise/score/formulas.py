"""The arithmetic of the figures of merit; N photos, B weightings of the photos.

Each function goes from a :class:`Stack` and weightings (B, N) to one number for each weighting, (B,), so that
a figure and its bootstrap samples come from the same lines. ``figures.py`` names, defines and sources them.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import Floats
from crackwise.score.levels import THRESHOLD_LEVELS
from crackwise.score.stack import Column, Curves, Stack, ratio

FOUND, FALSE, MISSED, SOUND = range(4)

_AREAS = 16  # column of the common area in Stack.tolerant; the united one follows


def photo_columns(stack: Stack) -> dict[str, Column]:
    """Give the figures of each photo by name, (N,) each, as far as they were counted."""
    names = [name for name in PHOTO_FIGURES if stack.has_probability or name not in {"best_f1", "aiu"}]
    known = [name for name in names if stack.distance_px is not None or name != "hd95_px"]
    return {name: PHOTO_FIGURES[name](stack) for name in known}


def best_f1_columns(curves: Curves) -> NDArray[np.int64]:
    """Give for each photo the level of the standard threshold with the best F1, of equal ones the highest.

    Where every threshold has an F1 of 0, as on a photo without cracks that is marked at all of them, the
    highest marks least.
    """
    from_high = np.flip(curves.at(THRESHOLD_LEVELS).f1, axis=1)
    return np.asarray(THRESHOLD_LEVELS[len(THRESHOLD_LEVELS) - 1 - from_high.argmax(axis=1)], np.int64)


def mean(column: str, stack: Stack, weights: Floats) -> Floats:
    """Average one of ``PHOTO_FIGURES``."""
    return np.asarray(weights @ PHOTO_FIGURES[column](stack) / weights.sum(axis=1))


def pooled(share: Callable[[Floats], Floats], stack: Stack, weights: Floats) -> Floats:
    """Take a share of the pixels of all photos together."""
    return share((weights @ stack.pixels).T)


def iou(sums: Floats) -> Floats:
    """Give the crack's IoU from pixels (4, …)."""
    return ratio(sums[FOUND], sums[FOUND] + sums[FALSE] + sums[MISSED])


def dice(sums: Floats) -> Floats:
    """Give Dice, which is F1, from pixels (4, …)."""
    return ratio(2 * sums[FOUND], 2 * sums[FOUND] + sums[FALSE] + sums[MISSED])


def precision(sums: Floats) -> Floats:
    """Give the share of the marked that is right from pixels (4, …)."""
    return ratio(sums[FOUND], sums[FOUND] + sums[FALSE])


def recall(sums: Floats) -> Floats:
    """Give the share of the true that is found from pixels (4, …)."""
    return ratio(sums[FOUND], sums[FOUND] + sums[MISSED])


def accuracy(sums: Floats) -> Floats:
    """Give the share of all that is right from pixels (4, …)."""
    return np.asarray((sums[FOUND] + sums[SOUND]) / sums.sum(axis=0))


def iou_with_background(sums: Floats) -> Floats:
    """Average the IoU of the crack and that of the background from pixels (4, …)."""
    background = ratio(sums[SOUND], sums[SOUND] + sums[FALSE] + sums[MISSED])
    return (iou(sums) + background) / 2


def per_photo(number: int, stack: Stack, weights: Floats) -> Floats:
    """Give the pixels of one of the four cases, for a photo on average."""
    return np.asarray(weights @ stack.pixels[:, number] / weights.sum(axis=1))


def ods(curves: Curves, weights: Floats) -> Floats:
    """Give the best pooled F1 over one threshold for all photos."""
    best = curves.at(THRESHOLD_LEVELS).summed(weights).f1.max(axis=1)
    return _where_true(curves, weights, best)


def ois_mean(curves: Curves, weights: Floats) -> Floats:
    """Average each photo's best F1; without cracks it is 1 where the highest threshold marks nothing."""
    best = curves.at(THRESHOLD_LEVELS).f1.max(axis=1)
    return _where_true(curves, weights, weights @ best / weights.sum(axis=1))


def ois_pooled(curves: Curves, weights: Floats) -> Floats:
    """Give the F1 of the pixels pooled, each photo at its own best threshold."""
    best = curves.picked(best_f1_columns(curves)).summed(weights).f1[:, 0]
    return _where_true(curves, weights, best)


def average_precision(curves: Curves, weights: Floats) -> Floats:
    """Sum precision times the step in recall from each threshold to the next lower one."""
    sums = curves.summed(weights)
    steps = -np.diff(sums.recall, axis=1, append=0.0)
    return _where_true(curves, weights, (steps * sums.precision).sum(axis=1))


def plain(compute: Callable[[Curves, Floats], Floats], stack: Stack, weights: Floats) -> Floats:
    """Compute on the curves without tolerance."""
    return compute(stack.curves, weights)


def edged(compute: Callable[[Curves, Floats], Floats], stack: Stack, weights: Floats) -> Floats:
    """Compute on the curves with the tolerance of the edge benchmarks."""
    assert stack.edge_curves is not None
    return compute(stack.edge_curves, weights)


def tolerant_f1(pair: int, stack: Stack, weights: Floats) -> Floats:
    """Give the F1 of one pair of :class:`~crackwise.score.tally.Tolerant`, by its number."""
    assert stack.tolerant is not None
    counts = stack.tolerant[:, 4 * pair : 4 * pair + 4]
    return Curves(*(counts[:, [column]] for column in range(4))).summed(weights).f1[:, 0]


def centreline_iou(stack: Stack, weights: Floats) -> Floats:
    """Give the IoU of the grown skeletons."""
    assert stack.tolerant is not None
    common, united = (weights @ stack.tolerant[:, _AREAS:]).T
    return ratio(common, united)


def crack_free_mean(part: Callable[[Stack], tuple[Column, Column]], stack: Stack, weights: Floats) -> Floats:
    """Divide the sums of two columns over the photos without cracks; NaN where a weighting has none."""
    seen = weights[:, stack.is_crack_free]
    above, below = (seen @ column[stack.is_crack_free] for column in part(stack))
    return np.asarray(np.divide(above, below, out=np.full(len(weights), np.nan), where=below > 0))


def _where_true(curves: Curves, weights: Floats, figure: Floats) -> Floats:
    """Keep a figure (B,) of weightings in which anything is true; NaN where there is nothing to find."""
    return np.where(weights @ curves.true[:, 0] > 0, figure, np.nan)


def _distance(stack: Stack) -> Column:
    assert stack.distance_px is not None
    return stack.distance_px


PHOTO_FIGURES: dict[str, Callable[[Stack], Column]] = {
    "iou": lambda stack: iou(stack.pixels.T),
    "dice": lambda stack: dice(stack.pixels.T),
    "precision": lambda stack: precision(stack.pixels.T),
    "recall": lambda stack: recall(stack.pixels.T),
    "accuracy": lambda stack: accuracy(stack.pixels.T),
    "iou_with_background": lambda stack: iou_with_background(stack.pixels.T),
    "best_f1": lambda stack: stack.standard.f1.max(axis=1),
    "aiu": lambda stack: stack.standard.iou.mean(axis=1),
    "hd95_px": _distance,
}
"""Of each photo, (N,): what is averaged, and a column of ``scores.csv``."""
