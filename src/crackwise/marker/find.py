"""Find the marker card in a photo: where its plane lies, how large a pixel is on it, and how surely.

Letters: M markers found, S samples across an edge. Points are (x, y) px with whole numbers at pixel centres,
or (x, y) mm on the card.
"""

from collections.abc import Mapping

import cv2
import numpy as np

from crackwise.arrays import Floats, Grey, Rgb
from crackwise.marker.card import Card
from crackwise.marker.edges import refine_corners
from crackwise.marker.layout import DICTIONARY, LAYOUTS, CardLayout
from crackwise.marker.plane import fit_plane

_MISFIT = 0.04
"""A marker whose corners miss the common plane by more than this share of its side is none of this card."""

_LARGE_SIDE_PX = 2000
"""Above this a second search at half size finds markers whose edges are too soft at full size."""


def find_card(pixels: Rgb) -> Card | None:
    """Find a printed marker card.

    Parameters
    ----------
    pixels
        (H, W, 3) uint8.

    Returns
    -------
    Card or None
        None when no marker of a card is seen. Of two cards of one size neither is taken: which one lies in
        the plane of the crack cannot be told.
    """
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
    found = _find_markers(grey)
    # the card of which most is seen; of two sizes with as many markers the one that is larger in the photo
    sizes = {name: _on_layout(found, layout) for name, layout in LAYOUTS.items()}
    name = max(sizes, key=lambda size: (len(sizes[size]), sum(map(_area_px, sizes[size].values()))))
    shape = (grey.shape[0], grey.shape[1])
    return _card(sizes[name], LAYOUTS[name], shape) if sizes[name] else None


def _card(corners: Mapping[int, Floats], layout: CardLayout, shape: tuple[int, int]) -> Card:
    """Fit the plane, leaving out markers that do not belong to it, the worst first."""
    while True:
        plane = fit_plane(corners, layout)
        sides_px = {marker: np.sqrt(_area_px(points)) for marker, points in corners.items()}
        misfit = {marker: np.abs(plane.residuals_px[marker]).max() / sides_px[marker] for marker in corners}
        worst = max(misfit, key=lambda marker: misfit[marker])
        if misfit[worst] <= _MISFIT or len(corners) == 1:
            return Card(layout, plane, shape)
        corners = {marker: points for marker, points in corners.items() if marker != worst}


def _find_markers(grey: Grey) -> dict[int, Floats]:
    """Give the corners (4, 2) of each marker that is seen once."""
    found = _search(grey, 1)
    if max(grey.shape) > _LARGE_SIDE_PX:
        half = np.asarray(cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
        for marker, places in _search(half, 2).items():
            found[marker] = max(found.get(marker, []), places, key=len)
    once = {marker: places[0] for marker, places in found.items() if len(places) == 1}
    return {marker: refine_corners(grey, corners) for marker, corners in once.items()}


def _search(grey: Grey, shrink: int) -> dict[int, list[Floats]]:
    """Give the corners (4, 2) of each marker wherever it is seen."""
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    parameters.errorCorrectionRate = (
        0.3  # of 3 bits that could be put right: a wrong marker is worse than none
    )
    # read each module in its middle: of markers of 30 to 50 px with blur 1.3 to 2 px all are found, not 68 %
    parameters.perspectiveRemovePixelPerCell = 8
    parameters.perspectiveRemoveIgnoredMarginPerCell = 0.3
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(DICTIONARY), parameters)
    corners, numbers, _ = detector.detectMarkers(grey)
    if numbers is None:
        return {}
    found: dict[int, list[Floats]] = {}
    for number, each in zip(numbers.ravel().tolist(), corners):
        # a pixel centre of the photo at half size lies between four of the whole
        found.setdefault(number, []).append(shrink * (np.asarray(each, float).reshape(4, 2) + 0.5) - 0.5)
    return found


def _on_layout(found: Mapping[int, Floats], layout: CardLayout) -> dict[int, Floats]:
    return {marker: corners for marker, corners in found.items() if marker in layout.markers}


def _area_px(corners: Floats) -> float:
    return float(cv2.contourArea(corners.astype(np.float32)))
