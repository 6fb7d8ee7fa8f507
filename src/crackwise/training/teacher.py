"""An earlier model beside the labels of a training: it forgives what they miss, and is learnt from itself."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np

from crackwise.arrays import ProbabilityMap, Rgb
from crackwise.data.augment import Crop
from crackwise.inspection.model import load_model
from crackwise.training.branches import forgive_branches

Teacher: TypeAlias = Callable[[Rgb], ProbabilityMap]

_TILE_PX, _OVERLAP_PX = 256, 32


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


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a teacher does to the crops of one source.

    Parameters
    ----------
    teacher
        The model.
    forgives
        True where labels miss branches: what it sees of them is unknown.
    distil
        Share of the target that is what it sees, [0, 1].
    """

    teacher: Teacher
    forgives: bool
    distil: float

    def __call__(self, crop: Crop) -> Crop:
        """Teach with the crop as it was cut, before its light is changed."""
        probability = self.teacher(crop.image)
        if self.forgives:
            crop = forgive_branches(crop, probability)
        return distilled(crop, probability, self.distil) if self.distil else crop


def distilled(crop: Crop, probability: ProbabilityMap, share: float) -> Crop:
    """Let the target (S, S) be label and teacher in parts; where the label is unknown, the teacher alone.

    Cross-entropy is linear in its target, so this is the distillation of Hinton 2015 at temperature 1. What
    the teacher alone says weighs as much as its share.
    """
    known = crop.weight > 0
    target = np.where(known, (1 - share) * crop.target + share * probability, probability)
    weight = np.where(known, crop.weight, share)
    return replace(crop, target=target.astype(np.float32), weight=weight.astype(np.float32))
