"""Train a segmentation network from a recipe, on Lightning."""

import math
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader

from crackwise.arrays import ProbabilityMap, Rgb
from crackwise.nets.cracknet import CrackNet
from crackwise.recipe import Recipe
from crackwise.score.metrics import iou
from crackwise.training.balance import count_crack_share
from crackwise.training.losses import COUNTING, LOSSES, Context, side_losses
from crackwise.training.samples import SourceSamples, TrainingCrops, choose_validation, read_labelled

_DECAY_SHARE = 0.4


class SegmentationTraining(L.LightningModule):
    """One Lightning epoch is ``validate_every`` steps; it ends with a validation and a checkpoint.

    Logs ``loss`` per step and, per validation, ``iou/<source>`` (mean over photos at threshold 0.5, unknown
    pixels left out) and ``iou``, the mean over the sources that have labels, by which the best checkpoint is
    chosen; a photo without cracks scores 0 for a single pixel, and export decides on false alarms anyway.
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
        self.crack_share = count_crack_share(sources) if recipe.train.loss in COUNTING else None

    def train_dataloader(self) -> DataLoader[tuple[Tensor, Tensor, Tensor]]:
        """Give the crops of the current epoch; the sequence goes on where a resumed training stopped."""
        train = self.recipe.train
        steps = min(train.validate_every, train.steps - self.global_step)
        first = (train.first_step + self.global_step) * train.batch
        crops = TrainingCrops(self.recipe, self.sources, first, steps * train.batch, self.teacher)
        return DataLoader(crops, batch_size=train.batch, num_workers=1, prefetch_factor=4)

    def val_dataloader(self) -> list[int]:
        """Give the number of every source; the photos differ in size and are read one by one."""
        return list(range(len(self.sources)))

    def training_step(self, batch: tuple[Tensor, Tensor, Tensor], _index: int) -> Tensor:
        """Take one step; photos arrive as (N, 3, S, S)."""
        photos, target, weight = batch
        outputs = self.net.outputs(photos.contiguous(memory_format=torch.channels_last))
        context = Context(self.crack_share, self._progress())
        loss = self.loss(outputs.logits.float(), target, weight, context)
        loss = loss + self.recipe.train.side_weight * side_losses(self.loss, outputs, batch, context)
        self.log("loss", loss, prog_bar=True, on_step=True, on_epoch=False)
        return loss

    def validation_step(self, source_number: int, _index: int) -> None:
        """Score one source."""
        source = self.sources[int(source_number)]
        scores = []
        for sample in choose_validation(source, self.recipe.data.validation_images):
            image, line, unknown = read_labelled(sample, source.recipe)
            predicted = predict_photo(self.net, image) >= 0.5
            scores.append(iou(predicted & ~unknown, line))
        self.log(f"iou/{source.recipe.name}", float(np.mean(scores)), batch_size=1)

    def on_validation_epoch_end(self) -> None:
        """Average over the sources that have labels."""
        logged = self.trainer.callback_metrics
        labelled = [source.recipe for source in self.sources if source.recipe.kind != "negatives"]
        values = [float(logged[f"iou/{source.name}"]) for source in labelled]
        self.log("iou", float(np.mean(values)), prog_bar=True)

    def configure_optimizers(self) -> Any:
        """Use AdamW; the rate warms up, stays, and falls as a cosine over the last part."""
        train = self.recipe.train
        encoder = [p for name, p in self.net.named_parameters() if name.startswith("net.encoder.")]
        rest = [p for name, p in self.net.named_parameters() if not name.startswith("net.encoder.")]
        groups = [
            {"params": rest, "lr": train.learning_rate},
            {"params": encoder, "lr": train.learning_rate * train.encoder_rate},
        ]
        optimiser = torch.optim.AdamW(groups, weight_decay=train.weight_decay)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, self._rate)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _progress(self) -> float:
        """Give the share of the epochs done; 0 throughout the first."""
        train = self.recipe.train
        epochs = int(self.global_step) // train.validate_every
        return epochs * train.validate_every / train.steps

    def _rate(self, step: int) -> float:
        train = self.recipe.train
        if step < train.warmup_steps:
            return (step + 1) / train.warmup_steps
        into_decay = (step / train.steps - 1 + _DECAY_SHARE) / _DECAY_SHARE
        return 0.5 + 0.5 * math.cos(math.pi * min(max(into_decay, 0.0), 1.0))


@torch.inference_mode()
def predict_photo(net: CrackNet, photo: Rgb) -> ProbabilityMap:
    """Predict one whole photo; mirrored at the lower and right edge to a multiple of the stride.

    Returns
    -------
    (H, W) float32 probability.
    """
    H, W = photo.shape[:2]
    stride = net.stride_px
    batch = torch.from_numpy(photo.transpose(2, 0, 1).copy()).float()[None].to(net.mean.device)
    batch = F.pad(batch, (0, -W % stride, 0, -H % stride), mode="reflect")
    probability = torch.sigmoid(net(batch.contiguous(memory_format=torch.channels_last)).float())
    return probability[0, :H, :W].cpu().numpy()
