"""What `width_truth` draws: the case of a photo, its lines, and cases drawn by chance for each band of
widths.

P points of a line; rows point down, angles are counter-clockwise as seen.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Shape = Literal["straight", "arc", "wave", "tapered", "branched"]
SHAPES: tuple[Shape, ...] = get_args(Shape)

BANDS_PX = ((1.0, 1.5), (1.5, 2.5), (2.5, 5.0), (5.0, 10.0), (10.0, 20.0), (20.0, 40.0))
"""Bands of true opening that tables are made of, half-open."""

DEPTH_SHARES = (0.2, 0.85)
"""How much darker than the surface a crack is: 10 % to 90 % of the cracks in four labelled open sets."""

STEP_PX = 0.25
"""Between points of a centreline; at the smallest radius drawn, 12 px, a chord is 0.0007 px from its arc."""

MARGIN_PX = 34.0
"""From the edge of a crack to the border of its photo, at least."""

SMALLEST_SIDE_PX = 220


@dataclass(frozen=True, slots=True)
class Case:
    """One crack and one photo of it.

    Parameters
    ----------
    shape
        Form of the centreline; a tapered one is straight, a branched one is a Y.
    width_px
        Opening; of a tapered crack in the middle (from 0.6 to 1.4 of it), of a branched one that of the main
        branch.
    angle_deg
        Direction, 0 along a row, 90 along a column.
    length_px
        Of the main branch; of a wave, the length of its base.
    blur_px
        Standard deviation of the Gaussian, before pixels average.
    grain
        Standard deviation, grey levels.
    background, depth
        Grey level of the surface in the middle of the photo, and how far below it the crack is.
    slope
        Grey levels by which the surface differs from one side of the photo to the other.
    shadow
        Grey levels that one side of the crack is darker; 0 for no shadow.
    shadow_reach_px, shadow_softness_px
        Where that ends, from the edge of the crack, and how softly.
    jpeg_quality
        None for a photo that was not compressed.
    has_irregular_floor
        Whether the crack's darkness varies by 8 % from place to place.
    is_camera
        Whether light is blurred and stored along the sRGB curve, as in cameras; else grey levels are light.
    """

    shape: Shape
    width_px: float
    angle_deg: float = 0.0
    length_px: float = 180.0
    blur_px: float = 1.0
    grain: float = 0.0
    background: float = 180.0
    depth: float = 80.0
    slope: float = 0.0
    shadow: float = 0.0
    shadow_reach_px: float = 20.0
    shadow_softness_px: float = 4.0
    jpeg_quality: int | None = None
    has_irregular_floor: bool = False
    is_camera: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A centreline, (P, 2) row and column in px, 0.25 px apart, and its opening (P,)."""

    points: Floats
    width_px: Floats


def cases_of_band(band: tuple[float, float], count: int, rng: np.random.Generator) -> Iterator[Case]:
    """Draw cases whose nominal opening lies in a band, the shapes in turn, all else by chance."""
    for number in range(count):
        width_px = float(np.exp(rng.uniform(*np.log(band))))
        background = float(rng.uniform(110, 215))
        depth = background * float(rng.uniform(*DEPTH_SHARES))
        shadow = float(rng.uniform(10, 25)) if rng.random() < 1 / 3 else 0.0
        case = Case(
            shape=SHAPES[number % len(SHAPES)],
            width_px=width_px,
            angle_deg=float(rng.uniform(0, 180)),
            length_px=float(rng.uniform(140, 180)) + 4 * width_px,
            blur_px=float(rng.uniform(0.5, 2)),
            grain=float(rng.uniform(2, 8)),
            background=background,
            depth=max(depth, shadow + 15),
            slope=float(rng.uniform(0, 30)),
        )
        yield replace(
            case,
            shadow=shadow,
            shadow_reach_px=float(rng.uniform(8, 40)),
            shadow_softness_px=float(rng.uniform(2, 6)),
            jpeg_quality=int(rng.integers(75, 96)) if rng.random() < 2 / 3 else None,
            has_irregular_floor=bool(rng.random() < 1 / 4),
        )


def lines_of(case: Case, rng: np.random.Generator) -> tuple[list[Line], tuple[int, int]]:
    """Lay out the lines of a case and the photo that holds them, at a random position between the pixels."""
    raw = _LAYOUTS[case.shape](case)
    turned = [Line(_turned(line.points, case.angle_deg), line.width_px) for line in raw]
    points = np.concatenate([line.points for line in turned])
    margin = MARGIN_PX + max(float(line.width_px.max()) for line in turned) / 2
    extent = np.ptp(points, axis=0) + 2 * margin
    side = np.maximum(np.ceil(extent), SMALLEST_SIDE_PX).astype(int) + 1
    start = margin + rng.random(2) * (side - extent) - points.min(axis=0)
    return [Line(line.points + start, line.width_px) for line in turned], (int(side[0]), int(side[1]))


def _straight(case: Case) -> list[Line]:
    along = _along(case.length_px)
    return [_constant(np.stack([np.zeros_like(along), along], axis=1), case.width_px)]


def _arc(case: Case) -> list[Line]:
    radius_px = 4 * case.width_px + 90
    turn = _along(case.length_px) / radius_px
    return [_constant(radius_px * np.stack([1 - np.cos(turn), np.sin(turn)], axis=1), case.width_px)]


def _wave(case: Case) -> list[Line]:
    """A sine whose smallest radius is 2.5 widths + 12 px."""
    wavelength_px, radius_px = 6 * case.width_px + 60, 2.5 * case.width_px + 12
    amplitude_px = wavelength_px**2 / (4 * np.pi**2 * radius_px)
    base = np.linspace(0, case.length_px, int(40 * case.length_px))
    points = np.stack([amplitude_px * np.sin(2 * np.pi * base / wavelength_px), base], axis=1)
    return [_constant(_equally_spaced(points), case.width_px)]


def _tapered(case: Case) -> list[Line]:
    """From 0.6 to 1.4 of the width, held within 1 and 40 px."""
    line = _straight(case)[0]
    width = case.width_px * np.linspace(0.6, 1.4, len(line.points))
    return [Line(line.points, np.clip(width, BANDS_PX[0][0], BANDS_PX[-1][1]))]


def _branched(case: Case) -> list[Line]:
    """A side branch of 0.7 of the width, at 50°, from 45 % of the main one, and 60 % as long."""
    main = _straight(case)[0]
    side = _along(0.6 * case.length_px)
    lean = np.radians(50)
    points = np.stack([-side * np.sin(lean), 0.45 * case.length_px + side * np.cos(lean)], axis=1)
    return [main, _constant(points, max(BANDS_PX[0][0], 0.7 * case.width_px))]


_LAYOUTS: dict[Shape, Callable[[Case], list[Line]]] = {
    "straight": _straight,
    "arc": _arc,
    "wave": _wave,
    "tapered": _tapered,
    "branched": _branched,
}


def _along(length_px: float) -> Floats:
    """From 0 to the length in steps of about 0.25 px."""
    return np.linspace(0, length_px, round(length_px / STEP_PX) + 1)


def _constant(points: Floats, width_px: float) -> Line:
    return Line(points, np.full(len(points), float(width_px)))


def _equally_spaced(points: Floats) -> Floats:
    arc_px = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    along = _along(float(arc_px[-1]))
    return np.stack([np.interp(along, arc_px, points[:, axis]) for axis in (0, 1)], axis=1)


def _turned(points: Floats, angle_deg: float) -> Floats:
    cos, sin = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    return points @ np.array([[cos, sin], [-sin, cos]])
