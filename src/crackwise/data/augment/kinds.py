"""The kinds of versions by name, and the dice of each."""

import hashlib
import os
from collections.abc import Callable

import numpy as np

from crackwise.arrays import CrackMask, Rgb
from crackwise.data.augment.classical import classical_version
from crackwise.data.augment.strong import strong_version
from crackwise.data.augment.version import Version

KINDS: dict[str, Callable[[Rgb, tuple[CrackMask, ...], np.random.Generator], Version]] = {
    "classical": classical_version,
    "strong": strong_version,
}

CUTTING = frozenset({"strong"})
"""Kinds that show parts of a photo."""


def version_rng(seed: int, name: str, number: int) -> np.random.Generator:
    """Give the dice of one version; they depend on seed, file name and number, not on the other photos."""
    digest = hashlib.sha256(os.fsencode(name)).digest()
    return np.random.default_rng((seed, int.from_bytes(digest[:8], "big"), number))
