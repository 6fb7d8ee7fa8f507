"""Plots of a comparison as SVG: figures over the steps, quality over cost with a label at every point.

Coordinates are those of SVG: x to the right, y downwards. Colours come from the style sheet by class.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crackwise.report.comparison_labels import Box, place_labels
from crackwise.report.round_numbers import digits_of, round_up
from crackwise.report.svg import circle, picture, polyline, text
from crackwise.training.curves import Curve

SIZE = (560.0, 400.0)
LEFT, RIGHT, TOP, BOTTOM = 62.0, 540.0, 34.0, 346.0

COLOURS = 8
"""Line colours of the style sheet; further lines repeat them, dashed."""

_FEW = 12  # validations whose points are drawn too
_TICKS = 8  # of a linear axis at most; steps of 1, 2 and 5 leave three at least
_WIDE = 1000  # of a logarithmic axis, from the low to the high end: powers of ten alone are ticks then
_LEAST_TICKS = 3  # of a logarithmic axis; one that is too short for them has ticks at equal steps
_ROOM = 0.06  # of the range, on either side of a linear axis


@dataclass(frozen=True, slots=True)
class Axis:
    """A named range of numbers; ``is_logarithmic`` where equal ratios are equally far apart."""

    name: str
    low: float
    high: float
    is_logarithmic: bool = False

    @classmethod
    def linear(cls, name: str, values: Sequence[float]) -> "Axis":
        """Span values with a little room on both sides."""
        room = _ROOM * (max(values) - min(values)) or 0.05 * abs(max(values)) or 0.05
        return cls(name, min(values) - room, max(values) + room)

    @classmethod
    def logarithmic(cls, name: str, values: Sequence[float]) -> "Axis":
        """Span values above 0 with room for a factor of 1.6 on both sides."""
        return cls(name, min(values) / 1.6, max(values) * 1.6, is_logarithmic=True)

    def share(self, value: float) -> float:
        """Tell where a value lies, 0 at the low end and 1 at the high one."""
        if self.is_logarithmic:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Give round numbers inside, with their texts."""
        if not self.is_logarithmic:
            return tuple((value, f"{value:,.{digits_of(self._step)}f}") for value in self._even_places())
        round_ticks = tuple(self._logarithmic_ticks())
        if len(round_ticks) >= _LEAST_TICKS:
            return round_ticks
        return tuple((value, short_number(value)) for value in self._even_places())

    @property
    def _step(self) -> float:
        return round_up((self.high - self.low) / _TICKS)

    def _even_places(self) -> Iterator[float]:
        for number in range(math.ceil(self.low / self._step), math.floor(self.high / self._step) + 1):
            yield number * self._step

    def _logarithmic_ticks(self) -> Iterator[tuple[float, str]]:
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        factors = (1, 2, 5) if self.high / self.low < _WIDE else (1,)
        for value in (factor * 10.0**power for power in powers for factor in factors):
            if self.low <= value <= self.high:
                yield value, short_number(value)


@dataclass(frozen=True, slots=True)
class Point:
    """A labelled place; ``number`` gives its colour."""

    name: str
    x: float
    y: float
    number: int


def short_number(value: float) -> str:
    """Write a number shortly: 2 k, 5 M."""
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def plot_scatter(points: Sequence[Point], x_name: str, y_name: str) -> str:
    """Draw quality over a cost; no two labels overlap."""
    x_axis = Axis.logarithmic(x_name, [point.x for point in points])
    y_axis = Axis.linear(y_name, [point.y for point in points])
    places = [_place(x_axis, y_axis, point.x, point.y) for point in points]
    labels = place_labels(places, [point.name for point in points], Box(LEFT, TOP, RIGHT, BOTTOM))
    parts = [*_axes(x_axis, y_axis)]
    for point, (x, y), label in zip(points, places, labels):
        if label.is_far:
            parts.append(polyline([(x, y), label.link], "leader"))
        parts.append(_dot((x, y), point.number, 6))
    parts += [text(label.box.left, label.baseline, label.text, "start", "label") for label in labels]
    return picture(f"{y_name} over {x_name}", parts, SIZE)


def plot_curves(curves: Sequence[tuple[int, Curve]], y_name: str) -> str:
    """Draw a figure over the steps, a line for each (number of its colour, curve)."""
    x_axis = Axis.linear("step", [step for _, curve in curves for step, _ in curve])
    y_axis = Axis.linear(y_name, [value for _, curve in curves for _, value in curve])
    parts = [*_axes(x_axis, y_axis)]
    for number, curve in curves:
        places = [_place(x_axis, y_axis, step, value) for step, value in curve]
        parts.append(polyline(places, line_class(number)))
        parts += [_dot(place, number, 3.5) for place in places] if len(curve) <= _FEW else []
    return picture(f"{y_name} over the steps", parts, SIZE)


def line_class(number: int) -> str:
    """Name the colour and the dashes of a line."""
    return f"run colour-{number % COLOURS} dash-{number // COLOURS % 3}"


def _axes(x_axis: Axis, y_axis: Axis) -> Iterator[str]:
    for value, words in y_axis.ticks():
        _, y = _place(x_axis, y_axis, x_axis.low, value)
        yield polyline([(LEFT, y), (RIGHT, y)], "grid")
        yield text(LEFT - 8, y + 5, words, "end")
    for value, words in x_axis.ticks():
        x, _ = _place(x_axis, y_axis, value, y_axis.low)
        yield polyline([(x, TOP), (x, BOTTOM)], "grid")
        yield text(x, BOTTOM + 20, words, "middle")
    yield text(6, TOP - 16, y_axis.name, "start")
    yield text(RIGHT, BOTTOM + 44, x_axis.name, "end")


def _place(x_axis: Axis, y_axis: Axis, x: float, y: float) -> tuple[float, float]:
    return LEFT + (RIGHT - LEFT) * x_axis.share(x), BOTTOM - (BOTTOM - TOP) * y_axis.share(y)


def _dot(place: tuple[float, float], number: int, radius: float) -> str:
    return circle(place, radius, f"dot colour-{number % COLOURS}")
