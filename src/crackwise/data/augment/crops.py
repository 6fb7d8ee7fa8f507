"""What a training is fed: random crops, or the whole photo; image and label move together."""

from dataclasses import dataclass

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Floats, Rgb
from crackwise.zooms import resized

FAINTEST_SHARE = 0.15
"""A line that covers less than this of its pixels after zooming out cannot be labelled."""


@dataclass(frozen=True, slots=True)
class Crop:
    """One training crop.

    Parameters
    ----------
    image
        (S, S, 3) uint8.
    target
        (S, S) float32, share of the pixel that is crack; see `_certain` for lines below one pixel.
    weight
        (S, S) float32, 0 where the label is unknown.
    """

    image: Rgb
    target: Floats
    weight: Floats


@dataclass(frozen=True, slots=True)
class CropSettings:
    """Side in px, range of the zoom, and share of crops that are placed on a crack."""

    side_px: int
    scale: tuple[float, float]
    near_crack: float


def cut_crop(
    image: Rgb, line: CrackMask, unknown: CrackMask, settings: CropSettings, rng: np.random.Generator
) -> Crop:
    """Cut a randomly placed, turned, flipped and zoomed crop; edges are mirrored."""
    scale = float(np.exp(rng.uniform(*np.log(settings.scale))))
    scale = max(scale, 0.75 * settings.side_px / min(line.shape))  # no more than a quarter is mirrored
    matrix = _placement(_centre(line, settings, rng, scale), scale, settings.side_px, rng)
    if scale < 0.9:  # against aliasing
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.45 / scale), dtype=np.uint8)
    layers = np.dstack([line, unknown]).astype(np.float32)
    if scale < 0.9:
        layers = cv2.GaussianBlur(layers, (0, 0), 0.35 / scale)
    size = (settings.side_px, settings.side_px)
    moved = cv2.warpAffine(layers, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    pixels = cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    target, is_lost = _certain(moved[..., 0])
    weight = np.asarray((moved[..., 1] < 0.5) & ~is_lost, dtype=np.float32)
    return Crop(np.asarray(pixels, dtype=np.uint8), target, weight)


def fit_whole(image: Rgb, line: CrackMask, unknown: CrackMask, size_px: tuple[int, int]) -> Crop:
    """Bring the whole photo to a width and height, stretched if need be; nothing is cut off."""
    # INTER_NEAREST would take the corner of each cell and move the label by up to half a pixel
    near = [
        cv2.resize(layer.astype(np.uint8), size_px, interpolation=cv2.INTER_NEAREST_EXACT)
        for layer in (line, unknown)
    ]
    weight = np.asarray(near[1] == 0, dtype=np.float32)
    return Crop(resized(image, size_px), near[0].astype(np.float32), weight)


def random_turn(scale: float, rng: np.random.Generator) -> Floats:
    """Draw a (2, 2) matrix for (x, y): quarter turns, sometimes any angle, mirrored half of the time."""
    angle = rng.integers(4) * np.pi / 2 + (rng.uniform(-np.pi / 4, np.pi / 4) if rng.random() < 0.3 else 0.0)
    flip = rng.choice([-1.0, 1.0])
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turn: Floats = scale * rotation @ np.diag([flip, 1.0])
    return turn


def inside(centre: float, half: float, length: int) -> float:
    """Move the centre of a window so that the window lies in the photo, where it can."""
    return length / 2 if 2 * half >= length else float(np.clip(centre, half, length - half))


def _certain(share: Floats) -> tuple[Floats, CrackMask]:
    """Make the core of a shrunken line certain; edges of wider cracks keep their share.

    A line that covers 0.4 of its pixels would teach a probability of 0.4, so that no threshold keeps thin
    cracks. Divided by the largest share around it, its core becomes 1; below ``FAINTEST_SHARE`` it is lost.
    """
    around = cv2.dilate(share, np.ones((5, 5), np.uint8))
    is_lost = (share > 0.02) & (around < FAINTEST_SHARE)
    return np.minimum(share / np.maximum(around, FAINTEST_SHARE), 1).astype(np.float32), is_lost


def _centre(
    line: CrackMask, settings: CropSettings, rng: np.random.Generator, scale: float
) -> tuple[float, float]:
    H, W = line.shape
    half = settings.side_px / scale / 2
    if rng.random() < settings.near_crack and line.any():
        rows, cols = np.nonzero(line)
        chosen = rng.integers(len(rows))
        row, col = np.array([rows[chosen], cols[chosen]]) + rng.uniform(-0.35, 0.35, 2) * 2 * half
    else:
        row, col = rng.uniform(0, H), rng.uniform(0, W)
    return inside(row, half, H), inside(col, half, W)


def _placement(centre: tuple[float, float], scale: float, side_px: int, rng: np.random.Generator) -> Floats:
    """(2, 3) matrix from photo to crop."""
    turn = random_turn(scale, rng)
    row, col = centre
    shift = side_px / 2 - turn @ np.array([col, row])
    return np.hstack([turn, shift[:, None]])
