"""Why a classifier says crack: what its verdict loses when a part of the tile is hidden.

A square patch in the mean colour of the tile is slid over it, as the classifier sees it, and the fall of the
log-odds of a crack is noted at each place (occlusion, Zeiler and Fergus, 2014,
doi:10.1007/978-3-319-10590-1_53). Log-odds, since the probability of a clear crack stays near 1 until little
of it is left to see. It takes no gradients, only the model file.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from crackwise.arrays import Floats, Rgb
from crackwise.inspection.classifier import Classifier, TileVerdicts
from crackwise.tiles import Window
from crackwise.zooms import resized

PATCHES_PER_SIDE = 7
"""The patch is a seventh of the shorter side of what the classifier sees; it moves by half of itself."""

EXPLAINED_TILES = 3
"""Of a photo by tiles, at most so many are explained, the most probable first."""

_LEAST = 1e-6  # probabilities are held this far from 0 and 1, where the log-odds have no end


@dataclass(frozen=True, slots=True)
class Reason:
    """A tile, and how much each place of it speaks for a crack.

    Parameters
    ----------
    window, probability
        Where the tile lies, and how probable a crack in it is.
    fall
        (h, w) float32 at the size that the classifier sees: the mean fall of the log-odds over all patches
        that hide a place; below 0 where hiding it makes a crack more probable.
    """

    window: Window
    probability: float
    fall: Floats


def explain(classifier: Classifier, photo: Rgb, tiles: TileVerdicts) -> tuple[Reason, ...]:
    """Explain the most probable tiles of a photo (H, W, 3) that do not overlap, at most EXPLAINED_TILES."""
    return tuple(
        Reason(
            tiles.windows[number],
            float(tiles.probability[number]),
            occlusion_map(classifier, photo[tiles.windows[number].slices]),
        )
        for number in _most_probable(tiles)
    )


def occlusion_map(classifier: Classifier, tile: Rgb) -> Floats:
    """Give the fall of the log-odds at each place of a tile, (h, w) of the size that the classifier sees."""
    seen = resized(tile, classifier.card.size_px)
    patches = patch_windows(seen.shape[:2])
    probability = classifier.probabilities([seen])
    hidden = classifier.probabilities(_hidden(seen, patches))
    falls = _log_odds(probability) - _log_odds(hidden)
    total, count = np.zeros(seen.shape[:2], np.float32), np.zeros(seen.shape[:2], np.float32)
    for patch, fall in zip(patches, falls):
        total[patch.slices] += fall
        count[patch.slices] += 1
    return total / count


def patch_windows(shape: tuple[int, ...]) -> tuple[Window, ...]:
    """List the places of the patch on a tile of shape (h, w, …); together they cover it."""
    side_px = max(1, min(shape[:2]) // PATCHES_PER_SIDE)
    tops, lefts = (_places(length, side_px) for length in shape[:2])
    return tuple(Window(top, left, top + side_px, left + side_px) for top in tops for left in lefts)


def _most_probable(tiles: TileVerdicts) -> list[int]:
    chosen: list[int] = []
    for number in np.argsort(-tiles.probability, kind="stable").tolist():
        if all(_are_apart(tiles.windows[number], tiles.windows[other]) for other in chosen):
            chosen.append(number)
        if len(chosen) == EXPLAINED_TILES:
            break
    return chosen


def _are_apart(a: Window, b: Window) -> bool:
    return a.right <= b.left or b.right <= a.left or a.bottom <= b.top or b.bottom <= a.top


def _places(length_px: int, side_px: int) -> list[int]:
    last = length_px - side_px
    return [*range(0, last, max(1, side_px // 2)), last]


def _hidden(tile: Rgb, patches: tuple[Window, ...]) -> Iterator[Rgb]:
    mean = np.rint(tile.mean(axis=(0, 1))).astype(np.uint8)
    for patch in patches:
        hidden = tile.copy()
        hidden[patch.slices] = mean
        yield hidden


def _log_odds(probability: Floats) -> Floats:
    held = np.clip(probability.astype(np.float64), _LEAST, 1 - _LEAST)
    return np.asarray(np.log(held / (1 - held)))
