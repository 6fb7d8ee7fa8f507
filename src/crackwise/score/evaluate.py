"""Score many photos at once; the same code for a PyTorch and an exported model. H rows, W columns."""

from collections.abc import Iterable
from dataclasses import dataclass

from crackwise.arrays import CrackMask
from crackwise.errors import DataError
from crackwise.score.metrics import (
    Counts,
    centreline_counts,
    centreline_overlap,
    iou,
    largest_component_px,
    mask_counts,
)

LARGE_COMPONENT_PX = 50
"""A false component above this area would be seen as a crack by a reader of the report."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures of merit on photos with true masks, all in [0, 1].

    Parameters
    ----------
    photos
        How many.
    iou
        Intersection over union of each photo, mean; 1 for a photo without cracks where none is marked.
    precision, recall, f1
        Of the pixels of all photos pooled.
    mask_f1_2px
        As f1, where a pixel within 2 px of the other mask counts as right or found.
    centreline_f1_2px, centreline_f1_5px
        As f1, of skeleton pixels within 2 or 5 px of the other skeleton (cl-F1).
    centreline_iou
        Intersection over union of both skeletons dilated by a disk of 4 px, pooled (clIoU).
    """

    photos: int
    iou: float
    precision: float
    recall: float
    f1: float
    mask_f1_2px: float
    centreline_f1_2px: float
    centreline_f1_5px: float
    centreline_iou: float


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """What was marked on photos that show no crack, as shares in [0, 1].

    Parameters
    ----------
    photos
        How many.
    area_share
        Share of the area of all photos that is marked.
    with_crack
        Share of the photos on which at least one crack is reported.
    with_large_component
        Share of the photos with a marked component above ``LARGE_COMPONENT_PX``.
    """

    photos: int
    area_share: float
    with_crack: float
    with_large_component: float


def evaluate(pairs: Iterable[tuple[CrackMask, CrackMask]]) -> Scores:
    """Score predicted masks against true ones; photos are taken one at a time.

    Parameters
    ----------
    pairs
        (predicted, true), each (H, W); sizes differ from photo to photo.

    Raises
    ------
    DataError
        If there is no photo.
    """
    tallies = [_tally(predicted, true) for predicted, true in pairs]
    if not tallies:
        raise DataError("there are no photos to score; expected at least one with its mask")
    pooled = sum((tally.mask for tally in tallies), Counts())
    common_px = sum(tally.common_px for tally in tallies)
    united_px = sum(tally.united_px for tally in tallies)
    return Scores(
        photos=len(tallies),
        iou=sum(tally.iou for tally in tallies) / len(tallies),
        precision=pooled.precision,
        recall=pooled.recall,
        f1=pooled.f1,
        mask_f1_2px=sum((tally.mask_2px for tally in tallies), Counts()).f1,
        centreline_f1_2px=sum((tally.centreline_2px for tally in tallies), Counts()).f1,
        centreline_f1_5px=sum((tally.centreline_5px for tally in tallies), Counts()).f1,
        centreline_iou=common_px / united_px if united_px else 1.0,
    )


def false_alarms(results: Iterable[tuple[CrackMask, int]]) -> FalseAlarms:
    """Count what was found on photos that show no crack.

    Parameters
    ----------
    results
        Per photo its mask (H, W) and the number of cracks that are reported.

    Raises
    ------
    DataError
        If there is no photo.
    """
    figures = [
        (int(mask.sum()), mask.size, cracks > 0, largest_component_px(mask) > LARGE_COMPONENT_PX)
        for mask, cracks in results
    ]
    if not figures:
        raise DataError("there are no photos without cracks to score; expected at least one")
    marked_px, area_px, cracked, large = (sum(column) for column in zip(*figures))
    photos = len(figures)
    return FalseAlarms(photos, marked_px / area_px, cracked / photos, large / photos)


@dataclass(frozen=True, slots=True)
class _Tally:
    """What one photo adds to the pools."""

    iou: float
    mask: Counts
    mask_2px: Counts
    centreline_2px: Counts
    centreline_5px: Counts
    common_px: int
    united_px: int


def _tally(predicted: CrackMask, true: CrackMask) -> _Tally:
    common_px, united_px = centreline_overlap(predicted, true)
    return _Tally(
        iou=iou(predicted, true),
        mask=mask_counts(predicted, true),
        mask_2px=mask_counts(predicted, true, 2),
        centreline_2px=centreline_counts(predicted, true, 2),
        centreline_5px=centreline_counts(predicted, true, 5),
        common_px=common_px,
        united_px=united_px,
    )
