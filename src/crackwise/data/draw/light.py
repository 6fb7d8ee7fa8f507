"""Cracks carved into a surface, light on it, and the camera that takes the photo.

H rows, W columns. Light is linear, (H, W, 3) float32; a photo is (H, W, 3) uint8 RGB.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from crackwise.arrays import Floats, Rgb
from crackwise.data.draw.noise import Shape, fractal_noise, soft_step
from crackwise.data.draw.paths import CrackStyle, Stroke, branched, rough_path, stroke_along
from crackwise.data.draw.render import coverage_of
from crackwise.data.draw.surface import GAMMA, Surface, linear

Camera = Literal["sharp", "ordinary", "poor"]


@dataclass(frozen=True, slots=True)
class CameraFaults:
    """How far each fault of a camera may go."""

    blur_px: tuple[float, float]
    noise: tuple[float, float]
    jpeg_quality: tuple[int, int]
    motion_share: float


CAMERAS: dict[Camera, CameraFaults] = {
    "sharp": CameraFaults((0.35, 0.6), (0.002, 0.008), (88, 96), 0.0),
    "ordinary": CameraFaults((0.45, 1.0), (0.004, 0.02), (65, 94), 0.05),
    "poor": CameraFaults((0.8, 1.9), (0.01, 0.045), (35, 75), 0.25),
}


def carve(surface: Surface, coverage: Floats, darkness: float, rng: np.random.Generator) -> Surface:
    """Open cracks in a surface: dark inside, worn and chipped at the edges.

    Parameters
    ----------
    surface
        What is cracked.
    coverage
        (H, W) share of each pixel inside a crack.
    darkness
        Share of light that the inside swallows, (0, 1).
    rng
        Source of the wear, the fill and the depth.
    """
    shape = surface.shape
    surface = _worn_edges(surface, coverage, rng)
    inside_px = cv2.distanceTransform((coverage > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    fill = soft_step(fractal_noise(shape, rng, rng.uniform(30, 120), 4), rng.uniform(0.3, 2.5), 0.5)
    deep = 1 - np.exp(-inside_px / rng.uniform(1, 4))
    swallowed = np.clip(darkness + (0.97 - darkness) * 0.6 * deep, 0, 0.985)
    swallowed = swallowed * (1 - np.float32(rng.uniform(0, 0.45)) * fill)
    swallowed = swallowed * np.clip(1 + 0.06 * fractal_noise(shape, rng, 25, 4, 0.8), 0.6, 1.04)
    warmth = rng.uniform([0.9, 0.9, 0.75], [1.1, 1.0, 1.1]).astype(np.float32)
    inner = surface.colour * (1 - swallowed[..., None]) * warmth
    depth = rng.uniform(0.2, 2.2) * cv2.GaussianBlur(coverage, (0, 0), rng.uniform(0.6, 1.4))
    return surface.painted(coverage, inner).raised(-depth)


def illuminated(surface: Surface, shading: Floats, rng: np.random.Generator) -> Floats:
    """Light a surface: its relief shading, a gradient over the photo, a vignette."""
    H, W = surface.shape
    rows, columns = np.mgrid[-1 : 1 : H * 1j, -1 : 1 : W * 1j].astype(np.float32)
    slope_rows, slope_columns = rng.normal(0, 0.16, 2)
    gradient = np.exp(
        slope_rows * rows + slope_columns * columns - rng.uniform(0, 0.2) * (rows**2 + columns**2)
    )
    return np.asarray(surface.colour * (shading * gradient)[..., None], np.float32)


def shadowed(light: Floats, rng: np.random.Generator) -> Floats:
    """Cast the shadow of a straight edge, of foliage, of a railing or of branches."""
    shape = (light.shape[0], light.shape[1])
    cast = CASTS[int(rng.integers(len(CASTS)))](shape, rng)
    cast = cv2.GaussianBlur(cast, (0, 0), float(np.exp(rng.uniform(np.log(0.8), np.log(14)))))
    strength = rng.uniform(0.3, 0.7) * (1.15 - linear(225, 232, 255) * 0.25)
    return np.asarray(light * (1 - strength.astype(np.float32) * cast[..., None]), np.float32)


def photographed(light: Floats, camera: Camera, sharpest_px: float, rng: np.random.Generator) -> Rgb:
    """Expose, blur, add sensor noise and compress.

    Parameters
    ----------
    light
        (H, W, 3) linear light.
    camera
        How good the camera is.
    sharpest_px
        Width of the finest thing that must survive the blur.
    rng
        Source of all faults.
    """
    faults = CAMERAS[camera]
    blur_px = min(rng.uniform(*faults.blur_px), 0.4 + 0.4 * sharpest_px)
    image = cv2.GaussianBlur(light * _exposure(light, rng), (0, 0), blur_px)
    if rng.random() < faults.motion_share and sharpest_px > 2:
        image = cv2.filter2D(image, -1, _motion(rng.uniform(2, 2 + sharpest_px), rng.uniform(0, np.pi)))
    noise = rng.uniform(*faults.noise) * rng.standard_normal(image.shape, dtype=np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 0.5) * 1.6
    screen = np.clip(image, 0, 1) ** np.float32(1 / GAMMA) + noise
    if rng.random() < 0.5:
        screen = screen + np.float32(rng.uniform(0.2, 0.8)) * (screen - cv2.GaussianBlur(screen, (0, 0), 1.2))
    if rng.random() < 0.08:
        screen = np.repeat(screen.mean(2, keepdims=True), 3, 2)
    pixels = np.clip(screen * 255 + 0.5, 0, 255).astype(np.uint8)
    return _compressed(pixels, int(rng.integers(*faults.jpeg_quality)))


def _worn_edges(surface: Surface, coverage: Floats, rng: np.random.Generator) -> Surface:
    """Darken or bleach a band along the crack and break chips out of its edge."""
    near = cv2.GaussianBlur(coverage, (0, 0), rng.uniform(2, 9))
    halo = np.float32(rng.choice([0, 0, rng.normal(0.0, 0.35)])) * near
    chips = soft_step(
        near * 3 + 0.5 * fractal_noise(surface.shape, rng, rng.uniform(8, 30), 4, 0.7),
        rng.uniform(1.4, 3.5),
        0.1,
    )
    tone = np.exp(np.clip(-halo, -0.3, 0.5) + np.float32(rng.uniform(-0.05, 0.25)) * chips)
    return surface.toned(tone).raised(-rng.uniform(0, 1.5) * chips)


def _exposure(light: Floats, rng: np.random.Generator) -> Floats:
    """Bring the mean to a plausible brightness, with an error in exposure and white balance."""
    mean = float(light.mean()) + 1e-4
    target = np.clip(mean, 0.1, 0.45) ** 0.7 * 0.68 * np.exp(rng.normal(0, 0.25))
    balance = np.exp(rng.normal(0, 0.05) * np.array([1, 0, -1]) + rng.normal(0, 0.015, 3))
    return np.asarray(target / mean * balance, np.float32)


def _motion(length_px: float, angle: float) -> Floats:
    kernel = np.zeros((15, 15), np.float32)
    reach = length_px / 2 * np.array([np.cos(angle), np.sin(angle)])
    start, end = (7 - reach, 7 + reach)
    cv2.line(
        kernel,
        tuple(np.rint(start * 16).astype(int).tolist()),
        tuple(np.rint(end * 16).astype(int).tolist()),
        1.0,
        1,
        cv2.LINE_8,
        4,
    )
    return np.asarray(kernel / kernel.sum(), np.float32)


def _compressed(pixels: Rgb, quality: int) -> Rgb:
    _, encoded = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(decoded[..., ::-1])


def _edge_cast(shape: Shape, rng: np.random.Generator) -> Floats:
    rows, columns = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    across = rows * np.float32(np.sin(angle)) + columns * np.float32(np.cos(angle))
    return soft_step(across, rng.uniform(-0.6, 0.6), 0.002)


def _foliage_cast(shape: Shape, rng: np.random.Generator) -> Floats:
    return soft_step(fractal_noise(shape, rng, rng.uniform(30, 150), 5, 0.6), rng.uniform(-0.6, 1), 0.15)


def _railing_cast(shape: Shape, rng: np.random.Generator) -> Floats:
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    angle, pitch = rng.uniform(0, np.pi), rng.uniform(20, 150)
    phase = ((rows * np.sin(angle) + columns * np.cos(angle)) % pitch) / pitch
    return np.asarray(phase < rng.uniform(0.08, 0.5), np.float32)


def _branch_cast(shape: Shape, rng: np.random.Generator) -> Floats:
    strokes: list[Stroke] = []
    for _ in range(int(rng.integers(1, 5))):
        style = CrackStyle(float(rng.uniform(3, 25)), 0.06, 30, 0.1, 0.02, 4)
        start, end = rng.uniform(-0.3, 1.3, (2, 2)) * shape
        strokes.extend(branched(stroke_along(rough_path(start, end, style, rng), style, rng), style, rng))
    return coverage_of(strokes, shape)


CASTS = (_edge_cast, _edge_cast, _foliage_cast, _railing_cast, _branch_cast)
