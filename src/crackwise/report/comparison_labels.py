"""Labels beside the points of a plot, none over another. x to the right, y downwards."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LETTER = 7.6
"""Width of a letter of 13 px, a little more than that of the usual fonts."""

LINE = 17.0
LONGEST = 30
"""Letters of a label; longer names are cut."""

_APART = 11.0  # of a label from its point
_DOT = 7.0
_FAR = 1.3 * _APART


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        """Tell whether two rectangles share an area."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def holds(self, other: "Box") -> bool:
        """Tell whether another rectangle lies inside."""
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )


@dataclass(frozen=True, slots=True)
class Label:
    """A text, the room that it takes, and the point that it belongs to."""

    text: str
    box: Box
    point: tuple[float, float]

    @property
    def baseline(self) -> float:
        """Where the letters stand."""
        return self.box.bottom - 4.5

    @property
    def link(self) -> tuple[float, float]:
        """The place of the box that is nearest to the point."""
        x, y = self.point
        return min(max(x, self.box.left), self.box.right), min(max(y, self.box.top), self.box.bottom)

    @property
    def is_far(self) -> bool:
        """True where a line has to lead from the point to its label."""
        return math.dist(self.point, self.link) > _FAR


def place_labels(
    points: Sequence[tuple[float, float]], names: Sequence[str], frame: Box
) -> tuple[Label, ...]:
    """Put each name beside its point, or where the nearest room is.

    Where a plot is so full that there is no room left, a label lies over others.
    """
    dots = [Box(x - _DOT, y - _DOT, x + _DOT, y + _DOT) for x, y in points]
    placed: list[Label] = []
    for point, name in zip(points, names):
        text = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
        taken = [*dots, *(label.box for label in placed)]
        labels = [Label(text, box, point) for box in _candidates(point, LETTER * len(text), frame)]
        free = (one for one in labels if not any(one.box.overlaps(other) for other in taken))
        placed.append(next(free, labels[0]))
    return tuple(placed)


def _candidates(point: tuple[float, float], width: float, frame: Box) -> Iterator[Box]:
    """Give boxes inside the frame, the nearest first; at least one."""
    x, y = point
    lefts = (x + _APART, x - _APART - width, x - width / 2, x + 4 * _APART, x - 4 * _APART - width)
    edges = (frame.left, frame.right - width, (frame.left + frame.right - width) / 2)
    heights = [step * LINE / 2 for step in range(round(2 * (frame.bottom - frame.top) / LINE))]
    tops = [y - LINE / 2 + sign * height for height in heights for sign in (1, -1)]
    boxes = [Box(left, top, left + width, top + LINE) for top in tops for left in (*lefts, *edges)]
    inside = [box for box in boxes if frame.holds(box)] or boxes[:1]
    yield from sorted(inside, key=lambda box: _distance(box, point))


def _distance(box: Box, point: tuple[float, float]) -> float:
    """Measure from a point to a box, upwards and downwards twice as much: reading goes along lines."""
    across = max(box.left - point[0], point[0] - box.right, 0.0)
    along = abs((box.top + box.bottom) / 2 - point[1])
    return across + 2 * along
