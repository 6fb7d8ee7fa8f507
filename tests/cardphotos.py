"""Photos of the marker card: its PDF read back rectangle by rectangle, and seen by a camera of known place.

Nothing here knows the layout: positions come from the PDF (1 point = 25.4 / 72 mm).
"""

import base64
import re
import zlib
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from crackwise.arrays import Floats, Rgb
from crackwise.marker.draw import card_pdf
from crackwise.marker.layout import LAYOUTS

MM_PER_POINT = 25.4 / 72
_OPERATOR = re.compile(
    rb"(?P<box>[-\d. ]+ re)|(?P<colour>[-\d. ]+ rg)|(?P<paint>\bf\*?(?=\s)|\bS(?=\s)|\bn(?=\s))"
)


@dataclass(frozen=True)
class Box:
    """A filled rectangle of the PDF: upper left corner and size in mm, grey 0 to 1."""

    x: float
    y: float
    width: float
    height: float
    grey: float


@dataclass(frozen=True)
class View:
    """How a card is seen: the camera looks at a plane that is tilted about an axis in it.

    Parameters
    ----------
    mm_per_px
        Where the line of sight meets the plane, across the tilt.
    tilt_deg, tilt_axis_deg, turn_deg
        Of the plane; of the axis of the tilt; of the card in the plane.
    at_px
        Row and col of the card's middle.
    focal_px
        Of the camera.
    """

    mm_per_px: float = 0.25
    tilt_deg: float = 0.0
    tilt_axis_deg: float = 0.0
    turn_deg: float = 0.0
    at_px: tuple[float, float] = (450.0, 600.0)
    focal_px: float = 1200.0


def boxes(size: str) -> tuple[tuple[float, float], list[Box]]:
    """Read the page's size in mm and its filled rectangles, in the order in which they are painted."""
    data = card_pdf(LAYOUTS[size])
    width, height = (
        float(value) * MM_PER_POINT
        for value in re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", data).groups()
    )
    stream = re.search(rb"stream\r?\n(.*?)endstream", data, re.DOTALL)[1]
    text = zlib.decompress(base64.a85decode(stream.strip().removesuffix(b"~>")))
    found, grey, box = [], 0.0, None
    for match in _OPERATOR.finditer(text):
        numbers = [float(word) for word in match[0].split()[:-1]] if match["paint"] is None else []
        if match["colour"]:
            grey = sum(numbers) / 3
        elif match["box"]:
            box = [value * MM_PER_POINT for value in numbers]
        elif box is not None:
            if match["paint"].startswith(b"f"):
                found.append(Box(box[0], height - box[1] - box[3], box[2], box[3], grey))
            box = None
    return (width, height), found


@lru_cache
def flat_card(size: str, px_per_mm: float = 10.0) -> Floats:
    """Paint the card (H, W), 0 to 1; the pixel (row, col) covers mm (col, row) / px_per_mm and on."""
    (width, height), found = boxes(size)
    page = np.ones((round(height * px_per_mm), round(width * px_per_mm)), np.float32)
    for box in found:
        top, bottom = (round(value * px_per_mm) for value in (box.y, box.y + box.height))
        left, right = (round(value * px_per_mm) for value in (box.x, box.x + box.width))
        page[top:bottom, left:right] = box.grey
    return page


def px_of_plane(view: View) -> Floats:
    """Give the homography (3, 3) from mm on the plane, origin at the card's middle, to px (x, y)."""
    turn, axis, tilt = np.radians([view.turn_deg, view.tilt_axis_deg, view.tilt_deg])
    about_axis = _turn(axis) @ _tilt(tilt) @ _turn(-axis) @ _turn(turn)
    distance_mm = view.mm_per_px * view.focal_px
    pose = np.column_stack([about_axis[:, 0], about_axis[:, 1], [0, 0, distance_mm]])
    row, col = view.at_px
    camera = np.array([[view.focal_px, 0, col], [0, view.focal_px, row], [0, 0, 1]])
    return camera @ pose


def photograph(
    background: Rgb, view: View, size: str = "A6", *, print_scale: float = 1.0, supersampling: int = 2
) -> Rgb:
    """Put the card onto a photo of a surface (H, W, 3) as the camera sees it, each pixel averaged."""
    page = flat_card(size)
    height, width = background.shape[:2]
    px_per_mm = 10.0 / print_scale
    centred = np.array([[1 / px_per_mm, 0, 0.5 / px_per_mm], [0, 1 / px_per_mm, 0.5 / px_per_mm], [0, 0, 1]])
    centred[:2, 2] -= np.array([page.shape[1], page.shape[0]]) / 2 / px_per_mm
    fine = np.array(
        [[supersampling, 0, (supersampling - 1) / 2], [0, supersampling, (supersampling - 1) / 2]]
    )
    matrix = np.vstack([fine, [0, 0, 1]]) @ px_of_plane(view) @ centred
    # average the page to about one sample a fine pixel first, or thin lines alias
    fine_size = (width * supersampling, height * supersampling)
    blur = max(0.5, 0.4 * view.mm_per_px / supersampling * px_per_mm)
    smooth = cv2.GaussianBlur(page, (0, 0), blur) if blur > 0.6 else page
    seen = cv2.warpPerspective(smooth, matrix, fine_size, flags=cv2.INTER_LINEAR)
    cover = cv2.warpPerspective(np.ones_like(page), matrix, fine_size, flags=cv2.INTER_LINEAR)
    seen, cover = (cv2.resize(each, (width, height), interpolation=cv2.INTER_AREA) for each in (seen, cover))
    paper = 235 * (0.1 + 0.9 * seen / np.maximum(cover, 1e-6))
    return np.clip(cover[..., None] * paper[..., None] + (1 - cover[..., None]) * background, 0, 255).astype(
        np.uint8
    )


def concrete(height_px: int = 900, width_px: int = 1200, seed: int = 0) -> Rgb:
    """Draw a grey surface with stains and grains."""
    rng = np.random.default_rng(seed)
    shape = (height_px, width_px)
    grey = np.full(shape, 150.0)
    for sigma, strength in ((60, 25), (8, 10), (1.5, 8)):
        noise = cv2.GaussianBlur(rng.standard_normal(shape), (0, 0), sigma)
        grey += strength * noise / noise.std()
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def _turn(angle: float) -> Floats:
    return np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])


def _tilt(angle: float) -> Floats:
    return np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
