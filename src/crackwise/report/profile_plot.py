"""A plot of the width along a crack with its 90 % band, laid out once and drawn as SVG or into a PDF.

Coordinates are those of SVG: x to the right, y downwards, in units of a sheet of 720 × 240.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import floor
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import Floats
from crackwise.crack.widths import METHODS, Method
from crackwise.report.code_choice import Border
from crackwise.report.figures import Unit
from crackwise.report.round_numbers import digits_of, round_up
from crackwise.report.width_profile import Piece, WidthProfile
from crackwise.severity.bounds import bound_text

SHEET = (720.0, 240.0)
LEFT, RIGHT, TOP, BOTTOM = 58.0, 706.0, 20.0, 198.0

DASHES = {"profile": "", "darkness": "7 3", "contour": "1.5 3", "none": "1.5 3"}
"""How the line is broken by what gave the width."""

METHOD_WORDS = {
    "profile": "solid line: fitted to the grey values across the crack",
    "darkness": "dashed: from the darkness of a crack about as fine as the blur",
    "contour": "dotted: from the edge of the mask",
}

_LIMIT_ROOM = 1.6
"""A limit up to this many times the top of the band is shown; a farther one would flatten the profile."""

_LETTER = 7.6
"""Width of a letter of a label, about."""

Role = Literal["axis", "grid", "joint", "floor", "band", "width", "limit", "plate"]
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points (x, y); `dash` as in SVG, empty for a solid one."""

    points: tuple[tuple[float, float], ...]
    role: Role
    dash: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """A filled polygon."""

    points: tuple[tuple[float, float], ...]
    role: Role


@dataclass(frozen=True, slots=True)
class Label:
    """A text with its baseline at y."""

    x: float
    y: float
    text: str
    anchor: Anchor = "start"
    role: Role = "axis"


@dataclass(frozen=True, slots=True)
class Plot:
    """Shapes from back to front, sentences that belong below them, and the methods of the widths shown."""

    shapes: tuple[Line | Area | Label, ...]
    notes: tuple[str, ...]
    methods: frozenset[Method]

    def svg(self, title: str) -> str:
        """Write the plot as an SVG element that is styled by the classes ``profile`` and the roles."""
        width, height = SHEET
        parts = "".join(_svg_shape(shape) for shape in self.shapes)
        return (
            f'<svg class="profile" viewBox="0 0 {width:g} {height:g}" role="img">'
            f"<title>{escape(title)}</title>{parts}</svg>"
        )


@dataclass(frozen=True, slots=True)
class _Frame:
    """From places along the crack and widths to the sheet."""

    length: float
    top: float

    def points(self, along: Floats, width: Floats) -> tuple[tuple[float, float], ...]:
        x = LEFT + (RIGHT - LEFT) * along / self.length
        return tuple((round(float(a), 1), round(float(b), 1)) for a, b in zip(x, self.y(width)))

    def y(self, width: Floats) -> Floats:
        return np.asarray(BOTTOM - (BOTTOM - TOP) * np.asarray(width) / self.top)


def plot_profile(profile: WidthProfile, borders: Sequence[Border] = ()) -> Plot:
    """Lay out the width along a crack.

    Parameters
    ----------
    profile
        From the record.
    borders
        Limits or borders of classes, mm; drawn when the profile is in mm. One far above the band is
        named in a note.
    """
    frame, shown = _frame(profile, borders)
    shapes = [
        *_floor(profile, frame),
        *_axes(frame, profile.unit),
        *(area for piece in profile.pieces for area in _band(piece, frame)),
        *_joints(profile, frame),
        *_limit_lines(shown, frame),
        *(line for piece in profile.pieces for line in _lines(piece, frame)),
        *_limit_names(shown, frame),
    ]
    left_out = [border for border in borders if border not in shown]
    return Plot(tuple(shapes), tuple(_notes(profile, left_out)), _methods(profile))


def _frame(profile: WidthProfile, borders: Sequence[Border]) -> tuple[_Frame, list[Border]]:
    """Choose the axes from the band and the limits near it."""
    values = np.concatenate([np.concatenate([piece.width, piece.high]) for piece in profile.pieces])
    top = 1.08 * float(values[np.isfinite(values)].max())
    shown = [b for b in borders if profile.unit == "mm" and b.width_mm <= _LIMIT_ROOM * top]
    top = max([top, *(1.1 * border.width_mm for border in shown)])
    return _Frame(max(profile.length, 1e-9), max(top, 1e-9)), shown


