"""Side branches that a label misses: left out of the loss where a teacher sees them.

Published masks often hold the main crack only. Where an earlier model sees a crack that hangs together with
the labelled one, or is sure of another, the missing label would teach not to see; such pixels count as
unknown. Photos without any labelled crack stay as they are: there the label is right and the teacher wrong.
"""

from dataclasses import replace

import cv2
import numpy as np

from crackwise.arrays import CrackMask, ProbabilityMap
from crackwise.data.augment import Crop

SEEN = 0.5
"""From this probability on the teacher sees a crack."""

SURE = 0.8
"""Mean probability from which it is believed also apart from the label."""

_LEAST_AREA_PX = 60  # of a crack apart from the label
_REACH_PX = (
    9  # a gap of half this between label and branch still hangs together; nearer the label's edge is right
)
_RIM_PX = 5


def forgive_branches(crop: Crop, probability: ProbabilityMap) -> Crop:
    """Make unknown what the teacher sees, where it continues the labelled crack or the teacher is sure.

    Parameters
    ----------
    crop
        With sides S.
    probability
        (S, S), as the teacher sees the crop.
    """
    label = crop.target > 0
    if not label.any():
        return crop
    near = _widened(label, _REACH_PX)
    missed = _widened(_believed(probability, near), _RIM_PX) & ~near
    return replace(crop, weight=np.where(missed, 0, crop.weight).astype(np.float32))


def _believed(probability: ProbabilityMap, near: CrackMask) -> CrackMask:
    """Choose the regions that the teacher sees and that touch the label, or that it is sure of."""
    seen = probability >= SEEN
    count, regions = cv2.connectedComponents(seen.astype(np.uint8))
    area_px = np.bincount(regions.ravel(), minlength=count)
    mean = np.bincount(regions.ravel(), weights=probability.ravel(), minlength=count) / np.maximum(area_px, 1)
    is_believed = (mean >= SURE) & (area_px >= _LEAST_AREA_PX)
    is_believed[np.unique(regions[near])] = True
    is_believed[0] = False
    return np.asarray(is_believed[regions])


def _widened(mask: CrackMask, side_px: int) -> CrackMask:
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side_px, side_px))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), disk) > 0)
