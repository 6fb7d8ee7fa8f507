"""Where a photo was not inspected, shown in its overlay: without a mark it is not sound, but unseen."""

import cv2
import numpy as np

from crackwise import scratch
from crackwise.arrays import CrackMask, Rgb
from crackwise.report.labels import PLATE

BORDER = (0, 229, 214)
"""Cyan, RGB: no class of width has it, and hardly a surface."""

LEFT = 0.45
"""Share of its brightness that is left to what was not inspected: it is seen, but not taken for inspected."""

_ROWS = 512


def shade(canvas: Rgb, region: CrackMask, line_px: int) -> None:
    """Dim what lies outside the inspected region of a photo and draw the region's border.

    The edge of the photo is no border. Some rows at a time, so that what is made on the way stays small.

    Parameters
    ----------
    canvas
        (H, W, 3); drawn on.
    region
        (H, W), True where inspected.
    line_px
        Width of the border.
    """
    thin_px = max(1, line_px // 2)
    for top in range(0, len(region), _ROWS):
        rows = slice(top, top + _ROWS)
        band, outside = canvas[rows], ~region[rows]
        band[outside] = dimmed(band[outside])
        band[_near_border(region, rows, 2 * thin_px)] = PLATE
        band[_near_border(region, rows, thin_px)] = BORDER
        scratch.let_go(canvas, region)


def dimmed(colours: Rgb) -> Rgb:
    """Give colours (…, 3) as they are shown outside the region."""
    return np.rint(LEFT * colours + (1 - LEFT) * np.array(PLATE)).astype(np.uint8)


def _near_border(region: CrackMask, rows: slice, reach_px: int) -> CrackMask:
    """Tell which pixels of some rows lie within a distance of both sides of the border."""
    top = max(0, rows.start - reach_px)
    seen = region[top : rows.stop + reach_px].astype(np.uint8)
    kernel = np.ones((2 * reach_px + 1, 2 * reach_px + 1), np.uint8)
    near = cv2.dilate(seen, kernel) & cv2.dilate(1 - seen, kernel)
    return np.asarray(near[rows.start - top : rows.stop - top] > 0)
