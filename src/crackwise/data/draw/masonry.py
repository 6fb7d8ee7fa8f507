"""Surfaces with a layout of units and joints: brick, tile, paving, rubble stone, a façade.

``u`` runs along a course and ``v`` across the courses, both in px.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from crackwise.arrays import Floats, Ints
from crackwise.data.draw.noise import Shape, cells, fractal_noise, grain, smooth_noise, soft_step
from crackwise.data.draw.surface import Surface, linear, one_of, plain
from crackwise.data.draw.textures import concrete, granite, plaster

BRICKS = (
    (150, 80, 60),
    (170, 100, 75),
    (120, 70, 60),
    (190, 150, 110),
    (200, 190, 175),
    (110, 60, 50),
    (130, 120, 115),
)
MORTARS = ((170, 165, 155), (120, 115, 110), (205, 200, 190), (90, 88, 84))
TILES = ((225, 225, 220), (190, 200, 205), (200, 180, 150), (120, 140, 150), (90, 80, 75), (240, 235, 225))


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the joints are: distance (H, W) to the nearest joint's middle in px, and the unit (H, W)."""

    distance_px: Floats
    unit: Ints


def brick(shape: Shape, rng: np.random.Generator) -> Surface:
    """Draw a brick wall in running bond, with uneven bricks and mortar."""
    height_px = rng.uniform(18, 75)
    layout = coursed(shape, rng, height_px, height_px * rng.uniform(2.2, 3.6), 0.5)
    surface = _units(shape, one_of(BRICKS, rng), layout, rng.uniform(0.03, 0.3), rng)
    rubbed = 0.12 * fractal_noise(shape, rng, height_px, 5, 0.8) + rng.uniform(0.03, 0.12) * grain(
        shape, rng, 1.8
    )
    surface = surface.toned(np.exp(rubbed)).raised(rng.uniform(0.2, 0.8) * grain(shape, rng, 3))
    wall = _jointed(surface, layout, height_px * rng.uniform(0.05, 0.11), one_of(MORTARS, rng), rng)
    return _painted_over(wall, rng) if rng.random() < 0.15 else wall


def tile(shape: Shape, rng: np.random.Generator) -> Surface:
    """Draw tiles or slabs with straight, narrow joints."""
    side_px = rng.uniform(50, 260)
    layout = coursed(shape, rng, side_px, side_px * rng.choice([1.0, 1.0, 2.0]), rng.choice([0.0, 0.5]))
    if rng.random() < 0.4:
        surface = (concrete if rng.random() < 0.5 else granite)(shape, rng)
        tone = np.exp(rng.normal(0, 0.06, int(layout.unit.max()) + 1)).astype(np.float32)
        surface = surface.toned(tone[layout.unit])
    else:
        surface = _units(shape, one_of(TILES, rng), layout, rng.uniform(0.005, 0.05), rng)
        surface = surface.toned(np.exp(rng.uniform(0.01, 0.05) * fractal_noise(shape, rng, side_px, 5)))
        surface = surface.raised(0.1 * grain(shape, rng, 3))
    return _jointed(surface, layout, rng.uniform(0.7, 4.5), one_of(MORTARS, rng) * rng.uniform(0.15, 1), rng)


def paving(shape: Shape, rng: np.random.Generator) -> Surface:
    """Draw cobbles or paving blocks with open joints, dark, sandy or grown over; never cracked.

    Cobbles are small, so that no network of their joints could pass for map cracks.
    """
    cobbled = rng.random() < 0.4
    side_px = rng.uniform(20, 48) if cobbled else rng.uniform(25, 170)
    if cobbled:
        bed = cells(shape, rng, side_px)
        edge = cv2.morphologyEx(bed.label.astype(np.float32), cv2.MORPH_GRADIENT, np.ones((3, 3))) > 0
        layout = Layout(cv2.distanceTransform((~edge).astype(np.uint8), cv2.DIST_L2, 5), bed.label)
    else:
        layout = coursed(shape, rng, side_px, side_px * rng.choice([1.0, 1.5, 2.0]), rng.choice([0.0, 0.5]))
    half_px = side_px * (rng.uniform(0.05, 0.12) if cobbled else rng.uniform(0.01, 0.06)) + 0.5
    colour = one_of(((140, 138, 132), (165, 155, 145), (120, 118, 118), (150, 100, 85), (95, 95, 98)), rng)
    surface = _units(shape, colour, layout, rng.uniform(0.02, 0.2), rng)
    worn = rng.uniform(0.03, 0.1) * grain(shape, rng, 1.5) + 0.1 * fractal_noise(shape, rng, side_px, 5, 0.8)
    surface = surface.toned(np.exp(worn)).raised(rng.uniform(0.1, 0.8) * grain(shape, rng, 2.5))
    crown = np.clip(layout.distance_px / (0.3 * side_px), 0, 1)
    surface = surface.raised(rng.uniform(0, 6) * np.sqrt(crown))
    ragged = 0.3 * half_px * fractal_noise(shape, rng, 15, 4)
    filled = (1 - soft_step(layout.distance_px + ragged, half_px, rng.uniform(0.4, 1.2))) * np.float32(
        rng.uniform(0.6, 1)
    )
    filling = one_of(((25, 24, 22), (45, 42, 38), (90, 85, 75), (60, 75, 35)), rng)
    filling = filling * np.exp(0.3 * grain(shape, rng, 2))[..., None]
    return surface.painted(filled, filling).raised(-rng.uniform(0.5, 3) * filled)


