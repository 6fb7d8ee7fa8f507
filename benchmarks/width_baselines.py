"""Straightforward ways to tell a crack's width, which the estimator is measured against; none has an
interval.

Written as a textbook would, with no more than numpy, scipy, scikit-image and OpenCV; nothing here is the
package's.

S samples of a profile, Q points on a skeleton; rows and columns in px, pixel centres are whole numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve, distance_transform_edt, map_coordinates
from scipy.spatial import cKDTree
from skimage.morphology import skeletonize

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

SURFACE_SAMPLES = 5
"""At either end of a profile, whose median is taken for the surface."""

SAMPLING_PX = 0.25
"""Between the samples of a profile across a photo."""

MARCH_PX = 0.1
"""Between the samples that look for the edge of a mask."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an estimator says of one photo.

    Parameters
    ----------
    points
        (Q, 2) row and column, px.
    width_px
        (Q,) width; NaN where it gives none.
    low_px, high_px
        (Q,) 90 % interval; NaN for an estimator without intervals.
    length_px
        Length of the crack; None for an estimator without one.
    """

    points: Floats
    width_px: Floats
    low_px: Floats
    high_px: Floats
    length_px: float | None

    @classmethod
    def without_interval(cls, points: Floats, width_px: Floats, length_px: float | None = None) -> "Estimate":
        unknown = np.full(len(points), np.nan)
        return cls(points, width_px, unknown, unknown, length_px)


def half_depth(intensities: Floats) -> float:
    """Distance, in samples, between where a profile crosses half way from the surface to its darkest sample.

    The surface is the median of the five samples at either end; crossings are interpolated. NaN where the
    darkest sample does not lie below the surface, or a side has no crossing.
    """
    ends = np.concatenate([intensities[:SURFACE_SAMPLES], intensities[-SURFACE_SAMPLES:]])
    surface, darkest = float(np.median(ends)), int(np.argmin(intensities))
    level = (surface + float(intensities[darkest])) / 2
    return _crossing(intensities[darkest:], level) + _crossing(intensities[darkest::-1], level)


def otsu(intensities: Floats) -> float:
    """Samples of a profile in the run around the darkest one that lie below Otsu's threshold."""
    return float(_otsu_run(intensities).sum())


def twice_distance(intensities: Floats) -> float:
    """Twice the largest distance, in samples, from below Otsu's threshold to the nearest sample above it."""
    run = np.pad(_otsu_run(intensities), 1)
    return float(2 * distance_transform_edt(run).max())


def best_constant(widths: Floats) -> float:
    """The constant of smallest mean absolute error, which has seen the truth."""
    return float(np.median(widths))


PROFILE_BASELINES: dict[str, Callable[[Floats], float]] = {
    "half-depth": half_depth,
    "Otsu": otsu,
    "2 × distance transform": twice_distance,
}


def _crossing(side: Floats, level: float) -> float:
    """Samples from the first one to where a side rises to a level."""
    above = np.flatnonzero(side >= level)
    if not len(above) or side[0] >= level:
        return float("nan")
    after = above[0]
    return float(after - 1 + (level - side[after - 1]) / (side[after] - side[after - 1]))


