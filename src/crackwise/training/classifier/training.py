"""Train a classifier from a recipe, on Lightning."""

from typing import Any

import lightning as L
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader

from crackwise.nets.classifier import ClassNet
from crackwise.recipe import ClassifierRecipe
from crackwise.score.verdicts import Verdicts, judge_verdicts
from crackwise.training.checkpoint import describe
from crackwise.training.classifier.calibration import cross_entropy, probability_of
from crackwise.training.classifier.samples import TilesAsTheyAre, TrainingTiles, class_weights
from crackwise.training.classifier.sources import SourceTiles
from crackwise.training.optimisation import scheduled
from crackwise.training.segmentation import LOADERS, share_of_batches

_NEUTRAL = 0.5


class ClassifierTraining(L.LightningModule):
    """One Lightning epoch is ``validate_every`` steps; it ends with a validation and a checkpoint.

    Logs ``loss`` per step and, per validation, ``val_loss``, ``auc``, ``accuracy`` and ``balanced_accuracy``
    (at 0.5, not calibrated) over the validation tiles of all sources together.

    Trained by several processes, each takes its share of every batch and looks at all validation tiles.
    """

    def __init__(self, recipe: ClassifierRecipe, net: ClassNet, sources: tuple[SourceTiles, ...]) -> None:
        super().__init__()
        self.recipe = recipe
        self.net = net.to(memory_format=torch.channels_last)
        self.sources = sources
        weights = class_weights(sources) if recipe.data.balance == "weights" else (1.0, 1.0)
        self.register_buffer("class_weight", torch.tensor(weights), persistent=False)
        self.class_weight: Tensor
        self.found: list[tuple[Tensor, Tensor]] = []

    def train_dataloader(self) -> DataLoader[tuple[Tensor, Tensor]]:
        """Give the tiles of the current epoch; the sequence goes on where a resumed training stopped."""
        train = self.recipe.train
        steps = min(train.validate_every, train.steps - self.global_step)
        first = self.global_step * train.batch
        tiles = TrainingTiles(self.recipe, self.sources, first, steps * train.batch)
        own = share_of_batches(len(tiles), train.batch, self.global_rank, self.trainer.world_size)
        batch = train.batch // self.trainer.world_size
        return DataLoader(tiles, batch, sampler=own, num_workers=LOADERS, prefetch_factor=4)

    def val_dataloader(self) -> DataLoader[tuple[Tensor, Tensor]]:
        """Give the validation tiles of all sources as they are."""
        tiles = [tile for source in self.sources for tile in source.validation]
        seen = TilesAsTheyAre(tiles, self.recipe.data.size_px)
        return DataLoader(seen, self.recipe.train.batch, num_workers=LOADERS)

    def on_train_batch_start(self, *_: Any) -> None:
        """Tie the dice of dropout to the step, so that a resumed training throws the same."""
        torch.manual_seed(hash((self.recipe.seed, self.global_step)))

    def training_step(self, batch: tuple[Tensor, Tensor], _index: int) -> Tensor:
        """Take one step; photos arrive as (N, 3, H, W), truth as (N,)."""
        photos, truth = batch
        logits = self.net(photos.contiguous(memory_format=torch.channels_last)).float()
        each = F.cross_entropy(logits, truth, reduction="none")
        loss = (self.class_weight[truth] * each).mean()
        self.log("loss", loss, prog_bar=True, on_step=True, on_epoch=False)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], _index: int) -> None:
        """Look at one batch."""
        photos, truth = batch
        logits = self.net(photos.contiguous(memory_format=torch.channels_last)).float()
        self.found.append(((logits[:, 1] - logits[:, 0]).cpu(), truth.cpu()))

    def on_validation_epoch_end(self) -> None:
        """Judge all validation tiles together."""
        margins, truth = (torch.cat(parts).numpy() for parts in zip(*self.found))
        self.found = []
        for name, value in figures(margins.astype(np.float64), truth.astype(bool)).items():
            self.log(name, value, prog_bar=name == "auc")

    def configure_optimizers(self) -> Any:
        """Give the optimiser of the recipe with its schedule."""
        return scheduled(self.recipe.train, self.net)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Let the checkpoint describe itself."""
        checkpoint.update(describe(self.recipe, self.global_step))


def figures(margins: np.ndarray[Any, Any], cracked: np.ndarray[Any, Any]) -> dict[str, float]:
    """Judge what a classifier says, not calibrated, at 0.5; both classes occur.

    Parameters
    ----------
    margins
        (N,) logit of crack minus that of no crack.
    cracked
        (N,) the truth.
    """
    names = ("",) * len(cracked)
    scores = judge_verdicts(Verdicts(names, cracked, probability_of(margins, 1.0)), _NEUTRAL)
    ranks = np.unique(margins, return_inverse=True)[1] / len(margins)  # far from 0 probabilities are equal
    ranked = judge_verdicts(Verdicts(names, cracked, ranks.astype(np.float32)), _NEUTRAL)
    assert ranked.roc_auc is not None
    assert scores.balanced_accuracy is not None
    return {
        "val_loss": cross_entropy(margins, cracked),
        "auc": ranked.roc_auc,
        "accuracy": scores.accuracy,
        "balanced_accuracy": scores.balanced_accuracy,
    }
