"""Where everything lies on the marker card, in mm; drawing and finding read the same numbers.

The origin is the upper left corner of the page, x goes right, y goes down.
"""

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Floats

DICTIONARY = cv2.aruco.DICT_5X5_50
"""Five by five bits: any two of its markers differ in 8 bits or more, and 7 modules are readable far off."""

MODULES = 7
"""Modules a side: five bits and the black border of one on each side."""

PRINT_TOLERANCE = 0.003
"""Half width of the 90 % interval of a printer's scale at 100 %, stated, not measured: 0.3 mm in 100 mm is
what can be seen on the check ruler with a steel rule."""

GAUGE_MM = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0)
"""Widths of the lines of the gauge; the limits of the codes are among them."""

RULER_MM = 100.0
"""Length of the check ruler."""

Point: TypeAlias = tuple[float, float]
"""(x, y) in mm."""


@dataclass(frozen=True, slots=True)
class CardLayout:
    """One size of the card.

    Parameters
    ----------
    name
        Paper size.
    page_mm
        Width and height of the page.
    marker_mm
        Side of a marker, its black border included.
    markers
        Number in the dictionary → upper left corner.
    title, sentence
        Where the words stand: upper left corner, and for the sentence the width of its column.
    ruler, gauge
        Left end of the ruler's line and of the gauge's row.
    gauge_step_mm, text_mm
        From line to line of the gauge, and the height of small letters.
    """

    name: str
    page_mm: tuple[float, float]
    marker_mm: float
    markers: dict[int, Point]
    title: Point
    sentence: tuple[Point, float]
    ruler: Point
    gauge: Point
    gauge_step_mm: float
    text_mm: float

    @property
    def centre(self) -> Point:
        """Middle of the page."""
        return self.page_mm[0] / 2, self.page_mm[1] / 2

    def corners_mm(self, marker: int) -> Floats:
        """Give the corners (4, 2) of a marker as x, y, from its upper left one clockwise."""
        unit = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], float)
        return np.asarray(self.marker_mm * unit + self.markers[marker])

    def outline_mm(self) -> Floats:
        """Give the corners (4, 2) of the page as x, y, from its upper left one clockwise."""
        return np.asarray(np.array([(0, 0), (1, 0), (1, 1), (0, 1)], float) * self.page_mm)


def _corner_markers(
    first: int, page_mm: tuple[float, float], side_mm: float, margin_mm: float
) -> dict[int, Point]:
    right, bottom = (length - margin_mm - side_mm for length in page_mm)
    corners = ((margin_mm, margin_mm), (right, margin_mm), (right, bottom), (margin_mm, bottom))
    return {first + number: corner for number, corner in enumerate(corners)}


_A6_MM, _A4_MM, _LETTER_MM = (148.0, 105.0), (210.0, 297.0), (215.9, 279.4)

LAYOUTS = {
    "A6": CardLayout(
        name="A6",
        page_mm=_A6_MM,
        marker_mm=28.0,
        markers=_corner_markers(20, _A6_MM, 28.0, 7.0),
        title=(40.0, 14.0),
        sentence=((40.0, 74.0), 68.0),
        ruler=(24.0, 62.0),
        gauge=(11.0, 40.0),
        gauge_step_mm=9.0,
        text_mm=2.3,
    ),
    "A4": CardLayout(
        name="A4",
        page_mm=_A4_MM,
        marker_mm=63.0,
        markers=_corner_markers(30, _A4_MM, 63.0, 15.0),
        title=(15.0, 92.0),
        sentence=((15.0, 108.0), 180.0),
        ruler=(55.0, 200.0),
        gauge=(21.0, 150.0),
        gauge_step_mm=12.0,
        text_mm=3.4,
    ),
    "Letter": CardLayout(
        name="Letter",
        page_mm=_LETTER_MM,
        marker_mm=63.0,
        markers=_corner_markers(40, _LETTER_MM, 63.0, 15.0),
        title=(15.0, 88.0),
        sentence=((15.0, 102.0), 180.0),
        ruler=(58.0, 178.0),
        gauge=(24.0, 138.0),
        gauge_step_mm=12.0,
        text_mm=3.4,
    ),
}
"""Cards that are drawn and found; a marker's number says which card it is of."""


def marker_bits(marker: int) -> CrackMask:
    """Give the modules (7, 7) of a marker, True where black, its border included."""
    dictionary = cv2.aruco.getPredefinedDictionary(DICTIONARY)
    picture = cv2.aruco.generateImageMarker(dictionary, marker, MODULES)
    return np.asarray(picture == 0)
