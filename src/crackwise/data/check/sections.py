"""Profiles across labels: grey values and the label itself, sampled along normals of its middle line.

P profiles, S samples across, `STEP_PX` apart and centred on the middle line. H rows, W columns.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import CrackMask, Floats, Grey, Ints

STEP_PX = 0.5
MARGIN_PX = 10.0
"""How far profiles reach beyond the widest label: the surface beside it."""

MOST_PROFILES = 400
"""Evenly chosen; the median of more does not differ."""

_ALONG_PX = 2  # averaged along the label to either side, against grain
_EDGE_SIGMA_PX = 1.5
_LEAST_COHERENCE = 0.6  # where directions mix, at junctions and tips, there is no normal
_WIDEST_SIGMA_PX = 25.0
_OUTSIDE = -9.0


@dataclass(frozen=True, slots=True)
class Sections:
    """Profiles of one photo.

    Parameters
    ----------
    grey
        (P, S) grey levels, averaged over 5 px along the label.
    label
        (P, S) share of label, 0 to 1; below 0 outside the photo.
    """

    grey: Floats
    label: Floats


def cut_sections(grey: Grey, mask: CrackMask) -> Sections | None:
    """Take profiles across the labels of a photo; None where no label has a direction."""
    if mask.all():
        return None
    distance = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    rows, cols = np.nonzero(_ridge(distance))
    if not len(rows):
        return None
    angle, coherence = _normals(mask, float(np.percentile(distance[rows, cols], 90)))
    is_clear = coherence[rows, cols] > _LEAST_COHERENCE
    chosen = _thinned_out(np.stack([rows, cols], axis=1)[is_clear])
    if not len(chosen):
        return None
    rows, cols = chosen.T
    reach_px = 1.5 * float(distance[rows, cols].max()) + MARGIN_PX + 2
    return _sampled(grey, mask, chosen, angle[rows, cols], reach_px)


def _ridge(distance: Floats) -> NDArray[np.bool_]:
    """Mark the middle line of labels: as far from the edge as both neighbours along a row or a column."""
    along_rows = cv2.dilate(distance, np.ones((1, 3), np.uint8))
    along_cols = cv2.dilate(distance, np.ones((3, 1), np.uint8))
    return np.asarray((distance > 0) & ((distance >= along_rows) | (distance >= along_cols)))


def _normals(mask: CrackMask, radius_px: float) -> tuple[Floats, Floats]:
    """Give the angle of the normal to the label, from the x axis to y, and how sure it is, 0 to 1, (H, W).

    By the structure tensor of the label's edges within about its width (Bigün and Granlund 1987).
    """
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), _EDGE_SIGMA_PX)
    x, y = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    sigma_px = float(np.clip(radius_px, 3, _WIDEST_SIGMA_PX))
    xx, yy, xy = (cv2.GaussianBlur(part, (0, 0), sigma_px) for part in (x * x, y * y, x * y))
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    return angle, np.hypot(xx - yy, 2 * xy) / (xx + yy + 1e-9)


def _thinned_out(values: Ints) -> Ints:
    if len(values) <= MOST_PROFILES:
        return values
    return np.asarray(values[np.linspace(0, len(values) - 1, MOST_PROFILES).astype(int)])


def _sampled(grey: Grey, mask: CrackMask, points: Ints, angle: Floats, reach_px: float) -> Sections:
    half = int(np.ceil(reach_px / STEP_PX))
    across = (np.arange(-half, half + 1) * STEP_PX).astype(np.float32)
    x_normal, y_normal = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x = (points[:, 1:] + x_normal * across).astype(np.float32)
    y = (points[:, :1] + y_normal * across).astype(np.float32)
    levels = grey.astype(np.float32)
    total = np.zeros_like(x)
    for step in range(-_ALONG_PX, _ALONG_PX + 1):
        x_moved, y_moved = (x - step * y_normal).astype(np.float32), (y + step * x_normal).astype(np.float32)
        total += cv2.remap(levels, x_moved, y_moved, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    label = cv2.remap(
        mask.astype(np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=_OUTSIDE
    )
    return Sections(total / (2 * _ALONG_PX + 1), np.asarray(label))
