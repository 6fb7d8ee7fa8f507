"""Our stronger set for whole photos: a part of the photo, turned, mirrored and enlarged, in another light."""

import numpy as np

from crackwise.arrays import CrackMask, Floats, Rgb
from crackwise.data.augment.crops import inside, random_turn
from crackwise.data.augment.photometric import strong
from crackwise.data.augment.version import Version, move_together

ZOOM = (1.0, 2.0)
"""Never below 1: a line of one pixel would break in a mask of whole pixels."""
NEAR_CRACK = 0.6
"""Share of the versions that are centred near a crack, where there is one."""
MOST_MIRRORED = 0.25
"""Share of a side that may lie outside the photo; a 4:3 photo turned by 90° is enlarged for it."""


def strong_version(image: Rgb, masks: tuple[CrackMask, ...], rng: np.random.Generator) -> Version:
    """Make a version that shows a part of the photo; the first mask says where cracks are."""
    H, W = image.shape[:2]
    zoom = float(np.exp(rng.uniform(*np.log(ZOOM))))
    turn = random_turn(1.0, rng)
    half = _half_window(turn, (H, W))
    zoom = max(zoom, (1 - MOST_MIRRORED) * float(np.max(2 * half / (W, H))))
    centre = _centre(masks[0] if masks else np.zeros((H, W), bool), half / zoom, rng)
    shift = np.array([W - 1, H - 1]) / 2 - zoom * turn @ (centre - 0.5)  # pixel 0 lies at 0.5 of the photo
    pixels, moved = move_together(image, masks, np.hstack([zoom * turn, shift[:, None]]))
    return Version(strong(pixels, rng), moved, _described(turn, zoom))


def _half_window(turn: Floats, size: tuple[int, int]) -> Floats:
    """Half width and height (x, y) of the part that a turned window of the photo's size covers."""
    H, W = size
    half: Floats = np.abs(np.linalg.inv(turn)) @ np.array([W / 2, H / 2])
    return half


def _centre(line: CrackMask, half: Floats, rng: np.random.Generator) -> Floats:
    """(x, y) in the photo; near a crack, or anywhere."""
    H, W = line.shape
    if rng.random() < NEAR_CRACK and line.any():
        rows, cols = np.nonzero(line)
        chosen = rng.integers(len(rows))
        centre = np.array([cols[chosen], rows[chosen]]) + rng.uniform(-0.7, 0.7, 2) * half
    else:
        centre = rng.uniform((0, 0), (W, H))
    return np.array([inside(centre[0], half[0], W), inside(centre[1], half[1], H)])


def _described(turn: Floats, zoom: float) -> str:
    flip = float(np.sign(np.linalg.det(turn)))  # -1: mirrored left to right, then turned
    angle_deg = round(float(np.degrees(np.arctan2(-flip * turn[1, 0], flip * turn[0, 0]))))
    return f"{'mirrored, ' if flip < 0 else ''}turned {angle_deg:+d}°\nsize {100 * zoom:.0f} %, other light"
