"""A marker card that was found: the scale anywhere on its plane, and how surely it is known."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from crackwise.arrays import CrackMask, Floats
from crackwise.homography import jacobian, project
from crackwise.marker.allowance import HALF_OF_90_PERCENT, mistakes
from crackwise.marker.layout import PRINT_TOLERANCE, CardLayout
from crackwise.marker.plane import Plane
from crackwise.scale import Scale

_ERROR_OF_MISFIT = 10.0
"""Scale error for a share of the card's long side by which corners miss the plane.

A lens that distorts leaves over about a ninth of its error at the card, for cards of 30 to 90 % of the photo
(benchmarks/marker_card.py); of paper that is bent no more is known than what is left over.
"""

_PLACES, _DIRECTIONS = 15, 12
"""Places a side and directions at which a photo is looked at."""

_COVERED = 0.9
"""Share of places and directions that an error stated for all of a photo holds for."""

_LARGEST_ERROR = 1.0
"""From here on, which a plane seen edge-on reaches, nothing is known about the scale anyway."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card in a photo, M of its markers seen.

    Parameters
    ----------
    layout
        Which card it is.
    plane
        Its plane, with the uncertainty of the corners.
    shape
        (H, W) of the photo.
    """

    layout: CardLayout
    plane: Plane
    shape: tuple[int, int]

    @property
    def markers(self) -> tuple[int, ...]:
        """Numbers of the markers seen."""
        return tuple(sorted(self.plane.residuals_px))

    @property
    def centre_px(self) -> tuple[float, float]:
        """Where the middle of the card lies: row, col."""
        x, y = project(self.plane.px_of_mm, np.array(self.layout.centre))
        return float(y), float(x)

    @property
    def outline_px(self) -> Floats:
        """Corners (4, 2) of the page in the photo as row, col."""
        return project(self.plane.px_of_mm, self.layout.outline_mm())[:, ::-1]

    @property
    def scale(self) -> Scale:
        """Scale at the middle of the card."""
        return self.scale_at(*self.centre_px)

    @property
    def mm_per_px(self) -> float:
        """Scale at the middle of the card."""
        return self.scale.mm_per_px

    @property
    def relative_error(self) -> float:
        """Half width of the 90 % interval of the scale at the middle."""
        error = self.scale.relative_error
        assert error is not None
        return error

    @property
    def reprojection_px(self) -> float:
        """Root mean square distance of the corners from the fitted plane; 0 with a single marker."""
        residuals = np.concatenate(list(self.plane.residuals_px.values()))
        return float(np.sqrt((residuals**2).sum(axis=1).mean()))

    @property
    def misfit(self) -> float:
        """``reprojection_px`` as a share of the card's long side in the photo."""
        sides_px = np.linalg.norm(np.diff(self.outline_px, axis=0), axis=1)
        return self.reprojection_px / float(sides_px.max())

    @property
    def tilt_deg(self) -> float:
        """Angle between line of sight and the normal of the card, from its foreshortening.

        Found at the middle of the card, where a circle becomes an ellipse of axes 1 : cos(tilt); good to a
        few degrees when small, and without any knowledge of the lens.
        """
        row, col = self.centre_px
        stretch = np.linalg.svd(jacobian(self.plane.mm_of_px, np.array([col, row])), compute_uv=False)
        return float(np.degrees(np.arccos(stretch[1] / stretch[0])))

    def scale_at(self, row: float, col: float) -> Scale:
        """Give the scale on the plane of the card at one place of the photo, the mean of all directions.

        Of a tilted plane the scale along the tilt is larger and the one across it smaller by √cos(tilt). Its
        error holds noise and misfit of the corners, the print, and what :mod:`crackwise.marker.allowance`
        allows.
        """
        point = np.array([col, row])
        mm_per_px = float(_mm_per_px(jacobian(self.plane.mm_of_px, point)))
        shifts = [np.log(_mm_per_px(each) / mm_per_px) for each in self._alternatives(point)]
        error = float(np.sqrt(np.sum(np.square(shifts)) + self._common_error**2))
        return Scale(mm_per_px, "marker", min(error, _LARGEST_ERROR))

    def error_over(self, places: Floats) -> float:
        """Give the relative error of lengths over places (P, 2) (row, col) of a rectified photo.

        It holds for nine tenths of the places and directions, the rest being farthest from the card.
        """
        return min(float(np.quantile(self._length_errors(places), _COVERED)), _LARGEST_ERROR)

    def error_of_one_scale(self) -> float:
        """Give the relative error of lengths when the scale at the card is used for all of the photo.

        It holds for nine tenths of the places and directions, and is larger than their :meth:`variation`.
        """
        places = self.grid()[self.is_before(self.grid())]
        error = np.hypot(self._length_errors(places), self._strayed(places))
        beyond = np.full((self.grid()[..., 0].size - len(places)) * _DIRECTIONS, np.inf)
        everywhere = np.concatenate([error.ravel(), beyond])
        return min(float(np.quantile(everywhere, _COVERED, method="lower")), _LARGEST_ERROR)

    def variation(self) -> float:
        """Say how much the scale varies over the photo when one scale is used for all of it.

        90 % of all places and directions have a scale within this share of the scale at the card.
        """
        strayed = self._strayed(self.grid())
        strayed[~self.is_before(self.grid())] = np.inf
        return min(float(np.quantile(strayed, _COVERED, method="lower")), _LARGEST_ERROR)

    def reach(self, places: Floats) -> float:
        """Tell how far from its middle places (P, 2) (row, col) lie at most, in lengths of the card."""
        away_mm = project(self.plane.mm_of_px, places[:, ::-1]) - self.layout.centre
        return float(np.linalg.norm(away_mm, axis=1).max() / max(self.layout.page_mm))

    def grid(self) -> Floats:
        """Give places (K, K, 2) as row, col all over the photo."""
        rows, cols = (np.linspace(0, length - 1, _PLACES) for length in self.shape)
        return np.stack(np.meshgrid(rows, cols, indexing="ij"), axis=-1)

    def is_before(self, places: Floats) -> CrackMask:
        """Tell which places (…, 2) (row, col) lie on this side of the plane's horizon."""
        depth = places[..., ::-1] @ self.plane.mm_of_px[2, :2] + self.plane.mm_of_px[2, 2]
        row, col = self.centre_px
        at_card = np.array([col, row]) @ self.plane.mm_of_px[2, :2] + self.plane.mm_of_px[2, 2]
        return np.asarray(depth / at_card > 1e-3)

    @property
    def _common_error(self) -> float:
        """The part of the error that is the same everywhere: misfit and print."""
        return float(np.hypot(_ERROR_OF_MISFIT * self.misfit, PRINT_TOLERANCE))

    def _strayed(self, places: Floats) -> Floats:
        """Tell by what share the scale at places (…, 2) in D directions (…, D) is not that at the card."""
        derivative = jacobian(self.plane.mm_of_px, places[..., ::-1])
        ratio = np.linalg.norm(derivative @ _directions(), axis=-2) / self.mm_per_px
        return np.asarray(np.abs(ratio - 1))

    def _length_errors(self, places: Floats) -> Floats:
        """Give half widths (P, D) of the 90 % intervals of short lengths at places (P, 2) in D directions."""
        points = places[:, ::-1]
        steps_px = np.linalg.inv(jacobian(self.plane.mm_of_px, points)) @ _directions()
        shifts = [
            np.log(np.linalg.norm(each @ steps_px, axis=-2)) for each in self._alternatives(points)
        ]  # (P, D) each: of a step of 1 mm
        return np.asarray(np.sqrt(np.sum(np.square(shifts), axis=0) + self._common_error**2))

    def _alternatives(self, points: Floats) -> Iterator[Floats]:
        """Give other derivatives (…, 2, 2) at points (x, y), each as far off as the 90 % interval goes."""
        for plane in self.plane.variations(HALF_OF_90_PERCENT):
            yield jacobian(plane.mm_of_px, points)
        for mistaken in mistakes(self.plane, self.layout, self.shape):
            yield mistaken.derivative(points)


def _directions() -> Floats:
    """Give unit steps (2, D)."""
    angles = np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS
    return np.stack([np.cos(angles), np.sin(angles)])


def _mm_per_px(derivative: Floats) -> Floats:
    return np.asarray(np.sqrt(np.abs(np.linalg.det(derivative))))
