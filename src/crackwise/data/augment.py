"""Random crops and photometric changes for training; OpenCV only.

Geometry moves image and label together in one warp; photometry touches the image alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Floats, Rgb

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
    return _inside(row, half, H), _inside(col, half, W)


def _inside(centre: float, half: float, length: int) -> float:
    return length / 2 if 2 * half >= length else float(np.clip(centre, half, length - half))


def _placement(centre: tuple[float, float], scale: float, side_px: int, rng: np.random.Generator) -> Floats:
    """(2, 3) matrix from photo to crop: quarter turns, flips, sometimes any angle."""
    angle = rng.integers(4) * np.pi / 2 + (rng.uniform(-np.pi / 4, np.pi / 4) if rng.random() < 0.3 else 0.0)
    flip = rng.choice([-1.0, 1.0])
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turn = scale * rotation @ np.diag([flip, 1.0])
    row, col = centre
    shift = side_px / 2 - turn @ np.array([col, row])
    return np.hstack([turn, shift[:, None]])


def flips_only(image: Rgb, _rng: np.random.Generator) -> Rgb:
    """Leave the colours as they are."""
    return image


def plain(image: Rgb, rng: np.random.Generator) -> Rgb:
    """Change brightness and contrast by up to 20 %."""
    gain, offset = rng.uniform(0.8, 1.2), rng.uniform(-0.2, 0.2) * 127.5
    return _to_bytes(image.astype(np.float32) * gain + offset)


def strong(image: Rgb, rng: np.random.Generator) -> Rgb:
    """Change light, colour, sharpness, grain and compression as cameras and weather do."""
    for change, chance in _STRONG:
        if rng.random() < chance:
            image = change(image, rng)
    return image


PHOTOMETRIC: dict[str, Callable[[Rgb, np.random.Generator], Rgb]] = {
    "flips": flips_only,
    "plain": plain,
    "strong": strong,
}


def _light(image: Rgb, rng: np.random.Generator) -> Rgb:
    x = image.astype(np.float32) / 255
    x = x ** np.float32(np.exp(rng.uniform(-0.5, 0.5)))
    middle = float(x.mean())
    x = (x - middle) * np.float32(rng.uniform(0.6, 1.4)) + middle * np.float32(rng.uniform(0.7, 1.3))
    return _to_bytes(255 * x)


def _colour(image: Rgb, rng: np.random.Generator) -> Rgb:
    gains = rng.uniform(0.85, 1.15, 3).astype(np.float32)
    grey = image.mean(axis=2, keepdims=True)
    saturation = np.float32(rng.uniform(0, 1.6))
    return _to_bytes((grey + (image - grey) * saturation) * gains)


def _grey(image: Rgb, _rng: np.random.Generator) -> Rgb:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return np.dstack([grey, grey, grey])


def _shadow(image: Rgb, rng: np.random.Generator) -> Rgb:
    """Darken one side of a random, softly edged line."""
    H, W = image.shape[:2]
    rows, cols = np.mgrid[:H, :W].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    distance = (cols - rng.uniform(0, W)) * np.cos(angle) + (rows - rng.uniform(0, H)) * np.sin(angle)
    edge = 1 / (1 + np.exp(-np.clip(distance / rng.uniform(0.7, 40), -30, 30)))
    return _to_bytes(image * (1 - rng.uniform(0.2, 0.6) * edge)[..., None])


def _blur(image: Rgb, rng: np.random.Generator) -> Rgb:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.4)), dtype=np.uint8)


def _motion(image: Rgb, rng: np.random.Generator) -> Rgb:
    length = int(rng.integers(3, 8))
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1 / length
    turn = cv2.getRotationMatrix2D(((length - 1) / 2, (length - 1) / 2), rng.uniform(0, 180), 1)
    kernel = cv2.warpAffine(kernel, turn, (length, length))
    return np.asarray(cv2.filter2D(image, -1, kernel / max(float(kernel.sum()), 1e-6)), dtype=np.uint8)


def _sharpen(image: Rgb, rng: np.random.Generator) -> Rgb:
    x = image.astype(np.float32)
    return _to_bytes(x + rng.uniform(0.3, 1.2) * (x - cv2.GaussianBlur(x, (0, 0), 1.2)))


def _grain(image: Rgb, rng: np.random.Generator) -> Rgb:
    noise = rng.standard_normal((*image.shape[:2], rng.choice([1, 3])), dtype=np.float32)
    return _to_bytes(image + rng.uniform(2, 14) * noise)


def _jpeg(image: Rgb, rng: np.random.Generator) -> Rgb:
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 90))]
    _, encoded = cv2.imencode(".jpg", image, quality)
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), dtype=np.uint8)


def _to_bytes(values: Floats) -> Rgb:
    rounded: Rgb = np.clip(values + 0.5, 0, 255).astype(np.uint8)
    return rounded


_STRONG: tuple[tuple[Callable[[Rgb, np.random.Generator], Rgb], float], ...] = (
    (_light, 0.7),
    (_colour, 0.3),
    (_shadow, 0.15),
    (_grey, 0.15),
    (_blur, 0.2),
    (_motion, 0.06),
    (_sharpen, 0.1),
    (_grain, 0.25),
    (_jpeg, 0.2),
)
