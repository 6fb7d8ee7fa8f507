"""Train a segmentation network from a recipe, on Lightning."""

import os
from collections.abc import Iterator
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import Any

import lightning as L
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from crackwise.nets.cracknet import CrackNet
from crackwise.recipe import Recipe
from crackwise.training.balance import count_crack_share
from crackwise.training.checkpoint import describe
from crackwise.training.losses import COUNTING, LOSSES, Context, side_losses
from crackwise.training.optimisation import scheduled
from crackwise.training.samples import TrainingCrops
from crackwise.training.sources import (
    Labelled,
    SourceSamples,
    choose_validation,
    read_labelled,
    validated,
)
from crackwise.training.validation import Figures, Judge

LOADERS = max(1, min(8, (os.cpu_count() or 1) // 2))
"""Processes that cut crops; how many does not change the crops."""

_NAMES = tuple(field.name for field in fields(Figures))


class SegmentationTraining(L.LightningModule):
    """One Lightning epoch is ``validate_every`` steps; it ends with a validation and a checkpoint.

    Logs ``loss`` per step and, per validation, the means of :class:`crackwise.training.validation.Figures`
    over the sources that have labels, and ``iou/<source>`` of each; a photo without cracks scores 0 for a
    single pixel, and export decides on false alarms anyway.

    Trained by several processes, each takes its share of every batch and of the validation photos.
    """

    def __init__(
        self,
        recipe: Recipe,
        net: CrackNet,
        sources: tuple[SourceSamples, ...],
        teacher: Path | None = None,
    ) -> None:
        super().__init__()
        self.teacher = teacher
        self.recipe = recipe
        self.net = net.to(memory_format=torch.channels_last)
        self.sources = sources
        self.loss = LOSSES[recipe.train.loss]
        counts = recipe.train.loss in COUNTING and not recipe.train.crack_share
        self.crack_share = count_crack_share(sources) if counts else recipe.train.crack_share or None
        self.found: dict[str, Tensor] = {}

    def train_dataloader(self) -> DataLoader[tuple[Tensor, Tensor, Tensor]]:
        """Give the crops of the current epoch; the sequence goes on where a resumed training stopped."""
        train = self.recipe.train
        steps = min(train.validate_every, train.steps - self.global_step)
        per_step = train.batch * train.accumulate
        first = (train.first_step + self.global_step) * per_step
        crops = TrainingCrops(self.recipe, self.sources, first, steps * per_step, self.teacher)
        own = share_of_batches(len(crops), train.batch, self.global_rank, self.trainer.world_size)
        batch = train.batch // self.trainer.world_size
        start = "spawn" if self.teacher else None  # in a fork, the teacher's OpenVINO would wait for ever
        return DataLoader(
            crops, batch, sampler=own, num_workers=LOADERS, prefetch_factor=4, multiprocessing_context=start
        )

    def val_dataloader(self) -> list[int]:
        """Give the number of every source to validate on; photos differ in size and are read one by one."""
        return list(range(len(validated(self.sources))))

    def on_train_batch_start(self, _batch: Any, index: int) -> None:
        """Tie the dice of dropout to the step, so that a resumed training throws the same."""
        torch.manual_seed(hash((self.recipe.seed, self.global_step, index % self.recipe.train.accumulate)))

    def training_step(self, batch: tuple[Tensor, Tensor, Tensor], _index: int) -> Tensor:
        """Take one step; photos arrive as (N, 3, H, W)."""
        photos, target, weight = batch
        outputs = self.net.outputs(photos.contiguous(memory_format=torch.channels_last))
        context = self._context(int(self.global_step))
        loss = self.loss(outputs.logits.float(), target, weight, context)
        loss = loss + self.recipe.train.side_weight * side_losses(self.loss, outputs, batch, context)
        self.log("loss", loss, prog_bar=True, on_step=True, on_epoch=False)
        return loss

    def validation_step(self, source_number: int, _index: int) -> None:
        """Score one source."""
        source = validated(self.sources)[int(source_number)]
        trained = max(int(self.global_step) - 1, 0)  # judged as the epoch just trained, not as the next
        judge = Judge(self.recipe.data, self.loss, self._context(trained))
        sums, count = judge.figures(self.net, self._validation_photos(source))
        totals = torch.cat([sums, torch.tensor([count], dtype=sums.dtype)]).to(self.device, torch.float32)
        totals = self.trainer.strategy.reduce(totals, reduce_op="sum")
        self.found[source.recipe.name] = totals[:-1] / totals[-1]

    def on_validation_epoch_end(self) -> None:
        """Average over the sources that have labels."""
        for name, figures in self.found.items():
            self.log(f"iou/{name}", figures[_NAMES.index("iou")])
        chosen = (source.recipe for source in validated(self.sources))
        labelled = [recipe.name for recipe in chosen if recipe.kind != "negatives"]
        means = torch.stack([self.found[name] for name in labelled or self.found]).mean(dim=0)
        for name, value in zip(_NAMES, means):
            self.log(name, value, prog_bar=name == "iou")

    def configure_optimizers(self) -> Any:
        """Give the optimiser of the recipe with its schedule."""
        return scheduled(self.recipe.train, self.net)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Let the checkpoint describe itself."""
        checkpoint.update(describe(self.recipe, self.global_step))

    def _validation_photos(self, source: SourceSamples) -> Iterator[Labelled]:
        """Read the validation photos that fall to this process."""
        chosen = choose_validation(source, self.recipe.data.validation_images)
        for sample in islice(chosen, self.global_rank, None, self.trainer.world_size):
            yield read_labelled(sample, source.recipe)

    def _context(self, step: int) -> Context:
        """Give the crack share, and the share of the epochs done before a step: 0 throughout the first."""
        train = self.recipe.train
        epochs = step // train.validate_every
        return Context(self.crack_share, epochs * train.validate_every / train.steps)


def share_of_batches(count: int, batch: int, rank: int, processes: int) -> list[int]:
    """List the crops of one of several processes: an equal part of every batch.

    Together the processes see in each step what one process would see.
    """
    own = batch // processes
    return [first + rank * own + place for first in range(0, count, batch) for place in range(own)]
