"""The five classical steps in their order: rotation, size, brightness, contrast, noise.

Nothing is mirrored on purpose and nothing is cut out. The numbers come from a passed generator, the pixels
from OpenCV.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Floats, Rgb
from crackwise.data.augment.photometric import to_bytes
from crackwise.data.augment.version import Version, move_together

ROTATION_DEG = (-30.0, 30.0)
SCALE = (0.8, 1.2)
BRIGHTNESS = (-0.2, 0.2)
"""Share of the full range of 255 grey levels that is added."""
CONTRAST = (-0.2, 0.2)
"""Relative change of the distance to the middle grey."""
NOISE_SIGMA = 10.0
"""Grey levels of 255; independent per pixel and colour."""
MIDDLE_GREY = 127.5


@dataclass(frozen=True, slots=True)
class ClassicalChange:
    """What the dice said.

    Parameters
    ----------
    rotation_deg
        Counter-clockwise as seen, about the centre.
    scale
        Size of what is shown: above 1 it grows and its rim leaves the photo.
    brightness, contrast
        As `BRIGHTNESS` and `CONTRAST`.
    """

    rotation_deg: float
    scale: float
    brightness: float
    contrast: float

    def __str__(self) -> str:
        return (
            f"turned {round(self.rotation_deg):+d}°, size {round(100 * self.scale)} %\n"
            f"light {round(100 * self.brightness):+d} %, contrast {round(100 * self.contrast):+d} %"
        )


def draw_change(rng: np.random.Generator) -> ClassicalChange:
    """Draw every number evenly from its range, in the order of the steps."""
    ranges = (ROTATION_DEG, SCALE, BRIGHTNESS, CONTRAST)
    return ClassicalChange(*(float(rng.uniform(*limits)) for limits in ranges))


def classical_version(image: Rgb, masks: tuple[CrackMask, ...], rng: np.random.Generator) -> Version:
    """Make a version of a photo by the five steps, with new numbers."""
    change = draw_change(rng)
    pixels, moved = move_together(image, masks, turning(change, image.shape))
    return Version(relight(pixels, change, rng), moved, str(change))


def turning(change: ClassicalChange, shape: tuple[int, ...]) -> Floats:
    """Give the (2, 3) matrix of steps 1 and 2; taken together, so that pixels are interpolated only once."""
    centre = ((shape[1] - 1) / 2, (shape[0] - 1) / 2)
    matrix: Floats = cv2.getRotationMatrix2D(centre, change.rotation_deg, change.scale)
    return matrix


def relight(image: Rgb, change: ClassicalChange, rng: np.random.Generator) -> Rgb:
    """Take steps 3 to 5; grey levels are rounded and clipped once, at the end."""
    x = image.astype(np.float32) + np.float32(255 * change.brightness)
    x = (x - np.float32(MIDDLE_GREY)) * np.float32(1 + change.contrast) + np.float32(MIDDLE_GREY)
    return to_bytes(x + np.float32(NOISE_SIGMA) * rng.standard_normal(x.shape, dtype=np.float32))
