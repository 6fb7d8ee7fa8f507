"""Corners of a marker from its straight edges: hundreds of samples instead of the few pixels at a corner.

A corner of a square is rounded by blur, so that a point found at it lies inside; the middle of a blurred
straight edge stays where it was. Each side is therefore a line fitted to its middle part, and the corners are
where lines meet.
Letters: P points along a side, S samples across it.
"""

import cv2
import numpy as np

from crackwise.arrays import Floats, Grey
from crackwise.marker.layout import MODULES

_ENDS = 0.12
"""Share of a side left out at each end, where the other side's blur reaches."""

_REACH = 0.7
"""How far from the edge is sampled, in modules: the black border is one wide, the white outside no less."""

_LEAST_REACH_PX = 1.5

_STEP_PX = 0.25
_ROUNDS = 3


def refine_corners(grey: Grey, corners: Floats) -> Floats:
    """Move the corners (4, 2) of a marker to where its edges meet; a marker at the border stays as it is."""
    for _ in range(_ROUNDS):
        lines = [_edge_line(grey, np.roll(corners, -side, axis=0)) for side in range(4)]
        moved = np.array([_meeting(lines[side - 1], lines[side]) for side in range(4)])
        longest_px = max(np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1))
        if not np.abs(moved - corners).max() <= max(2.0, longest_px / MODULES):
            return corners
        corners = moved
    return corners


def _edge_line(grey: Grey, corners: Floats) -> tuple[Floats, Floats]:
    """Fit the line of the first side: a point on it and its direction."""
    start, end = corners[:2]
    length_px = float(np.linalg.norm(end - start))
    module_px = cv2.contourArea(corners.astype(np.float32)) / length_px / MODULES  # across this side
    along = (end - start) / length_px
    outward = np.array([along[1], -along[0]])  # clockwise corners with y down: outside is to the left
    reach_px = max(_LEAST_REACH_PX, _REACH * module_px)
    places = np.linspace(_ENDS, 1 - _ENDS, max(8, int(length_px)))[:, None] * (end - start) + start
    offsets = np.arange(-reach_px, reach_px + _STEP_PX / 2, _STEP_PX)
    points = places[:, None] + offsets[:, None] * outward  # (P, S, 2)
    levels = cv2.remap(
        grey,
        points[..., 0].astype(np.float32),
        points[..., 1].astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(float)
    edge = places + _step_place(levels, offsets)[:, None] * outward
    return _fitted_line(edge, along)


def _step_place(levels: Floats, offsets: Floats) -> Floats:
    """Say where the step from black to white lies in each row of levels (P, S), by the area under it.

    The area of a blurred step is that of the sharp one, so no shape of blur is assumed. Black and white are
    those of the whole side.
    """
    ends = max(1, levels.shape[1] // 8)
    black = np.median(levels[:, :ends])
    white = np.median(levels[:, -ends:])
    share = (levels - black) / max(1.0, float(white - black))
    width = offsets[-1] - offsets[0]
    return np.asarray(offsets[-1] - share.mean(axis=1) * width)


def _fitted_line(points: Floats, along: Floats) -> tuple[Floats, Floats]:
    """Fit a line to points (P, 2), twice: once more without those that dirt or a shadow has moved."""
    for _ in range(2):
        middle = points.mean(axis=0)
        _, _, axes = np.linalg.svd(points - middle, full_matrices=False)
        direction = axes[0] * np.sign(axes[0] @ along)
        normal = np.array([-direction[1], direction[0]])
        distance = np.abs((points - middle) @ normal)
        points = points[distance <= max(0.1, 3 * 1.4826 * float(np.median(distance)))]
    return middle, direction


def _meeting(first: tuple[Floats, Floats], second: tuple[Floats, Floats]) -> Floats:
    matrix = np.stack([first[1], -second[1]], axis=1)
    if abs(np.linalg.det(matrix)) < 1e-6:
        return np.full(2, np.nan)
    return np.asarray(first[0] + np.linalg.solve(matrix, second[0] - first[0])[0] * first[1])