def _otsu_run(intensities: Floats) -> NDArray[np.bool_]:
    grey = np.clip(np.rint(intensities), 0, 255).astype(np.uint8)
    threshold, _ = cv2.threshold(grey.reshape(1, -1), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    is_dark = grey <= threshold
    darkest = int(np.argmin(grey))
    bounds = np.flatnonzero(~is_dark)
    before = bounds[bounds < darkest].max(initial=-1)
    after = bounds[bounds > darkest].min(initial=len(grey))
    run = np.zeros(len(grey), np.bool_)
    run[before + 1 : after] = True
    return run


def twice_distance_of_mask(photo: NDArray[np.uint8], mask: Mask) -> Estimate:
    """Twice the Euclidean distance transform at the pixels of the skeleton."""
    skeleton = Skeleton.of(mask)
    return Estimate.without_interval(skeleton.points, 2 * skeleton.distance_px, skeleton.length_px)


def orthogonal_projection(photo: NDArray[np.uint8], mask: Mask) -> Estimate:
    """From each pixel of the skeleton along its normal to both edges of the mask.

    The direction is the first principal axis of the skeleton's pixels within 5 px or the half width. Left out
    are pixels nearer to an end or fork of the skeleton than the half width there.
    """
    skeleton = Skeleton.of(mask)
    width = projected_widths(mask, skeleton, skeleton.normals())
    return Estimate.without_interval(skeleton.points, width, skeleton.length_px)


def projected_widths(mask: Mask, skeleton: "Skeleton", normals: Floats) -> Floats:
    """(Q,) distance between both edges of a mask along each normal; NaN near the nodes of the skeleton."""
    reach_px = 3 * float(skeleton.distance_px.max(initial=1.0)) + 3
    march = np.arange(0, reach_px, MARCH_PX)
    width = np.zeros(len(normals))
    for side in (-1, 1):
        places = np.rint(skeleton.points[:, None] + side * march[:, None] * normals[:, None]).astype(int)
        rows, cols = places[..., 0] + 1, places[..., 1] + 1
        padded = np.pad(mask, 1)
        inside = padded[rows.clip(0, padded.shape[0] - 1), cols.clip(0, padded.shape[1] - 1)]
        first = np.where(inside.all(axis=1), np.nan, inside.argmin(axis=1))
        width += first * MARCH_PX - MARCH_PX / 2
    width[skeleton.is_near_node()] = np.nan
    return width


def half_depth_in_photo(photo: NDArray[np.uint8], mask: Mask) -> Estimate:
    """Half-depth width of the photo's grey values across the skeleton of the mask."""
    return _across_photo(photo, mask, half_depth)


def otsu_in_photo(photo: NDArray[np.uint8], mask: Mask) -> Estimate:
    """Otsu width of the photo's grey values across the skeleton of the mask."""
    return _across_photo(photo, mask, otsu)


MASK_BASELINES: dict[str, Callable[[NDArray[np.uint8], Mask], Estimate]] = {
    "2 × distance transform": twice_distance_of_mask,
    "orthogonal projection": orthogonal_projection,
    "half-depth": half_depth_in_photo,
    "Otsu": otsu_in_photo,
}


def _across_photo(photo: NDArray[np.uint8], mask: Mask, profile_width: Callable[[Floats], float]) -> Estimate:
    """Widths of profiles that reach one width and 8 px beyond the mask's edge on either side."""
    grey = photo if photo.ndim == 2 else cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    skeleton = Skeleton.of(mask)
    near_node, normal = skeleton.is_near_node(), skeleton.normals()
    width = np.full(len(normal), np.nan)
    for i in np.flatnonzero(~near_node):
        reach_px = 3 * skeleton.distance_px[i] + 8
        offset = np.arange(-reach_px, reach_px + SAMPLING_PX / 2, SAMPLING_PX)
        places = skeleton.points[i] + offset[:, None] * normal[i]
        intensities = map_coordinates(grey, places.T, np.float64, order=1, mode="nearest")
        width[i] = SAMPLING_PX * profile_width(intensities)
    return Estimate.without_interval(skeleton.points, width, skeleton.length_px)


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Pixels of a skeleton: (Q, 2) places, (Q,) distance to the background, (Q,) number of neighbours."""

    points: Floats
    distance_px: Floats
    neighbours: NDArray[np.intp]

    @classmethod
    def of(cls, mask: Mask) -> "Skeleton":
        pixels = skeletonize(mask)
        padded = np.pad(mask, 1)
        distance = distance_transform_edt(padded)[1:-1, 1:-1]
        neighbours = convolve(pixels.astype(np.intp), np.ones((3, 3), np.intp), mode="constant") - 1
        return cls(np.argwhere(pixels).astype(float), distance[pixels], neighbours[pixels])

    @property
    def length_px(self) -> float:
        """Steps between neighbouring pixels, 1 or √2 each; a diagonal past a corner is not counted twice."""
        pairs = cKDTree(self.points).query_pairs(1.5, output_type="ndarray")
        step = np.abs(self.points[pairs[:, 0]] - self.points[pairs[:, 1]])
        is_diagonal = step.sum(axis=1) > 1.5
        here = {tuple(point) for point in self.points.astype(int).tolist()}
        is_shortcut = [
            ((a[0], b[1]) in here or (b[0], a[1]) in here)
            for a, b in self.points[pairs[is_diagonal]].astype(int)
        ]
        return float((~is_diagonal).sum() + np.sqrt(2) * (is_diagonal.sum() - sum(is_shortcut)))

    def normals(self) -> Floats:
        """(Q, 2) unit normals, from the principal axis of the skeleton's pixels around each."""
        tree, normals = cKDTree(self.points), np.zeros((len(self.points), 2))
        for i, near in enumerate(tree.query_ball_point(self.points, np.maximum(5, self.distance_px))):
            offset = self.points[near] - self.points[near].mean(axis=0)
            normals[i] = np.linalg.eigh(offset.T @ offset)[1][:, 0]
        return normals

    def is_near_node(self) -> NDArray[np.bool_]:
        """(Q,) True nearer to an end or fork than the half width there."""
        nodes = np.flatnonzero(self.neighbours != 2)
        if not len(nodes):
            return np.zeros(len(self.points), np.bool_)
        is_near = np.zeros(len(self.points), np.bool_)
        for node, reach in zip(nodes, self.distance_px[nodes]):
            is_near |= np.hypot(*(self.points - self.points[node]).T) < reach
        return is_near