def stone(shape: Shape, rng: np.random.Generator) -> Surface:
    """Draw natural stone: rubble masonry with mortar joints, or one large face."""
    if rng.random() < 0.45:
        return granite(shape, rng)
    size_px = rng.uniform(50, 160)
    bed = cells(shape, rng, size_px)
    seam = (cv2.morphologyEx(bed.label.astype(np.float32), cv2.MORPH_GRADIENT, np.ones((3, 3))) == 0).astype(
        np.uint8
    )
    distance = cv2.distanceTransform(seam, cv2.DIST_L2, 5) + 0.03 * size_px * fractal_noise(
        shape, rng, size_px / 3, 4
    )
    layout = Layout(np.asarray(distance, np.float32), bed.label)
    face = _units(shape, one_of(((150, 140, 125), (120, 118, 115), (180, 165, 135)), rng), layout, 0.2, rng)
    face = face.toned(np.exp(0.15 * fractal_noise(shape, rng, size_px / 2, 5, 0.8))).raised(
        1.2 * fractal_noise(shape, rng, 20, 4, 0.8)
    )
    return _jointed(face, layout, size_px * rng.uniform(0.02, 0.09), one_of(MORTARS, rng), rng)


def facade(shape: Shape, rng: np.random.Generator) -> Surface:
    """Draw a building from afar: windows, ledges and pipes; never cracked."""
    H, W = shape
    surface = (brick if rng.random() < 0.3 else plaster)(shape, rng)
    colours = [one_of(((60, 70, 80), (30, 35, 40), (150, 170, 190), (220, 220, 215)), rng) for _ in range(3)]
    top, left = rng.uniform(30, 90, 2)
    tall, wide = rng.uniform(60, 160), rng.uniform(40, 120)
    panes = np.zeros((3, H, W), np.uint8)
    for row in np.arange(top - tall, H, tall + top):
        for column in np.arange(left - wide, W, wide + left):
            corner, opposite = (int(column), int(row)), (int(column + wide), int(row + tall))
            cv2.rectangle(panes[0], corner, opposite, 255, -1)
            cv2.rectangle(panes[1], corner, opposite, 255, int(rng.uniform(2, 6)))
            middle = int(column + wide / 2)
            cv2.line(panes[1], (middle, int(row)), (middle, int(row + tall)), 255, 2)
        cv2.line(panes[2], (0, int(row + tall + 4)), (W, int(row + tall + 4)), 255, int(rng.uniform(1, 8)))
    for pane, colour in zip(panes, colours):
        surface = surface.painted(pane.astype(np.float32) / 255, colour)
    return surface.toned(np.exp(0.1 * fractal_noise(shape, rng, 200, 4)))


def coursed(shape: Shape, rng: np.random.Generator, course_px: float, unit_px: float, shift: float) -> Layout:
    """Lay courses of units, shifted against each other, slightly turned and uneven."""
    H, W = shape
    angle = np.radians(rng.normal(0, 4) if rng.random() < 0.8 else rng.uniform(-45, 45))
    rows, columns = np.mgrid[0:H, 0:W].astype(np.float32)
    uneven = rng.uniform(0.002, 0.02) * min(course_px, 60.0)
    u = columns * np.float32(np.cos(angle)) + rows * np.float32(np.sin(angle)) + 4000
    v = rows * np.float32(np.cos(angle)) - columns * np.float32(np.sin(angle)) + 4000
    u, v = (axis + np.float32(uneven) * fractal_noise(shape, rng, course_px, 3, 0.8) for axis in (u, v))
    course = np.floor(v / course_px)
    u = u + np.float32(shift * unit_px) * (course % 2)
    unit = np.floor(u / unit_px)
    to_course = np.minimum(v - course * course_px, (course + 1) * course_px - v)
    to_unit = np.minimum(u - unit * unit_px, (unit + 1) * unit_px - u)
    number = ((course * 7919 + unit * 104729) % 9973).astype(np.int32)
    return Layout(np.minimum(to_course, to_unit).astype(np.float32), number)


def _units(shape: Shape, colour: Floats, layout: Layout, spread: float, rng: np.random.Generator) -> Surface:
    """Give every unit its own tone and a little tint."""
    count = int(layout.unit.max()) + 1
    tone = np.exp(rng.normal(0, spread, count))[:, None] * np.exp(rng.normal(0, spread / 5, (count, 3)))
    return plain(shape, colour).toned(tone.astype(np.float32)[layout.unit])


def _jointed(
    surface: Surface, layout: Layout, half_px: float, colour: Floats, rng: np.random.Generator
) -> Surface:
    """Fill joints of the given half width, recessed, with mortar of some grain."""
    ragged = 0.12 * half_px * fractal_noise(surface.shape, rng, 12, 3)
    opacity = 1 - soft_step(layout.distance_px + ragged, half_px, rng.uniform(0.5, 1.0))
    mortar = colour * np.exp(0.12 * grain(surface.shape, rng, 2))[..., None]
    depth = rng.uniform(0.3, 2.5)
    return surface.painted(opacity, mortar).raised(-depth * cv2.GaussianBlur(opacity, (0, 0), 0.8))


def _painted_over(surface: Surface, rng: np.random.Generator) -> Surface:
    """Cover a wall with one coat of paint that leaves its relief."""
    coat = soft_step(fractal_noise(surface.shape, rng, 100, 5, 0.7), rng.uniform(-3, -1), 0.2) * np.float32(
        0.92
    )
    return surface.painted(coat, linear(*rng.uniform(150, 240, 3))).toned(
        np.exp(0.04 * smooth_noise(surface.shape, rng, (80, 80)))
    )
