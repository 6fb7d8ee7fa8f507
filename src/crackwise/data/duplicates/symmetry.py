"""The eight ways to turn and mirror a square picture."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Pixel = TypeVar("Pixel", bound=np.generic)

SYMMETRIES = (
    "as it is",
    "flipped top to bottom",
    "mirrored left to right",
    "turned by half a turn",
    "mirrored along a diagonal",
    "turned by a quarter to the left",
    "turned by a quarter to the right",
    "mirrored along the other diagonal",
)
"""What a symmetry does to a picture; its bits: 1 reverses rows, 2 reverses columns, 4 transposes first."""


def turned(picture: NDArray[Pixel], symmetry: int) -> NDArray[Pixel]:
    """Turn or mirror a square picture (S, S)."""
    picture = picture.T if symmetry & 4 else picture
    picture = picture[::-1] if symmetry & 1 else picture
    return picture[:, ::-1] if symmetry & 2 else picture


def turned_waves(waves: NDArray[Pixel], symmetry: int) -> NDArray[Pixel]:
    """Give the waves (S, S) of the turned picture from those of the picture; wave 1 comes first.

    To reverse the rows changes the sign of each odd wave along them.
    """
    sign = np.where(np.arange(len(waves)) % 2 == 0, -1, 1).astype(waves.dtype)
    waves = waves.T if symmetry & 4 else waves
    waves = waves * sign[:, None] if symmetry & 1 else waves
    return waves * sign if symmetry & 2 else waves
