"""Find the marker card in a photo: where its plane lies, how large a pixel is on it, and how surely.

Letters: M markers found, S samples across an edge. Points are (x, y) px with whole numbers at pixel centres,
or (x, y) mm on the card.
"""

from collections.abc import Mapping
from itertools import combinations

import cv2
import numpy as np

from crackwise.arrays import Floats, Grey, Rgb
from crackwise.marker.card import Card
from crackwise.marker.edges import refine_corners
from crackwise.marker.layout import DICTIONARY, LAYOUTS, CardLayout
from crackwise.marker.plane import fit_plane

_MISFIT = 0.04
"""A marker whose corners miss the common plane by more than this share of its side is none of this card."""

_TWO_CARDS = "two marker cards of one size seem to lie in the photo, of which neither is taken; leave one"

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
    found = look_for_card(pixels)
    return found if isinstance(found, Card) else None


def look_for_card(pixels: Rgb) -> Card | str:
    """Find a printed marker card, or say why there is none."""
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
    seen = _find_markers(grey)
    sizes = {name: _seen_once(seen, layout) for name, layout in LAYOUTS.items()}
    # the card of which most is seen; of two sizes with as many markers the one that is larger in the photo
    name = max(sizes, key=lambda size: (len(sizes[size]), sum(map(_area_px, sizes[size].values()))))
    if not sizes[name]:
        known = any(marker in layout.markers for layout in LAYOUTS.values() for marker in seen)
        return _TWO_CARDS if known else "no marker card found in the photo"
    corners = {marker: refine_corners(grey, places) for marker, places in sizes[name].items()}
    return fitted_card(corners, LAYOUTS[name], (grey.shape[0], grey.shape[1])) or _TWO_CARDS


def fitted_card(corners: Mapping[int, Floats], layout: CardLayout, shape: tuple[int, int]) -> Card | None:
    """Fit the plane to as many of the markers as it fits; None when that is no more than half of them."""
    for count in range(len(corners), len(corners) // 2, -1):
        chosen = [{marker: corners[marker] for marker in subset} for subset in combinations(corners, count)]
        cards = [Card(layout, fit_plane(each, layout), shape) for each in chosen]
        best = min(cards, key=lambda card: _misfit(card, corners))
        if _misfit(best, corners) <= _MISFIT:
            return best
    return None


def _misfit(card: Card, corners: Mapping[int, Floats]) -> float:
    """Give the largest distance by which a corner misses the plane, as a share of its marker's side."""
    shares = [
        float(np.abs(missed_px).max() / np.sqrt(_area_px(corners[marker])))
        for marker, missed_px in card.plane.residuals_px.items()
    ]
    return max(shares)


def _find_markers(grey: Grey) -> dict[int, list[Floats]]:
    """Give the corners (4, 2) of each marker wherever it is seen."""
    found = _search(grey, 1)
    if max(grey.shape) > _LARGE_SIDE_PX:
        half = np.asarray(cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
        for marker, places in _search(half, 2).items():
            found[marker] = max(found.get(marker, []), places, key=len)
    return found


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


def _seen_once(seen: Mapping[int, list[Floats]], layout: CardLayout) -> dict[int, Floats]:
    """Give the corners of the markers of a card; none at all when one of them is seen twice."""
    places = {marker: seen[marker] for marker in layout.markers if marker in seen}
    is_single = all(len(each) == 1 for each in places.values())
    return {marker: each[0] for marker, each in places.items()} if is_single else {}


def _area_px(corners: Floats) -> float:
    return float(cv2.contourArea(corners.astype(np.float32)))
