"""Figures of merit for crack masks, each by its stated definition; H rows, W columns.

All take bool masks (H, W). Ratios over an empty set follow one rule: nothing to find and nothing found is 1.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from skimage.morphology import skeletonize

from crackwise.arrays import CrackMask, Floats


@dataclass(frozen=True, slots=True)
class Counts:
    """Hits among what was marked and among what is true; two pairs, as tolerance makes them differ.

    Parameters
    ----------
    marked_right, marked
        Marked elements that are right, and all that are marked: precision.
    true_found, true
        True elements that were found, and all that are true: recall.
    """

    marked_right: int = 0
    marked: int = 0
    true_found: int = 0
    true: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Pool two photos."""
        return Counts(
            self.marked_right + other.marked_right,
            self.marked + other.marked,
            self.true_found + other.true_found,
            self.true + other.true,
        )

    @property
    def precision(self) -> float:
        """Share of what was marked that is right."""
        return _ratio(self.marked_right, self.marked)

    @property
    def recall(self) -> float:
        """Share of what is true that was found."""
        return _ratio(self.true_found, self.true)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall (Dice of the pooled pixels at tolerance 0)."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def iou(predicted: CrackMask, true: CrackMask) -> float:
    """Intersection over union of one photo; 1 when both are empty."""
    return _ratio(int((predicted & true).sum()), int((predicted | true).sum()))


def mask_counts(predicted: CrackMask, true: CrackMask, tolerance_px: int = 0) -> Counts:
    """Count pixels of each mask that lie within ``tolerance_px`` of the other."""
    return _tolerant(predicted, true, tolerance_px)


def centreline_counts(predicted: CrackMask, true: CrackMask, tolerance_px: int) -> Counts:
    """Count skeleton pixels (Zhang) of each mask within ``tolerance_px`` of the other's skeleton."""
    return _tolerant(skeletonize(predicted), skeletonize(true), tolerance_px)


def grown_overlap(a: CrackMask, b: CrackMask, radius_px: int) -> tuple[int, int]:
    """Intersection and union of two masks dilated by a disk; of skeletons their pooled ratio is clIoU."""
    a, b = _grow(a, radius_px), _grow(b, radius_px)
    return int((a & b).sum()), int((a | b).sum())


def hausdorff_95_px(predicted: CrackMask, true: CrackMask) -> float:
    """Distance that 95 % of the outlines keep to each other (HD95), in px.

    The outline of a mask is its pixels with a neighbour (of four) outside; the distances of either outline to
    the other are put together, and their 95th percentile is taken, as MedPy's ``hd95`` does. 0 where both
    masks are empty; the diagonal of the photo, which no distance exceeds, where one is.
    """
    if not predicted.any() or not true.any():
        return 0.0 if predicted.any() == true.any() else float(np.hypot(*true.shape))
    a, b = _outline(predicted), _outline(true)
    return float(np.percentile(np.concatenate([_distance_px(b)[a], _distance_px(a)[b]]), 95))


def largest_component_px(mask: CrackMask) -> int:
    """Area of the largest 8-connected component; 0 for an empty mask."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return int(stats[1:, cv2.CC_STAT_AREA].max(initial=0))


def _tolerant(predicted: CrackMask, true: CrackMask, tolerance_px: int) -> Counts:
    return Counts(
        int((predicted & _grow(true, tolerance_px)).sum()),
        int(predicted.sum()),
        int((true & _grow(predicted, tolerance_px)).sum()),
        int(true.sum()),
    )


def _grow(mask: CrackMask, radius_px: int) -> CrackMask:
    """Dilate by the disk of all pixels whose centre is at most ``radius_px`` away."""
    if radius_px == 0:
        return mask
    offsets = np.arange(-radius_px, radius_px + 1)
    disk = (offsets[:, None] ** 2 + offsets[None, :] ** 2 <= radius_px**2).astype(np.uint8)
    return np.asarray(cv2.dilate(mask.astype(np.uint8), disk) > 0)


def _outline(mask: CrackMask) -> CrackMask:
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    inner = cv2.erode(mask.astype(np.uint8), cross, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(mask & (inner == 0))


def _distance_px(mask: CrackMask) -> Floats:
    """Give every pixel's distance to the nearest of a mask."""
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 1.0
