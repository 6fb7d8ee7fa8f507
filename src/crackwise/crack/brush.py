"""Masks far wider than their crack, as a thick brush draws them: the dark line within is taken instead.

P places, S samples across each.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import Floats
from crackwise.crack.profiles import ALONG_PX, Sections, sample, smooth_along
from crackwise.crack.sampling import Picture
from crackwise.crack.sections import first_crossing

_WIDE_PX = 14.0
"""Narrower masks are no matter: a slot is sought in all of their profile."""

_LOOKS = 60
"""Places of a branch that tell whether its mask is filled."""

_FILLED = 0.25
"""Share of the largest darkness that a filled mask has a little within either edge, median of a branch."""

_WITHIN_PX = np.array([3.5, 4.0, 4.5, 5.0])
_BESIDE_PX = np.array([3.0, 4.0, 5.0, 6.0])
"""From the edge of the mask inwards, where a crack is dark though its mask is fat, and outwards."""

_LINE_ALONG_PX = 5.0
_AROUND_PX = 2.0
"""The mask that is taken instead is wider than the line by this on either side, like those of networks."""


def to_dark_line(grey: Picture, sections: Sections) -> tuple[Sections, NDArray[np.bool_]]:
    """Move places of branches whose mask is mostly as bright as its surroundings to the dark line within.

    Parameters
    ----------
    grey
        (H, W) grey levels.
    sections
        Their widths, those of the mask, are known.

    Returns
    -------
    tuple
        The sections, there with the line's width as that of the mask, and (P,) which were moved.
    """
    wide = np.flatnonzero(sections.width_px > _WIDE_PX)
    moved = np.zeros(len(sections.width_px), bool)
    if len(wide):
        moved[wide] = ~_is_filled(grey, sections[wide])
    if moved.any():
        points, width_px = sections.points.copy(), sections.width_px.copy()
        at = np.flatnonzero(moved)
        points[at], width_px[at] = _dark_line(grey, sections[at])
        sections = replace(sections, points=points, width_px=width_px)
    return sections, moved


def _is_filled(grey: Picture, sections: Sections) -> NDArray[np.bool_]:
    """Tell whether the mask of its branch is as dark near both edges as a crack is, (P,)."""
    _, first, number, count = np.unique(
        sections.branch, return_index=True, return_inverse=True, return_counts=True
    )
    rank = np.arange(len(number)) - first[number]
    looks = np.flatnonzero(rank % (count[number] // _LOOKS + 1) == 0)
    some, half = sections[looks], sections.width_px[looks, None] / 2
    surface = _surface(grey, some)[:, None]
    across = np.linspace(-1, 1, int(np.ceil(2 * half.max())) + 1)
    darkest = (surface - sample(grey, some, half * across)).max(axis=1)
    inside = surface - sample(grey, some, np.hstack([_WITHIN_PX - half, half - _WITHIN_PX]))
    left, right = (np.median(side, axis=1) for side in np.hsplit(inside, 2))
    figures = np.split(np.stack([left, right, darkest]), np.flatnonzero(np.diff(number[looks])) + 1, axis=1)
    middle = np.array([np.median(one, axis=1) for one in figures])  # of each branch
    is_filled = middle[:, :2].min(axis=1) >= _FILLED * middle[:, 2]
    return np.asarray(is_filled[number])


def _surface(grey: Picture, sections: Sections) -> Floats:
    """Brightness beside the mask, the median of both sides, (P,)."""
    offsets = sections.width_px[:, None] / 2 + _BESIDE_PX
    return np.asarray(np.median(sample(grey, sections, np.hstack([-offsets, offsets])), axis=1))


def _dark_line(grey: Picture, sections: Sections) -> tuple[Floats, Floats]:
    """Give points on the darkest line within masks, (P, 2), and its width at half depth and a bit, (P,)."""
    half = int(np.ceil(sections.width_px.max() / 2))
    x = np.arange(-half, half + 1)
    surface = _surface(grey, sections)[:, None]
    dark = smooth_along(surface - sample(grey, sections, x), sections.branch, _LINE_ALONG_PX)
    dark = np.where(np.abs(x) <= sections.width_px[:, None] / 2, dark, -np.inf)
    offset = smooth_along(x[dark.argmax(axis=1)].astype(float), sections.branch, ALONG_PX)
    points = sections.points + sections.normals * offset[:, None]
    there = smooth_along(
        surface - sample(grey, replace(sections, points=points), x), sections.branch, ALONG_PX
    )
    level = there[:, half - 1 : half + 2].max(axis=1, keepdims=True) / 2
    one, other = (first_crossing(side - level, 0.0) for side in (there[:, half:], there[:, half::-1]))
    width = np.nan_to_num(one) + np.nan_to_num(other) + 2 * _AROUND_PX
    return points, np.minimum(width, sections.width_px)
