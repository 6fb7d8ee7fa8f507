"""Does a photo look like those that a model was trained on? By a few figures that one can see in it.

The card of a model holds between which values each figure lay in nearly all photos of its training. What lies
outside was not learnt: the model may still be right, but nobody has looked. What a photo shows is not asked,
so that a grey photo of something else passes.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

import cv2
import numpy as np

from crackwise.arrays import Rgb

Ranges: TypeAlias = Mapping[str, tuple[float, float]]
"""Least and largest value by the name of the figure."""

TYPICAL = 0.99
"""Share of the photos for training that lie between the two values of a figure."""

MARGIN = 0.1
"""Share of the range by which a photo may lie outside before it is called unlike: no hair is split."""

_SIDE_PX = 256
"""Photos are brought to this along their longer side: a photo looks alike at any size."""

_FINE_PX, _PATCH_PX, _COARSE_PX = 3.0, 12.0, 20.0


class Figure(NamedTuple):
    """What a figure is, and how a photo is called that has less or more of it."""

    what: str
    less: str
    more: str


FIGURES: dict[str, Figure] = {
    "brightness": Figure("median grey level", "darker", "brighter"),
    "contrast": Figure("standard deviation of the grey levels", "flatter", "richer in contrast"),
    "shading": Figure("grey levels of its large areas, standard deviation", "more even", "more unevenly lit"),
    "texture": Figure("finest detail, standard deviation", "smoother", "more finely textured"),
    "colour": Figure("mean chroma, CIELAB", "greyer", "more colourful"),
    "patches": Figure("spread of the colours of its areas, CIELAB", "of fewer colours", "of more colours"),
}


def figures_of(photo: Rgb) -> dict[str, float]:
    """Give the figures of a photo (H, W, 3), by name."""
    photo = _reduced(photo)
    scale = min(1.0, _SIDE_PX / max(photo.shape[:2]))
    height, width = (max(1, round(scale * side)) for side in photo.shape[:2])
    small = cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    colour = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)[..., 1:].astype(np.float32) - 128
    areas = cv2.GaussianBlur(colour, (0, 0), _PATCH_PX)
    return {
        "brightness": float(np.median(grey)),
        "contrast": float(grey.std()),
        "shading": float(cv2.GaussianBlur(grey, (0, 0), _COARSE_PX).std()),
        "texture": float((grey - cv2.GaussianBlur(grey, (0, 0), _FINE_PX)).std()),
        "colour": float(np.hypot(colour[..., 0], colour[..., 1]).mean()),
        "patches": float(np.hypot(*areas.reshape(-1, 2).std(axis=0))),
    }


def _reduced(photo: Rgb) -> Rgb:
    """Average squares of 2, 4, 8 … px of a large photo, which is fast, and leaves the figures as they are."""
    H, W = photo.shape[:2]
    by = 1
    while max(H, W) // by >= 8 * _SIDE_PX and min(H, W) // by >= 2:
        by *= 2
    size = W // by, H // by
    if by == 1:
        return photo
    whole = photo[: size[1] * by, : size[0] * by]
    return np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA))


def typical_ranges(photos: Iterable[Rgb]) -> dict[str, tuple[float, float]]:
    """Give between which values each figure lies in 99 % of the photos (H, W, 3); at least one."""
    found = [figures_of(photo) for photo in photos]
    tail = (1 - TYPICAL) / 2
    return {
        name: (round(float(low), 2), round(float(high), 2))
        for name in FIGURES
        for low, high in [np.quantile([one[name] for one in found], (tail, 1 - tail))]
    }


def unlike(photo: Rgb, seen: Ranges, model: str) -> str | None:
    """Say in a sentence how a photo (H, W, 3) differs from those of a training; None where it does not.

    Parameters
    ----------
    photo
        Upright, as it is inspected.
    seen
        Of the training, from the card; empty where it is not known.
    model
        Its name and version.
    """
    if not seen:
        return None
    found = figures_of(photo)
    ways = [
        f"{figure.less if found[name] < seen[name][0] else figure.more} "
        f"({figure.what} {found[name]:.3g}, there {seen[name][0]:.3g} to {seen[name][1]:.3g})"
        for name, figure in FIGURES.items()
        if name in seen and _is_outside(found[name], *seen[name])
    ]
    if not ways:
        return None
    return (
        f"unlike the photos that {model} was trained on: {', '.join(ways)}; look at what was found, and for "
        "what was missed"
    )


def _is_outside(value: float, low: float, high: float) -> bool:
    margin = MARGIN * (high - low)
    return not low - margin <= value <= high + margin
