"""What one photo adds to an evaluation: counts only, so that any number of photos fits into memory."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from skimage.morphology import skeletonize

from crackwise.arrays import CrackMask, Levels
from crackwise.errors import DataError
from crackwise.levels import marked
from crackwise.score.levels import Counted, count_levels, spread
from crackwise.score.metrics import (
    Counts,
    grown_overlap,
    hausdorff_95_px,
    largest_component_px,
    mask_counts,
)

Protocol: TypeAlias = Literal["pixels", "thresholds", "edges", "tolerance", "distance"]
"""A family of figures that is counted together; ``pixels`` always is."""

EDGE_TOLERANCE = 0.0075
"""Of the diagonal, as the edge-detection benchmarks allow (Martin, Fowlkes and Malik 2004)."""

CENTRELINE_RADIUS_PX = 4

LARGE_COMPONENT_PX = 50
"""A false component above this area would be seen as a crack by a reader of the report."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a tool says about one photo.

    Parameters
    ----------
    levels
        (H, W) probability times 255, rounded; of a tool that gives masks only 0 and 255.
    mask
        (H, W) the cracks that the tool reports; None for all from a threshold on.
    cracks
        How many cracks it reports; None where it does not count them.
    is_binary
        True for a mask without probability: levels 0 and 255 alone.
    """

    levels: Levels
    mask: CrackMask | None = None
    cracks: int | None = None
    is_binary: bool = False


@dataclass(frozen=True, slots=True)
class Pixels:
    """The confusion matrix of one photo or of many."""

    found: int
    false: int
    missed: int
    sound: int


@dataclass(frozen=True, slots=True)
class Tolerant:
    """Counts with a tolerance in px, of masks and of their skeletons, and the overlap of grown skeletons."""

    mask_2px: Counts
    mask_5px: Counts
    centreline_2px: Counts
    centreline_5px: Counts
    common_px: int
    united_px: int


@dataclass(frozen=True, slots=True)
class EdgeLevels:
    """Pixels by level, (256,): ``near`` the truth, within the tolerance, and of the truth, ``reached``.

    For ``reached`` the level is the highest within the tolerance.
    """

    near: Counted
    reached: Counted


@dataclass(frozen=True, slots=True)
class PhotoTally:
    """The counts of one photo.

    Parameters
    ----------
    source, file, group
        Set, name in it, scene.
    size
        (H, W).
    pixels
        Of the mask that is judged.
    cracks
        Reported; None where the tool does not count them.
    largest_px
        Area of the largest marked component.
    crack_levels, sound_levels
        (256,) true and other pixels by level.
    is_binary
        True where there was no probability.
    edges, tolerant, distance_px
        None where that protocol was not asked for.
    """

    source: str
    file: str
    group: str
    size: tuple[int, int]
    pixels: Pixels
    cracks: int | None
    largest_px: int
    crack_levels: Counted
    sound_levels: Counted
    is_binary: bool
    edges: EdgeLevels | None = None
    tolerant: Tolerant | None = None
    distance_px: float | None = None


@dataclass(frozen=True, slots=True)
class PhotoName:
    """Which photo a tally is of."""

    source: str
    file: str
    group: str


def tally(
    name: PhotoName,
    prediction: Prediction,
    true: CrackMask,
    threshold: float,
    protocols: Collection[Protocol],
) -> PhotoTally:
    """Count one photo.

    Parameters
    ----------
    name
        For the records.
    prediction
        Judged by its mask, or else by what lies at or above ``threshold``.
    true
        (H, W)
    threshold
        In [0, 1].
    protocols
        What to count besides pixels and levels.

    Raises
    ------
    DataError
        If prediction and truth differ in size.
    """
    levels = prediction.levels
    if levels.shape != true.shape:
        raise DataError(
            f"the prediction of {name.source}/{name.file} is {levels.shape[1]}×{levels.shape[0]} but its "
            f"photo is {true.shape[1]}×{true.shape[0]}; predict at the size of the photo"
        )
    mask = marked(levels, threshold) if prediction.mask is None else prediction.mask
    return PhotoTally(
        source=name.source,
        file=name.file,
        group=name.group,
        size=(true.shape[0], true.shape[1]),
        pixels=count_pixels(mask, true),
        cracks=prediction.cracks,
        largest_px=largest_component_px(mask),
        crack_levels=count_levels(levels, true),
        sound_levels=count_levels(levels, ~true),
        is_binary=prediction.is_binary,
        edges=_edges(levels, true) if "edges" in protocols else None,
        tolerant=_tolerant(mask, true) if "tolerance" in protocols else None,
        distance_px=hausdorff_95_px(mask, true) if "distance" in protocols else None,
    )


def count_pixels(mask: CrackMask, true: CrackMask) -> Pixels:
    """Count the four cases of a mask against the truth."""
    found, marked_px, true_px = int((mask & true).sum()), int(mask.sum()), int(true.sum())
    return Pixels(found, marked_px - found, true_px - found, true.size - marked_px - true_px + found)


def _edges(levels: Levels, true: CrackMask) -> EdgeLevels:
    """Match by distance alone, without the one-to-one assignment of the benchmark's own code."""
    radius_px = EDGE_TOLERANCE * float(np.hypot(*true.shape))
    near = spread(true.astype(np.uint8), radius_px) > 0
    return EdgeLevels(count_levels(levels, near), count_levels(spread(levels, radius_px), true))


def _tolerant(mask: CrackMask, true: CrackMask) -> Tolerant:
    thin, thin_true = skeletonize(mask), skeletonize(true)
    return Tolerant(
        mask_counts(mask, true, 2),
        mask_counts(mask, true, 5),
        mask_counts(thin, thin_true, 2),
        mask_counts(thin, thin_true, 5),
        *grown_overlap(thin, thin_true, CENTRELINE_RADIUS_PX),
    )
