"""Plots over shares, both axes from 0 to 1, and a confusion matrix of the same size, as parts of SVG.

Coordinates are those of SVG: x to the right, y downwards. Colours come from the style sheet by class.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crackwise.report.figures import counted
from crackwise.report.svg import circle, picture, polyline, text

SIZE = (480.0, 400.0)
LEFT, RIGHT, TOP, BOTTOM = 58.0, 464.0, 30.0, 350.0

_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_CELL = 150.0
_CELLS_LEFT = 124.0


@dataclass(frozen=True, slots=True)
class Dot:
    """A marked place (x, y) in [0, 1]²; a test-best one is hollow, since it is optimistic."""

    x: float
    y: float
    is_optimistic: bool = False


def axes(x_name: str, y_name: str) -> Iterator[str]:
    """Draw the grid with its numbers and the names of both axes."""
    for value in _TICKS:
        x, y = place(value, value)
        yield line((0.0, 1.0), (value, value), "grid")
        yield line((value, value), (0.0, 1.0), "grid")
        yield text(LEFT - 8, y + 4, f"{value:g}", "end")
        yield text(x, BOTTOM + 18, f"{value:g}", "middle")
    yield text(LEFT - 40, TOP - 12, y_name, "start")
    yield text(RIGHT, BOTTOM + 40, x_name, "end")


def line(x: Sequence[float], y: Sequence[float], role: str) -> str:
    """Draw a line through places in [0, 1]²."""
    return polyline((place(*pair) for pair in zip(x, y)), role)


def draw_dot(dot: Dot) -> str:
    """Draw a marked place."""
    return circle(place(dot.x, dot.y), 6, "optimistic" if dot.is_optimistic else "chosen")


def place(x: float, y: float) -> tuple[float, float]:
    """Say where a place in [0, 1]² lies in the picture."""
    return LEFT + (RIGHT - LEFT) * x, BOTTOM - (BOTTOM - TOP) * y


def draw_confusion(
    title: str, cracked: tuple[int, int], sound: tuple[int, int], *, unit: str, verb: str
) -> str:
    """Draw a confusion matrix, each row shaded by its shares.

    Parameters
    ----------
    title
        For readers who do not see it.
    cracked, sound
        Of what is truly so: how many were marked as a crack, and how many were not.
    unit, verb
        What was counted, such as ``px``, and what was done with it, such as ``marked``.
    """
    rows = (("crack", cracked), ("no crack", sound))
    names = (("found", "missed"), ("false", "sound"))
    parts = [
        text(_CELLS_LEFT + _CELL * (column + 0.5), 44, f"{verb} {name}", "middle")
        for column, name in enumerate(("crack", "no crack"))
    ]
    for row, (name, counts) in enumerate(rows):
        parts.append(text(_CELLS_LEFT - 10, 62 + _CELL * (row + 0.5), f"true {name}", "end"))
        for column, count in enumerate(counts):
            share = count / sum(counts) if sum(counts) else 0.0
            parts += _cell(row, column, share, (names[row][column], counted(count, unit)))
    return picture(title, parts, SIZE)


def _cell(row: int, column: int, share: float, words: tuple[str, str]) -> Iterator[str]:
    x, y = _CELLS_LEFT + _CELL * column, 56 + _CELL * row
    place = f'x="{x:g}" y="{y:g}" width="{_CELL:g}" height="{_CELL:g}"'
    yield f'<rect class="cell" {place} fill-opacity="{share:.3f}"/>'
    kind = "on" if share > 0.5 else "axis"
    centre = x + _CELL / 2
    yield text(centre, y + 62, words[0], "middle", kind)
    yield text(centre, y + 86, f"{100 * share:.2f} %", "middle", f"{kind} strong")
    yield text(centre, y + 110, words[1], "middle", kind)
