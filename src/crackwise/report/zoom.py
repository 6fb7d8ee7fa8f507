"""The widest place of a crack as a picture: photographed beside measured, with width and scale bar."""

from dataclasses import dataclass

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Floats, Rgb
from crackwise.crack.measurements import CrackMeasurement
from crackwise.crack.network import CrackNetwork
from crackwise.report.figures import Width
from crackwise.report.labels import draw_plate, put_line, put_plate
from crackwise.report.legend import length_name
from crackwise.report.round_numbers import round_down
from crackwise.scale import Scale

COLOUR = (255, 0, 128)
"""Pink-red, RGB: does not occur on concrete, asphalt, brick, moss or rust."""

PANEL_PX = 396
"""Side of each of the two panels; with the gap the picture is 800 px wide."""

GAP_PX = 8
TEXT_PX = 30
LINE_PX = 4  # half of it falls inside the mask and is not drawn
_BAR_ROWS = 74
"""Rows at the foot of a panel that are left to the scale bar with its length."""

TANGENT_POINTS = 6
"""Points of the centreline on either side that give its direction: enough to even out pixel steps."""


@dataclass(frozen=True, slots=True)
class Window:
    """A square of a photo, px, and how much a panel magnifies it."""

    top: int
    left: int
    side_px: int

    @property
    def magnification(self) -> float:
        """Panel pixels per photo pixel."""
        return PANEL_PX / self.side_px

    @property
    def square(self) -> tuple[slice, slice]:
        """Rows and columns of the photo."""
        return slice(self.top, self.top + self.side_px), slice(self.left, self.left + self.side_px)

    def on_panel(self, point: Floats) -> Floats:
        """Turn (row, col) of the photo into (row, col) of the panel; both count from pixel centres."""
        corner = np.array([self.top, self.left])
        return np.asarray((point - corner + 0.5) * self.magnification - 0.5)


def draw_zoom(
    photo: Rgb, mask: CrackMask, crack: CrackMeasurement, network: CrackNetwork, *, scale: Scale | None
) -> Rgb:
    """Draw the surroundings of a crack's widest place twice: raw, and with outline, width and scale bar.

    Parameters
    ----------
    photo
        (H, W, 3).
    mask
        (H, W).
    crack
        The crack; its widest place is the centre.
    network
        Its centreline gives the direction that the width was taken across.
    scale
        None labels in px.

    Returns
    -------
    (396, 800, 3)
    """
    window = _window(mask.shape, crack)
    raw = _resized(photo[window.square])
    marked = _outlined(raw, mask[window.square])
    place, normal = _widest(crack, network)
    if crack.is_measurable:  # of one that is too fine, arrows would claim a width
        _put_arrows(marked, place, normal * crack.width_max_px / 2, window)
    _put_width(marked, window.on_panel(place), crack)
    _put_scale_bar(marked, window.on_panel(place), window, scale)
    gap = np.full((PANEL_PX, GAP_PX, 3), 255, np.uint8)
    return np.hstack([raw, gap, marked])


def _window(shape: tuple[int, ...], crack: CrackMeasurement) -> Window:
    """Choose a square that shows a hairline enlarged about 3 times and a wide crack with its surroundings."""
    wanted_px = round(np.clip(14 * crack.width_max_px, 128, 2 * PANEL_PX))
    side_px = min(wanted_px, *shape)
    top = int(np.clip(crack.widest_row - side_px // 2, 0, shape[0] - side_px))
    left = int(np.clip(crack.widest_col - side_px // 2, 0, shape[1] - side_px))
    return Window(top, left, side_px)


def _resized(crop: Rgb) -> Rgb:
    method = cv2.INTER_AREA if crop.shape[0] > PANEL_PX else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(crop, (PANEL_PX, PANEL_PX), interpolation=method), np.uint8)


def _outlined(raw: Rgb, mask: CrackMask) -> Rgb:
    """Draw a line around the mask, which is interpolated before the threshold: its steps are not enlarged."""
    soft = cv2.resize(mask.astype(np.float32), (PANEL_PX, PANEL_PX), interpolation=cv2.INTER_LINEAR)
    inside = soft >= 0.5
    contours, _ = cv2.findContours(inside.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    lined = cv2.drawContours(raw.copy(), contours, -1, COLOUR, LINE_PX)
    return np.where(inside[..., None], raw, lined).astype(np.uint8)


def _put_arrows(panel: Rgb, place: Floats, half: Floats, window: Window) -> None:
    """Draw arrows as on an engineer's drawing, against the edges at `place` - `half` and `place` + `half`."""
    for side in (-1, 1):
        edge = window.on_panel(place + side * half)
        away = side * half / max(1e-9, float(np.hypot(*half)))
        put_line(panel, tuple(edge), tuple(edge + 44 * away), 2)
        for turn in (-0.5, 0.5):
            put_line(panel, tuple(edge), tuple(edge + 12 * _turned(away, turn)), 2)


def _put_width(panel: Rgb, at: Floats, crack: CrackMeasurement) -> None:
    """Say the width above, or below where its place (row, col) is at the top of the panel."""
    plate = draw_plate(f"{crack.crack}:  {Width.best(crack, 'max').text}", TEXT_PX)
    top = PANEL_PX - _BAR_ROWS - TEXT_PX if at[0] < PANEL_PX / 3 else 10
    put_plate(panel, plate, top, PANEL_PX - plate.shape[1] - 10)


def _widest(crack: CrackMeasurement, network: CrackNetwork) -> tuple[Floats, Floats]:
    """Find the point (row, col) of the centreline at the widest place and the unit normal there."""
    target = np.array([crack.widest_row, crack.widest_col], float)
    own = [
        branch.path
        for branch, owner in zip(network.branches, network.crack_of_branch)
        if owner == crack.crack
    ]
    paths = [path for path in own if len(path) > 1]
    if not paths:
        angle = np.deg2rad(crack.orientation_deg)
        return target, np.array([np.cos(angle), np.sin(angle)])
    path = min(paths, key=lambda path: np.hypot(*(path - target).T).min())
    at = int(np.hypot(*(path - target).T).argmin())
    tangent = path[min(at + TANGENT_POINTS, len(path) - 1)] - path[max(at - TANGENT_POINTS, 0)]
    return path[at], np.array([-tangent[1], tangent[0]]) / max(1e-9, float(np.hypot(*tangent)))


def _turned(direction: Floats, angle: float) -> Floats:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([cos * direction[0] - sin * direction[1], sin * direction[0] + cos * direction[1]])


def _put_scale_bar(panel: Rgb, at: Floats, window: Window, scale: Scale | None) -> None:
    """Draw a bar of a round length, about a quarter of the panel, with its length, away from a place."""
    unit_px = window.magnification if scale is None else window.magnification / scale.mm_per_px
    length = round_down(PANEL_PX / 4 / unit_px)
    bar_px = length * unit_px
    plate = draw_plate(length_name(length, scale), TEXT_PX)
    is_at_left = at[0] < PANEL_PX * 2 / 3 or at[1] > PANEL_PX / 2
    left = 14.0 if is_at_left else PANEL_PX - 14.0 - bar_px
    row = PANEL_PX - 16.0
    put_line(panel, (row, left), (row, left + bar_px), 3)
    for col in (left, left + bar_px):
        put_line(panel, (row - 6, col), (row + 6, col), 2)
    put_plate(panel, plate, PANEL_PX - 30 - TEXT_PX, 10 if is_at_left else PANEL_PX - plate.shape[1] - 10)
