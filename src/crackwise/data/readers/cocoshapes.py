"""Segmentations of COCO as shapes: polygons, and masks as lengths of runs, compressed or not."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from crackwise.arrays import Floats
from crackwise.data.readers.draft import is_outside
from crackwise.data.runs import checked_runs
from crackwise.data.shapes import Polygon, RunLengths, Shape, check_points
from crackwise.errors import DataError

Size = tuple[int, int]

_LEAST_NUMBERS = 6  # of a polygon: three points
_ANY_SIZE = (2**20, 2**20)
_MOST_RUNS_PX = 2**32  # COCO's own limit


def shapes_of(segmentation: object, label: str, size: Size | None) -> tuple[tuple[Shape, ...], int]:
    """Read one segmentation.

    Parameters
    ----------
    segmentation
        As JSON gives it.
    label
        Category.
    size
        (H, W) of the photo as the file says; None where it does not.

    Returns
    -------
    The shapes, and how many polygons were dropped since they cover nothing of the photo.

    Raises
    ------
    DataError
        If it is damaged, or there is none.
    """
    if isinstance(segmentation, dict):
        return (_runs_of(segmentation, label, size),), 0
    if not segmentation:
        raise DataError("has no outline, at most a box; outline the crack, or export polygons or masks")
    if not isinstance(segmentation, list):
        raise DataError(
            f"has a segmentation that is a {type(segmentation).__name__}; expected polygons or runs"
        )
    rings = segmentation if isinstance(segmentation[0], list) else [segmentation]
    polygons = [Polygon(label, points) for points in (_points(ring, size) for ring in rings) if len(points)]
    shapes = tuple(polygon for polygon in polygons if not is_outside(polygon, size))
    return shapes, len(rings) - len(shapes)


def _points(ring: object, size: Size | None) -> Floats:
    """Take x, y, x, y, … as points (P, 2); none where they are too few for an area."""
    if not isinstance(ring, list) or not all(type(number) in (int, float) for number in ring):
        raise DataError("has a polygon that is no list of numbers; export the annotations again")
    if len(ring) % 2:
        raise DataError(f"has a polygon of {len(ring)} numbers; expected x and y of each point in turn")
    if len(ring) < _LEAST_NUMBERS:
        return np.zeros((0, 2))
    points = np.array([_float(number) for number in ring]).reshape(-1, 2)
    check_points(points, size or _ANY_SIZE)
    return points


def _float(number: int | float) -> float:
    try:
        return float(number)
    except OverflowError:  # a whole number of hundreds of digits
        return float("inf")


def _runs_of(segmentation: dict[str, Any], label: str, size: Size | None) -> Shape:
    height, width = _size(segmentation.get("size"))
    if size is not None and size != (height, width):
        raise DataError(
            f"has a mask of {width}×{height} px but its photo is said to be {size[1]}×{size[0]} px; "
            "export the annotations again"
        )
    counts = segmentation.get("counts")
    if isinstance(counts, str):
        runs = counts.encode("ascii", "replace")  # "?" lies below the characters of runs
        checked_runs(runs, height, width)
    elif isinstance(counts, list):
        lengths = checked_runs(counts, height, width).tolist()
        # a tenth of the memory of a tuple of int
        runs = coco_mask.frPyObjects({"size": [height, width], "counts": lengths}, height, width)["counts"]
    else:
        raise DataError("has a mask without run lengths; export the annotations again")
    return RunLengths(label, runs, (0, 0, height, width))


def _size(stated: object) -> Size:
    is_size = isinstance(stated, list) and len(stated) == 2 and all(type(side) is int for side in stated)
    sides: Sequence[int] = stated if is_size else (0, 0)  # type: ignore[assignment]
    if min(sides) < 1 or sides[0] * sides[1] >= _MOST_RUNS_PX:
        raise DataError("has a mask without a sensible size; expected [height, width] of the photo")
    return sides[0], sides[1]
