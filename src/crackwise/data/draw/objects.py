"""Things in front of a surface: wires, twigs, leaves, plants, a measuring card, the edge of the structure.

Each function returns an `Overlay`. They hide what is behind them, so a scene places them off the cracks.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from crackwise.arrays import Floats
from crackwise.data.draw.noise import Shape, fractal_noise, soft_step
from crackwise.data.draw.paths import (
    CrackStyle,
    Stroke,
    branched,
    rough_path,
    smooth_curve,
    straight,
    stroke_along,
    tapered,
)
from crackwise.data.draw.render import coverage_of
from crackwise.data.draw.surface import one_of


@dataclass(frozen=True, slots=True)
class Overlay:
    """Opacity (H, W) and colour, (3,) or (H, W, 3), of a thing in front, and how far off its shadow falls."""

    opacity: Floats
    colour: Floats
    lift_px: float


def wires(shape: Shape, rng: np.random.Generator) -> Overlay:
    """Hang one to four cables: smooth, round, shaded across."""
    colour = one_of(((25, 25, 25), (60, 60, 65), (200, 200, 200), (150, 60, 40), (70, 50, 40)), rng)
    strokes = []
    for _ in range(int(rng.integers(1, 5))):
        width_px = float(rng.uniform(1, 9))
        curve = smooth_curve(shape, rng, width_px, float(rng.uniform(0, 0.6)))
        strokes.append(curve if rng.random() < 0.7 else straight(shape, rng, width_px))
    opacity = coverage_of(strokes, shape)
    round_px = np.sqrt(cv2.distanceTransform((opacity > 0.5).astype(np.uint8), cv2.DIST_L2, 5))
    shine = 1 + 0.5 * round_px / (round_px.max() + 1e-6)
    return Overlay(opacity, colour * shine[..., None], float(rng.uniform(1, 14)))


def twigs(shape: Shape, rng: np.random.Generator) -> Overlay:
    """Hold bare branches in front: tapered, smoothly bent, forked."""
    strokes: list[Stroke] = []
    for _ in range(int(rng.integers(1, 4))):
        style = CrackStyle(float(rng.uniform(2, 12)), 0.05, 25, 0.08, 0.03, float(rng.uniform(2, 7)))
        start, end = rng.uniform(-0.2, 1.2, (2, 2)) * shape
        trunk = tapered(stroke_along(rough_path(start, end, style, rng), style, rng), 0.9)
        strokes.extend(branched(trunk, style, rng))
    bark = one_of(((80, 65, 50), (50, 42, 35), (120, 100, 75), (40, 45, 35)), rng)
    tone = np.exp(0.3 * fractal_noise(shape, rng, 8, 3))[..., None]
    return Overlay(coverage_of(strokes, shape), bark * tone, float(rng.uniform(2, 25)))


def leaves(shape: Shape, rng: np.random.Generator) -> Overlay:
    """Scatter leaves or litter."""
    H, W = shape
    sheet = np.zeros(shape, np.uint8)
    colours = np.zeros((H, W, 3), np.float32)
    for _ in range(int(rng.integers(1, 14))):
        centre = (int(rng.uniform(0, W)), int(rng.uniform(0, H)))
        length = rng.uniform(4, 28)
        angles = np.linspace(0, 2 * np.pi, 24)
        radius = length * (0.35 + 0.65 * np.abs(np.cos(angles))) * rng.uniform(0.85, 1.15, 24)
        turn = rng.uniform(0, np.pi)
        corners = np.stack([np.cos(angles + turn) * radius, np.sin(angles + turn) * radius * 0.8], 1) + centre
        colour = one_of(((120, 80, 35), (150, 130, 50), (80, 110, 45), (90, 60, 40), (220, 220, 215)), rng)
        corners = np.rint(corners * 16).astype(np.int32)
        cv2.fillPoly(sheet, [corners], 255, cv2.LINE_AA, 4)
        cv2.fillPoly(colours, [corners], colour.tolist(), cv2.LINE_8, 4)
    tone = np.exp(0.25 * fractal_noise(shape, rng, 6, 3))[..., None]
    return Overlay(
        sheet.astype(np.float32) / 255, cv2.dilate(colours, np.ones((3, 3))) * tone, float(rng.uniform(1, 4))
    )


def grass(shape: Shape, rng: np.random.Generator) -> Overlay:
    """Let a tuft of blades grow from one place or from an edge."""
    root, strokes = rng.uniform(0, 1, 2) * shape, []
    spread = rng.uniform(5, 60)
    for _ in range(int(rng.integers(8, 60))):
        start = root + rng.normal(0, spread, 2) * [0.3, 1]
        tip = start + np.array([-rng.uniform(0.3, 1), rng.normal(0, 0.6)]) * rng.uniform(15, 80)
        t = np.linspace(0, 1, 14)[:, None]
        path = start + t * (tip - start) + t**2 * np.array([rng.uniform(0, 20), rng.normal(0, 20)])
        half = np.linspace(rng.uniform(0.7, 2), 0.3, 14)
        strokes.append(Stroke(path, half, half))
    colour = one_of(((80, 110, 40), (120, 135, 60), (150, 140, 80), (60, 80, 35)), rng)
    tone = np.exp(0.4 * fractal_noise(shape, rng, 10, 3))[..., None]
    return Overlay(coverage_of(strokes, shape), colour * tone, float(rng.uniform(1, 6)))


def measuring_card(shape: Shape, rng: np.random.Generator) -> Overlay:
    """Lay a crack-width card or a ruler on the surface: ticks, bars, numbers."""
    tall, wide = int(rng.uniform(30, 70)), int(rng.uniform(110, 260))
    card = np.full((tall, wide, 3), 235, np.uint8)
    for number, column in enumerate(range(8, wide - 8, int(rng.uniform(6, 22)))):
        reach = tall // 2 if number % 5 == 0 else tall // 4
        cv2.line(card, (column, 0), (column, reach), (20, 20, 20), int(rng.integers(1, 4)), cv2.LINE_AA)
        if number % 5 == 0:
            cv2.putText(card, str(number // 5), (column, tall - 6), 0, 0.45, (20, 20, 20), 1, cv2.LINE_AA)
    angle, (row, column) = rng.uniform(0, 360), rng.uniform(0.1, 0.9, 2) * shape
    matrix = cv2.getRotationMatrix2D((wide / 2, tall / 2), angle, 1.0)
    matrix[:, 2] += [column - wide / 2, row - tall / 2]
    size = (shape[1], shape[0])
    opacity = cv2.warpAffine(np.full((tall, wide), 255, np.uint8), matrix, size, flags=cv2.INTER_LINEAR)
    colour = cv2.warpAffine(card, matrix, size, flags=cv2.INTER_LINEAR, borderValue=(235, 235, 235))
    tint = one_of(((240, 240, 240), (240, 210, 90), (200, 205, 210)), rng)
    return Overlay(opacity.astype(np.float32) / 255, (colour / 255.0).astype(np.float32) ** 2.2 * tint, 2.0)


def background(shape: Shape, rng: np.random.Generator) -> Overlay:
    """End the structure at a straight edge; beyond it lie sky, trees or shadow, out of focus."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    angle, share = rng.uniform(0, 2 * np.pi), rng.uniform(0.15, 0.48)
    across = (columns / shape[1] - 0.5) * np.cos(angle) + (rows / shape[0] - 0.5) * np.sin(angle) - share
    wobble = 0.004 * fractal_noise(shape, rng, 40, 5, 0.7)
    opacity = soft_step((across + wobble).astype(np.float32), 0, rng.uniform(0.002, 0.02))
    far = one_of(((190, 205, 225), (60, 80, 45), (30, 32, 30), (110, 120, 110), (90, 100, 105)), rng)
    tone = np.exp(rng.uniform(0.05, 0.6) * fractal_noise(shape, rng, rng.uniform(20, 90), 3))[..., None]
    return Overlay(opacity, far * tone, float(rng.uniform(0, 5)))


