"""How well the marker card gives the scale, by simulation: the tables of docs/scale.md.

The card is read from its own PDF, seen by a drawn camera, blurred in linear light, grained and written as
JPEG.
Run it in the root of the repository: ``PYTHONPATH=src:tests python benchmarks/marker_card.py``
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from cardphotos import View, photograph, px_of_plane
from crackwise.arrays import Floats, Rgb
from crackwise.data.draw import draw_scene, random_settings
from crackwise.marker.card import Card
from crackwise.marker.find import find_card
from crackwise.marker.layout import LAYOUTS, CardLayout
from crackwise.marker.plane import fit_plane
from crackwise.marker.rectify import rectify

HEIGHT_PX, WIDTH_PX = 1200, 1600
CARD_MM = {"A6": 148.0, "A4": 210.0}
TILTS_DEG = (0, 15, 30, 45)
GAMMA = 2.2
SEGMENT_MM = 50.0
SURFACES: list[Rgb] = []
"""Backgrounds, drawn once and used again and again."""


@dataclass(frozen=True)
class Shot:
    """A photo of a card with its truth."""

    photo: Rgb
    view: View
    px_of_mm: Floats
    width_share: float
    blur_px: float


@dataclass(frozen=True)
class Outcome:
    """Errors of one photo in %; None when the card was not found."""

    shot: Shot
    card: Card | None
    scale: float | None
    segments: tuple[float, ...]

    @property
    def is_covered(self) -> bool:
        assert self.card is not None
        assert self.scale is not None
        return abs(self.scale) <= 100 * self.card.relative_error


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=int, default=16, help="per tilt and card")
    parser.add_argument("--absent", type=int, default=60, help="drawn scenes without a card")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    SURFACES.extend(_scenes(16, rng))
    print(
        "| card | tilt | photos | found | scale error, %: median | 95 % | max | inside the 90 % interval ",
        end="",
    )
    print("| length after --rectify, %: median | 95 % | max |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    everything = []
    for size in CARD_MM:
        for tilt in TILTS_DEG:
            outcomes = [_outcome(_shot(size, tilt, rng)) for _ in range(options.photos)]
            everything += outcomes
            print(_row(size, f"{tilt}°", outcomes), flush=True)
    print(_row("both", "all", everything))
    for outcome in everything:
        if outcome.card is None:
            print(f"not found: {outcome.shot.view}, blur {outcome.shot.blur_px:.1f} px")
    _print_reprint(options.seed)
    _print_distortion()
    found = sum(find_card(photo) is not None for photo in _scenes(options.absent, rng))
    print(f"drawn scenes without a card: found in {found} of {options.absent}")


def _outcome(shot: Shot) -> Outcome:
    card = find_card(shot.photo)
    if card is None:
        return Outcome(shot, None, None, ())
    return Outcome(
        shot, card, 100 * (card.mm_per_px / _true_mm_per_px(shot) - 1), tuple(_segments(shot, card))
    )


def _true_mm_per_px(shot: Shot) -> float:
    """Compare areas: a square of 0.2 mm around the middle of the card, and its image."""
    square_mm = 0.1 * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    image = _seen(shot, square_mm)
    x, y = image.T
    area_px = 0.5 * abs(x @ np.roll(y, -1) - y @ np.roll(x, -1))
    return float(np.sqrt(0.04 / area_px))


def _segments(shot: Shot, card: Card) -> Iterator[float]:
    """Measure segments away from the card in the rectified photo; errors in %."""
    flat = rectify(shot.photo, card)
    reach_mm = CARD_MM[card.layout.name]
    for angle in np.radians(np.arange(0, 360, 45)):
        start = reach_mm * np.array([np.cos(angle), np.sin(angle)])
        for direction in (angle, angle + np.pi / 2):
            ends_mm = np.array([start, start + SEGMENT_MM * np.array([np.cos(direction), np.sin(direction)])])
            ends_px = _seen(shot, ends_mm)
            if (ends_px < 0).any() or (ends_px > (WIDTH_PX - 1, HEIGHT_PX - 1)).any():
                continue
            column = np.column_stack([ends_px, [1, 1]]) @ flat.taken.to_rectified.T
            length_px = np.linalg.norm(np.diff(column[:, :2] / column[:, 2:], axis=0))
            yield float(100 * (length_px * flat.scale.mm_per_px / SEGMENT_MM - 1))


def _seen(shot: Shot, points_mm: Floats) -> Floats:
    mapped = np.column_stack([points_mm, np.ones(len(points_mm))]) @ shot.px_of_mm.T
    return mapped[:, :2] / mapped[:, 2:]


def _shot(size: str, tilt_deg: float, rng: np.random.Generator, print_scale: float = 1.0) -> Shot:
    """Photograph a card that lies anywhere in view, 15 to 60 % as wide as the photo."""
    share = rng.uniform(0.15, 0.6)
    mm_per_px = CARD_MM[size] / (share * WIDTH_PX)
    margin_px = min(0.5 * share * WIDTH_PX * (0.87 if size == "A4" else 0.62), HEIGHT_PX / 2 - 1)
    margin_px = min(1.4 * margin_px, HEIGHT_PX / 2 - 1)
    view = View(
        mm_per_px * (1.45 if size == "A4" else 1.0),
        tilt_deg,
        rng.uniform(0, 360),
        rng.uniform(0, 360),
        (rng.uniform(margin_px, HEIGHT_PX - margin_px), rng.uniform(margin_px, WIDTH_PX - margin_px)),
        rng.uniform(0.75, 1.1) * WIDTH_PX,
    )
    blur_px = rng.uniform(0.5, 2)
    background = SURFACES[rng.integers(len(SURFACES))]
    photo = photograph(background, view, size, print_scale=print_scale)
    return Shot(_taken(photo, blur_px, rng), view, px_of_plane(view), share, blur_px)


def _taken(photo: Rgb, blur_px: float, rng: np.random.Generator) -> Rgb:
    """Add uneven light and blur in linear light, then grain, then JPEG."""
    rows, cols = np.mgrid[:HEIGHT_PX, :WIDTH_PX]
    angle = rng.uniform(0, 2 * np.pi)
    slope = rng.uniform(0, 0.4) * (
        np.cos(angle) * (cols / WIDTH_PX - 0.5) + np.sin(angle) * (rows / HEIGHT_PX - 0.5)
    )
    linear = (photo / np.float32(255)) ** GAMMA * (0.8 + slope[..., None]).astype(np.float32)
    blurred = cv2.GaussianBlur(linear, (0, 0), blur_px)
    grain = rng.uniform(1, 6) * rng.standard_normal(photo.shape, np.float32)
    pixels = np.clip(255 * blurred ** (1 / GAMMA) + grain, 0, 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(75, 96))])
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])


def _scenes(count: int, rng: np.random.Generator) -> Iterator[Rgb]:
    """Draw cracked and sound surfaces of all kinds, at half the size, enlarged."""
    for _ in range(count):
        settings = random_settings(rng, (HEIGHT_PX // 2, WIDTH_PX // 2))
        scene = draw_scene(settings, rng)
        yield cv2.resize(scene.photo, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_CUBIC)


def _print_reprint(seed: int) -> None:
    """Show what a card printed at 99 % does: nothing can be noticed, and every length is 1 % too large."""
    print("| printed at | scale error, % | corners miss the plane by, px |")
    print("|---|---|---|")
    for print_scale in (1.0, 0.99):
        rng = np.random.default_rng(seed)
        outcomes = [_outcome(_shot("A6", tilt, rng, print_scale)) for tilt in (0, 15, 30) for _ in range(4)]
        found = [outcome for outcome in outcomes if outcome.card is not None]
        error = np.median([outcome.scale for outcome in found])
        misses_px = np.median([outcome.card.reprojection_px for outcome in found])
        print(f"| {100 * print_scale:g} % | {error:+.2f} | {misses_px:.2f} |")


def _print_distortion() -> None:
    """Move the corners of a card as a lens with radial distortion k₁ does (radius 1: the photo's corner)."""
    print("| k₁ | card, of the photo | scale error, % | stated, % | misfit, share of the card, % |")
    print("|---|---|---|---|---|")
    layout = LAYOUTS["A6"]
    for k1 in (-0.02, -0.05, -0.1):
        for share in (0.3, 0.6, 0.9):
            px_per_mm = share * WIDTH_PX / layout.page_mm[0]
            corners = {marker: _bent(layout, marker, px_per_mm, k1) for marker in layout.markers}
            card = Card(layout, fit_plane(corners, layout), (HEIGHT_PX, WIDTH_PX))
            cells = [f"{k1:g}", f"{100 * share:.0f} %", f"{100 * (card.mm_per_px * px_per_mm - 1):.2f}"]
            cells += [f"{100 * card.relative_error:.2f}", f"{100 * card.misfit:.3f}"]
            print(f"| {' | '.join(cells)} |")


def _bent(layout: CardLayout, marker: int, px_per_mm: float, k1: float) -> Floats:
    points = (layout.corners_mm(marker) - layout.centre) * px_per_mm
    radius = np.linalg.norm(points, axis=1, keepdims=True) / np.hypot(HEIGHT_PX / 2, WIDTH_PX / 2)
    return points * (1 + k1 * radius**2) + (WIDTH_PX / 2, HEIGHT_PX / 2)


def _row(size: str, tilt: str, outcomes: list[Outcome]) -> str:
    found = [outcome for outcome in outcomes if outcome.card is not None]
    scales = np.abs([outcome.scale for outcome in found])
    segments = np.abs([segment for outcome in found for segment in outcome.segments])
    covered = np.mean([outcome.is_covered for outcome in found])
    cells = [size, tilt, str(len(outcomes)), f"{100 * len(found) / len(outcomes):.0f} %"]
    cells += [*_spread(scales), f"{100 * covered:.0f} %", *_spread(segments)]
    return f"| {' | '.join(cells)} |"


def _spread(errors: Floats) -> list[str]:
    return [f"{value:.2f}" for value in (np.median(errors), np.percentile(errors, 95), np.max(errors))]


if __name__ == "__main__":
    main()
