"""Plots of an evaluation as SVG: precision over recall, F1 over the threshold, the confusion matrix.

Coordinates are those of SVG: x to the right, y downwards. Colours come from the style sheet by class.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from crackwise.report.share_plot import SIZE, Dot, axes, draw_confusion, draw_dot, line, place
from crackwise.report.svg import picture, text
from crackwise.score.evaluation import OperatingPoint, PooledCurve
from crackwise.score.tally import Pixels

F1_LINES = (0.2, 0.4, 0.6, 0.8)


def plot_precision_recall(curve: PooledCurve, points: Sequence[OperatingPoint]) -> str:
    """Draw precision over recall of all pixels, lines of equal F1, and the operating points."""
    places = [
        Dot(
            point.figures["recall_pooled"] or 0.0,
            point.figures["precision_pooled"] or 0.0,
            point.is_optimistic,
        )
        for point in reversed(points)  # the mask that is judged on top
    ]
    parts = [
        *axes("recall", "precision"),
        *(part for f1 in F1_LINES for part in _f1_line(f1)),
        line(curve.recall, curve.precision, "curve"),
        *(draw_dot(place) for place in places),
    ]
    return picture("Precision over recall of all pixels", parts, SIZE)


def plot_f1(curve: PooledCurve, points: Sequence[OperatingPoint]) -> str:
    """Draw the pooled F1 over the threshold, and the operating points that have one threshold."""
    places = [
        Dot(point.threshold, point.figures["dice_pooled"] or 0.0, point.is_optimistic)
        for point in reversed(points)
        if point.threshold is not None
    ]
    parts = [
        *axes("threshold", "F1, pooled"),
        line(curve.thresholds, curve.f1, "curve"),
        *(draw_dot(place) for place in places),
    ]
    return picture("F1 of all pixels over the threshold", parts, SIZE)


def plot_confusion(pixels: Pixels) -> str:
    """Draw the confusion matrix, each row shaded by its shares."""
    cracked, sound = (pixels.found, pixels.missed), (pixels.false, pixels.sound)
    return draw_confusion("Confusion matrix of all pixels", cracked, sound, unit="px", verb="marked")


def _f1_line(f1: float) -> Iterator[str]:
    recall = np.linspace(f1 / (2 - f1), 1.0, 40)
    precision = f1 * recall / (2 * recall - f1)
    yield line(recall.tolist(), precision.tolist(), "equal")
    x, y = place(1.0, f1 / (2 - f1))
    yield text(x - 4, y - 4, f"F1 {f1:g}", "end", "small")
