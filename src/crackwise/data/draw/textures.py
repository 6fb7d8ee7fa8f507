"""Surfaces without layout: concrete, asphalt, plaster, metal, granite and others.

Each function takes the shape and a generator and returns a new `Surface`; ``SURFACES`` in `scene` lists them.
"""

import cv2
import numpy as np

from crackwise.data.draw.finishes import FINISHES, pores
from crackwise.data.draw.noise import (
    Shape,
    cells,
    fractal_noise,
    grain,
    smooth_noise,
    soft_step,
    streaks,
    turned,
    white_noise,
)
from crackwise.data.draw.surface import Surface, linear, one_of, plain

CONCRETES = (
    (176, 176, 172),
    (160, 156, 150),
    (190, 186, 178),
    (128, 126, 124),
    (178, 166, 148),
    (110, 100, 88),
    (150, 152, 158),
)
PLASTERS = (
    (222, 220, 214),
    (230, 216, 172),
    (190, 150, 110),
    (120, 140, 190),
    (205, 185, 170),
    (160, 180, 150),
    (150, 130, 115),
    (238, 236, 232),
)
ASPHALTS = ((92, 92, 94), (120, 120, 120), (150, 148, 145), (70, 76, 78), (105, 112, 125))
METALS = (
    (150, 152, 156),
    (110, 112, 118),
    (90, 110, 130),
    (120, 130, 110),
    (170, 120, 60),
    (70, 72, 76),
    (190, 190, 188),
)
GRANITES = ((170, 160, 155), (120, 118, 120), (190, 170, 150))


def concrete(shape: Shape, rng: np.random.Generator) -> Surface:
    """Draw concrete: mottled, with pores, specks and one kind of finish."""
    size = max(shape)
    surface = plain(shape, one_of(CONCRETES, rng))
    mottle = rng.uniform(0.03, 0.14) * fractal_noise(shape, rng, size / rng.uniform(1.5, 4), 5, 0.65)
    fine = rng.uniform(0.015, 0.08) * grain(shape, rng, rng.uniform(1, 3.5))
    surface = surface.toned(np.exp(mottle + fine)).raised(
        rng.uniform(0.02, 0.45) * grain(shape, rng, rng.uniform(1.5, 6))
    )
    surface = _tinted(surface, rng, rng.uniform(0, 0.05))
    if rng.random() < 0.67:
        surface = FINISHES[int(rng.integers(len(FINISHES)))](surface, rng)
    if rng.random() < 0.5:
        surface = _specked(surface, rng, rng.uniform(2, 6))
    if rng.random() < 0.65:
        surface = pores(surface, rng)
    return _weathered(surface, rng)


def asphalt(shape: Shape, rng: np.random.Generator) -> Surface:
    """Draw asphalt: stones of several sizes in a dark binder, worn to some degree."""
    binder = one_of(ASPHALTS, rng)
    surface = plain(shape, binder).raised(rng.uniform(0.2, 0.7) * grain(shape, rng, 1.5))
    surface = surface.toned(np.exp(rng.uniform(0.05, 0.16) * grain(shape, rng, rng.uniform(1, 2.2))))
    stone_px, wear = rng.uniform(3, 9), rng.uniform(0.15, 0.6)
    for size_px in (stone_px * 1.7, stone_px, stone_px / 1.6):
        surface = _stones(surface, size_px, wear, rng)
    mottle = rng.uniform(0.03, 0.15) * fractal_noise(shape, rng, max(shape) / rng.uniform(1.5, 5), 4)
    return surface.toned(np.exp(mottle))


def plaster(shape: Shape, rng: np.random.Generator) -> Surface:
    """Draw painted plaster: flat colour with orange peel, brush marks or coarse render."""
    surface = plain(shape, one_of(PLASTERS, rng, 18))
    surface = surface.toned(np.exp(rng.uniform(0.01, 0.07) * fractal_noise(shape, rng, max(shape) / 2, 4)))
    kind = rng.integers(4)
    if kind == 0:
        bumps = rng.uniform(0.1, 0.5) * streaks(shape, rng, (3, 60), rng.uniform(0, 180))
    elif kind == 1:
        bumps = rng.uniform(0.5, 3.0) * fractal_noise(shape, rng, rng.uniform(6, 22), 2)
    elif kind == 2:
        bumps = rng.uniform(0.4, 1.5) * np.maximum(grain(shape, rng, rng.uniform(4, 9)), 0) ** 2
    else:
        bumps = rng.uniform(0.02, 0.2) * grain(shape, rng, 2)
    surface = surface.raised(bumps).toned(np.exp(rng.uniform(0.005, 0.03) * white_noise(shape, rng)))
    return _weathered(surface, rng) if rng.random() < 0.4 else surface


