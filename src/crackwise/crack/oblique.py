"""Widths of a rectified photo, measured in the photo as it was taken.

Rectifying enlarges what is far away, and more along the tilt than across it: the blur differs from place to
place and direction to direction, and is nowhere that of a lens. So a network goes back to the photo, where
blur and grain are one for all of it, is measured there, and comes home with its widths.

P points of a path.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Floats
from crackwise.crack.centreline import resample
from crackwise.crack.components import RegionsOrMask, as_components
from crackwise.crack.network import Branch, CrackNetwork
from crackwise.crack.optics import Optics
from crackwise.crack.sections import is_ring, normals
from crackwise.crack.widths import measure_widths
from crackwise.homography import jacobian, project
from crackwise.photo import Taken

_HALF = 127


@dataclass(frozen=True, slots=True)
class ObliqueOptics:
    """How sharp a rectified photo is around its cracks, by what the photo as it was taken shows.

    Parameters
    ----------
    seen
        Of the photo as it was taken.
    taken
        That photo.
    blur_px, smallest_width_px
        In px of the rectified photo: at the middle one, and at the coarsest one, of all points of cracks.
    """

    seen: Optics
    taken: Taken
    blur_px: float
    smallest_width_px: float

    def smallest_at(self, path: Floats) -> float:
        """Give the smallest measurable width all along a path (P, 2) of the rectified photo, px of that."""
        there = _mapped(np.linalg.inv(self.taken.to_rectified), path)
        return self.seen.smallest_width_px * float(_growth(self.taken, there).max())


def measure_widths_as_taken(
    taken: Taken, regions: RegionsOrMask, network: CrackNetwork
) -> tuple[CrackNetwork, ObliqueOptics | None]:
    """Measure a network of a rectified photo as `crackwise.crack.widths.measure_widths` does another one."""
    if not network.branches:
        return network, None
    mask = _mask_as_taken(taken, as_components(regions).mask())
    seen, optics = measure_widths(taken.pixels, mask, _as_taken(taken, network))
    growth = np.concatenate([_growth(taken, branch.path) for branch in seen.branches])
    flat = _rectified(taken, seen)
    if optics is None:
        return flat, None
    blur_px = optics.blur_px * float(np.median(growth))
    return flat, ObliqueOptics(optics, taken, blur_px, optics.smallest_width_px * float(growth.max()))


def _mask_as_taken(taken: Taken, mask: CrackMask) -> CrackMask:
    """Carry a mask back; lines that become finer than a pixel stay whole where half a pixel is left."""
    height_px, width_px = taken.pixels.shape[:2]
    back = cv2.warpPerspective(
        mask.astype(np.uint8) * 255,
        taken.to_rectified,
        (width_px, height_px),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )
    return np.asarray(back > _HALF)


def _as_taken(taken: Taken, network: CrackNetwork) -> CrackNetwork:
    to_taken = np.linalg.inv(taken.to_rectified)

    def seen(branch: Branch) -> Branch:
        path = _mapped(to_taken, branch.path)
        width_px = branch.width_px / _growth(taken, path)
        line = resample(np.column_stack([path, width_px]))
        return Branch(branch.start, branch.end, line[:, :2], line[:, 2])

    return _of_each(seen, network, _mapped(to_taken, network.nodes))


def _rectified(taken: Taken, network: CrackNetwork) -> CrackNetwork:
    def flat(branch: Branch) -> Branch:
        growth = _growth(taken, branch.path)
        low, high, hidden = (
            None if column is None else column * growth
            for column in (branch.low_px, branch.high_px, branch.hidden_px)
        )
        return replace(
            branch,
            path=_mapped(taken.to_rectified, branch.path),
            width_px=branch.width_px * growth,
            low_px=low,
            high_px=high,
            hidden_px=hidden,
        )

    return _of_each(flat, network, _mapped(taken.to_rectified, network.nodes))


def _of_each(change: Callable[[Branch], Branch], network: CrackNetwork, nodes: Floats) -> CrackNetwork:
    return replace(network, nodes=nodes, branches=tuple(change(branch) for branch in network.branches))


def _mapped(homography: Floats, places: Floats) -> Floats:
    """Map (P, 2) rows and columns."""
    return project(homography, places[:, ::-1])[:, ::-1]


def _growth(taken: Taken, path: Floats) -> Floats:
    """Tell for (P, 2) points as taken how many px of the rectified photo one across the path becomes.

    The strip of width 1 along a line with the unit normal n becomes one of width 1 / |D⁻ᵀ n|, where D is the
    derivative of the map.
    """
    derivative = jacobian(taken.to_rectified, path[:, ::-1])
    across = normals(path, is_ring(path))[:, ::-1]
    gradient = np.linalg.solve(np.swapaxes(derivative, 1, 2), across[..., None])[..., 0]
    return np.asarray(1 / np.hypot(*gradient.T))