def _axes(frame: _Frame, unit: Unit) -> Iterator[Line | Label]:
    for value in _ticks(frame.top, 5):
        y = round(float(frame.y(np.array(value))), 1)
        yield Line(((LEFT, y), (RIGHT, y)), "grid")
        yield Label(LEFT - 7, y + 4, f"{value:g}", "end")
    for value in _ticks(frame.length, 9):
        x = round(LEFT + (RIGHT - LEFT) * value / frame.length, 1)
        yield Line(((x, BOTTOM), (x, BOTTOM + 4)), "axis")
        yield Label(x, BOTTOM + 17, f"{value:g}", "middle")
    yield Line(((LEFT, BOTTOM), (RIGHT, BOTTOM)), "axis")
    yield Label(LEFT - 7, TOP - 8, f"width ({unit})", "start")
    yield Label(RIGHT, SHEET[1] - 6, f"along the crack ({unit})", "end")


def _floor(profile: WidthProfile, frame: _Frame) -> Iterator[Area]:
    """Shade the widths that cannot be measured in the photo."""
    if profile.smallest is not None:
        y = max(TOP, round(float(frame.y(np.array(profile.smallest))), 1))
        yield Area(((LEFT, BOTTOM), (LEFT, y), (RIGHT, y), (RIGHT, BOTTOM)), "floor")


def _ticks(top: float, most: int) -> list[float]:
    step = round_up(top / most)
    return [round(number * step, digits_of(step)) for number in range(floor(top / step + 1e-9) + 1)]


def _band(piece: Piece, frame: _Frame) -> Iterator[Area]:
    for run in _runs(np.isfinite(piece.low) & np.isfinite(piece.high)):
        at = slice(*run)
        there = frame.points(piece.along[at], piece.high[at])
        back = frame.points(piece.along[at][::-1], piece.low[at][::-1])
        yield Area(there + back, "band")


def _lines(piece: Piece, frame: _Frame) -> Iterator[Line]:
    """Draw the width, each method in its own style, without a gap where the method changes."""
    for first, last in _runs(np.isfinite(piece.width)):
        changes = np.flatnonzero(np.diff(piece.method[first:last])) + 1
        starts = [first, *(first + changes).tolist()]
        for start, end in zip(starts, [*starts[1:], last]):
            at = slice(start, min(end + 1, last))
            points = frame.points(piece.along[at], piece.width[at])
            dash = DASHES[METHODS[int(piece.method[start])]]
            yield Line(points if len(points) > 1 else points * 2, "width", dash)


def _joints(profile: WidthProfile, frame: _Frame) -> Iterator[Line]:
    for piece in profile.pieces[1:]:
        ((x, _),) = frame.points(piece.along[:1], np.zeros(1))
        yield Line(((x, TOP), (x, BOTTOM)), "joint", "2 4")


def _limit_lines(borders: Sequence[Border], frame: _Frame) -> Iterator[Line]:
    for border in borders:
        y = round(float(frame.y(np.array(border.width_mm))), 1)
        yield Line(((LEFT, y), (RIGHT, y)), "limit", "9 4")


def _limit_names(borders: Sequence[Border], frame: _Frame) -> Iterator[Area | Label]:
    """Name the limits in front of the profile, on a light plate so that both can be read."""
    for border in borders:
        y = round(float(frame.y(np.array(border.width_mm))), 1)
        words = f"{border.name} {border.width_mm:g} mm"
        left = RIGHT - _LETTER * len(words) - 4
        yield Area(((left, y - 17), (RIGHT, y - 17), (RIGHT, y - 2), (left, y - 2)), "plate")
        yield Label(RIGHT - 2, y - 5, words, "end", "limit")


def _notes(profile: WidthProfile, left_out: Sequence[Border]) -> Iterator[str]:
    if profile.smallest is not None:
        bound = f"{bound_text(profile.smallest)} {profile.unit}"
        yield f"Grey: finer than {bound}, which cannot be measured in this photo."
    if profile.branches > 1:
        shown = len(profile.pieces)
        which = f"{shown} of its {profile.branches}" if shown < profile.branches else f"Its {shown}"
        yield f"{which} branches one after the other: that with the largest width, then the longest."
    if profile.unit == "mm" and left_out:
        names = ", ".join(f"{border.name} {border.width_mm:g} mm" for border in left_out)
        yield f"Above the plot: {names}."


def _methods(profile: WidthProfile) -> frozenset[Method]:
    used = [piece.method[np.isfinite(piece.width)] for piece in profile.pieces]
    return frozenset(METHODS[number] for number in np.unique(np.concatenate(used)).tolist())


def _runs(is_known: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Give the stretches [first, last) where something is known."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(is_known, int), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist()))


def _svg_shape(shape: Line | Area | Label) -> str:
    if isinstance(shape, Label):
        return (
            f'<text class="{shape.role}" x="{shape.x:g}" y="{shape.y:g}" text-anchor="{shape.anchor}">'
            f"{escape(shape.text)}</text>"
        )
    points = " ".join(f"{x:g},{y:g}" for x, y in shape.points)
    if isinstance(shape, Area):
        return f'<polygon class="{shape.role}" points="{points}"/>'
    dash = f' stroke-dasharray="{shape.dash}"' if shape.dash else ""
    return f'<polyline class="{shape.role}" points="{points}"{dash}/>'
