"""What the painting of cracks is trained on and asked for: photos with hidden bands and masks.

S side in px.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from crackwise.arrays import CrackMask, Floats, Grey, Rgb
from crackwise.data.augment import CropSettings, cut_crop
from crackwise.data.dataset import Sample
from crackwise.data.draw import draw_mask, random_settings
from crackwise.data.thin import thin_labels
from crackwise.recipe import GeneratorRecipe, GeneratorSource
from crackwise.training.generation.photos import GeneratorPhotos

TRAINING_MASKS = 512
"""So many networks are drawn for a training; turned and mirrored, they make eight times as many masks."""

_NEAR_CRACK = 0.8
_DEPTH_RANGE_PX = 12.0
_KEPT_LINES = 4096


@dataclass(frozen=True, slots=True)
class PaintedScene:
    """One photo to paint in.

    Parameters
    ----------
    photo
        (S, S, 3), with the crack that it had before.
    own
        (S, S) that crack.
    asked
        (S, S) the crack to paint; the own one again, or a drawn one in its place.
    hidden
        (S, S) what is to be painted: around both cracks, and around one that is not asked for.
    sample
        Where the photo comes from.
    """

    photo: Rgb
    own: CrackMask
    asked: CrackMask
    hidden: CrackMask
    sample: Sample


class PaintedScenes(Dataset[tuple[Tensor, Tensor, Tensor, Tensor]]):
    """The endless sequence of scenes of a training or of a new set; number i depends on the seed and on i.

    Parameters
    ----------
    recipe
        Of the generator; ``data.drawn`` is the share of scenes with a drawn crack in place of their own.
    photos
        To paint in.
    networks
        How many different networks are drawn.
    """

    def __init__(self, recipe: GeneratorRecipe, photos: Sequence[GeneratorPhotos], networks: int) -> None:
        self.recipe = recipe
        self.photos = tuple(photos)
        self.networks = networks
        weights = np.array([one.source.weight for one in photos])
        self.shares = weights / weights.sum()

    def __getitem__(self, number: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Give photo, where its own crack is, where one is asked for, (3, S, S) each, and if they agree."""
        scene = self.scene(number)
        own, asked = (where(mask, scene.hidden) for mask in (scene.own, scene.asked))
        return as_tensor(scene.photo), own, asked, torch.tensor(scene.asked is scene.own)

    def scene(self, number: int) -> PaintedScene:
        """Cut a crop and choose the crack to paint into it."""
        data = self.recipe.data
        source, sample, rng = self.chosen(number)
        image = sample.read_image()
        line, unknown = _line_of(sample, source.labels == "fat")
        crop = cut_crop(image, line, unknown, CropSettings(data.size_px, data.scale, _NEAR_CRACK), rng)
        own = np.asarray(crop.target >= 0.5)
        drawn = self._drawn(rng)
        asked = drawn if rng.random() < data.drawn or not own.any() else own
        hidden = around(own | (crop.weight == 0) | drawn, self.recipe.model.band_px)
        return PaintedScene(crop.image, own, asked, hidden, sample)

    def chosen(self, number: int) -> tuple[GeneratorSource, Sample, np.random.Generator]:
        """Choose the photo of a scene; what is random about the scene follows from the generator."""
        rng = np.random.default_rng((self.recipe.seed, number))
        photos = self.photos[rng.choice(len(self.photos), p=self.shares)]
        return photos.source, photos.samples[rng.integers(len(photos.samples))], rng

    def _drawn(self, rng: np.random.Generator) -> CrackMask:
        """Choose a drawn network, turned and mirrored."""
        number, turns = int(rng.integers(self.networks)), int(rng.integers(4))
        mask = np.rot90(drawn_network(self.recipe.seed, number, self.recipe.data.size_px), turns)
        return np.ascontiguousarray(mask[:, ::-1] if rng.random() < 0.5 else mask)


@lru_cache(maxsize=TRAINING_MASKS)
def drawn_network(seed: int, number: int, size_px: int) -> CrackMask:
    """Draw the network of a number; it always has a crack."""
    rng = np.random.default_rng((seed, number, size_px))
    while True:
        settings = random_settings(rng, (size_px, size_px))
        mask = draw_mask(settings, rng)
        if mask.any():
            return mask


def around(mask: CrackMask, band_px: int) -> CrackMask:
    """Add a band to a mask."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * band_px + 1, 2 * band_px + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), disc) > 0)


def where(mask: CrackMask, hidden: CrackMask) -> Tensor:
    """Say where to paint: hidden, mask and depth in the mask, (3, S, S)."""
    return torch.from_numpy(np.stack([hidden, mask, depth(mask)]).astype(np.float32))


def depth(mask: CrackMask) -> Floats:
    """Give how deep in the mask each pixel is, (S, S) in [-1, 1]: 1 from 12 px on, below 0 outside."""
    if not mask.any():
        return np.full(mask.shape, -1.0, np.float32)
    inside, outside = (cv2.distanceTransform(part.astype(np.uint8), cv2.DIST_L2, 3) for part in (mask, ~mask))
    return np.asarray(np.clip((inside - outside) / _DEPTH_RANGE_PX, -1, 1), np.float32)


def as_tensor(photo: Rgb) -> Tensor:
    """Give a photo as (3, H, W) in [-1, 1]."""
    return torch.from_numpy(np.ascontiguousarray(photo.transpose(2, 0, 1))).float() / 127.5 - 1


def as_photos(tensor: Tensor) -> list[Rgb]:
    """Give (N, 3, H, W) in [-1, 1] as photos."""
    levels = ((tensor.detach().float().cpu() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return [np.ascontiguousarray(one) for one in levels.permute(0, 2, 3, 1).numpy()]


def _line_of(sample: Sample, is_fat: bool) -> tuple[CrackMask, CrackMask]:
    packed, shape = _packed_line(sample, is_fat)
    line, unknown = np.unpackbits(packed, count=2 * shape[0] * shape[1]).reshape(2, *shape).astype(bool)
    return line, unknown


@lru_cache(maxsize=_KEPT_LINES)
def _packed_line(sample: Sample, is_fat: bool) -> tuple[Grey, tuple[int, int]]:
    """Thin a label once; an eighth of a byte for a pixel is kept."""
    image = sample.read_image()
    mask = sample.read_mask(image.shape)
    line, unknown = thin_labels(image, mask) if is_fat else (mask, np.zeros_like(mask))
    return np.packbits(np.stack([line, unknown])), (mask.shape[0], mask.shape[1])