def pipe(shape: Shape, rng: np.random.Generator) -> Overlay:
    """Run a pipe, rail or bar straight across, round and lit from one side."""
    width_px = float(rng.uniform(8, 60))
    stroke = straight(shape, rng, width_px)
    half = replace(stroke, right_px=stroke.right_px * 0)
    lit = cv2.GaussianBlur(coverage_of([half], shape), (0, 0), width_px / 5)
    colour = one_of(((150, 150, 150), (70, 70, 75), (110, 80, 55), (220, 220, 220), (40, 60, 80)), rng)
    return Overlay(coverage_of([stroke], shape), colour * (0.4 + lit[..., None]), width_px / 4)


OBJECTS: dict[str, Callable[[Shape, np.random.Generator], Overlay]] = {
    "wires": wires,
    "twigs": twigs,
    "leaves": leaves,
    "grass": grass,
    "measuring card": measuring_card,
    "background": background,
    "pipe": pipe,
}


def laid_over(light: Floats, overlay: Overlay, light_deg: float) -> Floats:
    """Put an overlay and its soft shadow over a lit picture (H, W, 3)."""
    H, W = overlay.opacity.shape
    angle = np.radians(light_deg)
    shift = np.array([[1, 0, overlay.lift_px * np.cos(angle)], [0, 1, overlay.lift_px * np.sin(angle)]])
    shadow = cv2.warpAffine(overlay.opacity, shift, (W, H))
    shadow = cv2.GaussianBlur(shadow, (0, 0), 0.6 + overlay.lift_px / 4)
    share = overlay.opacity[..., None]
    shaded = light * (1 - np.float32(0.55) * shadow[..., None])
    return np.asarray(shaded + share * (overlay.colour - shaded), np.float32)


def black_border(light: Floats, rng: np.random.Generator) -> Floats:
    """Turn the picture a little and leave the corners black, as a rectified photo has them."""
    H, W = light.shape[:2]
    matrix = cv2.getRotationMatrix2D((W / 2, H / 2), float(rng.uniform(-20, 20)), float(rng.uniform(0.8, 1)))
    value = (1.0, 1.0, 1.0) if rng.random() < 0.25 else (0.0, 0.0, 0.0)
    return np.asarray(cv2.warpAffine(light, matrix, (W, H), borderValue=value), np.float32)
