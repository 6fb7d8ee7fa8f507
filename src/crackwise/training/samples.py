"""What a training sees: crops that depend on nothing but the recipe, the data and their own number.

Crop number ``i`` is the same whether a training ran through or was resumed, on one worker or on many.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from crackwise.data.augment import PHOTOMETRIC, Crop, CropSettings, classical_version, cut_crop, fit_whole
from crackwise.data.dataset import Sample
from crackwise.recipe import Recipe, SourceRecipe
from crackwise.training.sources import Labelled, SourceSamples, read_labelled
from crackwise.training.teacher import Lesson, load_teacher

Teach: TypeAlias = Callable[[Crop], Crop]
"""Puts what a teacher sees beside the label."""


class TrainingCrops(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """Crops ``first … first + count`` of the endless sequence of a training.

    Each item is (photo (3, H, W) float in [0, 255], target (H, W) float, weight (H, W) float).
    """

    def __init__(
        self,
        recipe: Recipe,
        sources: tuple[SourceSamples, ...],
        first: int,
        count: int,
        teacher: Path | None = None,
    ) -> None:
        self.recipe = recipe
        self.sources = sources
        self.first = first
        self.count = count
        self.teacher = teacher
        weights = np.array([source.recipe.weight for source in sources])
        self.shares = weights / weights.sum()

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Tensor]:
        _, crop = self.cut(index)
        return (
            torch.from_numpy(np.ascontiguousarray(crop.image.transpose(2, 0, 1))).float(),
            torch.from_numpy(crop.target),
            torch.from_numpy(crop.weight),
        )

    def cut(self, index: int) -> tuple[Sample, Crop]:
        """Give a crop and the photo that it shows."""
        rng = np.random.default_rng((self.recipe.seed, self.first + index))
        source = self.sources[rng.choice(len(self.sources), p=self.shares)]
        sample = source.training[rng.integers(len(source.training))]
        photo = read_labelled(sample, source.recipe)
        return sample, CUTS[self.recipe.data.augment](photo, self.recipe, rng, self._lesson(source.recipe))

    def _lesson(self, source: SourceRecipe) -> Teach:
        forgives, distil = source.labels == "fat", self.recipe.data.distil
        if self.teacher is None or not (forgives or distil):
            return _as_labelled
        return Lesson(load_teacher(self.teacher), forgives, distil)


def _as_labelled(crop: Crop) -> Crop:
    return crop


def cut_strong(photo: Labelled, recipe: Recipe, rng: np.random.Generator, teach: Teach) -> Crop:
    """Cut a random crop and change its light as the recipe says."""
    side_px, _ = recipe.data.size_px
    settings = CropSettings(side_px, recipe.data.scale, recipe.data.near_crack)
    crop = teach(cut_crop(*photo, settings, rng))
    return replace(crop, image=PHOTOMETRIC[recipe.train.photometric](crop.image, rng))


def cut_classical(photo: Labelled, recipe: Recipe, rng: np.random.Generator, teach: Teach) -> Crop:
    """Take the whole photo after the five classical steps, made at its own size as the files on disk are."""
    image, line, unknown = photo
    version = classical_version(image, (line, unknown), rng)
    line, unknown = version.masks
    return teach(fit_whole(version.image, line, unknown, recipe.data.size_px))


def cut_whole(photo: Labelled, recipe: Recipe, _rng: np.random.Generator, teach: Teach) -> Crop:
    """Take the whole photo as it is."""
    return teach(fit_whole(*photo, recipe.data.size_px))


CUTS: dict[str, Callable[[Labelled, Recipe, np.random.Generator, Teach], Crop]] = {
    "strong": cut_strong,
    "classical": cut_classical,
    "none": cut_whole,
}
