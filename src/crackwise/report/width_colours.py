"""Classes of width with their colours, and which of them each point of a crack belongs to.

P points of all centrelines.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import Floats, Ints, Range
from crackwise.crack.measurements import CrackMeasurement
from crackwise.crack.network import Branch, CrackNetwork
from crackwise.report.figures import Unit
from crackwise.scale import Scale
from crackwise.severity.bounds import bound_text
from crackwise.severity.quantities import BORDERS_MM, class_name

WIDTH_BORDERS: dict[Unit, tuple[float, ...]] = {"mm": BORDERS_MM, "px": (1, 2, 3, 5, 10, 20, 40)}
"""Borders between classes, the same in every photo, so that photos can be compared."""

COLOURS = (
    (253, 255, 115), (249, 211, 18), (254, 143, 23), (250, 96, 74), (197, 78, 145), (121, 69, 188),
    (12, 17, 198), (17, 0, 103),
)  # fmt: skip
"""Fine to wide, RGB: yellow, orange, red, violet, blue, with falling lightness. Searched for so that any two,
also to `UNKNOWN`, differ by 8.9 or more in CIEDE2000, for full colour sight and for simulated protanopia,
deuteranopia and tritanopia (Machado et al. 2009, severity 1); "plasma" of matplotlib has 5."""

UNKNOWN = (225, 232, 238)
"""Of what has no width: too fine to be measured, or not known."""

SMOOTH_PX = 25
"""Points of a centreline over which a median is taken before it is coloured: single widths scatter."""


@dataclass(frozen=True, slots=True)
class WidthColours:
    """The colours of one photo.

    Parameters
    ----------
    unit
        Of the borders.
    points
        (P, 2) row and column of every point of every centreline.
    number
        (P,) class of each point, an index into `COLOURS`; ``len(COLOURS)`` where there is no width.
    finer_than
        Least and largest bound of what is too fine to be told: that of the photo, and that of a crack whose
        interval reaches further; None when everything has a width.
    """

    unit: Unit
    points: Floats
    number: Ints
    finer_than: Range | None

    @classmethod
    def of(
        cls,
        network: CrackNetwork,
        cracks: Sequence[CrackMeasurement],
        *,
        scale: Scale | None = None,
        smallest_width_px: float | None = None,
    ) -> "WidthColours":
        """Sort the points of a photo into classes; below what it tells at a crack no width is claimed.

        ``smallest_width_px`` is of the photo, for cracks that do not say their own.
        """
        mm = scale.mm_per_px if scale else 1.0
        own_px = {crack.crack: crack.bound_px(smallest_width_px) for crack in cracks}
        bounds_px = {*(own_px.values() or {smallest_width_px}), *(crack.finer_than_px for crack in cracks)}
        bounds = [scale.at_most_mm(bound) if scale else bound for bound in bounds_px if bound is not None]
        too_fine = {crack.crack for crack in cracks if not crack.is_measurable}
        shown = [
            np.full(len(branch.path), np.nan)
            if int(crack) in too_fine
            else _shown(branch, own_px.get(int(crack), smallest_width_px))
            for branch, crack in zip(network.branches, network.crack_of_branch)
        ]
        unit: Unit = "mm" if scale else "px"
        width = mm * np.concatenate([np.empty(0), *shown])
        number = np.searchsorted(WIDTH_BORDERS[unit], width, side="right")
        return cls(
            unit=unit,
            points=np.concatenate([np.empty((0, 2)), *(branch.path for branch in network.branches)]),
            number=np.where(np.isfinite(width), number, len(COLOURS)),
            finer_than=(min(bounds), max(bounds)) if bounds else None,
        )

    @property
    def palette(self) -> NDArray[np.uint8]:
        """(classes + 1, 3) colours by number."""
        return np.array([*COLOURS, UNKNOWN], np.uint8)

    def legend(self) -> list[tuple[tuple[int, int, int], str]]:
        """Give colour and name of the classes that occur, from what has no width to the widest."""
        sides: list[float | None] = [0.0, *WIDTH_BORDERS[self.unit], None]
        numbers = np.unique(self.number).tolist()
        entries = [(UNKNOWN, self._unknown_name())] if len(COLOURS) in numbers else []
        for number in numbers:
            if number < len(COLOURS):
                name = class_name(sides[number] or 0.0, sides[number + 1])
                entries.append((COLOURS[number], name.replace("mm", self.unit)))
        return entries

    def _unknown_name(self) -> str:
        if self.finer_than is None:
            return "width not known"
        least, largest = (f"{bound_text(bound)} {self.unit}" for bound in self.finer_than)
        coarser = f", some cracks below {largest}" if largest != least else ""
        return f"too fine to measure: below {least}{coarser}"


def _shown(branch: Branch, smallest_width_px: float | None) -> Floats:
    """The width that a point is coloured by, px; NaN where there is none."""
    width_px = _smoothed(_filled(branch.width_px))
    return np.where(width_px < (smallest_width_px or 0.0), np.nan, width_px)


def _filled(width_px: Floats) -> Floats:
    """Give points without a width, as near junctions, that of the nearest point of their branch with one."""
    known = np.flatnonzero(np.isfinite(width_px))
    if not len(known):
        return width_px
    at = np.arange(len(width_px))
    after = np.clip(np.searchsorted(known, at), 0, len(known) - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.where(np.abs(known[after] - at) <= np.abs(known[before] - at), after, before)
    return np.asarray(width_px[known[nearer]])


def _smoothed(width: Floats) -> Floats:
    reach = SMOOTH_PX // 2
    padded = np.pad(width, reach, mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, SMOOTH_PX), axis=1))
