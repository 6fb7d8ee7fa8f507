"""Straight cracks by the error function, averaged over each pixel; nothing of the package is used.

A slot of width w, blurred by a Gaussian of standard deviation s, darkens a point at distance d from its
middle by the share (erf((d + w / 2) / (s sqrt 2)) - erf((d - w / 2) / (s sqrt 2))) / 2 of its depth.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

Array = NDArray[np.float64]

SUBSAMPLES = 5
"""Points in a pixel along each side over which it is averaged."""

_INSIDE_PX = (np.arange(SUBSAMPLES) + 0.5) / SUBSAMPLES - 0.5


@dataclass(frozen=True)
class Line:
    """A straight crack through the middle of the photo, moved across itself; 0° is along a row."""

    width_px: float
    angle_deg: float = 0.0
    offset_px: float = 0.0


def darkness(distance_px: Array, width_px: float, blur_px: float) -> Array:
    """Share of the depth at some distances from the middle of a slot."""
    spread = blur_px * math.sqrt(2)
    right, left = distance_px + width_px / 2, distance_px - width_px / 2
    return np.asarray(erf(right / spread) - erf(left / spread)) / 2


def slot_row(
    width_px: float, blur_px: float = 1.0, *, count: int = 31, shift_px: float = 0.0, depth: float = 0.55
) -> Array:
    """Grey levels of a row of pixels across a slot on a surface of 180, averaged over each pixel."""
    x = np.arange(count)[:, None] + _INSIDE_PX - (count - 1) / 2 - shift_px
    return 180 * (1 - depth * darkness(x, width_px, blur_px).mean(axis=1))


def slot_photo(
    lines: list[Line], shape: tuple[int, int], *, blur_px: float = 1.0, depth: float = 0.55
) -> Array:
    """Grey levels (H, W) of a surface of 180 with cracks across it; where they meet the darker counts."""
    dark = np.zeros(shape)
    for line in lines:
        dark = np.maximum(dark, _averaged_darkness(line, shape, blur_px))
    return 180 * (1 - depth * dark)


def line_mask(
    lines: list[Line], shape: tuple[int, int], *, fatter_px: float = 0.0, until: int = 0
) -> NDArray[np.bool_]:
    """Tell which pixels' middles lie in a crack, grown on both sides; the outer columns and rows are free."""
    mask = np.zeros(shape, bool)
    for line in lines:
        mask |= np.abs(distance(line, shape)) <= line.width_px / 2 + fatter_px
    mask[:until] = mask[len(mask) - until :] = mask[:, :until] = mask[:, mask.shape[1] - until :] = False
    return mask


def distance(line: Line, shape: tuple[int, int], row: float = 0.0, col: float = 0.0) -> Array:
    """Signed distance of each pixel's middle, moved by a part of a pixel, from a line, (H, W)."""
    angle = math.radians(line.angle_deg)
    rows, cols = np.mgrid[: shape[0], : shape[1]].astype(float)
    rows, cols = rows + row - (shape[0] - 1) / 2, cols + col - (shape[1] - 1) / 2
    return rows * math.cos(angle) + cols * math.sin(angle) - line.offset_px


def photographed(grey: Array, grain: float = 2.0, seed: int = 0) -> NDArray[np.uint8]:
    """Add grain and round to whole grey levels."""
    noisy = grey + np.random.default_rng(seed).normal(0, grain, grey.shape)
    return noisy.clip(0, 255).round().astype(np.uint8)


def _averaged_darkness(line: Line, shape: tuple[int, int], blur_px: float) -> Array:
    total = np.zeros(shape)
    for row in _INSIDE_PX:
        for col in _INSIDE_PX:
            total += darkness(distance(line, shape, row, col), line.width_px, blur_px)
    return total / SUBSAMPLES**2
