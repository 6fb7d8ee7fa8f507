"""Crack geometry: strokes with an exactly known centreline and width.

P points of a centreline; row and column in px, pixel centres at whole numbers.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import Voronoi

from crackwise.arrays import Floats
from crackwise.data.draw.noise import Shape

SPACING_PX = 1.0
MIN_WIDTH_PX = 0.5


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line of varying width.

    Parameters
    ----------
    path
        (P, 2) centreline.
    left_px, right_px
        (P,) distance from the centreline to either edge, at right angles to it; left is to the left of
        somebody who walks along the path on the image as seen.
    """

    path: Floats
    left_px: Floats
    right_px: Floats

    @property
    def width_px(self) -> Floats:
        """Full width at each point."""
        return self.left_px + self.right_px

    @property
    def length_px(self) -> float:
        """Length of the centreline."""
        return float(np.linalg.norm(np.diff(self.path, axis=0), axis=1).sum())


@dataclass(frozen=True, slots=True)
class CrackStyle:
    """How a crack runs.

    Parameters
    ----------
    width_px
        Typical full width of its trunk.
    roughness
        Sideways deviation of a piece divided by the length of the piece; 0 is straight, 0.3 is wild.
    corner_px
        Length of the shortest straight piece.
    variation
        Standard deviation of the logarithm of the width along the path.
    raggedness
        Standard deviation of either edge divided by the half width.
    branching
        Mean number of side branches; each may carry a twig of its own.
    """

    width_px: float
    roughness: float = 0.13
    corner_px: float = 10.0
    variation: float = 0.25
    raggedness: float = 0.1
    branching: float = 1.0


def rough_path(start: Floats, end: Floats, style: CrackStyle, rng: np.random.Generator) -> Floats:
    """Walk from start to end by displacing midpoints (Fournier, Fussell, Carpenter, 1982), 1 px apart."""
    points = np.array([start, end], np.float64)
    length = float(np.linalg.norm(points[1] - points[0]))
    for _ in range(int(np.clip(np.ceil(np.log2(max(length / style.corner_px, 1))), 0, 9))):
        step = np.diff(points, axis=0)
        sideways = np.stack([-step[:, 1], step[:, 0]], 1) * rng.normal(0, style.roughness, (len(step), 1))
        along = rng.uniform(0.35, 0.65, (len(step), 1))
        doubled = np.empty((2 * len(points) - 1, 2))
        doubled[::2], doubled[1::2] = points, points[:-1] + along * step + sideways
        points = doubled
    return _smoothed(_resampled(points), float(np.clip(0.3 * style.width_px, 0.8, 4.0)))


def stroke_along(path: Floats, style: CrackStyle, rng: np.random.Generator) -> Stroke:
    """Give a path a width that wanders slowly, with two edges that are ragged each on its own."""
    count = len(path)
    slow = _correlated(count, rng, 45.0) + 0.5 * _correlated(count, rng, 12.0)
    width = style.width_px * np.exp(style.variation * slow)
    width = np.clip(width, MIN_WIDTH_PX, 2.2 * style.width_px)
    edges = [
        np.maximum(width / 2 * (1 + style.raggedness * _correlated(count, rng, scale)), MIN_WIDTH_PX / 2)
        for scale in (2.5, 3.5)
    ]
    return Stroke(path, edges[0], edges[1])


def tapered(stroke: Stroke, tip_share: float) -> Stroke:
    """Let the last share of a stroke run out into a fine tip."""
    remaining = np.linspace(1, 0, len(stroke.path)) / max(tip_share, 1e-6)
    factor = np.clip(remaining, 0, 1) ** 0.7
    return replace(
        stroke,
        left_px=np.maximum(stroke.left_px * factor, MIN_WIDTH_PX / 2),
        right_px=np.maximum(stroke.right_px * factor, MIN_WIDTH_PX / 2),
    )


def reversed_stroke(stroke: Stroke) -> Stroke:
    """Walk a stroke from its end to its start."""
    return Stroke(stroke.path[::-1], stroke.right_px[::-1], stroke.left_px[::-1])


def branched(trunk: Stroke, style: CrackStyle, rng: np.random.Generator) -> tuple[Stroke, ...]:
    """Add thinner, tapered side branches to a trunk, and twigs to those."""
    strokes = [trunk]
    for _ in range(int(rng.poisson(style.branching))):
        side = _side_branch(trunk, style, rng)
        strokes.append(side)
        if side.length_px > 60 and rng.random() < 0.4:
            strokes.append(_side_branch(side, style, rng))
    return tuple(strokes)


def network(shape: Shape, cell_px: float, style: CrackStyle, rng: np.random.Generator) -> tuple[Stroke, ...]:
    """Draw map cracking: rough edges of Voronoi cells, some of them missing, on part of the surface."""
    H, W = shape
    rows, columns = np.mgrid[-1 : H / cell_px + 1, -1 : W / cell_px + 1] * cell_px
    seeds = np.stack([rows.ravel(), columns.ravel()], 1)
    diagram = Voronoi(seeds + rng.uniform(-0.45, 0.45, seeds.shape) * cell_px)
    middle, reach = rng.uniform(0.2, 0.8, 2) * shape, rng.uniform(0.35, 1.2) * max(shape)
    strokes = []
    for first, second in diagram.ridge_vertices:
        if first < 0 or rng.random() < 0.12:
            continue
        start, end = diagram.vertices[first], diagram.vertices[second]
        span = np.linalg.norm(end - start)
        if 4 < span < 4 * cell_px and np.linalg.norm((start + end) / 2 - middle) < reach:
            own = replace(style, width_px=style.width_px * rng.uniform(0.55, 1.2))
            strokes.append(stroke_along(rough_path(start, end, own, rng), own, rng))
    return tuple(strokes)


