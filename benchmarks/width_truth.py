"""Photos of drawn cracks whose opening is known exactly at every point of the centreline.

It shares no code with the package, so that it can judge it. A crack is a centreline and an opening at each
of its points: the edges lie half the opening to either side on the normal, tips are blunt. The scene is
rendered with 8 × 8 samples a pixel, each with its share of crack; grey levels are proportional to light, or
follow it along the sRGB curve, as a camera stores them. The scene is blurred by a Gaussian and averaged over
the square of each pixel, both in light, so the blur of the photo is the Gaussian convolved with a box of one
pixel: its variance is ``blur_px`` ² + 1/12 px². Grain is added to the pixels, then they are rounded, and
saved as JPEG and read again when the case says so.

Rows and columns are in px; the centre of a pixel has whole coordinates. P points of a centreline, B
branches, Q places asked for, K samples of the scene.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from width_cases import STEP_PX, Case, Floats, Line, lines_of

SUPERSAMPLING = 8
"""Samples a side of a pixel; a sample on an edge has its share, so an opening is not rounded to samples."""

COARSE = 2
"""Samples a side of a pixel for what is smooth: the shade away from the crack."""

BLUR_SAMPLING = 4
"""Samples a side of a pixel while blurring: averages of 2 × 2, so the box stays that of the pixel."""

CORRELATED_SHARE = 0.3
"""Share of the grain's variance that is a texture, white noise blurred by 1 px; the rest is white."""

FLOOR_SHARE = 0.08
"""Standard deviation of an irregular floor, as a share of the crack's depth."""


