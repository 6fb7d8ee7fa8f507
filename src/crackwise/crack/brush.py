"""Masks far wider than their crack, as a thick brush draws them: the dark line within is taken instead.

P places, S samples across each.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import Floats
from crackwise.crack.optics import rank_in_group
from crackwise.crack.profiles import ALONG_PX, Sections, sample, smooth_along
from crackwise.crack.sampling import Picture
from crackwise.crack.slot import MASK_PX

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
    wide = np.flatnonzero(sections.width_px > MASK_PX)  # in narrower ones a slot is sought everywhere
    moved = np.zeros(len(sections.width_px), bool)
    if len(wide):
        moved[wide] = ~_is_filled(grey, sections[wide])
    if moved.any():
        at = np.flatnonzero(moved)
        points, width_px, own_px = sections.points.copy(), sections.width_px.copy(), sections.width_px.copy()
        for part in np.split(at, np.flatnonzero(np.diff(sections.branch[at])) + 1):
            offset, width_px[part], own_px[part] = _dark_line(grey, sections[part])
            points[part] += sections.normals[part] * offset[:, None]
        sections = replace(sections, points=points, width_px=width_px, own_px=own_px)
    return sections, moved


def _is_filled(grey: Picture, sections: Sections) -> NDArray[np.bool_]:
    """Tell whether the mask of its branch is dark near both edges, or lies beside its crack, (P,)."""
    _, number, count = np.unique(sections.branch, return_inverse=True, return_counts=True)
    looks = np.flatnonzero(rank_in_group(number) % (count[number] // _LOOKS + 1) == 0)
    some, half = sections[looks], sections.width_px[looks, None] / 2
    beside = _beside(grey, some)
    surface = np.median(beside, axis=1, keepdims=True)
    across = np.linspace(-1, 1, int(np.ceil(2 * half.max())) + 1)
    darkest = (surface - sample(grey, some, half * across)).max(axis=1)
    inside = surface - sample(grey, some, np.hstack([_WITHIN_PX - half, half - _WITHIN_PX]))
    sides = [np.median(side, axis=1) for part in (inside, beside) for side in np.hsplit(part, 2)]
    figures = np.split(np.stack([*sides, darkest]), np.flatnonzero(np.diff(number[looks])) + 1, axis=1)
    left, right, before, after, most = np.array([np.median(one, axis=1) for one in figures]).T  # of branches
    is_dark_within = np.minimum(left, right) >= _FILLED * most
    is_beside_its_crack = np.abs(before - after) > most / 2
    return np.asarray((is_dark_within | is_beside_its_crack)[number])


def _beside(grey: Picture, sections: Sections) -> Floats:
    """Grey levels beside the mask, (P, S), one half on either side."""
    offsets = sections.width_px[:, None] / 2 + _BESIDE_PX
    return sample(grey, sections, np.hstack([-offsets, offsets]))


def _dark_line(grey: Picture, sections: Sections) -> tuple[Floats, Floats, Floats]:
    """Find the dark line in masks: offset of its middle, its width, and that of the mask about it, (P,) each.

    The line is what is at least half as dark as the darkest, without a gap, and a bit on either side.
    """
    half = int(np.ceil(sections.width_px.max() / 2))
    x = np.arange(-half, half + 1)
    dark = np.median(_beside(grey, sections), axis=1, keepdims=True) - sample(grey, sections, x)
    dark = np.nan_to_num(smooth_along(dark, sections.branch, _LINE_ALONG_PX))
    dark = np.where(np.abs(x) <= sections.width_px[:, None] / 2, dark, -np.inf)
    darkest = dark.argmax(axis=1)[:, None]
    number = np.arange(len(x))
    is_gap = dark < dark.max(axis=1, keepdims=True) / 2
    first = np.where(is_gap & (number < darkest), number + 1, 0).max(axis=1)
    last = np.where(is_gap & (number > darkest), number - 1, len(x) - 1).min(axis=1)
    offset = smooth_along((first + last) / 2.0 - half, sections.branch, ALONG_PX)
    width = np.minimum(last - first + 1 + 2 * _AROUND_PX, sections.width_px)
    own = sections.width_px + 2 * np.abs(offset)
    return offset, width, own
