"""What a photo can show: how wide a crack must be in it to be measured, from its blur and its grain alone.

No crack is sought, so that the answer is there before the first crack is found, and when none is. On a photo
with cracks the measured cracks know better (:mod:`crackwise.crack.optics`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product
from math import ceil

import cv2
import numpy as np

from crackwise.arrays import Floats, Grey, Rgb
from crackwise.crack.optics import smallest_width
from crackwise.data.frames.sharpness import blur_of
from crackwise.photo import Photo

_GRAIN_PX = 3.0
"""Texture finer than this passes for noise beside a crack."""

_SEEN_PX = 2_000_000
"""Of a larger photo only so much is looked at at a time, its middle first."""

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

    def smallest_at(self, path: Floats) -> float:
        """Give the smallest measurable width all along a path (P, 2): the same everywhere."""
        return self.smallest_width_px


def look_at_capture(photo: Rgb) -> Capture | None:
    """Say what a photo (H, W, 3) can show; None where it has no edge to tell its blur from.

    The blur by edges that are blurred once more (Zhuo and Sim 2011), the grain as the median deviation from
    a Gaussian of 3 px; then the estimator of widths is asked for a short crack of the usual darkness. Of a
    photo of more than 2 megapixels the middle is looked at, in which one focuses, and where that has no edge
    part after part.
    """
    greys = (cv2.cvtColor(photo[part], cv2.COLOR_RGB2GRAY) for part in _parts(*photo.shape[:2]))
    return next((found for grey in greys if (found := _look(grey))), None)


def capture_of(photo: Photo) -> Capture | None:
    """Say what a photo can show; of a rectified one what it shows where it was coarsest, in px of its own."""
    if photo.taken is None:
        return look_at_capture(photo.pixels)
    seen, coarsest = look_at_capture(photo.taken.pixels), photo.taken.coarsest
    return seen and Capture(seen.blur_px * coarsest, seen.grain, seen.smallest_width_px * coarsest)


def _look(grey: Grey) -> Capture | None:
    blur_px = blur_of(grey)
    if blur_px is None:
        return None
    values = grey.astype(np.float32)
    fine = values - cv2.GaussianBlur(values, (0, 0), _GRAIN_PX)
    grain = float(np.median(np.abs(fine)) * _NORMAL)
    return Capture(blur_px, grain, smallest_width(blur_px, grain))


def _parts(H: int, W: int) -> Iterator[tuple[slice, slice]]:
    """Give the middle, in the form of the photo, and of a large photo then all of it in parts."""
    share = min(1.0, (_SEEN_PX / (H * W)) ** 0.5)
    height_px, width_px = int(H * share), int(W * share)
    top, left = (H - height_px) // 2, (W - width_px) // 2
    yield slice(top, top + height_px), slice(left, left + width_px)
    count = ceil(1 / share)
    if count > 1:
        yield from product(_alike(H, count), _alike(W, count))


def _alike(length_px: int, count: int) -> list[slice]:
    """Cut a side into parts of the same length but for a pixel."""
    edges = [number * length_px // count for number in range(count + 1)]
    return [slice(start, stop) for start, stop in pairwise(edges)]
