"""Where cracks run on a photo, and what is known about each: the truth of a drawn scene."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from scipy.ndimage import gaussian_filter1d

from crackwise.arrays import Floats
from crackwise.data.draw.noise import Shape
from crackwise.data.draw.paths import (
    CrackStyle,
    Stroke,
    branched,
    network,
    reversed_stroke,
    rough_path,
    stroke_along,
    tapered,
    visible_parts,
)

Pattern = Literal["single", "branched", "parallel", "crossing", "map"]
PATTERNS: tuple[Pattern, ...] = get_args(Pattern)
SHORTEST_CRACK_PX = 30.0

AVERAGED_PX = 5.0
"""Gaussian over which a measurement averages a width along the crack before it takes the largest."""


@dataclass(frozen=True, slots=True)
class DrawnCrack:
    """One crack as it was drawn, the visible part only.

    Parameters
    ----------
    branches
        Its strokes: exact centrelines with the distance to either edge at every point.
    length_px
        Length of all centrelines together; a side branch counts from the centreline of its parent.
    width_mean_px
        Full width, averaged over the length.
    width_max_px
        Largest full width.
    width_max_along_px
        Largest full width averaged along the crack, as it is measured.
    """

    branches: tuple[Stroke, ...]
    length_px: float
    width_mean_px: float
    width_max_px: float
    width_max_along_px: float

    @classmethod
    def of(cls, branches: Sequence[Stroke]) -> "DrawnCrack":
        """Sum up the branches of one crack."""
        lengths = np.array([branch.length_px for branch in branches])
        means = np.array([_mean_width(branch) for branch in branches])
        return cls(
            branches=tuple(branches),
            length_px=float(lengths.sum()),
            width_mean_px=float((means * lengths).sum() / lengths.sum()),
            width_max_px=float(max(branch.width_px.max() for branch in branches)),
            width_max_along_px=max(_largest_along(branch) for branch in branches),
        )


def random_cracks(
    shape: Shape, pattern: Pattern, styles: Sequence[CrackStyle], rng: np.random.Generator
) -> tuple[DrawnCrack, ...]:
    """Lay one crack per style over the photo; ``map`` makes a network of each."""
    heading = rng.uniform(0, np.pi)
    cracks = []
    for number, style in enumerate(styles):
        if pattern == "parallel":
            heading += rng.normal(0, 0.08)
        elif pattern == "crossing":
            heading += rng.uniform(0.9, np.pi - 0.9) * (number > 0)
        else:
            heading = rng.uniform(0, np.pi)
        branches = _laid(shape, pattern, style, heading, rng)
        if sum(branch.length_px for branch in branches) >= SHORTEST_CRACK_PX:
            cracks.append(DrawnCrack.of(branches))
    return tuple(cracks)


def stands_out(grey: Floats, branch: Stroke, grey_levels: float, texture_share: float) -> Floats:
    """Tell for every point of a branch whether its neighbourhood of 25 points can be seen.

    Parameters
    ----------
    grey
        (H, W) mean of the colours, 0..255.
    branch
        The crack.
    grey_levels
        How much darker than its surroundings the centreline must be, at least.
    texture_share
        The same, divided by the standard deviation of the surroundings along the branch.

    Returns
    -------
    (P,) bool, shorter by up to 24 points.
    """
    beside = np.array([_sampled(grey, points) for points in _beside(branch)])
    difference = beside.mean(0) - _sampled(grey, branch.path)
    window = np.ones(min(25, len(difference)))
    contrast = np.convolve(difference, window / window.size, mode="valid")
    level = np.convolve(beside.mean(0), window / window.size, mode="valid")
    square = np.convolve((beside**2).mean(0), window / window.size, mode="valid")
    texture = np.sqrt(np.maximum(square - level**2, 0))
    return np.asarray(contrast > np.maximum(grey_levels, texture_share * texture))


def _beside(branch: Stroke) -> list[Floats]:
    """Return the points 3, 4.5 and 6 px outside either edge."""
    tangent = np.gradient(branch.path, axis=0)
    tangent = tangent / np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], 1)
    return [
        branch.path + side * normal * (edge[:, None] + distance)
        for side, edge in ((1, branch.left_px), (-1, branch.right_px))
        for distance in (3.0, 4.5, 6.0)
    ]


def _laid(
    shape: Shape, pattern: Pattern, style: CrackStyle, heading: float, rng: np.random.Generator
) -> tuple[Stroke, ...]:
    if pattern == "map":
        cell_px = rng.uniform(0.12, 0.4) * min(shape)
        style = replace(style, width_px=min(style.width_px, cell_px / 12), corner_px=min(style.corner_px, 8))
        return visible_parts(network(shape, cell_px, style, rng), shape)
    trunk = _trunk(shape, style, heading, rng)
    return visible_parts(branched(trunk, style, rng) if style.branching > 0 else (trunk,), shape)


def _trunk(shape: Shape, style: CrackStyle, heading: float, rng: np.random.Generator) -> Stroke:
    """Lay a trunk through the photo, or let it end inside at one or both ends."""
    along = np.array([np.sin(heading), np.cos(heading)])
    across = np.array([along[1], -along[0]])
    middle = np.array(shape) / 2 + across * rng.uniform(-0.38, 0.38) * min(shape)
    before, after = rng.choice([0.75, 0.75, rng.uniform(0.1, 0.5)], 2) * np.hypot(*shape)
    start, end = middle - before * along, middle + after * along
    trunk = stroke_along(rough_path(start, end, style, rng), style, rng)
    trunk = tapered(trunk, float(rng.uniform(0.1, 0.9)))
    return reversed_stroke(tapered(reversed_stroke(trunk), float(rng.uniform(0.1, 0.9))))


def _mean_width(branch: Stroke) -> float:
    steps = _steps(branch)
    return float(((branch.width_px[1:] + branch.width_px[:-1]) / 2 * steps).sum() / max(steps.sum(), 1e-9))


def _steps(branch: Stroke) -> Floats:
    return np.asarray(np.linalg.norm(np.diff(branch.path, axis=0), axis=1))


def _largest_along(branch: Stroke) -> float:
    at = np.r_[0, np.cumsum(_steps(branch))]
    width_px = np.interp(np.arange(at[-1] + 1), at, branch.width_px)
    total, weights = (
        gaussian_filter1d(values, AVERAGED_PX, mode="constant")
        for values in (width_px, np.ones_like(width_px))
    )
    return float((total / weights).max())


def _sampled(grey: Floats, points: Floats) -> Floats:
    limit = np.array(grey.shape) - 1
    rows, columns = np.clip(np.rint(points), 0, limit).astype(int).T
    return np.asarray(grey[rows, columns])
