"""One affine move that takes the features of one photo to those of another."""

from dataclasses import dataclass

import cv2
import numpy as np

from crackwise.arrays import Floats, Ints
from crackwise.data.duplicates.features import Features, rooted
from crackwise.data.duplicates.nearest import nearest

LEAST_INLIERS = 6
"""An affine move takes 3 matches; as many again must agree by themselves."""

_RATIO = 0.9  # nearest to second nearest distance: loose, for a move must hold as well
_FIRST_TOLERANCE_PX = 8.0
_TOLERANCE_PX = 4.0
_TRIALS = 500
_MOST_STRETCH = 2.0  # one way against the other: a surface seen at 60 degrees
_MOST_ZOOM = 4.0


@dataclass(frozen=True, slots=True)
class Move:
    """How one photo lies in another.

    Parameters
    ----------
    matrix
        (2, 3), takes (row, column, 1) of the first to (row, column) of the second, in px of the pictures
        that the features were found in.
    inliers
        Matched features that it explains within 4 px.
    """

    matrix: Floats
    inliers: int


def fit_move(first: Features, second: Features) -> Move | None:
    """Match features and fit the move that most agree with; None if fewer than 6 do."""
    here, there = _matched(first, second)
    if len(here) < LEAST_INLIERS:
        return None
    source, target = first.points[here], second.points[there]
    matrix, chosen = cv2.estimateAffinePartial2D(  # turn, scale and shift; repeats itself: its seed is fixed
        source, target, method=cv2.RANSAC, ransacReprojThreshold=_FIRST_TOLERANCE_PX, maxIters=_TRIALS
    )
    return None if matrix is None else _refined(source, target, chosen.ravel() > 0)


def _matched(first: Features, second: Features) -> tuple[Ints, Ints]:
    """Give the numbers of features that are each other's nearest, and much nearer than the next."""
    if min(first.count, second.count) < LEAST_INLIERS:
        return np.zeros(0, int), np.zeros(0, int)
    own, other = rooted(first.descriptors), rooted(second.descriptors)
    distances, numbers = nearest(own, other, 2)
    here = np.flatnonzero(distances[:, 0] < _RATIO * distances[:, 1])
    there = numbers[here, 0]
    is_mutual = nearest(other[there], own, 1)[1][:, 0] == here
    return here[is_mutual], there[is_mutual]


def _refined(
    source: Floats, target: Floats, is_inlier: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> Move | None:
    """Fit an affine move to the inliers by least squares, again with those that it explains."""
    matrix = None
    for tolerance_px in (_FIRST_TOLERANCE_PX, _TOLERANCE_PX, _TOLERANCE_PX):
        if is_inlier.sum() < LEAST_INLIERS:
            return None
        full = np.column_stack([source, np.ones(len(source))])
        matrix = np.linalg.lstsq(full[is_inlier], target[is_inlier], rcond=None)[0].T
        is_inlier = np.linalg.norm(full @ matrix.T - target, axis=1) < tolerance_px
    inliers = int(is_inlier.sum())
    if matrix is None or inliers < LEAST_INLIERS or not _is_plausible(matrix):
        return None
    return Move(matrix, inliers)


def _is_plausible(matrix: Floats) -> bool:
    """Tell moves that photos of one place may have from those that squash a picture onto a few features."""
    longest, shortest = np.linalg.svd(matrix[:, :2], compute_uv=False)
    return bool(longest <= _MOST_STRETCH * shortest and shortest >= 1 / _MOST_ZOOM and longest <= _MOST_ZOOM)
