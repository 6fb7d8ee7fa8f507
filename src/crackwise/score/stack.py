"""The counts of many photos side by side, as arrays; N photos, T thresholds, B weightings of the photos.

A weighting says how often each photo counts: once in the figure itself, 0 to a few times in a bootstrap.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import Floats
from crackwise.levels import lowest_marked
from crackwise.score.levels import THRESHOLD_LEVELS, Counted, from_each_level_on
from crackwise.score.metrics import Counts
from crackwise.score.tally import PhotoTally

Column: TypeAlias = Floats
"""(N,) a number of each photo."""


@dataclass(frozen=True, slots=True)
class Curves:
    """Counts at every threshold, each (N, 256), as float64; two pairs, since a tolerance makes them differ.

    ``marked_right`` of ``marked`` is precision, ``true_found`` of ``true`` is recall.
    """

    marked_right: Floats
    marked: Floats
    true_found: Floats
    true: Floats

    def summed(self, weights: Floats) -> "Curves":
        """Pool the photos of each weighting (B, N), (B, 256)."""
        return Curves(
            weights @ self.marked_right, weights @ self.marked, weights @ self.true_found, weights @ self.true
        )

    def at(self, columns: NDArray[np.int64] | slice) -> "Curves":
        """Keep some thresholds."""
        return Curves(
            self.marked_right[:, columns],
            self.marked[:, columns],
            self.true_found[:, columns],
            self.true[:, columns],
        )

    def picked(self, columns: NDArray[np.int64]) -> "Curves":
        """Keep one threshold for each photo, (N, 1)."""
        rows = np.arange(len(columns))
        parts = (self.marked_right, self.marked, self.true_found, self.true)
        return Curves(*(part[rows, columns][:, None] for part in parts))

    @property
    def precision(self) -> Floats:
        """Share of what is marked that is right; 1 where nothing is marked."""
        return ratio(self.marked_right, self.marked)

    @property
    def recall(self) -> Floats:
        """Share of what is true that is found; 1 where nothing is true."""
        return ratio(self.true_found, self.true)

    @property
    def f1(self) -> Floats:
        """Harmonic mean of both; 0 where both are 0."""
        precision, recall = self.precision, self.recall
        both = precision + recall
        return np.divide(2 * precision * recall, both, out=np.zeros_like(both), where=both > 0)

    @property
    def iou(self) -> Floats:
        """Intersection over union, without tolerance only; 1 where both are empty."""
        return ratio(self.marked_right, self.marked + self.true - self.marked_right)


@dataclass(frozen=True, slots=True)
class Stack:
    """Tallies as arrays.

    Parameters
    ----------
    pixels
        (N, 4) found, false, missed, sound.
    curves, edge_curves
        Over the thresholds of all levels; the second with the tolerance of the edge benchmarks, or None.
    tolerant
        (N, 18): four pairs of pairs as in :class:`Counts`, then the common and the united area; or None.
    distance_px
        (N,) or None.
    reports_crack, has_large
        (N,) 0 or 1.
    has_probability
        False when all predictions are binary, so that thresholds say nothing.
    """

    pixels: Floats
    curves: Curves
    edge_curves: Curves | None
    tolerant: Floats | None
    distance_px: Column | None
    reports_crack: Column
    has_large: Column
    has_probability: bool

    @classmethod
    def of(cls, tallies: Sequence[PhotoTally], large_px: int) -> "Stack":
        """Stack at least one photo; components above ``large_px`` are large."""
        crack = np.stack([one.crack_levels for one in tallies])
        sound = np.stack([one.sound_levels for one in tallies])
        return cls(
            pixels=np.array([_pixels(one) for one in tallies], float),
            curves=_curves(crack, sound),
            edge_curves=_edge_curves(tallies, crack, sound),
            tolerant=_tolerant(tallies),
            distance_px=_distances(tallies),
            reports_crack=np.array([_reports(one) for one in tallies], float),
            has_large=np.array([one.largest_px > large_px for one in tallies], float),
            has_probability=not all(one.is_binary for one in tallies),
        )

    def at(self, threshold: float) -> "Stack":
        """Judge what a single threshold marks instead; of the other counts nothing is known there."""
        column = lowest_marked(threshold)
        right, marked, true = (
            part[:, column] for part in (self.curves.marked_right, self.curves.marked, self.curves.true)
        )
        area = self.pixels.sum(axis=1)
        pixels = np.stack([right, marked - right, true - right, area - marked - true + right], axis=1)
        return replace(self, pixels=pixels, tolerant=None, distance_px=None)

    @property
    def is_crack_free(self) -> NDArray[np.bool_]:
        """(N,) where nothing is true."""
        return np.asarray(self.curves.true[:, 0] == 0)

    @property
    def standard(self) -> Curves:
        """The 99 thresholds 0.01 … 0.99 of the curves."""
        return self.curves.at(THRESHOLD_LEVELS)


def ratio(part: Floats, whole: Floats) -> Floats:
    """Divide; nothing of nothing is 1."""
    shape = np.broadcast_shapes(part.shape, whole.shape)
    return np.divide(part, whole, out=np.ones(shape), where=np.broadcast_to(whole, shape) > 0)


def _pixels(tally: PhotoTally) -> tuple[int, int, int, int]:
    return (tally.pixels.found, tally.pixels.false, tally.pixels.missed, tally.pixels.sound)


def _reports(tally: PhotoTally) -> bool:
    """Tell whether a crack is reported; of a tool that does not count, whether anything is marked."""
    return tally.pixels.found + tally.pixels.false > 0 if tally.cracks is None else tally.cracks > 0


def _curves(crack: Counted, sound: Counted) -> Curves:
    right, marked = from_each_level_on(crack), from_each_level_on(crack + sound)
    true = np.broadcast_to(right[:, :1], right.shape)
    return _as_curves(right, marked, right, true)


def _edge_curves(tallies: Sequence[PhotoTally], crack: Counted, sound: Counted) -> Curves | None:
    edges = [one.edges for one in tallies if one.edges is not None]
    if len(edges) < len(tallies):
        return None
    near = from_each_level_on(np.stack([one.near for one in edges]))
    reached = from_each_level_on(np.stack([one.reached for one in edges]))
    true = np.broadcast_to(reached[:, :1], reached.shape)
    return _as_curves(near, from_each_level_on(crack + sound), reached, true)


def _as_curves(*counted: Counted) -> Curves:
    return Curves(*(part.astype(float) for part in counted))


def _tolerant(tallies: Sequence[PhotoTally]) -> Floats | None:
    parts = [one.tolerant for one in tallies if one.tolerant is not None]
    if len(parts) < len(tallies):
        return None
    pairs = [(one.mask_2px, one.mask_5px, one.centreline_2px, one.centreline_5px) for one in parts]
    rows = [[number for counts in four for number in _numbers(counts)] for four in pairs]
    areas = [(one.common_px, one.united_px) for one in parts]
    return np.hstack([np.array(rows, float), np.array(areas, float)])


def _numbers(counts: Counts) -> tuple[int, int, int, int]:
    return (counts.marked_right, counts.marked, counts.true_found, counts.true)


def _distances(tallies: Sequence[PhotoTally]) -> Column | None:
    known = [one.distance_px for one in tallies if one.distance_px is not None]
    return np.array(known, float) if len(known) == len(tallies) else None
