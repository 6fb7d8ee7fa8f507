"""Local features of a photo: where small patterns lie and what they look like, whole and mirrored."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import Floats, Grey

FEATURE_COUNT = 300
"""Most features a photo: 1,000 find few more overlaps and take three times the memory and time."""

_CONTRAST = 0.01  # OpenCV's 0.04 leaves smooth concrete without features
_MIRRORED_BINS = (
    np.arange(128).reshape(4, 4, 8)[::-1][:, :, (-np.arange(8)) % 8].ravel()  # rows of cells, directions
)


@dataclass(frozen=True, slots=True)
class Features:
    """The features of one photo.

    Parameters
    ----------
    points
        (K, 2) float32, row and column in px of the picture that they were found in.
    angles_deg
        (K,) float32, main direction.
    sizes_px
        (K,) float32, diameter.
    descriptors
        (K, 128) uint8, SIFT (Lowe 2004).
    shape
        Rows and columns of the picture that they were found in.
    """

    points: Floats
    angles_deg: Floats
    sizes_px: Floats
    descriptors: NDArray[np.uint8]
    shape: tuple[int, int]

    @property
    def count(self) -> int:
        """Number of features."""
        return len(self.points)


def find_features(grey: Grey) -> Features:
    """Find the strongest features of a picture."""
    sift = cv2.SIFT.create(nfeatures=FEATURE_COUNT, contrastThreshold=_CONTRAST)
    keypoints, descriptors = sift.detectAndCompute(grey, None)
    keypoints, K = keypoints[:FEATURE_COUNT], min(len(keypoints), FEATURE_COUNT)
    return Features(
        np.array([point.pt[::-1] for point in keypoints], np.float32).reshape(K, 2),
        np.array([point.angle for point in keypoints], np.float32),
        np.array([point.size for point in keypoints], np.float32),
        np.zeros((0, 128), np.uint8) if descriptors is None else descriptors[:K].astype(np.uint8),
        grey.shape,
    )


def mirrored(features: Features) -> Features:
    """Give the features of the picture mirrored left to right.

    A SIFT descriptor is 4 × 4 cells of 8 directions, turned by the main direction: mirroring reverses the
    rows of cells and the sense of the directions, so that the picture need not be searched again.
    """
    points = features.points.copy()
    points[:, 1] = features.shape[1] - 1 - points[:, 1]
    return Features(
        points,
        (180 - features.angles_deg) % 360,
        features.sizes_px,
        features.descriptors[:, _MIRRORED_BINS],
        features.shape,
    )


def rooted(descriptors: NDArray[np.uint8]) -> Floats:
    """Take square roots and scale to unit length: RootSIFT (Arandjelović and Zisserman 2012), (K, 128)."""
    values = np.sqrt(descriptors.astype(np.float32))
    length = np.sqrt((values**2).sum(axis=1, keepdims=True))
    return np.asarray(values / np.maximum(length, 1e-6), dtype=np.float32)
