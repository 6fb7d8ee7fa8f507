"""What a training sees: tiles that depend on nothing but the recipe, the data and their own number.

Tile number ``i`` is the same whether a training ran through or was resumed, on one worker or on many.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from crackwise.arrays import Floats, Ints, Rgb
from crackwise.data.augment import PHOTOMETRIC, classical_version
from crackwise.data.augment.crops import random_turn
from crackwise.data.augment.version import move_together
from crackwise.recipe import ClassifierRecipe
from crackwise.training.classifier.sources import SourceTiles, Tile
from crackwise.zooms import resized

Size = tuple[int, int]
"""Width and height in px."""


class TrainingTiles(Dataset[tuple[Tensor, Tensor]]):
    """Tiles ``first … first + count`` of the endless sequence of a training.

    Each item is (photo (3, H, W) float in [0, 255], class () int64: 1 is cracked).
    """

    def __init__(
        self, recipe: ClassifierRecipe, sources: tuple[SourceTiles, ...], first: int, count: int
    ) -> None:
        self.recipe = recipe
        self.first = first
        self.count = count
        self.choose = CHOICES[recipe.data.balance](sources)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        number = self.first + index
        tile = self.choose(self.recipe.seed, number)
        rng = np.random.default_rng((self.recipe.seed, number))
        data = self.recipe.data
        return as_item(AUGMENTATIONS[data.augment](tile.read(), data.size_px, rng), tile)


class TilesAsTheyAre(Dataset[tuple[Tensor, Tensor]]):
    """Tiles in their order, none changed; items as of :class:`TrainingTiles`."""

    def __init__(self, tiles: Sequence[Tile], size_px: Size) -> None:
        self.tiles = tiles
        self.size_px = size_px

    def __len__(self) -> int:
        return len(self.tiles)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        tile = self.tiles[index]
        return as_item(resized(tile.read(), self.size_px), tile)


def as_item(pixels: Rgb, tile: Tile) -> tuple[Tensor, Tensor]:
    """Give pixels (H, W, 3) and truth as tensors."""
    photo = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1))).float()
    return photo, torch.tensor(int(tile.is_cracked))


def as_it_is(tile: Rgb, size_px: Size, _rng: np.random.Generator) -> Rgb:
    """Bring a tile to its size."""
    return resized(tile, size_px)


def classically(tile: Rgb, size_px: Size, rng: np.random.Generator) -> Rgb:
    """Take the five classical steps, at the tile's own size as the files on disk are made."""
    return resized(classical_version(tile, (), rng).image, size_px)


def strongly(tile: Rgb, size_px: Size, rng: np.random.Generator) -> Rgb:
    """Turn and mirror a tile about its middle, and show it in another light; its edges are mirrored."""
    pixels = resized(tile, size_px)
    turn = random_turn(1.0, rng)
    middle = (np.array(size_px) - 1) / 2
    matrix: Floats = np.hstack([turn, (middle - turn @ middle)[:, None]])
    return PHOTOMETRIC["strong"](move_together(pixels, (), matrix)[0], rng)


AUGMENTATIONS: dict[str, Callable[[Rgb, Size, np.random.Generator], Rgb]] = {
    "none": as_it_is,
    "classical": classically,
    "strong": strongly,
}


class EachOnce:
    """Choose each tile once an epoch, in an order that is new in each."""

    def __init__(self, sources: Sequence[SourceTiles]) -> None:
        self.tiles = [tile for source in sources for tile in source.training]

    def __call__(self, seed: int, number: int) -> Tile:
        """Give the tile of a number."""
        epoch, place = divmod(number, len(self.tiles))
        return self.tiles[int(_order(seed, epoch, len(self.tiles))[place])]


class ClassesAlike:
    """Choose cracked and sound tiles alike often, and within each class the sources by their weights."""

    def __init__(self, sources: Sequence[SourceTiles]) -> None:
        self.classes = [_of_class(sources, is_cracked) for is_cracked in (False, True)]

    def __call__(self, seed: int, number: int) -> Tile:
        """Give the tile of a number."""
        rng = np.random.default_rng((seed, number, 1))
        sources, shares = self.classes[rng.integers(2)]
        tiles = sources[int(rng.choice(len(sources), p=shares))]
        return tiles[int(rng.integers(len(tiles)))]


CHOICES: dict[str, Callable[[Sequence[SourceTiles]], Callable[[int, int], Tile]]] = {
    "none": EachOnce,
    "weights": EachOnce,
    "sampling": ClassesAlike,
}
"""How the tiles of a training are chosen, by ``data.balance``."""


def class_weights(sources: Sequence[SourceTiles]) -> tuple[float, float]:
    """Weigh both classes, sound and cracked, so that each counts for half of the loss.

    Returns
    -------
    N / (2 Nc) of each class c, so that the mean over all N tiles is 1.
    """
    cracked = [tile.is_cracked for source in sources for tile in source.training]
    total, count = len(cracked), sum(cracked)
    return total / (2 * (total - count)), total / (2 * count)


@lru_cache(maxsize=2)
def _order(seed: int, epoch: int, count: int) -> Ints:
    return np.random.default_rng((seed, epoch, 2)).permutation(count)


def _of_class(sources: Sequence[SourceTiles], is_cracked: bool) -> tuple[list[list[Tile]], Floats]:
    """Give the tiles of a class by source, and how often each source is chosen."""
    found = [
        ([tile for tile in source.training if tile.is_cracked == is_cracked], source.recipe.weight)
        for source in sources
    ]
    found = [(tiles, weight) for tiles, weight in found if tiles]
    weights = np.array([weight for _, weight in found])
    return [tiles for tiles, _ in found], weights / weights.sum()
