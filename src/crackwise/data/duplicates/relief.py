"""Fine grey structure of small pictures, and how well it agrees when one is laid over the other."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import CrackMask, Floats, Grey

_SIGMA_PX = 6.0  # structure broader than this is light, not surface
_QUIET = 2.0  # grey levels: below this, structure is noise and fades
_FAINTEST = 1e-3  # weight: nothing is seen there
_INSIDE = 0.75  # of the weight of a neighbourhood: 4 px from an edge
_REACH_PX = 4  # the affine move is known to a few pixels
_ELSEWHERE_PX = 8  # beyond this another peak is another place
_FARTHEST_PX = 60
_SMALLEST_VIEW = 0.02  # of the picture: less shared area proves nothing
_TRANSFORM_SIDE = 256
_MARGIN_PX = 4  # of a coarse relief
_LEVELS = 50  # of a coarse relief for 1
_QUIET_SHARE = (
    0.2  # root mean square of a coarse relief with hardly any texture; real surfaces: 0.26 and more
)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well two pictures agree where one covers the other.

    Parameters
    ----------
    share
        Of the smaller picture that the other shows, 0 to 1.
    correlation
        Of their fine structure where they overlap, at the best shift of 4 px or less; -1 to 1.
    distinctness
        How many times higher that is than at any shift of 8 to 60 px: about 1 for chance and for a repeating
        texture, which fits as well one joint further.
    """

    share: float
    correlation: float
    distinctness: float


def relief(small: Grey, seen: Floats) -> Floats:
    """Take away light and even out contrast.

    Parameters
    ----------
    small
        (S, S) uint8.
    seen
        (S, S) float32, 1 where the picture counts and 0 elsewhere.

    Returns
    -------
    (S, S) float32, about 1 in size on a surface with texture, near 0 where the picture is flat, and 0 within
    4 px of an edge.
    """
    weight = np.maximum(_blurred(seen), _FAINTEST)
    grey = small.astype(np.float32)
    detail = (grey - _blurred(grey * seen) / weight) * seen
    contrast = np.sqrt(_blurred(detail * detail) / weight)
    is_inside = weight > _INSIDE  # at an edge a mere gradient of light looks like structure
    return np.where(is_inside, detail / (contrast + _QUIET), 0).astype(np.float32)


def coarse_relief(small: Grey) -> NDArray[np.int8]:
    """Keep the relief of a whole picture less its margin at half its side.

    Near the margin the fall of light towards the corners, which many photos share, looks like structure.

    Returns
    -------
    (S / 2 - 8, S / 2 - 8) int8, 50 where the relief is 1.
    """
    whole = relief(small, np.ones(small.shape, np.float32))
    half = cv2.resize(whole, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    inner = half[_MARGIN_PX:-_MARGIN_PX, _MARGIN_PX:-_MARGIN_PX]
    return np.asarray(np.clip(np.rint(inner * _LEVELS), -127, 127), dtype=np.int8)


def correlation(first: NDArray[np.int8], second: NDArray[np.int8]) -> float:
    """Correlate two coarse reliefs pixel by pixel; two flat ones give 0, not chance."""
    here, there = first.astype(np.float32), second.astype(np.float32)
    quiet = (_QUIET_SHARE * _LEVELS) ** 2 * first.size
    size = max(float((here**2).sum()), quiet) * max(float((there**2).sum()), quiet)
    return float((here * there).sum() / np.sqrt(size))


def agreement(first: Grey, second: Grey, matrix: Floats) -> Agreement:
    """Lay the first picture over the second and compare them there.

    Parameters
    ----------
    first, second
        (S, S) uint8.
    matrix
        (2, 3), takes (row, column, 1) of the first to (row, column) of the second.
    """
    warped, seen = _warped(first, matrix)
    scale = abs(float(np.linalg.det(matrix[:, :2])))
    share = float(seen.mean()) / max(min(1.0, scale), 1e-6)
    if seen.mean() < _SMALLEST_VIEW:
        return Agreement(share, 0.0, 0.0)
    surface = _shifted_correlation(relief(warped, seen), relief(second, seen))
    centre = _TRANSFORM_SIDE // 2
    peak = _within(surface, centre, _REACH_PX).max()
    _within(surface, centre, _ELSEWHERE_PX)[:] = 0
    elsewhere = np.abs(_within(surface, centre, _FARTHEST_PX)).max()
    return Agreement(min(share, 1.0), float(peak), float(peak / (elsewhere + 1e-6)))


def _blurred(picture: Floats) -> Floats:
    blurred = cv2.GaussianBlur(picture, (0, 0), _SIGMA_PX, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(blurred, dtype=np.float32)


def _warped(first: Grey, matrix: Floats) -> tuple[Grey, Floats]:
    """Give the moved picture and where it is seen."""
    size = (first.shape[1], first.shape[0])
    swapped = matrix[::-1][:, [1, 0, 2]]  # OpenCV takes x before y
    moved = cv2.warpAffine(first, swapped, size, flags=cv2.INTER_LINEAR)
    seen: CrackMask = cv2.warpAffine(np.ones_like(first), swapped, size, flags=cv2.INTER_NEAREST) > 0
    return np.asarray(moved, dtype=np.uint8), seen.astype(np.float32)


def _shifted_correlation(first: Floats, second: Floats) -> Floats:
    """Correlate at every shift; no shift is in the middle."""
    shape = (_TRANSFORM_SIDE, _TRANSFORM_SIDE)
    product = np.fft.rfft2(second, shape) * np.conj(np.fft.rfft2(first, shape))
    size = float(np.linalg.norm(first) * np.linalg.norm(second)) + 1e-6
    return np.asarray(np.fft.fftshift(np.fft.irfft2(product, shape)) / size, dtype=np.float32)


def _within(surface: Floats, centre: int, reach: int) -> Floats:
    return surface[centre - reach : centre + reach + 1, centre - reach : centre + reach + 1]
