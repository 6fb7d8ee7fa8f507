"""What corners cannot tell: a lens that distorts a little, and a card that does not lie quite flat.

Both move all markers much as another plane would, so a fit without misfit says nothing of them. Each is put
onto the corners by geometry, the plane is fitted again, and what lengths anywhere become is looked at. How
often lengths then lie in the stated interval is measured by benchmarks/marker_card.py.

Letters: M markers, P points, A what is allowed for. Points are (x, y) px, or (x, y) mm on the card.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from crackwise.arrays import Floats
from crackwise.homography import jacobian, project
from crackwise.marker.layout import CardLayout, Point
from crackwise.marker.plane import Plane, fit_plane

HALF_OF_90_PERCENT = 1.645
"""Half width of the 90 % interval of a normal distribution, in standard deviations."""

LENS_ALLOWED = 0.02
"""Radial distortion k₁ at the photo's corner, half width of 90 %: chosen, not measured, for cameras whose
photos are corrected by themselves, of which a per cent or two is left."""

LIFT_ALLOWED_MM = 1.0
"""By how much an edge of the card lies off the surface, half width of 90 %: chosen, not measured."""

_FOCAL_35MM, _FILM_DIAGONAL_MM = 24.0, float(np.hypot(36.0, 24.0))
"""Lens that a lifted edge is seen with: a wide one of a phone. A longer one sees less of it."""


@dataclass(frozen=True, slots=True)
class Mistaken:
    """A plane that is fitted when the corners are not where plane and pinhole would have them.

    Parameters
    ----------
    plane
        As it is fitted then.
    lens
        k₁ of the lens that the photo was taken with: radius 1 is the photo's corner.
    shape
        (H, W) of the photo.
    """

    plane: Plane
    lens: float
    shape: tuple[int, int]

    def derivative(self, points: Floats) -> Floats:
        """Give the derivative (P, 2, 2), mm a px, that is taken for true where points (P, 2) are seen."""
        bent = _bent(points, self.lens, self.shape)
        offset = (points - _middle(self.shape)) / _radius_px(self.shape)
        own = 1 + self.lens * (offset**2).sum(axis=-1)[..., None, None]
        bending = own * np.eye(2) + 2 * self.lens * offset[..., :, None] * offset[..., None, :]
        return np.asarray(jacobian(self.plane.mm_of_px, bent) @ bending)


def mistakes(plane: Plane, layout: CardLayout, shape: tuple[int, int]) -> Iterator[Mistaken]:
    """Give what is fitted with a lens, and with a lifted edge in either direction, as allowed.

    Where the corners show more distortion than is allowed for, as much as they show is.
    """
    corners = {marker: project(plane.px_of_mm, layout.corners_mm(marker)) for marker in plane.residuals_px}
    allowed = _refitted(corners, layout, LENS_ALLOWED, shape)
    lens = LENS_ALLOWED * max(1.0, _shown(plane, allowed.plane))
    yield allowed if lens == LENS_ALLOWED else _refitted(corners, layout, lens, shape)
    camera_mm = _camera_mm(plane, shape)
    for axis in range(2):
        lifted = {marker: _lifted(layout.corners_mm(marker), axis, layout, camera_mm) for marker in corners}
        seen = {marker: project(plane.px_of_mm, places_mm) for marker, places_mm in lifted.items()}
        yield Mistaken(fit_plane(seen, layout), 0.0, shape)


def _refitted(
    corners: Mapping[int, Floats], layout: CardLayout, lens: float, shape: tuple[int, int]
) -> Mistaken:
    seen = {marker: _bent(points, lens, shape) for marker, points in corners.items()}
    return Mistaken(fit_plane(seen, layout), lens, shape)


def _shown(plane: Plane, allowed: Plane) -> float:
    """Tell how many times the allowed distortion the corners show, drawn to none by their noise.

    Least squares of what the fit left over on what it leaves over of the allowed distortion; the weight of
    the result is that of a normal distribution whose 90 % interval is what is allowed.
    """
    left, pattern = _residuals(plane), _residuals(allowed)
    spare = left.size - 10  # eight of the plane, growth, distortion
    if spare <= 0:
        return 0.0
    times = float(left @ pattern / (pattern @ pattern))
    noise = float(((left - times * pattern) ** 2).sum() / spare / (pattern @ pattern))
    return abs(times) / (1 + HALF_OF_90_PERCENT**2 * noise)


def _residuals(plane: Plane) -> Floats:
    return np.concatenate([plane.residuals_px[marker].ravel() for marker in sorted(plane.residuals_px)])


def _camera_mm(plane: Plane, shape: tuple[int, int]) -> Floats:
    """Give where the camera stands, (x, y) on the card and the height above it, for the lens assumed."""
    focal_px = _FOCAL_35MM / _FILM_DIAGONAL_MM * 2 * _radius_px(shape)
    centred = plane.px_of_mm - np.outer([*_middle(shape), 0.0], plane.px_of_mm[2])
    pose = centred / [[focal_px], [focal_px], [1.0]]
    pose = pose / np.linalg.norm(pose[:, :2], axis=0).mean()
    normal = np.cross(pose[:, 0], pose[:, 1])
    axes = np.column_stack([pose[:, :2], normal / np.linalg.norm(normal)])
    x, y, height = -np.linalg.solve(axes, pose[:, 2])
    return np.array([x, y, abs(height)])


def _lifted(places_mm: Floats, axis: int, layout: CardLayout, camera_mm: Floats) -> Floats:
    """Give the places of the surface that are hidden by places of a card of which one edge is lifted."""
    height_mm = LIFT_ALLOWED_MM * places_mm[:, [axis]] / layout.page_mm[axis]
    return np.asarray(places_mm + (places_mm - camera_mm[:2]) * height_mm / (camera_mm[2] - height_mm))


def _bent(points: Floats, lens: float, shape: tuple[int, int]) -> Floats:
    """Move points as a lens with radial distortion k₁ does (Brown's model, its first term)."""
    offset = points - _middle(shape)
    radius = np.linalg.norm(offset, axis=-1, keepdims=True) / _radius_px(shape)
    return np.asarray(_middle(shape) + offset * (1 + lens * radius**2))


def _middle(shape: tuple[int, int]) -> Point:
    return (shape[1] - 1) / 2, (shape[0] - 1) / 2


def _radius_px(shape: tuple[int, int]) -> float:
    return float(np.hypot(*_middle(shape)))
