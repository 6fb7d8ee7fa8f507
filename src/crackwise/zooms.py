"""Look at a small photo at several sizes: hairlines must be wide enough to see, wide cracks fine enough."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from crackwise.arrays import ProbabilityMap, Rgb

Predict = Callable[[Rgb], ProbabilityMap]

LEAST_SIDE_PX = 128
"""Nothing is looked at smaller than this along its shorter side: of a thumbnail only blots are left."""


@dataclass(frozen=True, slots=True)
class Zooms:
    """At which sizes photos are looked at.

    Parameters
    ----------
    factors
        Enlargements; 1 is the photo as it is. One that would leave less than ``LEAST_SIDE_PX`` is left out.
    up_to_megapixels
        Larger photos are looked at as they are.
    """

    factors: tuple[float, ...] = (1.0,)
    up_to_megapixels: float = 0.0

    def of(self, shape: tuple[int, ...]) -> tuple[float, ...]:
        """Give the factors for a photo of shape (H, W, …)."""
        if shape[0] * shape[1] > self.up_to_megapixels * 1e6:
            return (1.0,)
        shorter_px = min(shape[:2])
        wide_enough = (one for one in self.factors if one >= 1 or one * shorter_px >= LEAST_SIDE_PX)
        return tuple(wide_enough) or (1.0,)

    def predict(self, photo: Rgb, predict: Predict) -> ProbabilityMap:
        """Average the predictions at every size, (H, W)."""
        maps = [_at(factor, photo, predict) for factor in self.of(photo.shape)]
        return maps[0] if len(maps) == 1 else np.mean(maps, axis=0, dtype=np.float32)


def at_size(size_px: tuple[int, int], photo: Rgb, predict: Predict) -> ProbabilityMap:
    """Predict a photo brought to a width and height, as a network sees it that was trained on whole photos.

    Returns
    -------
    (H, W) of the photo itself.
    """
    H, W = photo.shape[:2]
    return np.asarray(cv2.resize(predict(resized(photo, size_px)), (W, H), interpolation=cv2.INTER_LINEAR))


def resized(photo: Rgb, size_px: tuple[int, int]) -> Rgb:
    """Bring a photo to a width and height; one that shrinks along either side is averaged over areas."""
    shrinks = size_px[0] < photo.shape[1] or size_px[1] < photo.shape[0]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(photo, size_px, interpolation=interpolation), dtype=np.uint8)


def _at(factor: float, photo: Rgb, predict: Predict) -> ProbabilityMap:
    if factor == 1:
        return predict(photo)
    H, W = photo.shape[:2]
    size = (max(1, round(W * factor)), max(1, round(H * factor)))
    enlarged = cv2.resize(photo, size, interpolation=cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA)
    shrink = cv2.INTER_AREA if factor > 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(predict(np.asarray(enlarged, np.uint8)), (W, H), interpolation=shrink))
