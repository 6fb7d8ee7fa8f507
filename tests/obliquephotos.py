"""Photos of a tilted plane with cracks of known width: a pinhole camera, no card, and the rectified photo.

The plane is tilted about a vertical axis: cracks on the right are farther away than those on the left.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Floats, Rgb
from crackwise.photo import Photo, PhotoInfo, Taken

H, W, FOCAL_PX, AWAY_MM = 700, 1000, 1000.0, 180.0
FINE = 20
"""Px by which the plane is painted, a mm."""

MM_PER_PX = 0.17
"""Of the rectified photo."""

PLACES_MM = (-50.0, -25.0, 0.0, 25.0, 50.0, 75.0)
HEIGHT_MM, LEAN_MM = 70.0, 12.0
LENGTH_MM = float(np.hypot(LEAN_MM, HEIGHT_MM))
ALONG = np.array([LEAN_MM, HEIGHT_MM]) / LENGTH_MM
ACROSS = np.array([-ALONG[1], ALONG[0]])
"""Of the cracks, which lean, and so cross pixels anywhere."""

ENDS_MM, LEAN = (-65.0, 90.0), 0.03
"""Where the crack along the tilt begins and ends, and how much it falls a mm."""

ORIGIN_MM = np.array([-75.0, -50.0])
SIZE_MM = np.array([175.0, 100.0])


@dataclass(frozen=True)
class Tilted:
    """A tilted plane with six cracks of one width.

    Parameters
    ----------
    tilt_deg, width_mm
        Of the plane, of the cracks.
    blur_px
        Standard deviation of the lens's blur.
    seed
        Of the grain.
    """

    tilt_deg: float
    width_mm: float
    blur_px: float = 0.9
    seed: int = 3

    def px_of_mm(self) -> Floats:
        """Turn (x, y, 1) mm on the plane into px of the photo."""
        cos, sin = np.cos(np.radians(self.tilt_deg)), np.sin(np.radians(self.tilt_deg))
        camera = np.array([[FOCAL_PX, 0, (W - 1) / 2], [0, FOCAL_PX, (H - 1) / 2], [0, 0, 1]])
        return camera @ np.array([[cos, 0, 0], [0, 1, 0], [sin, 0, AWAY_MM]])

    def taken(self) -> Rgb:
        """Give the photo as taken: cracks of 30 % of the light of their surface, blurred and grainy."""
        rng = np.random.default_rng(self.seed)
        thrice = np.array([[3, 0, 1], [0, 3, 1], [0, 0, 1.0]])
        seen = cv2.warpPerspective(
            self._plane(),
            thrice @ self.px_of_mm() @ np.linalg.inv(_grid(1 / FINE)),
            (3 * W, 3 * H),
            borderValue=0.35,
        )
        light = cv2.GaussianBlur(cv2.resize(seen, (W, H), interpolation=cv2.INTER_AREA), (0, 0), self.blur_px)
        stored = 400 * light + rng.normal(0, 2, light.shape)
        return np.repeat(np.clip(np.round(stored), 0, 255).astype(np.uint8)[..., None], 3, axis=2)

    def rectified(self) -> Photo:
        """Give the photo as seen straight on."""
        pixels = self.taken()
        homography = _grid(MM_PER_PX) @ np.linalg.inv(self.px_of_mm())
        width_px, height_px = (round(side / MM_PER_PX) for side in SIZE_MM)
        flat = cv2.warpPerspective(pixels, homography, (width_px, height_px), flags=cv2.INTER_CUBIC)
        info = PhotoInfo(None, height_px, width_px, is_rectified=True)
        return Photo(flat, info, Taken(pixels, homography, 2.0))

    def mask(self, brush_mm: float = 0.5) -> CrackMask:
        """Mark the cracks in the rectified photo, a little wider than they are."""
        width_px, height_px = (round(side / MM_PER_PX) for side in SIZE_MM)
        marked = np.zeros((height_px, width_px), np.uint8)
        sides = np.array([(-1, -1), (-1, 1), (1, 1), (1, -1)]) / 2
        for x in PLACES_MM:
            corners = [x, 0] + sides @ np.array([LENGTH_MM * ALONG, (self.width_mm + brush_mm) * ACROSS])
            cv2.fillPoly(marked, [np.round((corners - ORIGIN_MM) / MM_PER_PX).astype(int)], 255)
        return marked > 0

    def _plane(self) -> Floats:
        return np.asarray(0.35 - 0.245 * self._covered(*_places_mm()), np.float32)

    def _covered(self, x: Floats, y: Floats) -> Floats:
        covered = np.zeros(x.shape)
        for place in PLACES_MM:
            beyond_mm = np.abs((x - place) * ACROSS[0] + y * ACROSS[1]) - self.width_mm / 2
            reach_mm = np.abs((x - place) * ALONG[0] + y * ALONG[1]) - LENGTH_MM / 2
            covered += np.clip(0.5 - np.maximum(beyond_mm, reach_mm) * FINE, 0, 1)
        return covered


@dataclass(frozen=True)
class Widening(Tilted):
    """A tilted plane with one crack along the tilt, `width_mm` near and `far_mm` far away."""

    far_mm: float = 1.2

    def mask(self, brush_mm: float = 0.3) -> CrackMask:
        """Mark the crack in the rectified photo, a little wider than it is."""
        width_px, height_px = (round(side / MM_PER_PX) for side in SIZE_MM)
        marked = np.zeros((height_px, width_px), np.uint8)
        near, far = (self.width_mm + brush_mm) / 2, (self.far_mm + brush_mm) / 2
        left, right = ENDS_MM
        corners = np.array([(left, -near), (left, near), (right, far), (right, -far)])
        corners[:, 1] += LEAN * corners[:, 0]
        cv2.fillPoly(marked, [np.round((corners - ORIGIN_MM) / MM_PER_PX).astype(int)], 255)
        return marked > 0

    def _covered(self, x: Floats, y: Floats) -> Floats:
        left, right = ENDS_MM
        width_mm = self.width_mm + (self.far_mm - self.width_mm) * (x - left) / (right - left)
        beyond_mm = np.abs(y - LEAN * x) - width_mm / 2
        reach_mm = np.abs(x - (left + right) / 2) - (right - left) / 2
        return np.asarray(np.clip(0.5 - np.maximum(beyond_mm, reach_mm) * FINE, 0, 1))


def _places_mm() -> tuple[Floats, Floats]:
    shape = [round(side * FINE) for side in SIZE_MM]
    x, y = np.meshgrid(*((np.arange(n) + 0.5) / FINE + start for n, start in zip(shape, ORIGIN_MM)))
    return x, y


def _grid(mm_per_px: float) -> Floats:
    """Turn mm into px of a grid over the plane."""
    x, y = ORIGIN_MM
    return np.array([[1 / mm_per_px, 0, -x / mm_per_px], [0, 1 / mm_per_px, -y / mm_per_px], [0, 0, 1]])
