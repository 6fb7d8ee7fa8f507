"""Which photos show many of the same local features: an index of visual words with votes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import Floats, Ints
from crackwise.data.duplicates.codebook import CELL_COUNT, Codebook, choose_words
from crackwise.data.duplicates.features import Features, mirrored

_TURNS = 12  # bins of 30 degrees
_SCALES = 5  # bins of one octave, the last ones open
_FEWEST_SHARE = 1e-6  # a cell with less than this of all features weighs 1
_FULLEST_SHARE = 2e-4  # a cell with more than this says little and would take most of the time
_FULLEST_COUNT = 64  # but not so in a small set
_MOST_CANDIDATES = 12
_LEAST_VOTES = 4.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """The number of another photo that may overlap, and how many weighted features agree."""

    other: int
    votes: float
    is_mirrored: bool


@dataclass(frozen=True, slots=True)
class WordIndex:
    """All features of all photos, sorted by cell.

    Parameters
    ----------
    codebook
        Gives the cell of a descriptor.
    starts
        (65537,) where each cell begins in the arrays below.
    weights
        (65536,) of a vote, the lower the fuller the cell: what every photo shows says nothing.
    photos
        (M,) int32, number of the photo that a feature belongs to.
    angles_deg, octaves
        (M,) float32, main direction and binary logarithm of the size.
    photo_count
        Number of photos.
    """

    codebook: Codebook
    starts: Ints
    weights: Floats
    photos: NDArray[np.int32]
    angles_deg: Floats
    octaves: Floats
    photo_count: int

    def candidates(self, number: int, features: Features) -> tuple[Candidate, ...]:
        """Give the photos that share the most features with photo ``number``, or its mirror image."""
        plain, reverse = self._votes(features), self._votes(mirrored(features))
        votes = np.maximum(plain, reverse)
        votes[number] = 0
        order = np.argsort(-votes, kind="stable")[:_MOST_CANDIDATES]
        return tuple(
            Candidate(int(other), float(votes[other]), bool(reverse[other] > plain[other]))
            for other in order
            if votes[other] >= _LEAST_VOTES
        )

    def _votes(self, features: Features) -> Floats:
        """Count, for each photo, the features that agree with one turn and one scale, (photo_count,)."""
        if features.count == 0:
            return np.zeros(self.photo_count, np.float32)
        cells = self.codebook.near_cells(features.descriptors)
        queries, entries = self._entries(cells)
        query = queries // cells.shape[1]
        turn_deg = (features.angles_deg[query] - self.angles_deg[entries]) % 360
        octave = np.log2(features.sizes_px)[query] - self.octaves[entries]
        turn = np.minimum(turn_deg * (_TURNS / 360), _TURNS - 1).astype(np.int32)
        scale = np.clip(np.rint(octave) + _SCALES // 2, 0, _SCALES - 1).astype(np.int32)
        place = (self.photos[entries] * _TURNS + turn) * _SCALES + scale
        weights = self.weights[cells].ravel()[queries]
        table = np.bincount(place, weights, self.photo_count * _TURNS * _SCALES)
        return _highest(table.astype(np.float32).reshape(self.photo_count, _TURNS, _SCALES))

    def _entries(self, cells: Ints) -> tuple[Ints, Ints]:
        """List what lies in cells that are not too full: the place in ``cells`` (flat) and in the index."""
        starts = self.starts[cells].ravel()
        lengths = self.starts[cells + 1].ravel() - starts
        lengths[lengths > max(_FULLEST_COUNT, _FULLEST_SHARE * len(self.photos))] = 0
        before = np.cumsum(lengths) - lengths
        entries = np.arange(lengths.sum()) + np.repeat(starts - before, lengths)
        return np.repeat(np.arange(len(starts)), lengths), entries


def _highest(table: Floats) -> Floats:
    """Take the best turn and scale of each photo; votes near the edge of a bin count with the next one."""
    both = table + np.roll(table, 1, axis=1)
    both[:, :, 1:] += both[:, :, :-1]
    return np.asarray(both.max(axis=(1, 2)))


def index_words(features: Sequence[Features], rng: np.random.Generator) -> WordIndex:
    """Choose words that suit these photos and sort their features by them."""
    codebook = choose_words(features, rng)
    cells = np.concatenate([codebook.cells(each.descriptors) for each in features])
    order = np.argsort(cells, kind="stable")
    owners = np.repeat(np.arange(len(features), dtype=np.int32), [each.count for each in features])
    share = np.bincount(cells, minlength=CELL_COUNT) / max(len(cells), 1)
    return WordIndex(
        codebook,
        np.searchsorted(cells[order], np.arange(CELL_COUNT + 1)),
        (np.log(np.maximum(share, _FEWEST_SHARE)) / np.log(_FEWEST_SHARE)).astype(np.float32) ** 2,
        owners[order],
        np.concatenate([each.angles_deg for each in features])[order],
        np.log2(np.concatenate([each.sizes_px for each in features]))[order],
        len(features),
    )
