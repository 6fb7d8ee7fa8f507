"""Plots of an evaluation as SVG: precision over recall, F1 over the threshold, the confusion matrix.

Coordinates are those of SVG: x to the right, y downwards. Colours come from the style sheet by class.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from crackwise.report.svg import circle, picture, polyline, text
from crackwise.score.evaluation import OperatingPoint, PooledCurve
from crackwise.score.tally import Pixels

SIZE = (480.0, 400.0)
LEFT, RIGHT, TOP, BOTTOM = 58.0, 464.0, 30.0, 350.0

F1_LINES = (0.2, 0.4, 0.6, 0.8)
_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_CELL = 150.0
_CELLS_LEFT = 124.0


@dataclass(frozen=True, slots=True)
class Dot:
    """A marked place (x, y) in [0, 1]²; a test-best one is hollow, since it is optimistic."""

    x: float
    y: float
    is_optimistic: bool


def plot_precision_recall(curve: PooledCurve, points: Sequence[OperatingPoint]) -> str:
    """Draw precision over recall of all pixels, lines of equal F1, and the operating points."""
    places = [
        Dot(
            point.figures["recall_pooled"] or 0.0,
            point.figures["precision_pooled"] or 0.0,
            point.is_optimistic,
        )
        for point in points
    ]
    parts = [
        *_axes("recall", "precision"),
        *(part for f1 in F1_LINES for part in _f1_line(f1)),
        _line(curve.recall, curve.precision, "curve"),
        *(_dot(place) for place in places),
    ]
    return picture("Precision over recall of all pixels", parts, SIZE)


def plot_f1(curve: PooledCurve, points: Sequence[OperatingPoint]) -> str:
    """Draw the pooled F1 over the threshold, and at which thresholds the operating points lie."""
    best = int(np.argmax(curve.f1))
    stated = [point for point in points if point.threshold is not None and not point.is_optimistic]
    parts = [
        *_axes("threshold", "F1, pooled"),
        *(_line((point.threshold or 0.0,) * 2, (0.0, 1.0), "stated") for point in stated),
        _line(curve.thresholds, curve.f1, "curve"),
        _dot(Dot(curve.thresholds[best], curve.f1[best], is_optimistic=True)),
    ]
    return picture("F1 of all pixels over the threshold", parts, SIZE)


def plot_confusion(pixels: Pixels) -> str:
    """Draw the confusion matrix, each row shaded by its shares."""
    rows = (("crack", (pixels.found, pixels.missed)), ("no crack", (pixels.false, pixels.sound)))
    names = (("found", "missed"), ("false", "right"))
    parts = [
        text(_CELLS_LEFT + _CELL * (column + 0.5), 44, f"marked {name}", "middle")
        for column, name in enumerate(("crack", "no crack"))
    ]
    for row, (name, counts) in enumerate(rows):
        parts.append(text(_CELLS_LEFT - 10, 62 + _CELL * (row + 0.5), f"true {name}", "end"))
        for column, count in enumerate(counts):
            share = count / sum(counts) if sum(counts) else 0.0
            parts += _cell(row, column, share, (names[row][column], f"{count:,} px"))
    return picture("Confusion matrix of all pixels", parts, SIZE)


def _cell(row: int, column: int, share: float, words: tuple[str, str]) -> Iterator[str]:
    x, y = _CELLS_LEFT + _CELL * column, 56 + _CELL * row
    place = f'x="{x:g}" y="{y:g}" width="{_CELL:g}" height="{_CELL:g}"'
    yield f'<rect class="cell" {place} fill-opacity="{share:.3f}"/>'
    kind = "on" if share > 0.5 else "axis"
    centre = x + _CELL / 2
    yield text(centre, y + 62, words[0], "middle", kind)
    yield text(centre, y + 86, f"{100 * share:.2f} %", "middle", f"{kind} strong")
    yield text(centre, y + 110, words[1], "middle", kind)


def _axes(x_name: str, y_name: str) -> Iterator[str]:
    for value in _TICKS:
        x, y = _place(value, value)
        yield _line((0.0, 1.0), (value, value), "grid")
        yield _line((value, value), (0.0, 1.0), "grid")
        yield text(LEFT - 8, y + 4, f"{value:g}", "end")
        yield text(x, BOTTOM + 18, f"{value:g}", "middle")
    yield text(LEFT - 40, TOP - 12, y_name, "start")
    yield text(RIGHT, BOTTOM + 40, x_name, "end")


def _f1_line(f1: float) -> Iterator[str]:
    recall = np.linspace(f1 / (2 - f1), 1.0, 40)
    precision = f1 * recall / (2 * recall - f1)
    yield _line(recall.tolist(), precision.tolist(), "equal")
    x, y = _place(1.0, f1 / (2 - f1))
    yield text(x - 4, y - 4, f"F1 {f1:g}", "end", "small")


def _line(x: Sequence[float], y: Sequence[float], role: str) -> str:
    return polyline((_place(*pair) for pair in zip(x, y)), role)


def _dot(dot: Dot) -> str:
    return circle(_place(dot.x, dot.y), 6, "optimistic" if dot.is_optimistic else "chosen")


def _place(x: float, y: float) -> tuple[float, float]:
    return LEFT + (RIGHT - LEFT) * x, BOTTOM - (BOTTOM - TOP) * y
