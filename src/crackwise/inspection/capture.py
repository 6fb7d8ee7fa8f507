"""What a photo can show: how wide a crack must be in it to be measured, from its blur and its grain alone.

No crack is sought, so that the answer is there before the first crack is found, and when none is. On a photo
with cracks the measured cracks know better (:mod:`crackwise.crack.optics`).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from crackwise.arrays import Grey, Rgb
from crackwise.crack.optics import smallest_width
from crackwise.data.frames.sharpness import blur_of

_GRAIN_PX = 3.0
"""Texture finer than this passes for noise beside a crack."""

_SEEN_PX = 2_000_000
"""Of a larger photo only so much of its middle is looked at, unless there is no edge."""

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
    smallest_width_px
        Smallest width that could be measured.
    """

    blur_px: float
    grain: float
    smallest_width_px: float


def look_at_capture(photo: Rgb) -> Capture | None:
    """Say what a photo (H, W, 3) can show; None where it has no edge to tell its blur from.

    The blur by edges that are blurred once more (Zhuo and Sim 2011), the grain as the median deviation from
    a Gaussian of 3 px; then the estimator of widths is asked for a short crack of the usual darkness. Of a
    photo of more than 2 megapixels the middle is looked at, in which one focuses.
    """
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    middle = _middle(grey)
    found = _look(middle)
    return _look(grey) if found is None and middle.size < grey.size else found


def _look(grey: Grey) -> Capture | None:
    blur_px = blur_of(grey)
    if blur_px is None:
        return None
    values = grey.astype(np.float32)
    fine = values - cv2.GaussianBlur(values, (0, 0), _GRAIN_PX)
    grain = float(np.median(np.abs(fine)) * _NORMAL)
    return Capture(blur_px, grain, smallest_width(blur_px, grain))


def _middle(grey: Grey) -> Grey:
    share = min(1.0, (_SEEN_PX / grey.size) ** 0.5)
    H, W = grey.shape
    top, left = (int(length * (1 - share) / 2) for length in (H, W))
    return grey[top : H - top, left : W - left]
