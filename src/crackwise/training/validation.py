"""How good a network is on the validation photos while it is trained, seen as it is trained."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from crackwise.arrays import CrackMask, ProbabilityMap, Rgb
from crackwise.data.augment import fit_whole
from crackwise.nets.cracknet import CrackNet
from crackwise.recipe import DataRecipe
from crackwise.score.metrics import Counts, iou, mask_counts
from crackwise.tiles import TileGrid, mirrored
from crackwise.training.losses import Context, Loss
from crackwise.training.sources import Labelled
from crackwise.zooms import at_size

LARGEST_PX = 1024
"""Of a photo of more than 1.5 times this squared only a part is looked at in training."""

TILE_PX, OVERLAP_PX = 512, 64
"""Of predictions by tiles, and on the card of an exported model."""

_LARGE = 1.5 * LARGEST_PX**2


@dataclass(frozen=True, slots=True)
class Figures:
    """Averages over photos, each at threshold 0.5, unknown pixels left out; sums while they are gathered."""

    val_loss: float = 0.0
    iou: float = 0.0
    dice: float = 0.0
    precision: float = 0.0
    recall: float = 0.0
    accuracy: float = 0.0


@dataclass(frozen=True, slots=True)
class Judge:
    """The loss of a training and how it sees photos."""

    data: DataRecipe
    loss: Loss
    context: Context

    def figures(self, net: CrackNet, photos: Iterable[Labelled]) -> tuple[Tensor, int]:
        """Give the sums of all figures in the order of :class:`Figures`, and the number of photos."""
        rows = [astuple(self._photo(net, photo)) for photo in photos]
        return torch.tensor(rows, dtype=torch.float64).reshape(-1, 6).sum(dim=0), len(rows)

    @torch.inference_mode()
    def _photo(self, net: CrackNet, photo: Labelled) -> Figures:
        if self.data.sees_whole_photos:
            image, line, unknown = photo
            crop = fit_whole(image, line, unknown, self.data.size_px)
            seen, target, weight = crop.image, crop.target, crop.weight
        else:
            image, line, unknown = part_of_large(photo)
            seen, target, weight = image, line.astype(np.float32), (~unknown).astype(np.float32)
        logits = logits_of(net, seen)
        true, known = (torch.from_numpy(part).to(logits.device)[None] for part in (target, weight))
        loss = float(self.loss(logits[None], true, known, self.context))
        if self.data.sees_whole_photos:
            probability = at_size(self.data.size_px, image, lambda _: torch.sigmoid(logits).cpu().numpy())
        else:
            probability = torch.sigmoid(logits).cpu().numpy()
        return _figures(loss, probability >= 0.5, line, ~unknown)


def _figures(loss: float, marked: CrackMask, line: CrackMask, is_known: CrackMask) -> Figures:
    counts: Counts = mask_counts(marked & is_known, line & is_known)
    wrong = int(((marked != line) & is_known).sum())
    return Figures(
        loss,
        iou(marked & is_known, line & is_known),
        counts.f1,
        counts.precision,
        counts.recall,
        1 - wrong / max(int(is_known.sum()), 1),
    )


def part_of_large(photo: Labelled) -> Labelled:
    """Keep a square around the middle of the crack of a large photo, so that it fits into memory."""
    image, line, unknown = photo
    if line.size <= _LARGE:
        return photo
    rows, cols = np.nonzero(line) if line.any() else np.nonzero(np.ones((1, 1)))
    corner = [
        int(np.clip(np.median(place) - LARGEST_PX / 2, 0, max(length - LARGEST_PX, 0)))
        for place, length in zip((rows, cols), line.shape)
    ]
    window = tuple(slice(start, start + LARGEST_PX) for start in corner)
    return image[window], line[window], unknown[window]


@torch.inference_mode()
def logits_of(net: CrackNet, photo: Rgb) -> Tensor:
    """Give the (H, W) logits of a photo; mirrored at the lower and right edge to a multiple of the stride."""
    H, W = photo.shape[:2]
    stride = net.stride_px
    whole = mirrored(photo, (-H % stride, -W % stride))
    batch = torch.from_numpy(whole.transpose(2, 0, 1).copy()).float()[None].to(net.mean.device)
    logits: Tensor = net(batch.contiguous(memory_format=torch.channels_last))[0, :H, :W].float()
    return logits


def predict_photo(net: CrackNet, photo: Rgb) -> ProbabilityMap:
    """Predict one whole photo at its own size.

    Returns
    -------
    (H, W) float32 probability.
    """
    probability: ProbabilityMap = torch.sigmoid(logits_of(net, photo)).cpu().numpy()
    return probability


def predict_as_trained(net: CrackNet, data: DataRecipe, photo: Rgb) -> ProbabilityMap:
    """Predict a photo of any size: by tiles, or brought to the size of the training if it saw whole photos.

    Returns
    -------
    (H, W) float32 probability.
    """
    if data.sees_whole_photos:
        return at_size(data.size_px, photo, partial(predict_photo, net))
    grid = TileGrid(photo.shape[:2], tile_px=TILE_PX, overlap_px=OVERLAP_PX, stride_px=net.stride_px)
    total = np.zeros(photo.shape[:2], np.float32)
    for number, tile in grid.cut(photo):
        grid.add(total, number, predict_photo(net, tile))
    return total


def how_seen(data: DataRecipe) -> str:
    """Say how :func:`predict_as_trained` looks at a photo."""
    if data.sees_whole_photos:
        return f"the whole photo at {data.size_px[0]} × {data.size_px[1]} px"
    return f"tiles of {TILE_PX} px, {OVERLAP_PX} px overlap"