def metal(shape: Shape, rng: np.random.Generator) -> Surface:
    """Draw metal: brushed or painted, with rust, a weld or rivets."""
    surface = plain(shape, one_of(METALS, rng))
    angle = rng.choice([0.0, 90.0, rng.uniform(0, 180)])
    surface = surface.toned(np.exp(rng.uniform(0.01, 0.12) * streaks(shape, rng, (1.2, 120), angle)))
    surface = surface.toned(np.exp(rng.uniform(0.02, 0.1) * fractal_noise(shape, rng, max(shape) / 1.5, 4)))
    surface = surface.raised(rng.uniform(0.02, 0.15) * grain(shape, rng, 2))
    if rng.random() < 0.6:
        surface = rusty(surface, rng)
    if rng.random() < 0.3:
        surface = _welded(surface, rng)
    if rng.random() < 0.35:
        surface = _riveted(surface, rng)
    return surface


def granite(shape: Shape, rng: np.random.Generator) -> Surface:
    """Draw natural stone: crystals, or soft marble veins."""
    surface = plain(shape, one_of(GRANITES, rng))
    for size_px in (rng.uniform(3, 7), rng.uniform(1.5, 3)):
        crystals = cells(shape, rng, size_px)
        tone = np.exp(rng.normal(0, rng.uniform(0.08, 0.35), crystals.count)).astype(np.float32)
        surface = surface.toned(cv2.GaussianBlur(crystals.pick(tone), (0, 0), 0.6))
    surface = surface.toned(np.exp(0.08 * fractal_noise(shape, rng, max(shape) / 2, 5)))
    return surface.raised(rng.uniform(0.1, 0.9) * fractal_noise(shape, rng, rng.uniform(8, 40), 4, 0.75))


def wood(shape: Shape, rng: np.random.Generator) -> Surface:
    """Draw planks: long grain with dark gaps; never cracked, since its grain already looks so."""
    H, W = shape
    surface = plain(shape, one_of(((150, 110, 70), (120, 100, 80), (170, 140, 100), (110, 108, 104)), rng))
    fibre = 0.25 * streaks(shape, rng, (1.5, 160), 0) + 0.15 * smooth_noise(shape, rng, (20, W))
    rings = np.sin(streaks(shape, rng, (30, W / 1.5), 0) * rng.uniform(3, 8))
    gap = np.abs((np.arange(H) % rng.uniform(60, 160)) - 3)[:, None] < rng.uniform(0.7, 2.5)
    tone = np.exp(fibre + 0.12 * rings) * np.where(gap, 0.15, 1)
    return _turned_surface(surface.toned(tone.astype(np.float32)).raised(fibre), rng.choice([0.0, 90.0, 8.0]))


def soil(shape: Shape, rng: np.random.Generator) -> Surface:
    """Draw loose ground: gravel, soil or grass; never cracked."""
    base = one_of(((120, 100, 75), (140, 135, 125), (80, 100, 50), (95, 85, 70)), rng)
    surface = plain(shape, base).toned(np.exp(0.35 * fractal_noise(shape, rng, 40, 5, 0.8)))
    for size_px in (rng.uniform(8, 30), rng.uniform(4, 9)):
        surface = _stones(surface, size_px, rng.uniform(0.2, 0.8), rng)
    blades = streaks(shape, rng, (1.5, 25), rng.uniform(50, 130))
    return surface.painted(
        0.8 * soft_step(blades + fractal_noise(shape, rng, 90, 3), rng.uniform(0.5, 2.5), 0.4),
        one_of(((70, 100, 40), (110, 120, 60), (140, 130, 80)), rng),
    )


def rusty(surface: Surface, rng: np.random.Generator) -> Surface:
    """Let rust break through in patches."""
    field = fractal_noise(surface.shape, rng, rng.uniform(60, 300), 6, 0.7)
    opacity = soft_step(field, rng.uniform(-0.3, 1.5), rng.uniform(0.05, 0.5)) * rng.uniform(0.5, 1)
    tone = np.exp(0.25 * fractal_noise(surface.shape, rng, 20, 5, 0.8))[..., None]
    colour = linear(*rng.uniform([90, 45, 20], [150, 85, 50])) * tone
    return surface.painted(opacity.astype(np.float32), colour).raised(
        opacity * rng.uniform(0.2, 1) * grain(surface.shape, rng, 3)
    )


