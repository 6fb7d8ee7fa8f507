"""Run a classifier: how probable is a crack in each tile of a photo, and in the photo as a whole.

A photo is called cracked when one of its tiles is: its probability is the highest of its tiles, so that the
verdict and the tiles that are marked never disagree. N tiles.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import Rgb
from crackwise.errors import ModelError
from crackwise.inspection.classifiercard import ClassifierCard
from crackwise.inspection.model import (
    ENGINES,
    EngineName,
    card_text,
    read_model,
    task_of,
    validated,
)
from crackwise.inspection.settings import Precision
from crackwise.tiles import TileGrid, Window, is_one_tile
from crackwise.zooms import resized


@dataclass(frozen=True, slots=True)
class TileVerdicts:
    """The tiles of a photo, row by row, and the probability of a crack in each, (N,) float32; N ≥ 1."""

    windows: tuple[Window, ...]
    probability: NDArray[np.float32]

    @property
    def highest(self) -> float:
        """The probability of the photo."""
        return float(self.probability.max())


class Classifier:
    """A classifier ready to run, with its card.

    Parameters
    ----------
    path
        The ONNX file.
    precision
        Fp32 unless said otherwise: threshold and temperature were chosen in it, and a temperature below 1
        makes more of what bf16 rounds off. ``auto`` is bf16 where the processor multiplies matrices in it.
    engine
        What runs it.

    Raises
    ------
    ModelError
        If the file is missing, is no ONNX model, has no card, or is a model that finds cracks.
    """

    def __init__(self, path: Path, precision: Precision = "fp32", engine: EngineName = "openvino") -> None:
        content = read_model(path)
        self.path = path
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.card = read_classifier_card(content, path)
        self._engine = ENGINES[engine](content, precision)

    @property
    def precision(self) -> str:
        """The arithmetic in use: ``fp32`` or ``bf16``."""
        return self._engine.precision

    def probabilities(self, tiles: Iterable[Rgb]) -> NDArray[np.float32]:
        """Give the probability of a crack in each tile, (N,); several are in work at a time.

        Parameters
        ----------
        tiles
            (h, w, 3) each, of any size; they are brought to that of the card.
        """
        width_px, height_px = self.card.size_px
        found: dict[int, float] = {}
        numbered = enumerate(resized(tile, self.card.size_px) for tile in tiles)
        self._engine.run(
            numbered, (height_px, width_px), lambda number, p: found.__setitem__(number, float(p))
        )
        return np.array([found[number] for number in range(len(found))], np.float32)

    def look(self, photo: Rgb) -> TileVerdicts:
        """Give the probability of a crack in each tile of a photo (H, W, 3); see :func:`tile_windows`."""
        H, W = photo.shape[:2]
        windows = tile_windows((H, W), self.card)
        return TileVerdicts(windows, self.probabilities(_cut(photo, windows)))


def load_classifier(path: Path, precision: Precision = "fp32", engine: EngineName = "openvino") -> Classifier:
    """Load a classifier's model file."""
    return Classifier(path, precision, engine)


def read_classifier_card(content: bytes, path: Path) -> ClassifierCard:
    """Read the card out of an ONNX file's metadata.

    Raises
    ------
    ModelError
        If the content is no ONNX model, has no card, the card is not valid, or not that of a classifier.
    """
    text = card_text(content, path)
    if task_of(text) != "classification":
        raise ModelError(
            f"{path} finds cracks and is no classifier; use crackwise inspect --model, or a model that "
            "crackwise train made from a recipe with task classification"
        )
    return validated(ClassifierCard, text, path)


def is_classifier(path: Path) -> bool:
    """Tell a classifier from a model that finds cracks.

    Raises
    ------
    ModelError
        If the file is missing, is no ONNX model or has no card.
    """
    return task_of(card_text(read_model(path), path)) == "classification"


def tile_windows(shape: tuple[int, int], card: ClassifierCard) -> tuple[Window, ...]:
    """Cut a photo of (H, W) pixels into square tiles as a card says, row by row, none beyond the edge.

    A small one is one tile, see :func:`is_one_tile`. Of a narrow one, such as a strip, the tiles are as large
    as its shorter side.
    """
    if is_one_tile(shape, card.tile_px):
        return (Window(0, 0, *shape),)
    side_px = min(card.tile_px, *shape)
    grid = TileGrid(shape, tile_px=side_px, overlap_px=min(card.overlap_px, side_px // 2), stride_px=1)
    return tuple(grid.window(number) for number in range(len(grid)))


def _cut(photo: Rgb, windows: Iterable[Window]) -> Iterator[Rgb]:
    return (photo[window.slices] for window in windows)
