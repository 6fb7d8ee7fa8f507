"""Whole pictures that come again: re-encoded, resized, brightened, mirrored or turned by quarter turns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crackwise.data.duplicates.nearest import nearest_bits
from crackwise.data.duplicates.portrait import Portrait
from crackwise.data.duplicates.relief import correlation
from crackwise.data.duplicates.symmetry import SYMMETRIES, turned, turned_waves

LEAST_CORRELATION = 0.6
"""Of fine structure. JPEG quality 40 keeps 0.8 and more; different photos stay below 0.2."""

_MOST_BITS = 84  # that differ, of 256: chance gives 128 with a standard deviation of 8
_MOST = 16  # candidates for each symmetry


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """The number of the other photo, the symmetry that takes this one to it, and how well they agree."""

    other: int
    symmetry: int
    correlation: float


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """Fingerprints of all photos, (N, 32) uint8 that hold 256 bits."""

    bits: NDArray[np.uint8]

    def later_candidates(self, number: int, fingerprint: NDArray[np.int8]) -> dict[int, int]:
        """Give the symmetry by later photo with a like fingerprint, the most alike first."""
        later = self.bits[number + 1 :]
        if len(later) == 0:
            return {}
        ways = [turned_waves(fingerprint, symmetry) for symmetry in range(len(SYMMETRIES))]
        bits, others = nearest_bits(np.stack([_packed(each) for each in ways]), later, min(_MOST, len(later)))
        found: dict[int, int] = {}
        for place in np.argsort(bits, axis=None, kind="stable"):
            symmetry, rank = divmod(int(place), bits.shape[1])
            if bits[symmetry, rank] <= _MOST_BITS:
                found.setdefault(number + 1 + int(others[symmetry, rank]), symmetry)
        return found


def collect(portraits: Sequence[Portrait]) -> Fingerprints:
    """Put the fingerprints of all photos into one table."""
    return Fingerprints(np.stack([_packed(each.fingerprint) for each in portraits]))


def _packed(fingerprint: NDArray[np.int8]) -> NDArray[np.uint8]:
    return np.packbits(fingerprint > 0)


def near_duplicates(
    number: int, portraits: Sequence[Portrait], fingerprints: Fingerprints
) -> tuple[NearDuplicate, ...]:
    """Find the later photos that show the whole of this one."""
    found = []
    candidates = fingerprints.later_candidates(number, portraits[number].fingerprint)
    for other, symmetry in candidates.items():
        agreed = correlation(turned(portraits[number].relief, symmetry), portraits[other].relief)
        if agreed >= LEAST_CORRELATION:
            found.append(NearDuplicate(other, symmetry, agreed))
    return tuple(found)
