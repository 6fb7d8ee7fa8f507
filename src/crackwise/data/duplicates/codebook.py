"""Visual words: a descriptor's two halves are each put to the nearest of 256 typical ones.

A pair of words is one of 65,536 cells (the inverted multi-index of Babenko and Lempitsky 2012), for little
more work than two small matrix products.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import Floats, Ints
from crackwise.data.duplicates.features import Features, rooted
from crackwise.data.duplicates.nearest import nearest

CELL_COUNT = 256**2

_WORDS = 256
_SAMPLE_COUNT = 20_000
_ROUNDS = 8
_NEAREST = 2


@dataclass(frozen=True, slots=True)
class Codebook:
    """(256, 64) float32 words of the first and of the second half of a descriptor."""

    halves: tuple[Floats, Floats]

    def cells(self, descriptors: NDArray[np.uint8]) -> Ints:
        """Give the cell that each descriptor lies in, (K,)."""
        first, second = (
            nearest(values, words, 1)[1][:, 0] for values, words in zip(_split(descriptors), self.halves)
        )
        return first * _WORDS + second

    def near_cells(self, descriptors: NDArray[np.uint8]) -> Ints:
        """Give the four cells where a descriptor may lie once its picture is changed a little, (K, 4)."""
        first, second = (
            nearest(values, words, _NEAREST)[1] for values, words in zip(_split(descriptors), self.halves)
        )
        return (first[:, :, None] * _WORDS + second[:, None, :]).reshape(len(first), _NEAREST**2)


def choose_words(features: Sequence[Features], rng: np.random.Generator) -> Codebook:
    """Choose words that suit these photos, by k-means (Lloyd 1982) on a sample of their descriptors."""
    count = sum(each.count for each in features)
    share = min(1.0, _SAMPLE_COUNT / max(count, 1))
    sample = [each.descriptors[rng.random(each.count) < share] for each in features]
    first, second = _split(np.concatenate([np.zeros((1, 128), np.uint8), *sample]))
    return Codebook((_typical(first, rng), _typical(second, rng)))


def _typical(values: Floats, rng: np.random.Generator) -> Floats:
    words = values[rng.integers(len(values), size=_WORDS)]
    for _ in range(_ROUNDS):
        own = nearest(values, words, 1)[1][:, 0]
        order = np.argsort(own, kind="stable")
        used, starts, counts = np.unique(own[order], return_index=True, return_counts=True)
        words = words.copy()
        words[used] = np.add.reduceat(values[order], starts, axis=0) / counts[:, None]
    return words


def _split(descriptors: NDArray[np.uint8]) -> tuple[Floats, Floats]:
    values = rooted(descriptors)
    return np.ascontiguousarray(values[:, :64]), np.ascontiguousarray(values[:, 64:])
