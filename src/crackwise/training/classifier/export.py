"""From a trained classifier to one model file: ONNX with scaling, softmax, temperature and card inside."""

from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import torch
from torch import Tensor, nn

from crackwise.files import write_bytes
from crackwise.inspection.classifiercard import ClassifierCard
from crackwise.nets.classifier import ClassNet
from crackwise.recipe import dump_recipe
from crackwise.training.classifier.judged import Weighed, figures_of, weigh
from crackwise.training.classifier.sources import choose_some
from crackwise.training.cost import count_parameters
from crackwise.training.export import Release, training_set, with_card
from crackwise.training.folder import Folders
from crackwise.training.graph import difference_from, halved, made_tiles, traced
from crackwise.zooms import resized

_OVERLAP = 4  # a quarter of a tile, so that a crack along the seam of two lies inside a third
_COMPARED = 16
_ON_CARD = ("accuracy", "balanced_accuracy", "roc_auc", "average_precision", "brier")


class TileToProbability(nn.Module):
    """(N, H, W, 3) uint8 RGB at the size of the training → (N,) float32 probability of a crack."""

    def __init__(self, net: ClassNet, temperature: float) -> None:
        super().__init__()
        self.net = net
        self.temperature = temperature

    def forward(self, photo: Tensor) -> Tensor:
        """Move the channels, scale, predict, calibrate; of two classes softmax is a sigmoid."""
        logits = self.net(photo.permute(0, 3, 1, 2).float())
        return torch.sigmoid((logits[:, 1] - logits[:, 0]) / self.temperature)


def export_classifier_run(folders: Folders, out: Path, release: Release) -> ClassifierCard:
    """Calibrate the best checkpoint of a run on its validation groups and write it as a model file.

    Returns
    -------
    The card that was written.
    """
    weighed = weigh(folders)
    card = make_classifier_card(weighed, release)
    export_classifier(weighed, card, out)
    return card


def export_classifier(weighed: Weighed, card: ClassifierCard, out: Path) -> Path:
    """Write the model file, its weights as fp16; as fp32 where that would change the predictions.

    Raises
    ------
    ModelError
        If the exported graph disagrees with PyTorch on validation tiles, or on tiles that are made.
    """
    whole = TileToProbability(weighed.net, card.temperature).eval()
    shape = card.size_px[::-1]
    example = torch.zeros(2, *shape, 3, dtype=torch.uint8)
    graph = traced(whole, example, {0: torch.export.Dim("batch")})
    chosen = choose_some(weighed.validation.tiles, _COMPARED, seed=0)
    tiles = (*made_tiles(shape), *(resized(tile.read(), card.size_px) for tile in chosen))
    content, precision = halved(graph, difference_from(whole, tiles))
    write_bytes(out, with_card(content, card, precision))
    return out


def make_classifier_card(weighed: Weighed, release: Release) -> ClassifierCard:
    """Fill the card from what the run knows; photos that were learnt whole are taken whole in use."""
    recipe, chosen = weighed.run.recipe, weighed.chosen
    tile_px = recipe.data.tile_px
    if recipe.data.takes_whole_photos and not all(tile.is_one(tile_px) for tile in weighed.validation.tiles):
        tile_px = 0
    figures = figures_of(weighed.validation, chosen)
    return ClassifierCard(
        name=release.name or recipe.name,
        version=release.version,
        size_px=recipe.data.size_px,
        tile_px=tile_px,
        overlap_px=tile_px // _OVERLAP,
        threshold=chosen.threshold,
        temperature=chosen.temperature,
        precision="fp16",
        parameters=count_parameters(weighed.net),
        training_data=tuple(training_set(one.recipe, len(one.training)) for one in weighed.sources),
        encoder=release.encoder,
        recipe=dump_recipe(recipe),
        steps=weighed.run.step,
        scores={f"validation/{name}": figures[name] for name in _ON_CARD},
        licence=release.licence,
        crackwise_version=metadata.version("crackwise"),
        trained_on=datetime.now(UTC).date().isoformat(),
        limits=release.limits,
    )
