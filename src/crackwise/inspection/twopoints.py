"""The scale from two points of a photo whose distance is known: a ruler, a brick, a formwork board."""

import math
from dataclasses import dataclass

from crackwise.errors import SettingsError
from crackwise.photo import PhotoInfo
from crackwise.scale import Scale

POINT_ERROR_PX = 1.0
"""Half width of the 90 % interval of a point along the line, as one sets it in a paint program."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A straight line on the surface, from edge to edge of something of known length.

    Parameters
    ----------
    start, end
        x to the right and y downwards, px of the photo as it is shown upright.
    length_mm
        How long it is.
    point_error_px
        Half width of the 90 % interval of either point along the line.
    length_error
        That of the length, as a share of it.
    """

    start: tuple[float, float]
    end: tuple[float, float]
    length_mm: float
    point_error_px: float = POINT_ERROR_PX
    length_error: float = 0.0

    @property
    def length_px(self) -> float:
        """How far the points are apart."""
        return math.dist(self.start, self.end)

    def scale(self) -> Scale:
        """Give the scale along the line; the errors of both points and of the length are independent.

        Raises
        ------
        SettingsError
            If the points are nearer to each other than they are known.
        """
        error_px = math.sqrt(2) * self.point_error_px
        relative_error = math.hypot(error_px / (self.length_px or math.nan), self.length_error)
        if not relative_error < 1:
            raise SettingsError(
                f"the two points are {self.length_px:.3g} px apart, which is no more than their error of "
                f"± {self.point_error_px:g} px at either; choose points farther apart"
            )
        return Scale(self.length_mm / self.length_px, "given", relative_error)

    def check_inside(self, info: PhotoInfo, name: str) -> None:
        """Refuse points that do not lie in the photo."""
        width_px, height_px = info.width_px, info.height_px
        for x, y in (self.start, self.end):
            if not (0 <= x <= width_px and 0 <= y <= height_px):
                raise SettingsError(
                    f"the point {x:g},{y:g} lies outside {name}, which is {width_px}×{height_px} px; points "
                    "are x,y of the photo as it is shown upright, neither rectified nor resized"
                )
