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
_EVERY = 4  # pixels between those that the quantile is taken of


def sharpness_of(grey: Grey) -> float:
    """Measure the sharpness of a picture, in the direction in which it is more blurred.

    Returns
    -------
    1 where everything is smeared over far more than 3 px, 1.7 for a step edge blurred by sigma 2 px, 2.6 by
    1 px, 4.3 for an ideal one, more for thin lines; 0 where there is no edge to judge by.
    """
    picture = grey.astype(np.float32)
    fine = cv2.GaussianBlur(picture, (0, 0), NOISE_PX)
    coarse = cv2.GaussianBlur(picture, (0, 0), COARSE_PX)
    return min(_slope_ratio(fine, coarse, 1, 0), _slope_ratio(fine, coarse, 0, 1))


def _slope_ratio(fine: Floats, coarse: Floats, dx: int, dy: int) -> float:
    steep = np.square(cv2.Sobel(coarse, cv2.CV_32F, dx, dy))
    is_edge = steep >= np.quantile(steep[::_EVERY, ::_EVERY], 1 - _EDGE_SHARE)
    coarse_energy = float(steep[is_edge].mean())
    if coarse_energy < (_LEAST_SLOPE * _SOBEL_GAIN) ** 2:
        return 0.0
    fine_energy = float(np.square(cv2.Sobel(fine, cv2.CV_32F, dx, dy)[is_edge]).mean())
    return float(np.sqrt(fine_energy / coarse_energy))
