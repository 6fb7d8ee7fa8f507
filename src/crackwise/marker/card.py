"""A marker card that was found: the scale anywhere on its plane, and how surely it is known."""

from dataclasses import dataclass

import numpy as np

from crackwise.arrays import CrackMask, Floats
from crackwise.homography import jacobian, project
from crackwise.marker.layout import PRINT_TOLERANCE, CardLayout
from crackwise.marker.plane import Plane
from crackwise.scale import Scale

_HALF_OF_90_PERCENT = 1.645
"""Half width of the 90 % interval of a normal distribution, in standard deviations."""

_ERROR_OF_MISFIT = 10.0
"""Scale error for a share of the card's long side by which corners miss the plane.

A lens with radial distortion k₁ moves all four markers in alike, which a homography takes for scale; what it
leaves over is about a ninth of that error, for cards of 30 to 90 % of the photo (benchmarks/marker_card.py).
"""

_PLACES, _DIRECTIONS = 15, 12
"""Places a side and directions at which the variation over a photo is looked at."""

_LARGEST_ERROR = 1.0
"""Above this, which a plane seen edge-on reaches, nothing is known about the scale anyway."""


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
        """Half width of the 90 % interval of the scale at the middle: noise of corners, misfit and print."""
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

        Of a tilted plane the scale along the tilt is larger and the one across it smaller by √cos(tilt).
        """
        point = np.array([col, row])
        mm_per_px = float(_mm_per_px(self.plane, point))
        error = float(self._relative_error(point))
        return Scale(mm_per_px, "marker", min(error, _LARGEST_ERROR))

    def error_over(self, places: Floats) -> float:
        """Give the relative error of lengths over places (…, 2) (row, col) of a rectified photo."""
        errors = self._relative_error(places[..., ::-1])
        return float(min(np.sqrt((errors**2).mean()), _LARGEST_ERROR))

    def variation(self) -> float:
        """Say how much the scale varies over the photo when one scale is used for all of it.

        90 % of all places and directions have a scale within this share of the scale at the card.
        """
        places = self.grid()
        derivative = jacobian(self.plane.mm_of_px, places[..., ::-1])
        angles = np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS
        steps = np.stack([np.cos(angles), np.sin(angles)])  # (2, D)
        ratio = np.linalg.norm(derivative @ steps, axis=-2) / self.mm_per_px
        ratio[~self.is_before(places)] = np.inf
        return float(min(np.quantile(np.abs(ratio - 1), 0.9, method="lower"), _LARGEST_ERROR))

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

    def _relative_error(self, points: Floats) -> Floats:
        """Half widths of the 90 % intervals at points (…, 2) (x, y)."""
        here = np.log(_mm_per_px(self.plane, points))
        shifts = [np.log(_mm_per_px(plane, points)) - here for plane in self.plane.variations()]
        corners = _HALF_OF_90_PERCENT * np.sqrt(np.sum(np.square(shifts), axis=0))
        return np.asarray(np.sqrt(corners**2 + (_ERROR_OF_MISFIT * self.misfit) ** 2 + PRINT_TOLERANCE**2))


def _mm_per_px(plane: Plane, points: Floats) -> Floats:
    determinant = np.linalg.det(jacobian(plane.mm_of_px, points))
    return np.asarray(np.sqrt(np.abs(determinant)))