@dataclass(frozen=True, slots=True)
class DrawnWidth:
    """A photo, its mask and the truth.

    Parameters
    ----------
    case
        What was drawn.
    photo
        (H, W, 3) uint8, grey.
    mask
        (H, W) True where at least half of a pixel is crack, or where the centreline runs.
    centreline
        (P, 2) row and column, the main branch first, 0.25 px apart.
    width_px
        (P,) the opening across the centreline; NaN where an edge lies inside another branch.
    branch
        (P,) index of the branch.
    length_px
        Length of all branches, each from tip to tip, or from tip to the centreline that it meets.
    """

    case: Case
    photo: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    centreline: Floats
    width_px: Floats
    branch: NDArray[np.intp]
    length_px: float

    def width_at(self, points: Floats) -> tuple[Floats, Floats]:
        """Look up the true opening at (Q, 2) places: that of the nearest centreline point.

        Returns
        -------
        tuple
            (Q,) opening, NaN where there is none, and (Q,) distance to the centreline point, px.
        """
        chunks = np.array_split(np.asarray(points, float).reshape(-1, 2), max(1, len(points) // 200))
        pairs = [_nearest(chunk, self.centreline) for chunk in chunks]
        index, distance = (np.concatenate(values) for values in zip(*pairs))
        return self.width_px[index], distance

    @property
    def width_mean_px(self) -> float:
        """Mean opening along the centreline where it has one."""
        return float(np.nanmean(self.width_px))


def draw(case: Case, rng: np.random.Generator) -> DrawnWidth:
    """Draw the photo of a case; place between pixels, sides and grain come from the generator."""
    lines, shape = lines_of(case, rng)
    fields = [_Field.of(line, shape, float(line.width_px.max()) / 2 + 2, SUPERSAMPLING) for line in lines]
    share = np.maximum.reduce([_crack_share(field) for field in fields])
    shade = _shade(case, lines[0], fields[0], rng) if case.shadow else np.zeros_like(share)
    scene = _scene(case, share, shade, rng)
    photo = _develop(case, scene, rng)
    mask = _average(share, SUPERSAMPLING) >= 0.5
    for line in lines:
        mask[tuple(np.floor(line.points[::2] + 0.5).astype(int).T)] = True
    return DrawnWidth(
        case,
        np.repeat(photo[..., None], 3, axis=2),
        mask,
        np.concatenate([line.points for line in lines]),
        np.concatenate([_openings(line, [other for other in lines if other is not line]) for line in lines]),
        np.repeat(np.arange(len(lines)), [len(line.points) for line in lines]),
        float(sum(np.hypot(*np.diff(line.points, axis=0).T).sum() for line in lines)),
    )


def fattened(mask: NDArray[np.bool_], by_px: int) -> NDArray[np.bool_]:
    """Widen a mask by a disk of so many pixels all round."""
    offset = np.arange(-by_px, by_px + 1)
    disk = (offset[:, None] ** 2 + offset**2 <= by_px**2).astype(np.uint8)
    return cv2.dilate(mask.astype(np.uint8), disk) > 0


@dataclass(frozen=True, slots=True)
class _Field:
    """Where the samples near one line lie in its own coordinates.

    ``samples`` (K,) flat indices; ``across`` (K,) signed offset along the normal; ``beyond`` (K,) how far
    past a tip; ``width_px`` (K,) opening at the foot point; ``along`` (K,) share of the line; lengths in px.
    """

    shape: tuple[int, int]
    samples: NDArray[np.intp]
    across: Floats
    beyond: Floats
    width_px: Floats
    along: Floats

    @classmethod
    def of(cls, line: Line, shape: tuple[int, int], reach_px: float, sampling: int) -> "_Field":
        """Project all samples within reach on the line, so many to a side of a pixel."""
        grid = (shape[0] * sampling, shape[1] * sampling)
        samples, nearest = _nearest_points((line.points + 0.5) * sampling, grid, reach_px * sampling)
        places = (np.stack(np.divmod(samples, grid[1]), axis=1) + 0.5) / sampling - 0.5
        tangent = np.gradient(line.points, axis=0)
        tangent /= np.hypot(*tangent.T)[:, None]
        for _ in range(2):  # the distance transform is approximate: walk to the true foot point
            offset = places - line.points[nearest]
            forward = (offset * tangent[nearest]).sum(axis=1)
            nearest = np.clip(nearest + np.rint(forward / STEP_PX).astype(np.intp), 0, len(line.points) - 1)
        offset = places - line.points[nearest]
        forward = (offset * tangent[nearest]).sum(axis=1)
        across = offset[:, 0] * tangent[nearest, 1] - offset[:, 1] * tangent[nearest, 0]
        beyond = np.where(nearest == 0, -forward, np.where(nearest == len(line.points) - 1, forward, -1.0))
        position = np.clip(nearest + forward / STEP_PX, 0, len(line.points) - 1)
        width = np.interp(position, np.arange(len(line.points)), line.width_px)
        return cls(grid, samples, across, beyond, width, position / (len(line.points) - 1))

    def image(self, values: Floats) -> NDArray[np.float32]:
        """Put (K,) values back on the grid of samples, 0 elsewhere."""
        canvas = np.zeros(self.shape, np.float32)
        canvas.flat[self.samples] = values
        return canvas


def _nearest_points(
    points: Floats, grid: tuple[int, int], reach: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Flat indices of the samples within reach, and about the nearest point of each; lengths in samples."""
    place = tuple(np.floor(points).astype(int).T)
    canvas = np.ones(grid, np.uint8)
    canvas[place] = 0
    distance, labels = cv2.distanceTransformWithLabels(canvas, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    point_of_label = np.zeros(labels.max() + 1, np.intp)
    point_of_label[labels[place]] = np.arange(len(points))
    samples = np.flatnonzero(distance <= reach)
    return samples, point_of_label[labels.flat[samples]]


def _crack_share(field: _Field) -> NDArray[np.float32]:
    """Share of each sample that is crack."""
    within = np.clip((field.width_px / 2 - np.abs(field.across)) * SUPERSAMPLING + 0.5, 0, 1)
    before_tip = np.clip(0.5 - field.beyond * SUPERSAMPLING, 0, 1)
    return field.image(within * before_tip)


def _shade(case: Case, line: Line, near: _Field, rng: np.random.Generator) -> NDArray[np.float32]:
    """Grey levels that one side of the main branch is darker, from its edge out to a soft end."""
    side = float(rng.choice((-1, 1)))
    reach_px = float(line.width_px.max()) / 2 + case.shadow_reach_px + 3 * case.shadow_softness_px
    shape = (near.shape[0] // SUPERSAMPLING, near.shape[1] // SUPERSAMPLING)
    far = _Field.of(line, shape, reach_px, COARSE)
    shade = cv2.resize(far.image(_shade_of_samples(case, far, side)), near.shape[::-1])
    shade.flat[near.samples] = _shade_of_samples(case, near, side)  # it starts sharply within the crack
    return shade


def _shade_of_samples(case: Case, field: _Field, side: float) -> Floats:
    out_px = field.across * side - field.width_px / 2 - case.shadow_reach_px
    soft = 1 / (1 + np.exp(np.clip(out_px / (case.shadow_softness_px / 2), -30, 30)))
    fade = np.clip(10 * np.minimum(field.along, 1 - field.along), 0, 1)  # no hard edge across at the tips
    return case.shadow * soft * (field.across * side > 0) * fade


def _scene(
    case: Case, share: NDArray[np.float32], shade: NDArray[np.float32], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Light of each sample; the floor of the crack is uniformly dark, or irregular, never in the shade."""
    H, W = share.shape
    heading = rng.uniform(0, 2 * np.pi)
    rows, cols = np.linspace(-0.5, 0.5, H)[:, None], np.linspace(-0.5, 0.5, W)[None]
    light = case.background + case.slope * (np.sin(heading) * rows + np.cos(heading) * cols)
    depth = np.float32(case.depth)
    if case.has_irregular_floor:
        small = cv2.GaussianBlur(rng.standard_normal((H // SUPERSAMPLING, W // SUPERSAMPLING)), (0, 0), 2.0)
        floor = cv2.resize((small / small.std()).astype(np.float32), (W, H), interpolation=cv2.INTER_LINEAR)
        depth = depth * (1 + FLOOR_SHARE * floor)
    return (light - share * depth - (1 - share) * shade).astype(np.float32)


def _develop(case: Case, scene: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Blur the scene, average it over pixels, add grain, round, and save as JPEG."""
    scene = _average(_light(scene) if case.is_camera else scene, SUPERSAMPLING // BLUR_SAMPLING)
    blurred = cv2.GaussianBlur(scene, (0, 0), case.blur_px * BLUR_SAMPLING, borderType=cv2.BORDER_REPLICATE)
    pixels = _average(blurred, BLUR_SAMPLING)
    pixels = _stored(pixels) if case.is_camera else pixels
    texture = cv2.GaussianBlur(rng.standard_normal(pixels.shape), (0, 0), 1.0)
    grain = np.sqrt(1 - CORRELATED_SHARE) * rng.standard_normal(pixels.shape)
    grain += np.sqrt(CORRELATED_SHARE) * texture / texture.std()
    photo = np.clip(np.rint(pixels + case.grain * grain), 0, 255).astype(np.uint8)
    if case.jpeg_quality is None:
        return photo
    _, file = cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, case.jpeg_quality])
    return cv2.imdecode(file, cv2.IMREAD_GRAYSCALE)


def _light(stored: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn stored grey levels into light by the sRGB curve (IEC 61966-2-1)."""
    share = np.clip(stored / 255, 0, 1)
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _stored(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn light into stored grey levels."""
    curve = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return (255 * curve).astype(np.float32)


def _average(scene: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    H, W = scene.shape
    return cv2.resize(scene, (W // size, H // size), interpolation=cv2.INTER_AREA)


def _openings(line: Line, others: list[Line]) -> Floats:
    """The opening at each point; NaN where one of its two edges lies inside another branch."""
    tangent = np.gradient(line.points, axis=0)
    normal = np.stack([tangent[:, 1], -tangent[:, 0]], axis=1) / np.hypot(*tangent.T)[:, None]
    openings = line.width_px.copy()
    for other in others:
        for side in (-0.5, 0.5):
            edge = line.points + side * line.width_px[:, None] * normal
            index, distance = _nearest(edge, other.points)
            openings[distance < other.width_px[index] / 2 + STEP_PX] = np.nan
    return openings


def _nearest(points: Floats, line: Floats) -> tuple[NDArray[np.intp], Floats]:
    """For each of (Q, 2) points the index of the nearest of (P, 2), and the distance."""
    squared = (points**2).sum(axis=1)[:, None] + (line**2).sum(axis=1) - 2 * points @ line.T
    index = squared.argmin(axis=1)
    return index, np.hypot(*(points - line[index]).T)
