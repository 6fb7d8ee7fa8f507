"""Side branches that a label misses: left out of the loss where a teacher sees them.

Published masks often hold the main crack only. Where an earlier model sees a crack that hangs together with
the labelled one, or is sure of another, the missing label would teach not to see; such pixels count as
unknown. Photos without any labelled crack stay as they are: there the label is right and the teacher wrong.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np

from crackwise.arrays import CrackMask, ProbabilityMap, Rgb
from crackwise.data.augment import Crop
from crackwise.inspection.model import load_model

Teacher: TypeAlias = Callable[[Rgb], ProbabilityMap]

SEEN = 0.5
"""From this probability on the teacher sees a crack."""

SURE = 0.8
"""Mean probability from which it is believed also apart from the label."""

_LEAST_AREA_PX = 60  # of a crack apart from the label
_REACH_PX = (
    9  # a gap of half this between label and branch still hangs together; nearer the label's edge is right
)
_RIM_PX = 5
_TILE_PX, _OVERLAP_PX = 256, 32


def forgive_branches(crop: Crop, teacher: Teacher) -> Crop:
    """Make unknown what the teacher sees, where it continues the labelled crack or the teacher is sure."""
    label = crop.target > 0
    if not label.any():
        return crop
    probability = teacher(crop.image)
    near = _widened(label, _REACH_PX)
    missed = _widened(_believed(probability, near), _RIM_PX) & ~near
    return replace(crop, weight=np.where(missed, 0, crop.weight).astype(np.float32))


@cache
def load_teacher(path: Path) -> Teacher:
    """Load a model file once a process; it looks at crops of any size in one piece where they are small.

    Raises
    ------
    ModelError
        If the file is missing or has no card.
    """
    model = load_model(path, "fp32")
    return lambda crop: model.predict(crop, tile_px=_TILE_PX, overlap_px=_OVERLAP_PX)


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
