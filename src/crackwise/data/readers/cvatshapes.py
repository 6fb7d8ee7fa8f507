"""The shapes of an image in a CVAT file; P points."""

import math
from collections.abc import Callable
from xml.etree.ElementTree import Element

import numpy as np

from crackwise.arrays import Floats
from crackwise.data.readers.draft import check_shape, is_outside
from crackwise.data.runs import run_lengths
from crackwise.data.shapes import Polygon, Polyline, RunLengths, Shape
from crackwise.errors import DataError

MOST_PX = 300_000_000
"""Of a mask, where the file does not say how large its photo is."""

ELLIPSE_CORNERS = 180


def read_shapes(
    image: Element, size: tuple[int, int] | None, line_width_px: float
) -> tuple[tuple[Shape, ...], tuple[str, ...]]:
    """Read the shapes of an image of size (H, W), in the order in which they are painted.

    Returns
    -------
    (shapes, notes): a shape that covers nothing, such as points or a polygon of two points, is only a note.

    Raises
    ------
    DataError
        If a shape is damaged: leaving out what was drawn would call a crack sound.
    """
    shapes: list[tuple[float, Shape]] = []
    notes: list[str] = []
    for number, element in enumerate(image, start=1):
        try:
            shape = _shape(element, line_width_px)
            if isinstance(shape, str):
                notes.append(shape)
                continue
            check_shape(shape, size)
            if is_outside(shape, size):
                notes.append(f"a shape of {shape.label!r} lies outside the photo and is left out")
                continue
            shapes.append((_number(element, "z_order", "0"), shape))
        except DataError as error:
            raise DataError(f"shape {number} ({element.tag[:20]}) is damaged: {error}") from error
    return tuple(shape for _, shape in sorted(shapes, key=lambda pair: pair[0])), tuple(notes)


def _shape(element: Element, line_width_px: float) -> Shape | str:
    """Read one shape, or say why it covers nothing."""
    kind, label = element.tag, element.get("label", "")
    if kind in _COVERS_NOTHING:
        return f"a {kind} of {label!r} is no area and is left out"
    if kind == "polyline":
        points = _points(element)
        return Polyline(label, points, line_width_px) if len(points) > 1 else _too_few(kind, label, points)
    if kind == "polygon":
        points = _points(element)
        return Polygon(label, points) if len(points) > 2 else _too_few(kind, label, points)
    if kind not in _FILLED:
        known = ", ".join(("polygon", "polyline", *_FILLED, *_COVERS_NOTHING))
        raise DataError(f"its type is not known; expected {known}")
    return _FILLED[kind](label, element)


def _too_few(kind: str, label: str, points: Floats) -> str:
    return f"a {kind} of {label!r} has {len(points)} points, is no area and is left out"


def _points(element: Element) -> Floats:
    """Read ``x,y;x,y``."""
    text = element.get("points", "").strip().strip(";")
    if not text:
        return np.zeros((0, 2))
    try:
        return np.array([[float(x) for x in pair.split(",")] for pair in text.split(";")]).reshape(-1, 2)
    except ValueError as error:
        raise DataError(f"its points are {text[:40]!r}…; expected x,y;x,y") from error


def _box(label: str, element: Element) -> Shape:
    left, top, right, bottom = (_number(element, name) for name in ("xtl", "ytl", "xbr", "ybr"))
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    return Polygon(label, _turned(corners, _number(element, "rotation", "0")))


def _ellipse(label: str, element: Element) -> Shape:
    centre = np.array([_number(element, "cx"), _number(element, "cy")])
    radii = np.array([_number(element, "rx"), _number(element, "ry")])
    turn = np.linspace(0, 2 * np.pi, ELLIPSE_CORNERS, endpoint=False)
    points = centre + radii * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return Polygon(label, _turned(points, _number(element, "rotation", "0")))


def _turned(points: Floats, angle_deg: float) -> Floats:
    """Turn clockwise as seen, around the middle."""
    c, s = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    middle = points.mean(axis=0)
    return middle + (points - middle) @ np.array([[c, s], [-s, c]]) if angle_deg else points


def _mask(label: str, element: Element) -> Shape:
    """Read run lengths, which CVAT writes row by row."""
    top, left, height, width = (int(_number(element, name)) for name in ("top", "left", "height", "width"))
    if height * width > MOST_PX or min(height, width) < 1:
        raise DataError(f"its box is {width}×{height} px at column {left}, row {top}; export it again")
    counts = _runs(element)
    if sum(counts) != height * width or min(counts) < 0:
        raise DataError(
            f"its runs add up to {sum(counts)} px but its box has {height * width} ({width}×{height}); "
            "export it again"
        )
    values = np.arange(len(counts)) % 2 == 1
    rows, cols = np.nonzero(np.repeat(values, counts).reshape(height, width))
    return RunLengths(label, tuple(run_lengths(rows, cols, (height, width))), (top, left, height, width))


def _runs(element: Element) -> list[int]:
    text = element.get("rle", "")
    try:
        return [int(each) for each in text.split(",")]
    except ValueError as error:
        raise DataError(f"its runs are {text[:40]!r}…; expected whole numbers with commas") from error


def _number(element: Element, name: str, default: str | None = None) -> float:
    text = element.get(name, default)
    try:
        number = float(text or "")
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or abs(number) > MOST_PX:
        raise DataError(f"its {name} is {str(text)[:40]!r}; expected a number")
    return number


_FILLED: dict[str, Callable[[str, Element], Shape]] = {"box": _box, "ellipse": _ellipse, "mask": _mask}
_COVERS_NOTHING = ("points", "tag", "cuboid", "skeleton")
