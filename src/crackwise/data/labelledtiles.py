"""Tiles of a photo that are cracked or sound as their part of its mask says.

H rows, W columns of a photo; h, w of a tile.
"""

import numpy as np

from crackwise.arrays import CrackMask
from crackwise.tiles import Window, is_one_tile

BORDER_SHARE = 1 / 16
"""Width of the border of a tile, of its shorter side: cracks in it alone can hardly be seen as such."""


def even_windows(shape: tuple[int, int], tile_px: int) -> tuple[Window, ...]:
    """Lay about as many square tiles over a photo of (H, W) as fit, evenly.

    A small photo is one tile, see :func:`is_one_tile`. Of others tiles begin at the edges; along a side of
    less than one and a half tiles there is one, in the middle; along a longer one neighbours overlap or leave
    a gap of at most a quarter of a tile.

    Parameters
    ----------
    shape
        (H, W).
    tile_px
        Side of a tile; 0 takes the photo whole.
    """
    H, W = shape
    if is_one_tile(shape, tile_px):
        return (Window(0, 0, H, W),)
    return tuple(
        Window(top, left, min(top + tile_px, H), min(left + tile_px, W))
        for top in _offsets(H, tile_px)
        for left in _offsets(W, tile_px)
    )


def verdict_of_mask(mask: CrackMask, crack_px: int) -> bool | None:
    """Tell whether a tile is cracked by its mask (h, w).

    Returns
    -------
    False without crack pixels; True with at least ``crack_px`` of which some lie inside the border; None for
    a tile that shows too little to be called either.
    """
    count = int(np.count_nonzero(mask))
    if not count:
        return False
    border_px = round(min(mask.shape) * BORDER_SHARE)
    inner = mask[border_px : mask.shape[0] - border_px, border_px : mask.shape[1] - border_px]
    return True if count >= crack_px and inner.any() else None


def _offsets(length_px: int, tile_px: int) -> tuple[int, ...]:
    room_px = max(length_px - tile_px, 0)
    count = max(1, int(length_px / tile_px + 0.5))
    if count == 1:
        return (room_px // 2,)
    return tuple(round(number * room_px / (count - 1)) for number in range(count))
