"""Changes of light, colour, sharpness, grain and compression; they touch the image alone."""

from collections.abc import Callable

import cv2
import numpy as np

from crackwise.arrays import Floats, Rgb


def flips_only(image: Rgb, _rng: np.random.Generator) -> Rgb:
    """Leave the colours as they are."""
    return image


def plain(image: Rgb, rng: np.random.Generator) -> Rgb:
    """Change brightness and contrast by up to 20 %."""
    gain, offset = rng.uniform(0.8, 1.2), rng.uniform(-0.2, 0.2) * 127.5
    return to_bytes(image.astype(np.float32) * gain + offset)


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


def to_bytes(values: Floats) -> Rgb:
    """Round to grey levels and clip to 0 … 255."""
    rounded: Rgb = np.clip(values + 0.5, 0, 255).astype(np.uint8)
    return rounded


def _light(image: Rgb, rng: np.random.Generator) -> Rgb:
    x = image.astype(np.float32) / 255
    x = x ** np.float32(np.exp(rng.uniform(-0.5, 0.5)))
    middle = float(x.mean())
    x = (x - middle) * np.float32(rng.uniform(0.6, 1.4)) + middle * np.float32(rng.uniform(0.7, 1.3))
    return to_bytes(255 * x)


def _colour(image: Rgb, rng: np.random.Generator) -> Rgb:
    gains = rng.uniform(0.85, 1.15, 3).astype(np.float32)
    grey = image.mean(axis=2, keepdims=True)
    saturation = np.float32(rng.uniform(0, 1.6))
    return to_bytes((grey + (image - grey) * saturation) * gains)


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
    return to_bytes(image * (1 - rng.uniform(0.2, 0.6) * edge)[..., None])


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
    return to_bytes(x + rng.uniform(0.3, 1.2) * (x - cv2.GaussianBlur(x, (0, 0), 1.2)))


def _grain(image: Rgb, rng: np.random.Generator) -> Rgb:
    noise = rng.standard_normal((*image.shape[:2], rng.choice([1, 3])), dtype=np.float32)
    return to_bytes(image + rng.uniform(2, 14) * noise)


def _jpeg(image: Rgb, rng: np.random.Generator) -> Rgb:
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 90))]
    _, encoded = cv2.imencode(".jpg", image, quality)
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), dtype=np.uint8)


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
