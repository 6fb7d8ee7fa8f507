"""The shapes of a LabelMe file; P points."""

import base64
import binascii
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from crackwise.arrays import CrackMask, Floats
from crackwise.data.pictures import opened
from crackwise.data.readers.draft import check_shape, is_outside, points_of
from crackwise.data.runs import run_lengths
from crackwise.data.shapes import Polygon, Polyline, RunLengths, Shape, check_points
from crackwise.errors import DataError, PhotoError

CIRCLE_ERROR_PX = 0.05
"""How far the polygon that stands for a circle may leave it."""

_ANYWHERE = (2**20, 2**20)


def read_shapes(
    raw: Sequence[Any], size: tuple[int, int] | None, line_width_px: float
) -> tuple[tuple[Shape, ...], tuple[str, ...]]:
    """Read the shapes of one photo of size (H, W).

    Returns
    -------
    (shapes, notes): a shape that covers nothing, such as a point or a polygon of two points, is only a note.

    Raises
    ------
    DataError
        If a shape is damaged: leaving out what was drawn would call a crack sound.
    """
    shapes: list[Shape] = []
    notes: list[str] = []
    for number, each in enumerate(raw, start=1):
        try:
            shape = _shape(each, size, line_width_px)
        except DataError as error:
            raise DataError(f"shape {number} is damaged: {error}") from error
        if isinstance(shape, str):
            notes.append(shape)
        elif is_outside(shape, size):
            notes.append(f"a shape of {shape.label!r} lies outside the photo and is left out")
        else:
            shapes.append(shape)
    return tuple(shapes), tuple(notes)


def _shape(raw: Any, size: tuple[int, int] | None, line_width_px: float) -> Shape | str:
    """Read one shape, or say why it covers nothing."""
    if not isinstance(raw, dict):
        raise DataError("it is no object with points; export the annotations again")
    kind = str(raw.get("shape_type") or "polygon")  # files before version 3 name none
    label = str(raw.get("label") or "")
    if kind in _POINTLIKE:
        return f"a {kind} of {label!r} is no area and is left out"
    if kind not in (*_FILLED, *_LINES):
        raise DataError(
            f"its type {kind!r} is not known; expected {', '.join((*_FILLED, *_LINES, *_POINTLIKE))}"
        )
    points = points_of(raw.get("points") or [])
    if len(points) < (3 if kind == "polygon" else 2):
        return f"a {kind} of {label!r} has {len(points)} points, is no area and is left out"
    check_points(points, size or _ANYWHERE)
    if kind in _LINES:
        return Polyline(label, points, line_width_px)
    shape = _FILLED[kind](label, points, raw)
    check_shape(shape, size)
    return shape


def _polygon(label: str, points: Floats, raw: Mapping[str, Any]) -> Shape:
    return Polygon(label, points)


def _rectangle(label: str, points: Floats, raw: Mapping[str, Any]) -> Shape:
    """Take two opposite corners, or four corners of a turned rectangle."""
    if len(points) != 2:
        return Polygon(label, points)
    (x1, y1), (x2, y2) = points
    return Polygon(label, np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]]))


def _circle(label: str, points: Floats, raw: Mapping[str, Any]) -> Shape:
    """Take the centre and a point on the edge."""
    centre, edge = points[:2]
    radius_px = float(np.hypot(*(edge - centre)))
    if radius_px <= CIRCLE_ERROR_PX:
        return Polygon(label, np.repeat(centre[None], 3, axis=0))
    corners = max(16, math.ceil(math.pi / math.acos(1 - CIRCLE_ERROR_PX / radius_px)))
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return Polygon(label, centre + radius_px * np.stack([np.cos(turn), np.sin(turn)], axis=1))


def _mask(label: str, points: Floats, raw: Mapping[str, Any]) -> Shape:
    """Take a picture and its box: the first and the last column and row that it covers."""
    (left, top), (right, bottom) = np.sort(points[:2].astype(int), axis=0)
    mask = _decoded(raw.get("mask"))
    height, width = bottom - top + 1, right - left + 1
    if mask.shape != (height, width):
        raise DataError(
            f"its mask is {mask.shape[1]}×{mask.shape[0]} px but its box is {width}×{height}; export it again"
        )
    rows, cols = np.nonzero(mask)
    runs = run_lengths(rows, cols, mask.shape)
    return RunLengths(label, tuple(runs), (int(top), int(left), int(height), int(width)))


def _decoded(text: object) -> CrackMask:
    try:
        data = base64.b64decode(str(text or "").encode("ascii"), validate=True)
        with opened(data, "its mask") as image:
            return np.asarray(image.convert("L")) > 0
    except (binascii.Error, UnicodeEncodeError, PhotoError) as error:
        raise DataError("its mask is no picture (base64 of a PNG); export it again") from error


_FILLED: dict[str, Callable[[str, Floats, Mapping[str, Any]], Shape]] = {
    "polygon": _polygon,
    "rectangle": _rectangle,
    "circle": _circle,
    "mask": _mask,
}
_LINES = ("line", "linestrip")
_POINTLIKE = ("point", "points")
