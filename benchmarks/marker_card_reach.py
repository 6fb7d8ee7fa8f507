"""Whether lengths far from the marker card lie in the error stated for the photo: a table of docs/scale.md.

Corners only, seen by a pinhole camera in the middle of the photo, with noise, a lens that distorts, a card of
which edges are lifted, and a print that is not quite true; then segments of 30 mm anywhere in the photo.
Run it in the root of the repository: ``PYTHONPATH=src python benchmarks/marker_card_reach.py``
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from crackwise.arrays import Floats
from crackwise.homography import project
from crackwise.marker.card import Card
from crackwise.marker.layout import LAYOUTS, PRINT_TOLERANCE, CardLayout
from crackwise.marker.plane import fit_plane
from crackwise.marker.rectify import kept_places

HEIGHT_PX, WIDTH_PX = 3000, 4000
MIDDLE = np.array([(WIDTH_PX - 1) / 2, (HEIGHT_PX - 1) / 2])
SHARES = (0.12, 0.2, 0.35)
"""Length of the card as a share of the photo's long side; the distance follows."""
TILTS_DEG = (0, 10, 30)
LENSES_35MM = (24, 28, 50)
NOISE_PX = 0.1
SEGMENT_MM = 30.0
SEGMENTS = 40
DEVIATIONS = 1.645
"""Standard deviations of a normal distribution in the half width of its 90 % interval."""


@dataclass(frozen=True)
class Wall:
    """A surface seen by a camera: pixels of places in mm, at a height above it."""

    camera: Floats
    pose: Floats
    lens: float

    def seen(self, places_mm: Floats) -> Floats:
        """Give px (P, 2) of places (P, 3): x, y, and height towards the camera."""
        x, y, depth = (np.column_stack([places_mm, np.ones(len(places_mm))]) @ self.pose.T).T
        ideal = self.camera[0, 0] * np.column_stack([x, y]) / depth[:, None]
        radius = np.linalg.norm(ideal, axis=1, keepdims=True) / np.linalg.norm(MIDDLE)
        return MIDDLE + ideal * (1 + self.lens * radius**2)

    def under(self, place_px: Floats) -> Floats:
        """Give the place (2,) in mm that is seen at a px by a lens without distortion."""
        homography = self.camera @ self.pose[:, [0, 1, 3]]
        return project(np.linalg.inv(homography), place_px)


@dataclass(frozen=True)
class Case:
    """What is wrong in a photo: k₁, lifts of two edges in mm, and size of the print."""

    lens: float
    lift_mm: Floats
    print_scale: float


def usual(rng: np.random.Generator) -> Case:
    """Draw what is allowed for: normal, 90 % within k₁ ± 0.02, lift ± 1 mm and print ± 0.3 %."""
    lens, across, along, print_scale = rng.standard_normal(4) / DEVIATIONS
    return Case(0.02 * lens, np.array([across, along]), 1 + PRINT_TOLERANCE * print_scale)


def fixed(lens: float, lift_mm: float) -> Callable[[np.random.Generator], Case]:
    """Give one distortion of either sign, one edge lifted."""

    def case(rng: np.random.Generator) -> Case:
        lift = np.zeros(2)
        lift[rng.integers(2)] = lift_mm * rng.choice([-1, 1])
        return Case(lens * rng.choice([-1, 1]), lift, 1.0)

    return case


CASES = {
    "drawn": usual,
    "k₁ ± 0.02": fixed(0.02, 0.0),
    "k₁ ± 0.03": fixed(0.03, 0.0),
    "k₁ ± 0.05": fixed(0.05, 0.0),
    "edge 1 mm": fixed(0.0, 1.0),
    "edge 2 mm": fixed(0.0, 2.0),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=int, default=2, help="per share, tilt and lens")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    heads = ("stated, %: median", "max", "error, %: 90 % below", "max", "inside")
    heads += ("--card, straight on: stated, %", "error, %: 90 % below", "inside")
    print(f"| card | where | wrong | {' | '.join(heads)} |")
    print("|" + "---|" * (3 + len(heads)))
    for name in ("A6", "A4"):
        for where in ("middle", "corner"):
            for kind, draw in CASES.items():
                rows = [
                    _errors(LAYOUTS[name], where, (share, tilt, lens), draw(rng), rng)
                    for share in SHARES
                    for tilt in TILTS_DEG
                    for lens in LENSES_35MM
                    for _ in range(options.photos)
                ]
                print(f"| {name} | {where} | {kind} | {' | '.join(_cells(rows))} |", flush=True)


