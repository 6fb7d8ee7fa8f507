"""HRNet (Wang 2019) with object-contextual representations (OCR, Yuan 2020)."""

from pathlib import Path

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from crackwise.nets.cracknet import CrackNet, Outputs, SideNet, with_scaling
from crackwise.nets.encoders import build_with_encoder
from crackwise.recipe import ModelRecipe

FEATURES = 512
KEYS = 256
DROPOUT = 0.05


class HrNetOcr(SideNet):
    """Each pixel asks the two classes, crack and background, what they look like in this photo.

    As in the paper: the four resolutions of HRNet are brought to stride 4 and joined; a first guess (the side
    output, weight 0.4 there) weighs the features of each class into one vector; each pixel attends to these
    vectors. (ours): the first guess gives one crack logit, and its background logit is the negative.
    """

    def __init__(self, encoder: nn.Module, channels: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.guess = nn.Sequential(_block(channels, channels, 1), nn.Conv2d(channels, 1, 1))
        self.features = _block(channels, FEATURES, 3)
        self.query = nn.Sequential(_block(FEATURES, KEYS, 1), _block(KEYS, KEYS, 1))
        self.key = nn.Sequential(_vector_block(FEATURES, KEYS), _vector_block(KEYS, KEYS))
        self.value = _vector_block(FEATURES, KEYS)
        self.widen = _block(KEYS, FEATURES, 1)
        self.merge = nn.Sequential(_block(2 * FEATURES, FEATURES, 1), nn.Dropout2d(DROPOUT))
        self.head = nn.Conv2d(FEATURES, 1, 1)

    def outputs(self, x: Tensor) -> Outputs:
        """Map (N, 3, H, W) to (N, 1, H, W) logits and the first guess; H and W are multiples of 32."""
        size = x.shape[2:]
        joined = self._joined(x)
        guess = self.guess(joined)
        features = self.features(joined)
        context = self._context(features, guess)
        logits = self.head(self.merge(torch.cat([context, features], dim=1)))
        return Outputs(_to(size, logits), (_to(size, guess),))

    def _joined(self, x: Tensor) -> Tensor:
        """Bring all resolutions to that of the finest, stride 4."""
        branches = self.encoder(x)
        return torch.cat([branches[0], *(_to(branches[0].shape[2:], b) for b in branches[1:])], dim=1)

    def _context(self, features: Tensor, guess: Tensor) -> Tensor:
        N, _, H, W = features.shape
        pixels = features.flatten(2)  # (N, C, H·W)
        share = torch.softmax(torch.cat([guess, -guess], dim=1).flatten(2), dim=2)  # (N, classes, H·W)
        objects = pixels @ share.transpose(1, 2)  # (N, C, classes)
        query = self.query(features).flatten(2).transpose(1, 2)  # (N, H·W, keys)
        attention = torch.softmax(query @ self.key(objects) * KEYS**-0.5, dim=2)  # (N, H·W, classes)
        context = attention @ self.value(objects).transpose(1, 2)  # (N, H·W, keys)
        widened: Tensor = self.widen(context.transpose(1, 2).reshape(N, KEYS, H, W))
        return widened


def build_hrnet_ocr(recipe: ModelRecipe, weights_folder: Path | None) -> CrackNet:
    """Build HRNet + OCR on an HRNet of timm: ``hrnet_w18`` …, ``w48`` in the CSBSR repository."""

    def make(weights: str | None) -> nn.Module:
        encoder = timm.create_model(
            recipe.encoder.removeprefix("tu-"),
            pretrained=weights is not None,
            features_only=True,
            feature_location="",
            out_indices=(1, 2, 3, 4),
        )
        return HrNetOcr(encoder, sum(encoder.feature_info.channels()))

    return with_scaling(build_with_encoder(make, recipe, weights_folder), recipe)


def _block(before: int, after: int, kernel: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(before, after, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )


def _vector_block(before: int, after: int) -> nn.Module:
    """Map one vector per class; normalised over photos and classes."""
    return nn.Sequential(
        nn.Conv1d(before, after, 1, bias=False), nn.BatchNorm1d(after), nn.ReLU(inplace=True)
    )


def _to(size: torch.Size, x: Tensor) -> Tensor:
    return F.interpolate(x, size=size, mode="bilinear")
