"""Thin fat labels to the dark line beneath them.

Published masks are often 1.5 to 3 times as wide as the crack. A labelled pixel is kept where it is about
as dark as the crack's core there; the rest becomes "unknown", which a loss leaves out, because a crack's
edge is then learnt from the dark side and from the clean surface outside the label.
"""

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Floats, Rgb

KEPT_DEPTH = 0.4
"""A labelled pixel is kept when it is at least this share as dark as the core around it."""

_RING_PX = 15
_CORE_PX = 9
_BACKGROUND_SIGMA_PX = 8.0
_LEAST_DEPTH = 6.0  # grey levels: below this the line cannot be told from grain and the label stands


def thin_labels(photo: Rgb, mask: CrackMask) -> tuple[CrackMask, CrackMask]:
    """Split a label into the dark line and the bright rim around it.

    Returns
    -------
    line, unknown
        (H, W) bool each; together they are ``mask``. Where the label lies on nothing dark it stays whole.
    """
    dark = _darkness(photo, mask)
    core = cv2.dilate(dark, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_CORE_PX, _CORE_PX)))
    core = cv2.blur(core, (_CORE_PX, _CORE_PX))
    line = mask & ((dark >= KEPT_DEPTH * core) | (core < _LEAST_DEPTH))
    return line, mask & ~line


def _darkness(photo: Rgb, mask: CrackMask) -> Floats:
    """Give how much darker than the surface beside the label each labelled pixel is, (H, W), >= 0."""
    grey = cv2.GaussianBlur(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), (0, 0), 0.8).astype(np.float32)
    ellipse = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_RING_PX, _RING_PX))
    ring = ((cv2.dilate(mask.astype(np.uint8), ellipse) > 0) & ~mask).astype(np.float32)
    weight = cv2.GaussianBlur(ring, (0, 0), _BACKGROUND_SIGMA_PX) + 1e-3
    surface = cv2.GaussianBlur(grey * ring, (0, 0), _BACKGROUND_SIGMA_PX) / weight
    return np.where(mask, np.maximum(surface - grey, 0), 0).astype(np.float32)
