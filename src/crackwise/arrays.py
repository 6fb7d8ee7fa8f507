"""Names for the arrays that flow through the package; H rows, W columns.

Arrays are indexed ``[row, col]``; ``x, y`` appear only inside writers and drawing code.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Rgb: TypeAlias = NDArray[np.uint8]
"""(H, W, 3) uint8, red green blue."""

Grey: TypeAlias = NDArray[np.uint8]
"""(H, W) uint8."""

ProbabilityMap: TypeAlias = NDArray[np.float32]
"""(H, W) float32 in [0, 1], as the model gave it; never stretched per image."""

Levels: TypeAlias = NDArray[np.uint8]
"""(H, W) uint8, probability in 256 levels, 255 = 1; see `crackwise.levels`."""

CrackMask: TypeAlias = NDArray[np.bool_]
"""(H, W) bool, True where cracked."""

Floats: TypeAlias = NDArray[np.floating[Any]]
"""Floating point, shape stated where it is used."""

Ints: TypeAlias = NDArray[np.integer[Any]]
"""Integers, shape stated where it is used."""

Range: TypeAlias = tuple[float, float]
"""Lower and upper end of a 90 % interval."""
