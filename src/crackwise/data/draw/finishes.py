"""What casting and finishing leave on concrete: boards, grooves, trowel marks, a weathered skin, pores."""

from collections.abc import Callable

import cv2
import numpy as np

from crackwise.data.draw.noise import fractal_noise, smooth_noise, soft_step, streaks, turned
from crackwise.data.draw.surface import Surface


def boarded(surface: Surface, rng: np.random.Generator) -> Surface:
    """Print the boards of a formwork: tone steps, thin ridges and wood grain."""
    H, W = surface.shape
    board_px = rng.uniform(40, 180)
    number = (np.arange(H) / board_px + rng.uniform()).astype(int)
    tone = rng.normal(0, 0.07, number.max() + 1)[number]
    edge = np.concatenate([[0], np.diff(number)]).astype(np.float32)
    wobble = 1 + 0.5 * smooth_noise((H, W), rng, (H, 30))
    ridge = cv2.GaussianBlur(np.repeat(edge[:, None], W, 1), (0, 0), rng.uniform(0.7, 2)) * wobble
    angle = float(rng.choice([0.0, 90.0, rng.uniform(0, 180)]))
    grain_lines = rng.uniform(0, 0.06) * smooth_noise((H, W), rng, (2, 120))
    factor = np.exp(tone[:, None] + grain_lines - rng.uniform(0.1, 1.3) * ridge)
    return surface.toned(turned(factor.astype(np.float32), angle)).raised(
        turned((rng.uniform(-1.5, 1.5) * ridge).astype(np.float32), angle)
    )


def tined(surface: Surface, rng: np.random.Generator) -> Surface:
    """Cut the parallel grooves of a bridge deck."""
    H, W = surface.shape
    pitch_px = rng.uniform(9, 40)
    wobble = 1.5 * smooth_noise((H, W), rng, (H / 3, W / 3))
    phase = ((np.arange(H)[:, None] + wobble) % pitch_px) / pitch_px
    depth = np.exp(-(((phase - 0.5) * pitch_px / rng.uniform(0.8, 3)) ** 2)) * soft_step(
        fractal_noise((H, W), rng, 50, 4), rng.uniform(-2, -0.5), 0.5
    )
    depth = turned(depth.astype(np.float32), float(rng.choice([0.0, 90.0, rng.uniform(0, 180)])))
    return surface.toned(1 - np.float32(rng.uniform(0.2, 0.7)) * depth).raised(-1.5 * depth)


def trowelled(surface: Surface, rng: np.random.Generator) -> Surface:
    """Leave the broad arcs of a trowel or the fine lines of a broom."""
    lines = streaks(surface.shape, rng, (rng.uniform(1.5, 8), rng.uniform(60, 300)), rng.uniform(0, 180))
    return surface.toned(np.exp(np.float32(rng.uniform(0.01, 0.08)) * lines)).raised(
        rng.uniform(0, 0.5) * lines
    )


def rough(surface: Surface, rng: np.random.Generator) -> Surface:
    """Weather the skin away so that a relief of sand and stones stands out."""
    field = fractal_noise(surface.shape, rng, rng.uniform(5, 25), 3, 0.8)
    return surface.raised(rng.uniform(0.4, 1.8) * field).toned(np.exp(np.float32(0.07) * field))


def pores(surface: Surface, rng: np.random.Generator) -> Surface:
    """Punch air voids: dark, round to ragged, of very different sizes."""
    H, W = surface.shape
    holes = np.zeros((H, W), np.uint8)
    largest = rng.uniform(1.5, 8)
    for _ in range(int(rng.uniform(5, 140) * H * W / 512**2)):
        radius = largest * rng.uniform(0.15, 1) ** 2 + 0.6
        centre = (int(rng.uniform(0, W) * 16), int(rng.uniform(0, H) * 16))
        axes = (int(radius * 16), int(radius * rng.uniform(0.4, 1) * 16))
        cv2.ellipse(
            holes, centre, axes, rng.uniform(0, 180), 0, 360, int(rng.uniform(90, 255)), -1, cv2.LINE_AA, 4
        )
    depth = cv2.GaussianBlur(holes, (0, 0), 0.7).astype(np.float32) / 255
    return surface.toned(1 - np.float32(rng.uniform(0.35, 0.85)) * depth).raised(-1.5 * depth)


FINISHES: tuple[Callable[[Surface, np.random.Generator], Surface], ...] = (boarded, tined, trowelled, rough)