def _errors(
    layout: CardLayout, where: str, view: tuple[float, float, float], case: Case, rng: np.random.Generator
) -> Floats:
    """Give for each segment (S, 4): error and stated error, rectified and, if straight on, with one scale."""
    wall, at_mm, turn = _wall(layout, where, view, case.lens, rng)
    corners = {}
    for marker in layout.markers:
        on_card = (layout.corners_mm(marker) - layout.centre) * case.print_scale
        height = (on_card / layout.page_mm + 0.5) @ case.lift_mm
        flat = on_card @ turn.T + at_mm
        corners[marker] = wall.seen(np.column_stack([flat, height])) + rng.normal(0, NOISE_PX, (4, 2))
    card = Card(layout, fit_plane(corners, layout), (HEIGHT_PX, WIDTH_PX))
    kept = kept_places(card)
    stated, of_one = card.error_over(kept), card.error_of_one_scale() if view[1] == 0 else np.nan
    rows = []
    for row, col in kept[rng.integers(len(kept), size=SEGMENTS)]:
        start, angle = wall.under(np.array([col, row])), rng.uniform(0, np.pi)
        ends = start + 0.5 * SEGMENT_MM * np.outer([-1, 1], [np.cos(angle), np.sin(angle)])
        ends_px = wall.seen(np.column_stack([ends, [0, 0]]))
        length_mm = np.linalg.norm(np.diff(project(card.plane.mm_of_px, ends_px), axis=0))
        one_mm = np.linalg.norm(np.diff(ends_px, axis=0)) * card.mm_per_px
        rows.append((length_mm / SEGMENT_MM - 1, stated, one_mm / SEGMENT_MM - 1, of_one))
    return np.array(rows)


def _wall(
    layout: CardLayout, where: str, view: tuple[float, float, float], lens: float, rng: np.random.Generator
) -> tuple[Wall, Floats, Floats]:
    """Give the surface, where the card's middle lies on it, and the turn (2, 2) of the card."""
    share, tilt_deg, focal_35mm = view
    focal_px = focal_35mm / np.hypot(36, 24) * np.hypot(WIDTH_PX, HEIGHT_PX)
    distance_mm = focal_px * max(layout.page_mm) / (share * WIDTH_PX)
    axis, tilt, turn = rng.uniform(0, 2 * np.pi), np.radians(tilt_deg), rng.integers(4) * np.pi / 2
    u = np.array([np.cos(axis), np.sin(axis), 0])
    cross = np.array([[0, -u[2], u[1]], [u[2], 0, -u[0]], [-u[1], u[0], 0]])
    rotation = np.eye(3) + np.sin(tilt) * cross + (1 - np.cos(tilt)) * cross @ cross
    rotation = rotation @ np.diag([1, 1, -1])  # heights grow towards the camera
    pose = np.column_stack([rotation, [0, 0, distance_mm]])
    wall = Wall(np.diag([focal_px, focal_px, 1]) + _at_middle(), pose, lens)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    half_px = 0.6 * share * WIDTH_PX
    side = rng.choice([-1, 1], 2)
    at_px = MIDDLE if where == "middle" else MIDDLE + side * (MIDDLE - half_px)
    return wall, wall.under(at_px), turned


def _at_middle() -> Floats:
    return np.array([[0, 0, MIDDLE[0]], [0, 0, MIDDLE[1]], [0, 0, 0]])


def _cells(photos: list[Floats]) -> list[str]:
    error, stated, one, of_one = np.concatenate(photos).T
    straight_on = ~np.isnan(of_one)
    error, one, of_one = np.abs(error), np.abs(one)[straight_on], of_one[straight_on]
    return [
        f"{100 * np.median(stated):.1f}",
        f"{100 * stated.max():.1f}",
        f"{100 * np.quantile(error, 0.9):.1f}",
        f"{100 * error.max():.1f}",
        f"{100 * np.mean(error <= stated):.0f} %",
        f"{100 * np.median(of_one):.1f}",
        f"{100 * np.quantile(one, 0.9):.1f}",
        f"{100 * np.mean(one <= of_one):.0f} %",
    ]


if __name__ == "__main__":
    main()
