"""Cut a photo of any size into overlapping tiles and put their predictions together without seams.

Along each axis a tile counts for nothing in the outer quarter of an overlap, where its view is cut off,
and passes over to its neighbour linearly in the middle half. The weights of all tiles add up to one at
every pixel, so that predictions are added as they come and nothing is kept but the sum.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from crackwise import scratch
from crackwise.arrays import Floats, Levels, ProbabilityMap, Rgb
from crackwise.errors import SettingsError
from crackwise.levels import to_levels

_WHOLE_UP_TO_TILES = 1.5


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of pixels, half-open: rows ``top … bottom``, columns ``left … right``."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index an (H, W, …) array with it."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def is_one_tile(shape: tuple[int, int], tile_px: int) -> bool:
    """Tell whether a classifier takes a photo of (H, W) whole; with ``tile_px`` 0 it takes all so.

    It does so up to one and a half tiles along either side: four tiles would see almost the same.
    """
    return tile_px == 0 or max(shape) <= _WHOLE_UP_TO_TILES * tile_px


@dataclass(frozen=True, slots=True)
class Axis:
    """The tiles along one axis: where each starts, its side and its (T, side) weights."""

    offsets: tuple[int, ...]
    side_px: int
    weights: Floats


class TileGrid:
    """Tiles over a photo of (H, W) pixels, at offsets that are multiples of the model's stride.

    A photo smaller than a tile gets one tile of its own size, rounded up to the stride; beyond the lower
    and right edge tiles see the mirrored photo.

    Parameters
    ----------
    shape
        (H, W) of the photo.
    tile_px, overlap_px, stride_px
        Side of a tile, least overlap of neighbours, and what both are multiples of.

    Raises
    ------
    SettingsError
        If tile or overlap do not fit the stride, or the overlap leaves no room.
    """

    def __init__(self, shape: tuple[int, int], *, tile_px: int, overlap_px: int, stride_px: int) -> None:
        _check(tile_px, overlap_px, stride_px)
        self.shape = shape
        self.rows, self.cols = (_axis(length, tile_px, overlap_px, stride_px) for length in shape)

    def __len__(self) -> int:
        return len(self.rows.offsets) * len(self.cols.offsets)

    @property
    def tile_shape(self) -> tuple[int, int]:
        """Rows and columns of every tile."""
        return self.rows.side_px, self.cols.side_px

    def cut(self, photo: Rgb) -> Iterator[tuple[int, Rgb]]:
        """Give the number and the pixels of each tile, row by row."""
        for number in range(len(self)):
            window = self.window(number)
            if not window.left:  # a row of tiles is done
                scratch.let_go(photo)
            tile = photo[window.slices]
            missing = (window.bottom - window.top - tile.shape[0], window.right - window.left - tile.shape[1])
            yield number, mirrored(tile, missing) if any(missing) else tile

    def window(self, number: int) -> Window:
        """Give where a tile lies; it can reach beyond the photo's lower and right edge."""
        row, col = divmod(number, len(self.cols.offsets))
        top, left = self.rows.offsets[row], self.cols.offsets[col]
        return Window(top, left, top + self.rows.side_px, left + self.cols.side_px)

    def add(self, total: ProbabilityMap, number: int, prediction: ProbabilityMap, top: int = 0) -> None:
        """Add one tile's prediction, weighted, into the photo's map from row ``top`` on."""
        row, col = divmod(number, len(self.cols.offsets))
        rows, cols = self.window(number).slices
        region = total[rows.start - top : rows.stop - top, cols]
        h, w = region.shape
        region += prediction[:h, :w] * self.rows.weights[row, :h, None] * self.cols.weights[col, None, :w]


class Blend:
    """The tiles of a grid put together to levels; of the sum in floats no more is kept than a row of tiles.

    Parameters
    ----------
    grid
        Its tiles are added in the order of their numbers.
    """

    def __init__(self, grid: TileGrid) -> None:
        H, W = grid.shape
        self._grid = grid
        self._levels: Levels = scratch.zeros((H, W))
        self._sum = np.zeros((min(H, grid.rows.side_px), W), np.float32)
        self._top = 0

    def add(self, number: int, prediction: ProbabilityMap) -> None:
        """Add the next tile's prediction."""
        self._move_to(self._grid.window(number).top)
        self._grid.add(self._sum, number, prediction, self._top)

    def levels(self) -> Levels:
        """Give the whole, (H, W), when the last tile is there."""
        self._move_to(self._grid.shape[0])
        return self._levels

    def _move_to(self, top: int) -> None:
        """Round the rows above, which no further tile reaches."""
        assert top >= self._top, "tiles come in the order of their numbers"
        if top == self._top:
            return
        done = min(top - self._top, len(self._sum))
        self._levels[self._top : self._top + done] = to_levels(self._sum[:done])
        self._sum[: len(self._sum) - done] = self._sum[done:]
        self._sum[len(self._sum) - done :] = 0
        self._top = top
        scratch.let_go(self._levels)


def _check(tile_px: int, overlap_px: int, stride_px: int) -> None:
    if tile_px % stride_px or overlap_px % stride_px:
        raise SettingsError(
            f"tile {tile_px} px and overlap {overlap_px} px do not fit the model; "
            f"expected multiples of its stride, {stride_px} px"
        )
    if not 0 <= 2 * overlap_px <= tile_px:
        raise SettingsError(
            f"overlap {overlap_px} px is too large for tiles of {tile_px} px; "
            f"expected at most {tile_px // 2} px"
        )


def _axis(length_px: int, tile_px: int, overlap_px: int, stride_px: int) -> Axis:
    padded_px = -(-length_px // stride_px) * stride_px
    if padded_px <= tile_px:
        return Axis((0,), padded_px, np.ones((1, padded_px), np.float32))
    count = -(-(padded_px - overlap_px) // (tile_px - overlap_px))
    last = padded_px - tile_px
    offsets = (*(i * last // (count - 1) // stride_px * stride_px for i in range(count - 1)), last)
    return Axis(offsets, tile_px, _weights(offsets, tile_px))


def _weights(offsets: tuple[int, ...], side_px: int) -> Floats:
    """(T, side) weights that add up to one wherever tiles overlap."""
    weights = np.ones((len(offsets), side_px), np.float32)
    for i in range(len(offsets) - 1):
        overlap_px = offsets[i] + side_px - offsets[i + 1]
        if overlap_px:
            position = (np.arange(overlap_px, dtype=np.float32) + 0.5) / overlap_px
            rise = np.clip(2 * position - 0.5, 0, 1)
            weights[i + 1, :overlap_px] *= rise
            weights[i, side_px - overlap_px :] *= 1 - rise
    total = np.zeros(offsets[-1] + side_px, np.float32)  # above 1 where three tiles meet
    spans = [slice(offset, offset + side_px) for offset in offsets]
    for span, own in zip(spans, weights):
        total[span] += own
    return np.stack([own / total[span] for span, own in zip(spans, weights)])


def mirrored(tile: Rgb, missing: tuple[int, int]) -> Rgb:
    """Go on with a tile (H, W, 3) as its mirror image by missing (rows, columns), however narrow it is."""
    mode = "reflect" if all(m < size for m, size in zip(missing, tile.shape)) else "symmetric"
    return np.pad(tile, ((0, missing[0]), (0, missing[1]), (0, 0)), mode=mode)  # type: ignore[call-overload,no-any-return]
