"""What annotation tools draw, and how it becomes pixels.

Points are (x, y) in px as tools write them: pixel (0, 0) covers 0 to 1, so its centre is at 0.5. A polygon
fills the pixels whose centre lies inside, as pycocotools rasterises (COCO's ``annToMask``), on a grid of a
fifth of a pixel; shapes are painted in order, later ones over earlier ones. P points, H rows, W columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from pycocotools import mask as coco_mask

from crackwise.arrays import CrackMask, Floats
from crackwise.data.runs import checked_runs, columns_of_runs
from crackwise.errors import DataError

FARTHEST_SIDES = 3.0
"""Points may lie this many photo sides outside the photo: farther out they are taken for a fault."""

_LEAST_POINTS = 3
_LONGEST_PER_PIXEL = 8.0
"""The edges of all pixels of a photo are 4 px long for each; bridges at most double that."""
_LONGEST_PX = 1e5  # in any photo: a polygon may cross a small one often
_LEAST_LINE_PX = 1.0  # thinner lines miss the centres of pixels and fall apart
_JOINT_SIDES = 16


@dataclass(frozen=True, slots=True)
class Part:
    """Some columns of a photo.

    Parameters
    ----------
    top, left
        Where they begin, in px.
    covered
        (rows, columns), True where a shape lies.
    """

    top: int
    left: int
    covered: CrackMask

    @property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns in the photo."""
        height, width = self.covered.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)

    def on(self, size: tuple[int, int]) -> CrackMask:
        """Put the part on an empty mask (H, W)."""
        canvas = np.zeros(size, bool)
        canvas[self.window] = self.covered
        return canvas


@dataclass(frozen=True, slots=True)
class Polygon:
    """A filled outline.

    Parameters
    ----------
    label
        Category, as the tool names it.
    points
        (P, 2) x, y in px; closed by itself, at least 3 points: fewer cover nothing.
    """

    label: str
    points: Floats

    def covers(self, size: tuple[int, int]) -> CrackMask:
        """Fill (H, W).

        Raises
        ------
        DataError
            If a point is not a number or far outside the photo.
        """
        return self.part(size).on(size)

    def part(self, size: tuple[int, int]) -> Part:
        """Fill the columns that the polygon covers; see `covers`."""
        check_points(self.points, size)
        return _filled([self.points] if len(self.points) >= _LEAST_POINTS else [], size)


@dataclass(frozen=True, slots=True)
class Polyline:
    """A line drawn along a crack.

    Parameters
    ----------
    label
        Category.
    points
        (P, 2) x, y in px.
    width_px
        How wide the line is painted, from 1 px; tools store none, so the user states it.
    """

    label: str
    points: Floats
    width_px: float

    def covers(self, size: tuple[int, int]) -> CrackMask:
        """Paint the line, (H, W), ends blunt and bends round; see :meth:`Polygon.covers`."""
        return self.part(size).on(size)

    def part(self, size: tuple[int, int]) -> Part:
        """Paint the columns that the line covers; see `covers`."""
        check_points(self.points, size)
        return _filled(_bands(self.points, max(self.width_px, _LEAST_LINE_PX)), size)


@dataclass(frozen=True, slots=True)
class RunLengths:
    """A mask as lengths of runs.

    Parameters
    ----------
    label
        Category.
    counts
        Runs of 0 and 1 in turn, beginning with 0, column by column; compressed as COCO does when bytes.
    box
        (top, left, height, width) in px: where in the photo the runs lie.
    """

    label: str
    counts: tuple[int, ...] | bytes
    box: tuple[int, int, int, int]

    def covers(self, size: tuple[int, int]) -> CrackMask:
        """Decode into (H, W).

        Raises
        ------
        DataError
            If the runs do not add up to the box, or the box does not lie in the photo.
        """
        return self.part(size).on(size)

    def part(self, size: tuple[int, int]) -> Part:
        """Decode the columns that the mask covers; see `covers`."""
        top, left, height, width = self.box
        if min(top, left, height, width) < 0 or top + height > size[0] or left + width > size[1]:
            raise DataError(
                f"a mask of {width}×{height} px at column {left}, row {top} does not fit into the photo of "
                f"{size[1]}×{size[0]} px; export the annotations again with this photo"
            )
        first, covered = columns_of_runs(checked_runs(self.counts, height, width), height)
        return Part(top, left + first, covered)


Shape: TypeAlias = Polygon | Polyline | RunLengths


def paint(shapes: Sequence[Shape], size: tuple[int, int], erasing: frozenset[str] = frozenset()) -> CrackMask:
    """Paint shapes in order, (H, W); one whose label is in ``erasing`` takes away what lies beneath.

    Raises
    ------
    DataError
        As the shapes do.
    """
    canvas = np.zeros(size, bool)
    for shape in shapes:
        part = shape.part(size)
        if shape.label in erasing:
            canvas[part.window] &= ~part.covered
        else:
            canvas[part.window] |= part.covered
    return canvas


def check_points(points: Floats, size: tuple[int, int]) -> None:
    """Refuse points that are not numbers, or so far outside the photo that they are no part of it.

    Raises
    ------
    DataError
        With the first such point; also if the line through the points is longer than any outline can be.
    """
    if not np.isfinite(points).all():
        bad = points[~np.isfinite(points).all(axis=1)][0]
        raise DataError(f"a point is ({bad[0]:g}, {bad[1]:g}), not a number; draw the shape again")
    sides = np.array([size[1], size[0]])
    is_far = (points < -FARTHEST_SIDES * sides) | (points > (1 + FARTHEST_SIDES) * sides)
    if is_far.any():
        bad = points[is_far.any(axis=1)][0]
        raise DataError(
            f"a point is ({bad[0]:g}, {bad[1]:g}), far outside the photo of {size[1]}×{size[0]} px; "
            "check that the annotation belongs to this photo"
        )
    length_px = np.abs(np.diff(points, axis=0)).max(axis=1, initial=0).sum()
    if length_px > _LONGEST_PX + _LONGEST_PER_PIXEL * size[0] * size[1]:
        raise DataError(
            f"a shape has an outline of {length_px:.2g} px in a photo of {size[1]}×{size[0]} px; "
            "draw it again"
        )


def _filled(rings: Sequence[Floats], size: tuple[int, int]) -> Part:
    """Fill polygons, united, in the columns that they cover."""
    if not rings or 0 in size:
        return Part(0, 0, np.zeros((size[0], 0), bool))
    encoded = coco_mask.merge(coco_mask.frPyObjects([ring.ravel().tolist() for ring in rings], *size))
    # not coco_mask.decode: it goes over the whole photo, and numpy 2 warns about its arrays
    left, covered = columns_of_runs(checked_runs(encoded["counts"], *size), size[0])
    return Part(0, left, covered)


def _bands(points: Floats, width_px: float) -> list[Floats]:
    """Give a line its width: a rectangle along each piece, a round joint at each bend."""
    steps = np.diff(points, axis=0)
    lengths = np.hypot(*steps.T)
    is_long = lengths > 0
    across = steps[is_long][:, ::-1] * (-1, 1) * (width_px / 2 / lengths[is_long])[:, None]
    starts, ends = points[:-1][is_long], points[1:][is_long]
    pieces = np.stack([starts - across, starts + across, ends + across, ends - across], axis=1)
    turn = np.linspace(0, 2 * np.pi, _JOINT_SIDES, endpoint=False)
    joint = width_px / 2 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return [*pieces, *(bend + joint for bend in starts[1:])]