def _stones(surface: Surface, size_px: float, wear: float, rng: np.random.Generator) -> Surface:
    """Bed stones: each has its size, tone and tint; the rest stays binder."""
    bed = cells(surface.shape, rng, size_px)
    radius = np.clip(rng.normal(0.36, 0.2, bed.count), 0, 0.8).astype(np.float32) * size_px
    lumpy = bed.distance + 0.18 * size_px * grain(surface.shape, rng, max(size_px / 3, 1.2))
    opacity = soft_step(bed.pick(radius) - lumpy, 0, 0.8)
    tone = np.exp(rng.normal(0.3, 0.45, bed.count))[:, None] * np.exp(rng.normal(0, 0.05, (bed.count, 3)))
    colour = np.clip(surface.colour * bed.pick(tone.astype(np.float32)), 0, 0.9)
    return surface.painted(opacity * np.float32(wear), colour).raised(0.6 * opacity)


def _specked(surface: Surface, rng: np.random.Generator, size_px: float) -> Surface:
    """Show single grains of aggregate, lighter or darker than the paste."""
    return _stones(surface, size_px, rng.uniform(0.05, 0.3), rng)


def _tinted(surface: Surface, rng: np.random.Generator, strength: float) -> Surface:
    tint = fractal_noise(surface.shape, rng, max(surface.shape) / 2, 3)[..., None]
    return surface.toned(np.exp(np.float32(strength) * tint * np.array([1, 0.2, -1], np.float32)))


def _weathered(surface: Surface, rng: np.random.Generator) -> Surface:
    """Add dirt that runs down, and blotches."""
    H, W = surface.shape
    factor = np.zeros((H, W), np.float32)
    if rng.random() < 0.35:
        runs = streaks((H, W), rng, (rng.uniform(8, 40), H * 1.5), 90.0) + 0.3 * fractal_noise(
            (H, W), rng, 40, 5, 0.8
        )
        factor -= rng.uniform(0.1, 0.7) * soft_step(runs, rng.uniform(0.2, 1.5), 0.8)
    if rng.random() < 0.4:
        blotch = fractal_noise((H, W), rng, rng.uniform(60, 250), 6, 0.75)
        factor += rng.uniform(-0.8, 0.25) * soft_step(blotch, rng.uniform(0.3, 1.5), rng.uniform(0.1, 0.7))
    return surface.toned(np.exp(factor))


def _welded(surface: Surface, rng: np.random.Generator) -> Surface:
    """Run a weld bead straight across."""
    H, W = surface.shape
    row, width = rng.uniform(0.1, 0.9) * H, rng.uniform(6, 16)
    offset = np.arange(H)[:, None] - row + rng.uniform(0.5, 2) * smooth_noise((H, W), rng, (H, 25))
    bead = np.exp(-((offset / width) ** 2) * 2)
    ripple = np.sin((np.arange(W)[None] - 0.05 * offset**2) * 2 * np.pi / rng.uniform(6, 12))
    height = turned((bead * (3 + 0.7 * ripple)).astype(np.float32), float(rng.uniform(0, 180)))
    return surface.raised(height).toned(1 - 0.06 * height)


def _riveted(surface: Surface, rng: np.random.Generator) -> Surface:
    """Set a row of rivet or bolt heads."""
    H, W = surface.shape
    rows, columns = np.mgrid[0:H, 0:W].astype(np.float32)
    pitch, radius, row = rng.uniform(40, 110), rng.uniform(6, 16), rng.uniform(0.1, 0.9) * H
    distance = np.hypot(rows - row, (columns + rng.uniform(0, pitch)) % pitch - pitch / 2)
    dome = np.sqrt(np.clip(1 - (distance / radius) ** 2, 0, 1))
    rim = np.exp(-(((distance - radius) / 1.5) ** 2))
    angle = float(rng.choice([0.0, 90.0]))
    return surface.raised(turned(0.6 * radius * dome, angle)).toned(
        turned((1 - 0.4 * rim).astype(np.float32), angle)
    )


def _turned_surface(surface: Surface, angle_deg: float) -> Surface:
    channels = [turned(surface.colour[..., channel], angle_deg) for channel in range(3)]
    return Surface(np.stack(channels, -1), turned(surface.height, angle_deg))
