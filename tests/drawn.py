"""Cracks of exactly known geometry, rendered by supersampling; shares nothing with the measuring code.

A crack is a centreline and a width at each of its points: its outline runs half a width to either side along
the normal and ends blunt, so the length of the centreline and the mean of the widths are the truth.

P points of a centreline, V vertices of an outline.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

SUPERSAMPLING = 9
"""Odd, so that no pixel is exactly half covered and a slot of whole width along a row keeps that width."""
MARGIN_PX = 12.3
STEP_PX = 0.5
"""Between points of a centreline; at a radius of 50 px the outline is then within 0.001 px of the curve."""


@dataclass(frozen=True, slots=True)
class DrawnCrack:
    """Share of each pixel that is crack, the mask of pixels at least half covered, and the true figures."""

    coverage: NDArray[np.float32]
    mask: NDArray[np.bool_]
    length_px: float
    width_mean_px: float


def draw_crack(
    line: Points,
    width_px: float | NDArray[np.float64],
    margin_px: float = 12.3,
    phase: tuple[float, float] = (0, 0),
) -> DrawnCrack:
    """Draw one crack on a canvas that just holds it, moved by a phase of pixels."""
    width = np.broadcast_to(np.asarray(width_px, np.float64), len(line))
    border = MARGIN_PX + width.max() / 2
    line = line - line.min(axis=0) + border + np.asarray(phase)
    H, W = (int(side) for side in np.ceil(line.max(axis=0) + border))
    share = coverage([outline(line, width)], (H, W))
    steps = np.hypot(*np.diff(line, axis=0).T)
    width_mean = float((steps * (width[1:] + width[:-1]) / 2).sum() / steps.sum())
    return DrawnCrack(share, share >= 0.5, float(steps.sum()), width_mean)


def straight(length_px: float, angle_deg: float) -> Points:
    """Centreline of a straight slot; 0° along a row, 90° along a column, counter-clockwise as seen."""
    along = np.linspace(0, length_px, _count(length_px))
    return _turned(np.stack([np.zeros_like(along), along], axis=1), angle_deg)


def arc(length_px: float, radius_px: float, angle_deg: float) -> Points:
    """Centreline of a circular arc."""
    turn = np.linspace(0, length_px / radius_px, _count(length_px))
    return _turned(radius_px * np.stack([1 - np.cos(turn), np.sin(turn)], axis=1), angle_deg)


def wave(length_px: float, amplitude_px: float, wavelength_px: float, angle_deg: float) -> Points:
    """Sinusoidal centreline over a base of the given length (its own length is longer)."""
    along = np.linspace(0, length_px, _count(length_px))
    return _turned(
        np.stack([amplitude_px * np.sin(2 * np.pi * along / wavelength_px), along], axis=1), angle_deg
    )


def between(start: tuple[float, float], end: tuple[float, float]) -> Points:
    """Straight centreline from a row and column to another."""
    count = _count(math.dist(start, end))
    return np.linspace(start, end, count)


def ring(centre: tuple[float, float], radius_px: float) -> Points:
    """Closed circular centreline."""
    turn = np.linspace(0, 2 * np.pi, _count(2 * np.pi * radius_px))
    return np.asarray(centre) + radius_px * np.stack([np.sin(turn), np.cos(turn)], axis=1)


def draw_mask(lines: Sequence[Points], width_px: float, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Draw several centrelines of one width, united, where they are on the canvas."""
    width = [np.full(len(line), float(width_px)) for line in lines]
    return coverage([outline(line, w) for line, w in zip(lines, width)], shape) >= 0.5


def outline(line: Points, width: NDArray[np.float64]) -> Points:
    """Polygon half a width to either side of a centreline, (2P, 2)."""
    tangent = np.gradient(line, axis=0)
    tangent /= np.hypot(*tangent.T)[:, None]
    across = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1) * width[:, None] / 2
    return np.concatenate([line + across, (line - across)[::-1]])


def coverage(polygons: Sequence[Points], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Share of each pixel inside any of the polygons, by SUPERSAMPLING² points in each pixel."""
    H, W = shape
    inside = np.zeros((H * SUPERSAMPLING, W * SUPERSAMPLING), np.bool_)
    for polygon in polygons:
        # pixel centres are whole numbers; sample j of a side lies at (j + 0.5) / SUPERSAMPLING - 0.5
        inside |= _fill((polygon + 0.5) * SUPERSAMPLING - 0.5, inside.shape)
    blocks = inside.reshape(H, SUPERSAMPLING, W, SUPERSAMPLING)
    return blocks.mean(axis=(1, 3), dtype=np.float32)


def _fill(polygon: Points, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Whole-number points inside a polygon by the even-odd rule: each edge flips all points to its right."""
    flips = np.zeros((shape[0], shape[1] + 1), np.uint8)
    for (row_a, col_a), (row_b, col_b) in zip(polygon, np.roll(polygon, -1, axis=0)):
        if row_a > row_b:
            row_a, col_a, row_b, col_b = row_b, col_b, row_a, col_a
        rows = np.arange(max(0, math.ceil(row_a)), min(shape[0], math.ceil(row_b)))
        if len(rows):
            cols = col_a + (rows - row_a) * (col_b - col_a) / (row_b - row_a)
            flips[rows, np.clip(np.ceil(cols), 0, shape[1]).astype(int)] ^= 1
    return np.bitwise_xor.accumulate(flips, axis=1)[:, :-1].astype(np.bool_)


def _count(length_px: float) -> int:
    return max(3, round(length_px / STEP_PX) + 1)


def _turned(line: Points, angle_deg: float) -> Points:
    """Turn counter-clockwise as seen, where rows point down."""
    c, s = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    return line @ np.array([[c, s], [-s, c]])
