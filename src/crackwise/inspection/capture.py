"""What a photo can show: how wide a crack must be in it to be measured, from its blur and its grain alone.

No crack is sought, so that the answer is there before the first crack is found, and when none is. On a photo
with cracks the measured cracks know better (:mod:`crackwise.crack.optics`).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from crackwise.arrays import Rgb
from crackwise.crack.optics import smallest_width
from crackwise.data.frames.sharpness import blur_of

_GRAIN_PX = 3.0
"""Texture finer than this passes for noise beside a crack."""

_NORMAL = 1.4826  # median of absolute deviations to standard deviation


@dataclass(frozen=True, slots=True)
class Capture:
    """What a photo can show.

    Parameters
    ----------
    blur_px
        Standard deviation of the blur of its sharpest edges.
    grain
        Standard deviation of texture and noise, grey levels.
    finest_px
        Smallest width that could be measured.
    """

    blur_px: float
    grain: float
    finest_px: float


def look_at_capture(photo: Rgb) -> Capture | None:
    """Say what a photo (H, W, 3) can show; None where it has no edge to tell its blur from.

    The blur by edges that are blurred once more (Zhuo and Sim 2011), the grain as the median deviation from
    a Gaussian of 3 px; then the estimator of widths is asked for a short crack of the usual darkness.
    """
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    blur_px = blur_of(grey)
    if blur_px is None:
        return None
    values = grey.astype(np.float32)
    fine = values - cv2.GaussianBlur(values, (0, 0), _GRAIN_PX)
    grain = float(np.median(np.abs(fine)) * _NORMAL)
    return Capture(blur_px, grain, smallest_width(blur_px, grain))
