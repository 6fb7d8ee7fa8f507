"""The plane of the card: the homography from the card to the photo, fitted to all corners at once.

Ink that spreads and light that blooms move all edges of a marker outwards or inwards alike. With two markers
or more the fit has one parameter for it, and the distance between markers gives the scale; a single marker
cannot tell its growth from the scale.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.optimize import least_squares

from crackwise.arrays import Floats
from crackwise.homography import project
from crackwise.marker.layout import CardLayout

_LEAST_NOISE_PX = 0.05
"""Corners are never taken to be better than this."""

_LONE_NOISE_PX = 0.3
"""Noise of the corners of a single marker, which fit a homography exactly and tell nothing of themselves."""

_OUTWARD = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])
"""Where growth moves the corners of a marker."""


@dataclass(frozen=True, slots=True)
class Plane:
    """A homography with its uncertainty.

    Parameters
    ----------
    px_of_mm
        (3, 3), from (x, y, 1) mm on the card to px in the photo, its last entry 1.
    covariance
        (8, 8) of the other entries, row by row.
    residuals_px
        (4, 2) per marker: what the fit leaves over.
    """

    px_of_mm: Floats
    covariance: Floats
    residuals_px: Mapping[int, Floats]

    @property
    def mm_of_px(self) -> Floats:
        """(3, 3), from (x, y, 1) px in the photo to mm on the card."""
        return np.asarray(np.linalg.inv(self.px_of_mm))

    def variations(self, deviations: float) -> Iterator["Plane"]:
        """Move the homography by standard deviations along each of its eight independent directions."""
        variances, directions = np.linalg.eigh(self.covariance)
        for variance, direction in zip(variances, directions.T):
            entries = self.px_of_mm.ravel()[:8] + deviations * np.sqrt(max(variance, 0.0)) * direction
            yield Plane(np.append(entries, 1.0).reshape(3, 3), self.covariance, self.residuals_px)


def fit_plane(corners: Mapping[int, Floats], layout: CardLayout) -> Plane:
    """Fit the homography to the corners (4, 2) px of each marker, one or more."""
    markers = sorted(corners)
    true = np.concatenate([layout.corners_mm(marker) for marker in markers])
    seen = np.concatenate([corners[marker] for marker in markers])
    outward = np.tile(_OUTWARD, (len(markers), 1))

    def missed(parameters: Floats) -> Floats:
        growth_mm = parameters[8] if len(parameters) > 8 else 0.0
        return np.asarray((project(_matrix(parameters), true + growth_mm * outward) - seen).ravel())

    start, _ = cv2.findHomography(true, seen)
    begin = (start / start[2, 2]).ravel()[:8]
    begin = np.append(begin, 0.0) if len(markers) > 1 else begin
    fit = least_squares(missed, begin, method="lm", x_scale="jac")
    spare = len(fit.fun) - len(fit.x)
    noise_px = float(np.sqrt((fit.fun**2).sum() / spare)) if spare else _LONE_NOISE_PX
    scaling = np.linalg.norm(fit.jac, axis=0)  # entries differ by a factor of a million
    inverse = np.linalg.inv((fit.jac / scaling).T @ (fit.jac / scaling)) / np.outer(scaling, scaling)
    covariance = max(noise_px, _LEAST_NOISE_PX) ** 2 * inverse[:8, :8]
    return Plane(_matrix(fit.x), covariance, dict(zip(markers, fit.fun.reshape(-1, 4, 2))))


def _matrix(parameters: Floats) -> Floats:
    return np.append(parameters[:8], 1.0).reshape(3, 3)
