"""Marks that may be cracks but are counted nowhere: dashed in the overlay, and named in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import Rgb
from crackwise.crack.select import PossibleCrack
from crackwise.inspection.record import InspectionRecord, PossibleRecord
from crackwise.report.figures import length_text
from crackwise.report.labels import INK, PLATE

_DASH = 10
"""Length of a dash and of a gap, in line widths."""


POSSIBLE_MOST = 60
"""More photos are not listed; ``photos.csv`` counts the possible cracks of all."""


@dataclass(frozen=True, slots=True)
class PossibleRow:
    """How many marks of a photo are not counted, how long the longest is, and how sure the model is of it."""

    photo: str
    anchor: str
    count: int
    length: str
    confidence: str


def possible_rows(records: Sequence[tuple[str, InspectionRecord]]) -> tuple[PossibleRow, ...]:
    """List the photos with possible cracks, those with the longest first.

    Parameters
    ----------
    records
        (anchor, record) of each photo. Lengths are compared in px unless all of them have a scale.
    """
    found = [(anchor, record) for anchor, record in records if record.possible]
    in_mm = all(record.scale for _, record in found)

    def length(entry: tuple[str, InspectionRecord]) -> float:
        scale = entry[1].scale
        return entry[1].possible[0].length_px * (scale.mm_per_px if scale and in_mm else 1)

    ordered = sorted(found, key=length, reverse=True)
    return tuple(
        PossibleRow(record.photo, anchor, len(record.possible), *_longest(record))
        for anchor, record in ordered[:POSSIBLE_MOST]
    )


def possible_words(rows: Sequence[PossibleRow]) -> str:
    """Say what is listed."""
    some = f"; photos.csv counts those of all, here are the first {POSSIBLE_MOST}"
    return (
        "Marks of the model that are too short or too doubtful to be counted: in no total and no verdict. "
        "Look at each, dashed in the picture of its photo; the photos with the longest come first"
        f"{some if len(rows) == POSSIBLE_MOST else ''}."
    )


def draw_possible(
    canvas: Rgb, possible: Sequence[PossibleCrack | PossibleRecord], gap_px: int, line_px: int
) -> None:
    """Put a dashed outline around each, white on dark, at a distance from it; the canvas is drawn on."""
    for one in possible:
        for contour in _contours(canvas.shape, one, gap_px):
            for dash in _dashes(contour, _DASH * line_px):
                cv2.polylines(canvas, [dash], isClosed=False, color=PLATE, thickness=line_px + 2)
                cv2.polylines(canvas, [dash], isClosed=False, color=INK, thickness=line_px)


def possible_text(record: InspectionRecord) -> str:
    """Say how many marks are not counted, and how long the longest is; empty without one."""
    count = len(record.possible)
    if not count:
        return ""
    length, confidence = _longest(record)
    what = f"{count} marks, the longest {length}" if count > 1 else f"1 mark, {length}"
    sure = f", confidence {confidence}" if confidence else ""
    return f"{what}{sure}: too short or too doubtful to be counted, dashed in the overlay"


def _longest(record: InspectionRecord) -> tuple[str, str]:
    """Length and confidence of the longest mark, in words."""
    longest = record.possible[0]
    mm = record.scale.mm_per_px * longest.length_px if record.scale else None
    sure = "" if longest.confidence is None else f"{longest.confidence:.2f}"
    return length_text(longest.length_px, mm), sure


def _contours(
    shape: tuple[int, ...], one: PossibleCrack | PossibleRecord, gap_px: int
) -> Iterator[NDArray[np.int32]]:
    """Give the outlines (P, 2) as x, y of all that is near the branches of a mark."""
    reach_px = gap_px + round(one.width_px / 2)
    points = np.concatenate(one.paths)[:, ::-1]
    low = np.maximum(np.floor(points.min(axis=0)).astype(int) - 2 * reach_px, 0)
    high = np.minimum(np.ceil(points.max(axis=0)).astype(int) + 2 * reach_px + 1, shape[1::-1])
    near = np.zeros((high - low)[::-1], np.uint8)
    lines = [np.rint(path[:, ::-1] - low).astype(np.int32) for path in one.paths]
    cv2.polylines(near, lines, isClosed=False, color=1, thickness=2 * reach_px + 1)
    contours, _ = cv2.findContours(near, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    yield from (np.asarray(contour[:, 0] + low, np.int32) for contour in contours)


def _dashes(contour: NDArray[np.int32], length_px: int) -> Iterator[NDArray[np.int32]]:
    """Cut an outline into pieces of about one length, of which every other one is drawn."""
    count = max(2, round(len(contour) / (2 * length_px)))
    starts = np.linspace(0, len(contour), count, endpoint=False).astype(int)
    drawn_px = max(2, len(contour) // (2 * count))
    yield from (contour[start : start + drawn_px] for start in starts)
