"""A drawn surface before light and camera: its colour and its relief.

H rows, W columns. Colours are linear light in [0, 1], relief is a height in px.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crackwise.arrays import Floats
from crackwise.data.draw.noise import Shape

GAMMA = 2.2


@dataclass(frozen=True, slots=True)
class Surface:
    """Colour (H, W, 3) and height (H, W)."""

    colour: Floats
    height: Floats

    @property
    def shape(self) -> Shape:
        """Rows and columns."""
        return self.height.shape[0], self.height.shape[1]

    def toned(self, factor: Floats) -> "Surface":
        """Multiply the colour by a field (H, W) or (H, W, 3)."""
        factor = factor if factor.ndim == 3 else factor[..., None]
        return Surface(np.clip(self.colour * factor, 0, 1.2).astype(np.float32), self.height)

    def painted(self, opacity: Floats, colour: Floats) -> "Surface":
        """Lay a colour, (3,) or (H, W, 3), over the surface where the opacity (H, W) says so."""
        share = opacity[..., None].astype(np.float32)
        return Surface(self.colour + share * (np.asarray(colour, np.float32) - self.colour), self.height)

    def raised(self, by_px: Floats) -> "Surface":
        """Add a height field; negative values carve."""
        return Surface(self.colour, (self.height + by_px).astype(np.float32))


def linear(red: float, green: float, blue: float) -> Floats:
    """Turn a colour as shown on a screen, 0..255, into linear light."""
    return ((np.array([red, green, blue]) / 255) ** GAMMA).astype(np.float32)


def one_of(colours: Sequence[tuple[int, int, int]], rng: np.random.Generator, spread: float = 12) -> Floats:
    """Choose a screen colour, vary its brightness and tint, and return it as linear light."""
    chosen = np.array(colours[int(rng.integers(len(colours)))], float)
    varied = np.clip(chosen + rng.normal(0, spread) + rng.normal(0, spread / 8, 3), 4, 250)
    return linear(*varied)


def plain(shape: Shape, colour: Floats) -> Surface:
    """Return a flat surface of one colour."""
    return Surface(np.broadcast_to(colour, (*shape, 3)).astype(np.float32), np.zeros(shape, np.float32))
