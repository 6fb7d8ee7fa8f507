"""Whether two photos show the same place: features that agree with one move, confirmed by grey values."""

from dataclasses import dataclass

import numpy as np

from crackwise.arrays import Floats
from crackwise.data.duplicates.features import mirrored
from crackwise.data.duplicates.matching import fit_move
from crackwise.data.duplicates.portrait import SMALL_SIDE_PX, Portrait
from crackwise.data.duplicates.relief import agreement

_CERTAIN = ((6, 0.7, 2.5), (10, 0.5, 2.5), (15, 0.25, 1.5))
"""Least inliers, correlation and distinctness that are enough together: the fewer details, the finer the fit.

Chosen by looking at the weakest pairs in five sets of real photos; other seasons and light give 0.25 to 0.5.
"""


@dataclass(frozen=True, slots=True)
class Overlap:
    """What two photos share.

    Parameters
    ----------
    share
        Of the smaller picture that the other shows, 0 to 1.
    inliers
        Details that lie in the same place of both.
    correlation, distinctness
        Of the grey values there; see :class:`crackwise.data.duplicates.relief.Agreement`.
    is_mirrored
        True where one must be mirrored to fit.
    """

    share: float
    inliers: int
    correlation: float
    distinctness: float
    is_mirrored: bool

    @property
    def is_certain(self) -> bool:
        """Whether details and grey values together exclude chance and repeating texture."""
        return any(
            self.inliers >= inliers and self.correlation >= correlation and self.distinctness >= distinctness
            for inliers, correlation, distinctness in _CERTAIN
        )


def find_overlap(first: Portrait, second: Portrait, is_mirrored: bool) -> Overlap | None:
    """Find what two photos share; None if chance or a repeating texture may explain it."""
    overlap = compare(first, second, is_mirrored)
    return overlap if overlap is not None and overlap.is_certain else None


def compare(first: Portrait, second: Portrait, is_mirrored: bool) -> Overlap | None:
    """Fit the first photo, or its mirror image, to the second; None if no move explains enough details."""
    features = mirrored(first.features) if is_mirrored else first.features
    move = fit_move(features, second.features)
    if move is None:
        return None
    small = first.small[:, ::-1] if is_mirrored else first.small
    matrix = _in_small(move.matrix, first.features.shape, second.features.shape)
    found = agreement(np.ascontiguousarray(small), second.small, matrix)
    return Overlap(found.share, move.inliers, found.correlation, found.distinctness, is_mirrored)


def _in_small(matrix: Floats, shape: tuple[int, int], other: tuple[int, int]) -> Floats:
    """Rewrite a move between pictures of two shapes as one between their small pictures."""
    full = np.vstack([matrix, [0, 0, 1]])
    return np.asarray((_shrinking(other) @ full @ np.linalg.inv(_shrinking(shape)))[:2])


def _shrinking(shape: tuple[int, int]) -> Floats:
    """(3, 3) from pixel centres of a picture to those of its small picture."""
    scale = SMALL_SIDE_PX / np.array(shape)
    return np.array(
        [[scale[0], 0, scale[0] / 2 - 0.5], [0, scale[1], scale[1] / 2 - 0.5], [0, 0, 1]], dtype=np.float64
    )
