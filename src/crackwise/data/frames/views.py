"""How much of a view other views have already shown; K points.

Views are laid over each other by ORB features (Rublee 2011) and a shift, turn and scale that enough of them
agree on (RANSAC); where a surface is too plain for features, by phase correlation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from crackwise.arrays import Floats, Grey

VIEW_PX = 480
"""Longest side of the picture that features are looked for in."""
CLOSER = 1.5
"""A view from nearer than this, compared with one already kept, shows the same place anew."""

_FEATURES = 300
_FAST_THRESHOLD = 7  # ORB's own 20 finds next to nothing on concrete
_FEW_FEATURES = 50
_MOST_BITS = 56  # of 256 that differ between two features of the same spot
_LEAST_INLIERS = 12
_RANSAC_PX = 4.0
_THUMBNAIL_PX = 120
_LIGHT_PX = 8.0  # thumbnails are freed from shading wider than this: a lamp moves with the camera
_LEAST_CORRELATION = 0.5
_CELLS = 64  # of the mask that says what has been shown, along the longest side


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """About 40 KB by which a view is known: size (W, H), points (K, 2), descriptors (K, 32), a thumbnail."""

    size: tuple[int, int]
    points: Floats
    descriptors: Grey
    thumbnail: Floats


def look_at(grey: Grey) -> View:
    """Take from a picture what it can be recognised by."""
    small = _resized(grey, VIEW_PX)
    finder = cv2.ORB.create(nfeatures=_FEATURES, fastThreshold=_FAST_THRESHOLD)
    keypoints, descriptors = finder.detectAndCompute(small, None)
    found = np.zeros((0, 32), np.uint8) if descriptors is None else descriptors
    points = np.array([point.pt for point in keypoints], np.float32).reshape(-1, 2)
    plain = _resized(grey, _THUMBNAIL_PX).astype(np.float32)
    thumbnail = plain - cv2.GaussianBlur(plain, (0, 0), _LIGHT_PX)
    return View((small.shape[1], small.shape[0]), points, found, thumbnail)


def shows_new(view: View, kept: Sequence[View], least_new: float) -> bool:
    """Tell whether at least a share of a view is in none of the kept ones, the latest being asked first."""
    factor = _CELLS / max(view.size)
    width, height = (max(1, round(side * factor)) for side in view.size)
    is_shown = np.zeros((height, width), np.uint8)
    for other in reversed(kept):
        corners = _seen_corners(view, other)
        if corners is None:
            continue
        cv2.fillConvexPoly(is_shown, np.round(corners * factor - 0.5).astype(np.int32), 1)
        if 1 - is_shown.mean() < least_new:
            return False
    return True


def _seen_corners(view: View, other: View) -> Floats | None:
    """Give the corners (4, 2) of another view in this one's pixels, if it shows the same place as closely."""
    placed = _by_features(view, other)
    if placed is None and min(len(view.points), len(other.points)) < _FEW_FEATURES:
        placed = _by_correlation(view, other)
    if placed is None or np.sqrt(abs(np.linalg.det(placed[:, :2]))) > CLOSER:
        return None
    width, height = other.size
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    return np.asarray(corners @ placed[:, :2].T + placed[:, 2])


def _by_features(view: View, other: View) -> Floats | None:
    """Find the (2, 3) map from another view to this one that enough features agree on."""
    matcher = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True)
    if min(len(view.points), len(other.points)) < _LEAST_INLIERS:
        return None
    matches = [m for m in matcher.match(other.descriptors, view.descriptors) if m.distance <= _MOST_BITS]
    if len(matches) < _LEAST_INLIERS:
        return None
    source = other.points[[m.queryIdx for m in matches]]
    target = view.points[[m.trainIdx for m in matches]]
    placed, agrees = cv2.estimateAffinePartial2D(source, target, ransacReprojThreshold=_RANSAC_PX)
    return None if placed is None or agrees.sum() < _LEAST_INLIERS else np.asarray(placed)


def _by_correlation(view: View, other: View) -> Floats | None:
    """Find the shift from another view to this one, if the pictures really agree once shifted."""
    height, width = view.thumbnail.shape
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    (x, y), _ = cv2.phaseCorrelate(other.thumbnail, view.thumbnail, window)
    shifted = cv2.warpAffine(other.thumbnail, np.array([(1, 0, x), (0, 1, y)]), (width, height))
    is_common = (
        cv2.warpAffine(np.ones_like(other.thumbnail), np.array([(1, 0, x), (0, 1, y)]), (width, height))
        > 0.99
    )
    if is_common.mean() < 0.1:
        return None
    first, second = shifted[is_common], view.thumbnail[is_common]
    spread = float(first.std() * second.std())
    if (
        spread == 0
        or float(np.mean((first - first.mean()) * (second - second.mean()))) / spread < _LEAST_CORRELATION
    ):
        return None
    factor = view.size[0] / width
    return np.array([(1, 0, x * factor), (0, 1, y * factor)])


def _resized(grey: Grey, longest_px: int) -> Grey:
    factor = min(1.0, longest_px / max(grey.shape))
    return np.asarray(cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)
