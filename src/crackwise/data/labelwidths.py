"""How wide and how long labels are, in px; for describing a set, not for measuring cracks.

The width at a skeleton pixel is twice the distance to the edge of the label. It is taken on the mask at
double size, where every width is even and the distance to the nearest pixel outside is exactly the width of a
straight label. The skeleton is Lee's (1994), since Zhang's erases diagonal lines of even thickness.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.morphology import skeletonize

from crackwise.arrays import CrackMask, Floats

BIN_PX = 0.25
WIDEST_PX = 250.0
"""Wider places are counted as this wide."""

_BIN_COUNT = round(WIDEST_PX / BIN_PX) + 1


@dataclass(frozen=True, slots=True)
class LabelWidths:
    """Widths along the centrelines of labels as a histogram, and their length.

    Parameters
    ----------
    counts
        Skeleton pixels by width in steps of ``BIN_PX``, the first is 0 px.
    length_px
        Of the skeleton, diagonal steps as √2.
    """

    counts: NDArray[np.int32]
    length_px: float

    def quantile_px(self, share: float) -> float | None:
        """Give the width that a share of the skeleton stays below; None without any label."""
        total = self.counts.sum()
        if total == 0:
            return None
        return float(np.searchsorted(self.counts.cumsum(), share * total) * BIN_PX)

    def __add__(self, other: "LabelWidths") -> "LabelWidths":
        """Put two photos together."""
        return LabelWidths(self.counts + other.counts, self.length_px + other.length_px)


NO_WIDTHS = LabelWidths(np.zeros(_BIN_COUNT, np.int32), 0.0)


def measure_labels(mask: CrackMask) -> LabelWidths:
    """Measure the labels of one mask."""
    left, top, width, height = cv2.boundingRect(mask.astype(np.uint8))
    if width == 0:
        return NO_WIDTHS
    labels = np.pad(mask[top : top + height, left : left + width], 1)
    skeleton = np.asarray(skeletonize(labels, method="lee") > 0)
    bins = np.minimum(np.rint(_widths_px(labels)[skeleton] / BIN_PX), _BIN_COUNT - 1).astype(int)
    counts = np.bincount(bins, minlength=_BIN_COUNT).astype(np.int32)
    return LabelWidths(counts, _length_px(skeleton))


def _widths_px(labels: CrackMask) -> Floats:
    """Give the width of the label around each pixel, (H, W)."""
    doubled = labels.astype(np.uint8).repeat(2, axis=0).repeat(2, axis=1)
    distance = cv2.distanceTransform(doubled, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    H, W = labels.shape
    return np.asarray(distance.reshape(H, 2, W, 2).max(axis=(1, 3)))


def _length_px(skeleton: CrackMask) -> float:
    """Add up the steps between neighbours; a diagonal beside two straight steps is no step of its own."""
    across = np.count_nonzero(skeleton[:, 1:] & skeleton[:, :-1])
    down = np.count_nonzero(skeleton[1:] & skeleton[:-1])
    first, second = skeleton[1:, 1:] & skeleton[:-1, :-1], skeleton[1:, :-1] & skeleton[:-1, 1:]
    first &= ~(skeleton[1:, :-1] | skeleton[:-1, 1:])
    second &= ~(skeleton[1:, 1:] | skeleton[:-1, :-1])
    return float(across + down + np.sqrt(2) * np.count_nonzero(first | second))
