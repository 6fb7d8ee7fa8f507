"""Random fields that surfaces are made of: fractal noise, cells, relief.

H rows, W columns. Fields are (H, W) float32 with mean near 0 and standard deviation near 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from crackwise.arrays import Floats, Ints

Shape = tuple[int, int]


def white_noise(shape: Shape, rng: np.random.Generator) -> Floats:
    """Draw independent normal values."""
    return rng.standard_normal(shape, dtype=np.float32)


def smooth_noise(shape: Shape, rng: np.random.Generator, scale_px: Sequence[float]) -> Floats:
    """Draw noise whose features are about ``scale_px`` (rows, columns) large."""
    rows, columns = (max(2, int(np.ceil(side / max(scale, 1.0))) + 1) for side, scale in zip(shape, scale_px))
    coarse = rng.standard_normal((rows, columns), dtype=np.float32)
    # Enlarged by cubic interpolation, white noise keeps about 0.8 of its standard deviation.
    return np.asarray(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC) / 0.8, np.float32)


def fractal_noise(
    shape: Shape, rng: np.random.Generator, scale_px: float, octaves: int = 4, gain: float = 0.6
) -> Floats:
    """Add octaves of smooth noise, each half as large and ``gain`` times as strong as the one before.

    The sum over octaves of noise is known as fractional Brownian motion (Ebert et al., Texturing and
    Modeling, 2003, chapter 14).
    """
    weights = gain ** np.arange(octaves)
    total = np.zeros(shape, np.float32)
    for octave, weight in enumerate(weights / np.sqrt(np.sum(weights**2))):
        scale = scale_px / 2**octave
        total += np.float32(weight) * smooth_noise(shape, rng, (scale, scale))
    return total


def grain(shape: Shape, rng: np.random.Generator, size_px: float) -> Floats:
    """Draw noise of grains of ``size_px``, normalised to a standard deviation of 1."""
    field = cv2.GaussianBlur(white_noise(shape, rng), (0, 0), max(size_px / 2.5, 0.3))
    return np.asarray(field / (field.std() + 1e-6), np.float32)


def turned(field: Floats, angle_deg: float) -> Floats:
    """Turn a field about its middle, mirrored where its corners would be missing."""
    H, W = field.shape[:2]
    matrix = cv2.getRotationMatrix2D((W / 2, H / 2), angle_deg, 1.0)
    return np.asarray(cv2.warpAffine(field, matrix, (W, H), borderMode=cv2.BORDER_REFLECT), np.float32)


def streaks(shape: Shape, rng: np.random.Generator, scale_px: Sequence[float], angle_deg: float) -> Floats:
    """Draw noise that is stretched along a direction: ``scale_px`` is (across, along)."""
    field = smooth_noise(shape, rng, scale_px) + 0.5 * smooth_noise(
        shape, rng, (scale_px[0] / 2.5, scale_px[1] / 2)
    )
    return turned(field / np.float32(1.12), angle_deg)


@dataclass(frozen=True, slots=True)
class Cells:
    """The nearest of many random points, for every pixel.

    Parameters
    ----------
    label
        (H, W) number of the nearest point, below ``count``.
    distance
        (H, W) distance to it, px.
    count
        Number of points.
    """

    label: Ints
    distance: Floats
    count: int

    def pick(self, values: Floats) -> Floats:
        """Spread one value (or colour) per point over its cell."""
        return values[self.label]


def cells(shape: Shape, rng: np.random.Generator, size_px: float) -> Cells:
    """Scatter points about ``size_px`` apart and find the nearest for every pixel."""
    H, W = shape
    rows, columns = (np.arange(-0.5, side / size_px + 0.5) * size_px for side in shape)
    points = np.stack(np.meshgrid(rows, columns, indexing="ij"), -1).reshape(-1, 2)
    points = points + rng.uniform(-0.5, 0.5, points.shape) * size_px
    points = np.clip(np.rint(points), 0, [H - 1, W - 1]).astype(int)
    free = np.ones(shape, np.uint8)
    free[points[:, 0], points[:, 1]] = 0
    distance, label = cv2.distanceTransformWithLabels(
        free, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    return Cells(np.asarray(label), np.asarray(distance, np.float32), int(label.max()) + 1)


def soft_step(field: Floats, threshold: float, softness: float) -> Floats:
    """Turn a field into an opacity: 0 well below the threshold, 1 well above it."""
    return np.asarray(np.clip((field - threshold) / (2 * softness) + 0.5, 0, 1), np.float32)


def relief_shading(height: Floats, light_deg: float) -> Floats:
    """Shade a height field (px) lit from the side: above 1 facing the light, below 1 facing away."""
    down = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    right = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    angle = np.radians(light_deg)
    slope = down * np.float32(np.sin(angle)) + right * np.float32(np.cos(angle))
    return np.asarray(np.clip(1 + slope, 0.35, 1.7), np.float32)
