"""Pictures sampled along lines between their pixels, a part of the picture at a time.

H rows, W columns, P places, S samples of each.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import Floats, Ints
from crackwise.crack.blocks import around, by_block

_MOST_ROWS = 30_000  # OpenCV's remap takes less than 32,768


class Picture(Protocol):
    """What is sampled, (H, W): an array, or what makes a part of it when it is asked for."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(H, W)."""

    def __getitem__(self, part: tuple[slice, slice], /) -> NDArray[Any]:
        """Give rows and columns."""


@dataclass(frozen=True, slots=True)
class Way:
    """How to interpolate: OpenCV's names of the curve and of what lies beyond the border, and its reach.

    OpenCV may round places to 1/32 px.
    """

    curve: int
    border: int
    reach_px: int


CUBIC = Way(cv2.INTER_CUBIC, cv2.BORDER_REPLICATE, 3)
"""The border is continued; of bytes the values are whole."""

LINEAR = Way(cv2.INTER_LINEAR, cv2.BORDER_CONSTANT, 2)
"""0 beyond the border."""


def sample_along(
    picture: Picture, points: Floats, directions: Floats, offsets: Floats | Ints, way: Way
) -> Floats:
    """Interpolate at (S,) or (P, S) offsets in px from (P, 2) points along (P, 2) unit directions, (P, S).

    The picture is taken in parts, where the points are.
    """
    along = np.broadcast_to(np.asarray(offsets, np.float32), (len(points), offsets.shape[-1]))
    sampled = np.zeros(along.shape, np.float32)
    reach_px = way.reach_px + np.abs(along).max(initial=0)
    for block in by_block(points):
        for start in range(0, len(block), _MOST_ROWS):
            near = block[start : start + _MOST_ROWS]
            part = around(points[near], reach_px, picture.shape)
            start_at = np.asarray(points[near] - [part[0].start, part[1].start], np.float32)
            steps, away = np.asarray(directions[near], np.float32), along[near]
            rows, cols = (start_at[:, [axis]] + steps[:, [axis]] * away for axis in (0, 1))
            seen = picture[part]
            values = seen.view(np.uint8) if seen.dtype == np.bool_ else seen
            sampled[near] = cv2.remap(values, cols, rows, way.curve, borderMode=way.border)
    return sampled
