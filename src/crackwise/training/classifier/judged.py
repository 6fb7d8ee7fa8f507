"""What a classifier says of its validation and test tiles, and how that is made to mean what it says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from crackwise.nets.classifier import ClassNet, build_classifier
from crackwise.score.verdicts import Verdicts, best_verdict_threshold, judge_verdicts
from crackwise.score.verdictsfile import verdict_figures
from crackwise.training.checkpoint import FinishedClassifier
from crackwise.training.classifier.calibration import best_temperature, is_without_mistake, probability_of
from crackwise.training.classifier.samples import TilesAsTheyAre
from crackwise.training.classifier.sources import SourceTiles, Tile, gather_tiles_of_run
from crackwise.training.folder import Folders, read_classifier_run
from crackwise.training.segmentation import LOADERS
from crackwise.training.trainer import loader_sentences

_BATCH = 32


@dataclass(frozen=True, slots=True)
class Judged:
    """The tiles of one source in one part, with what the classifier says of them.

    Parameters
    ----------
    name
        Of the source.
    part
        ``validation`` or ``test``.
    tiles
        N of them.
    margins
        (N,) logit of crack minus that of no crack.
    """

    name: str
    part: str
    tiles: tuple[Tile, ...]
    margins: NDArray[np.float64]

    def verdicts(self, temperature: float) -> Verdicts:
        """Give truth and calibrated probability."""
        names = tuple(f"{self.name}/{tile.label}" for tile in self.tiles)
        return Verdicts(names, truth_of(self.tiles), probability_of(self.margins, temperature))


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Temperature and threshold, both chosen on the validation tiles of all sources together."""

    temperature: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """The best checkpoint of a run, what it says of its tiles, and what was chosen by that."""

    run: FinishedClassifier
    net: ClassNet
    sources: tuple[SourceTiles, ...]
    judged: tuple[Judged, ...]
    chosen: Calibrated

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know about the sources and the probabilities."""
        told = [note for source in self.sources for note in source.notes]
        if is_without_mistake(self.validation.margins, truth_of(self.validation.tiles)):
            told.append(
                "no validation tile is on the wrong side, so they cannot tell how sure to be: probabilities "
                "are as sharp as the network makes them, and may be too sharp on other photos"
            )
        return tuple(told)

    @property
    def validation(self) -> Judged:
        """The validation tiles of all sources together."""
        return together(self.judged, "validation")


def weigh(folders: Folders) -> Weighed:
    """Look at the tiles of a run with its best checkpoint, and calibrate it.

    Raises
    ------
    DataError
        If the run has no checkpoint yet, its sources are not there any more, or a photo cannot be read.
    """
    run = read_classifier_run(folders.run)
    sources = gather_tiles_of_run(run.recipe, folders)
    net = load_class_net(run)
    with loader_sentences():
        judged = tuple(judge_sources(net, sources, run.recipe.data.size_px))
    return Weighed(run, net, sources, judged, calibrate(together(judged, "validation")))


def load_class_net(run: FinishedClassifier) -> ClassNet:
    """Rebuild the classifier of a run with its best weights."""
    net = build_classifier(run.recipe.model.model_copy(update={"encoder_weights": "none"}))
    net.load_state_dict(run.state)
    return net.eval()


def judge_sources(
    net: ClassNet, sources: Sequence[SourceTiles], size_px: tuple[int, int]
) -> Iterator[Judged]:
    """Look at the validation and test tiles of every source that has some."""
    for source in sources:
        for part, tiles in (("validation", source.validation), ("test", source.test)):
            if tiles:
                yield Judged(source.recipe.name, part, tiles, margins_of(net, tiles, size_px))


def together(judged: Sequence[Judged], part: str) -> Judged:
    """Put the tiles of all sources in a part together."""
    chosen = [one for one in judged if one.part == part]
    tiles = tuple(tile for one in chosen for tile in one.tiles)
    return Judged("all", part, tiles, np.concatenate([one.margins for one in chosen]))


def calibrate(validation: Judged) -> Calibrated:
    """Choose the temperature first, and on the probabilities that it gives the threshold."""
    temperature = best_temperature(validation.margins, truth_of(validation.tiles))
    return Calibrated(temperature, best_verdict_threshold(validation.verdicts(temperature)))


def truth_of(tiles: Sequence[Tile]) -> NDArray[np.bool_]:
    """Tell which are cracked, (N,)."""
    return np.array([tile.is_cracked for tile in tiles], bool)


@torch.inference_mode()
def margins_of(net: ClassNet, tiles: Sequence[Tile], size_px: tuple[int, int]) -> NDArray[np.float64]:
    """Give the logit of crack minus that of no crack for each tile, (N,)."""
    found = []
    for photos, _ in DataLoader(TilesAsTheyAre(tiles, size_px), _BATCH, num_workers=LOADERS):
        logits = net(photos)
        found.append(logits[:, 1] - logits[:, 0])
    return torch.cat(found).double().numpy()


def figures_of(judged: Judged, chosen: Calibrated) -> dict[str, Any]:
    """Give all figures, as ``scores.json`` holds them."""
    return verdict_figures(judge_verdicts(judged.verdicts(chosen.temperature), chosen.threshold))
