"""How sharp a picture is, whatever it shows.

The variance of the Laplacian (Pech-Pacheco 2000) and Tenengrad grow with contrast and texture: a blurred
brick wall beats sharp plaster, so that no floor fits both. Here the slope of each edge is compared with the
slope of the same edge after a blur of known width (Zhuo and Sim, Defocus map estimation from a single image,
Pattern Recognition 44, 2011). Contrast and the number of edges cancel: a step edge that is blurred by sigma
gives sqrt((sigma² + b²) / (sigma² + a²)).
"""

import cv2
import numpy as np

from crackwise.arrays import Floats, Grey

NOISE_PX = 0.7
"""Sigma a of the blur before the fine slope is taken, against noise."""
COARSE_PX = 3.0
"""Sigma b of the blur before the coarse slope is taken."""

_EDGE_SHARE = 0.05  # the strongest edges only: elsewhere noise looks sharp
_LEAST_SLOPE = (
    0.3  # grey values per px; flatter than this no edge is left to judge (covered lens, blank wall)
)
_SOBEL_GAIN = 8.0
_FEWEST_CRESTS = 20
_LEAST_RATIO = 1.05  # a blur of 10 px
_DIFFERENCE = 1 / 12 + 1 / 3  # variance of the pixel and of a difference over two
_EVERY = 4  # pixels between those that the quantile is taken of


def sharpness_of(grey: Grey) -> float:
    """Measure the sharpness of a picture, in the direction in which it is more blurred.

    Returns
    -------
    1 where everything is smeared over far more than 3 px, 1.7 for a step edge blurred by sigma 2 px, 2.6 by
    1 px, 4.3 for an ideal one, more for thin lines; 0 where there is no edge to judge by.
    """
    fine, coarse = _blurred(grey)
    return min(_slope_ratio(fine, coarse, 1, 0), _slope_ratio(fine, coarse, 0, 1))


def blur_of(grey: Grey) -> float | None:
    """Give the standard deviation in px of the blur of edges, in the direction in which it is larger.

    The slopes are compared on the crest of each edge alone, the median counts, and the width of the pixel
    and of the difference is taken off.

    Returns
    -------
    0 for an ideal step edge; None where there is no edge to judge by.
    """
    fine, coarse = _blurred(grey)
    found = [_crest_ratio(fine, coarse, axis) for axis in (0, 1)]
    ratios = [ratio for ratio in found if ratio is not None]
    if not ratios:
        return None
    squared = max(min(ratios), _LEAST_RATIO) ** 2
    a, b = (sigma_px**2 + _DIFFERENCE for sigma_px in (NOISE_PX, COARSE_PX))
    return float(np.sqrt(max(b - squared * a, 0.0) / (squared - 1)))


def _blurred(grey: Grey) -> tuple[Floats, Floats]:
    """Blur a picture little, and much."""
    picture = grey.astype(np.float32)
    return cv2.GaussianBlur(picture, (0, 0), NOISE_PX), cv2.GaussianBlur(picture, (0, 0), COARSE_PX)


def _crest_ratio(fine: Floats, coarse: Floats, axis: int) -> float | None:
    """Give the median ratio of the slopes along an axis on the crests of the strongest edges."""
    steep = np.abs(np.gradient(coarse, axis=axis))
    before, after = np.roll(steep, 1, axis), np.roll(steep, -1, axis)
    least = max(float(np.quantile(steep[::_EVERY, ::_EVERY], 1 - _EDGE_SHARE)), _LEAST_SLOPE)
    is_crest = (steep >= least) & (steep >= before) & (steep > after)
    if np.count_nonzero(is_crest) < _FEWEST_CRESTS:
        return None
    return float(np.median(np.abs(np.gradient(fine, axis=axis))[is_crest] / steep[is_crest]))


def _slope_ratio(fine: Floats, coarse: Floats, dx: int, dy: int) -> float:
    steep = np.square(cv2.Sobel(coarse, cv2.CV_32F, dx, dy))
    is_edge = steep >= np.quantile(steep[::_EVERY, ::_EVERY], 1 - _EDGE_SHARE)
    coarse_energy = float(steep[is_edge].mean())
    if coarse_energy < (_LEAST_SLOPE * _SOBEL_GAIN) ** 2:
        return 0.0
    fine_energy = float(np.square(cv2.Sobel(fine, cv2.CV_32F, dx, dy)[is_edge]).mean())
    return float(np.sqrt(fine_energy / coarse_energy))