def straight(
    shape: Shape,
    rng: np.random.Generator,
    width_px: float,
    angle: float | None = None,
    offset_px: float | None = None,
) -> Stroke:
    """Run a straight line of constant width across the whole surface; the angle is in radians."""
    H, W = shape
    heading = float(rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)])) if angle is None else angle
    along = np.array([np.sin(heading), np.cos(heading)])
    across = np.array([along[1], -along[0]])
    shift = rng.uniform(-0.45, 0.45) * min(H, W) if offset_px is None else offset_px
    middle = np.array([H, W]) / 2 + shift * across
    reach = np.hypot(H, W)
    path = middle + np.linspace(-reach, reach, 40)[:, None] * along
    half = np.full(40, width_px / 2)
    return Stroke(path, half, half)


def smooth_curve(shape: Shape, rng: np.random.Generator, width_px: float, bend: float = 1.0) -> Stroke:
    """Bend a smooth curve of nearly constant width through the surface (a cubic Bézier)."""
    start, end = rng.uniform(-0.1, 1.1, (2, 2)) * shape
    thirds = [
        start + share * (end - start) + bend * rng.normal(0, 0.35, 2) * shape for share in (1 / 3, 2 / 3)
    ]
    t = np.linspace(0, 1, 80)[:, None]
    path = (
        (1 - t) ** 3 * start + 3 * t * (1 - t) ** 2 * thirds[0] + 3 * t**2 * (1 - t) * thirds[1] + t**3 * end
    )
    half: Floats = np.full(80, width_px / 2) * (1 + 0.08 * np.sin(t[:, 0] * rng.uniform(5, 30)))
    return Stroke(path, half, half)


def visible_parts(strokes: Iterable[Stroke], shape: Shape) -> tuple[Stroke, ...]:
    """Cut strokes at the border of the image, exactly where their centreline crosses it."""
    return tuple(part for stroke in strokes for part in _inside(stroke, shape))


def _inside(stroke: Stroke, shape: Shape) -> list[Stroke]:
    limit = np.array(shape) - 0.5
    is_inside = np.all((stroke.path >= -0.5) & (stroke.path <= limit), axis=1)
    change = np.flatnonzero(np.diff(np.concatenate([[False], is_inside, [False]]).astype(np.int8)))
    values = np.column_stack([stroke.path, stroke.left_px, stroke.right_px])
    parts = []
    for first, stop in zip(change[::2], change[1::2]):
        rows = values[first:stop]
        if first > 0:
            rows = np.vstack([_crossing(values[first], values[first - 1], limit), rows])
        if stop < len(values):
            rows = np.vstack([rows, _crossing(values[stop - 1], values[stop], limit)])
        if len(rows) >= 2:
            parts.append(Stroke(rows[:, :2], rows[:, 2], rows[:, 3]))
    return parts


def _crossing(inner: Floats, outer: Floats, limit: Floats) -> Floats:
    """Interpolate the row of values where the segment from inner to outer leaves the image."""
    step = outer[:2] - inner[:2]
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(
            step > 0, (limit - inner[:2]) / step, np.where(step < 0, (-0.5 - inner[:2]) / step, 1)
        )
    return np.asarray(inner + (outer - inner) * np.clip(shares.min(), 0, 1))


def _side_branch(parent: Stroke, style: CrackStyle, rng: np.random.Generator) -> Stroke:
    at = int(rng.uniform(0.08, 0.92) * (len(parent.path) - 1))
    before, after = parent.path[max(at - 8, 0)], parent.path[min(at + 8, len(parent.path) - 1)]
    heading = np.arctan2(*(after - before)) + rng.choice([-1, 1]) * np.radians(rng.uniform(25, 80))
    length = max(rng.uniform(0.1, 0.5) * parent.length_px, 15.0)
    end = parent.path[at] + length * np.array([np.sin(heading), np.cos(heading)])
    width = max(rng.uniform(0.35, 0.8) * float(parent.width_px[at]), MIN_WIDTH_PX)
    own = replace(style, width_px=width)
    return tapered(stroke_along(rough_path(parent.path[at], end, own, rng), own, rng), rng.uniform(0.5, 1.0))


def _resampled(points: Floats) -> Floats:
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    position = np.concatenate([[0], np.cumsum(lengths)])
    at = np.linspace(0, position[-1], max(int(position[-1] / SPACING_PX) + 1, 2))
    return np.stack([np.interp(at, position, points[:, axis]) for axis in (0, 1)], 1)


def _smoothed(points: Floats, sigma_px: float) -> Floats:
    """Round the corners and keep both ends in place (odd reflection about them)."""
    pad = min(int(4 * sigma_px) + 1, len(points) - 1)
    head = 2 * points[0] - points[pad:0:-1]
    tail = 2 * points[-1] - points[-2 : -pad - 2 : -1]
    padded = gaussian_filter1d(np.concatenate([head, points, tail]), sigma_px, axis=0, mode="nearest")
    return np.asarray(padded[pad : pad + len(points)])


def _correlated(count: int, rng: np.random.Generator, scale_px: float) -> Floats:
    """Draw noise along a line, correlated over ``scale_px``, with standard deviation 1."""
    margin = int(3 * scale_px) + 1
    noise = gaussian_filter1d(rng.standard_normal(count + 2 * margin), scale_px / 2, mode="nearest")
    return np.asarray(noise[margin : margin + count] * np.sqrt(np.sqrt(np.pi) * scale_px))
