"""Worse photos, at stated strengths: what a model still finds when light, focus, sensor or file are worse."""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from crackwise.arrays import Rgb

Perturb = Callable[[Rgb, np.random.Generator], Rgb]


def _brighten(factor: float, photo: Rgb, _rng: np.random.Generator) -> Rgb:
    return _as_photo(photo.astype(np.float32) * factor)


def _blur(sigma_px: float, photo: Rgb, _rng: np.random.Generator) -> Rgb:
    return np.asarray(cv2.GaussianBlur(photo, (0, 0), sigma_px), np.uint8)


def _add_noise(sigma: float, photo: Rgb, rng: np.random.Generator) -> Rgb:
    noise = rng.standard_normal(photo.shape, dtype=np.float32)
    return _as_photo(photo.astype(np.float32) + sigma * noise)


def _compress(quality: int, photo: Rgb, _rng: np.random.Generator) -> Rgb:
    encoded = cv2.imencode(".jpg", photo[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.ascontiguousarray(np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)[:, :, ::-1])


def _as_photo(values: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Rgb:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


PERTURBATIONS: dict[str, Perturb] = {
    "brightness × 0.6": partial(_brighten, 0.6),
    "brightness × 1.4": partial(_brighten, 1.4),
    "blur σ 1 px": partial(_blur, 1.0),
    "blur σ 2 px": partial(_blur, 2.0),
    "noise σ 10 of 255": partial(_add_noise, 10.0),
    "noise σ 25 of 255": partial(_add_noise, 25.0),
    "JPEG quality 50": partial(_compress, 50),
    "JPEG quality 20": partial(_compress, 20),
}
"""By name with their strength: blur and noise by standard deviation, JPEG by the scale of libjpeg."""
