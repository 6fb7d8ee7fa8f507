"""What the tone curve of a camera does to widths: not known, and therefore part of the upper end.

A lens blurs light, and a camera stores about the 2.2nd root of it. On that curve the middle of a blurred
edge lies within the crack, on either side by z blurs, where z depends on how dark the crack is alone: widths
that are read from the stored grey values are too small by 2 z blurs. Cameras also sharpen, which does the
opposite, and where grey values stand for light nothing is hidden; so the width and its lower end stay.
"""

import numpy as np
from scipy.special import ndtri

from crackwise.arrays import Floats

GAMMA = 2.2
"""Exponent of the curve: sRGB (IEC 61966-2-1) as a whole is close to it."""

_DARKEST = 0.95


def hidden_px(depth: Floats, blur_px: Floats | float) -> Floats:
    """How much too small a width may be for the curve, px.

    Parameters
    ----------
    depth
        How much darker than the surface the crack is, as a share of the stored grey value.
    blur_px
        Standard deviation of the blur.
    """
    depth = np.clip(depth, 1e-3, _DARKEST)
    dark = (1 - depth) ** GAMMA
    middle = ((1 - depth / 2) ** GAMMA - dark) / (1 - dark)
    return np.asarray(-2 * ndtri(middle) * blur_px)
