"""What a training sees: crops that depend on nothing but the recipe, the data and their own number.

Crop number ``i`` is the same whether a training ran through or was resumed, on one worker or on many.
"""

import shutil
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from crackwise.arrays import CrackMask, Rgb
from crackwise.data.augment import PHOTOMETRIC, CropSettings, cut_crop
from crackwise.data.dataset import Sample, read_canonical, read_negatives, split_validation
from crackwise.data.draw import write_drawn
from crackwise.data.thin import thin_labels
from crackwise.errors import DataError
from crackwise.recipe import Recipe, SourceRecipe


@dataclass(frozen=True, slots=True)
class SourceSamples:
    """The samples of one source, parted by group."""

    recipe: SourceRecipe
    training: tuple[Sample, ...]
    validation: tuple[Sample, ...]


def gather(recipe: Recipe, data: Path, drawn: Path) -> tuple[SourceSamples, ...]:
    """Find the samples of every source of a recipe.

    Parameters
    ----------
    recipe
        Its ``data`` section says which sources.
    data
        Folder that holds the sources.
    drawn
        Folder for drawn scenes; they are drawn once and kept.

    Raises
    ------
    DataError
        If a source is missing or incomplete, or no group is left for training or validation.
    """
    return tuple(_gather_source(source, recipe, data, drawn) for source in recipe.data.sources)


def _gather_source(source: SourceRecipe, recipe: Recipe, data: Path, drawn: Path) -> SourceSamples:
    if source.kind == "negatives":
        samples = read_negatives(data / source.name / source.folder, source.name)
    elif source.kind == "drawn":
        samples = _drawn_samples(source, recipe.seed, drawn / source.name)
    else:
        samples = read_canonical(data / source.name, source.name)
    training, validation = split_validation(samples, recipe.data.validation_share, recipe.seed)
    if not training or not validation:
        raise DataError(
            f"{source.name} has {len(training)} photos for training and {len(validation)} for validation; "
            "expected some of each: add groups or change data.validation_share"
        )
    return SourceSamples(source, training, validation)


def _drawn_samples(source: SourceRecipe, seed: int, folder: Path) -> tuple[Sample, ...]:
    if not (folder / "truth.json").is_file():
        if any(folder.glob("*")):
            raise DataError(f"{folder} holds files but no truth.json; empty it or choose another --drawn")
        unfinished = folder.with_name(f"{folder.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)  # of a training that was killed while it drew
        write_drawn(unfinished, source.count, source.size, seed + 1)
        unfinished.rename(folder)
    return read_canonical(folder, source.name)


class TrainingCrops(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """Crops ``first … first + count`` of the endless sequence of a training.

    Each item is (photo (3, S, S) float in [0, 255], target (S, S) float, weight (S, S) float).
    """

    def __init__(self, recipe: Recipe, sources: tuple[SourceSamples, ...], first: int, count: int) -> None:
        self.recipe = recipe
        self.sources = sources
        self.first = first
        self.count = count
        weights = np.array([source.recipe.weight for source in sources])
        self.shares = weights / weights.sum()
        self.settings = CropSettings(recipe.data.crop_px, recipe.data.scale, recipe.data.near_crack)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Tensor]:
        rng = np.random.default_rng((self.recipe.seed, self.first + index))
        source = self.sources[rng.choice(len(self.sources), p=self.shares)]
        sample = source.training[rng.integers(len(source.training))]
        crop = cut_crop(*read_labelled(sample, source.recipe), self.settings, rng)
        image = PHOTOMETRIC[self.recipe.train.photometric](crop.image, rng)
        return (
            torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1))).float(),
            torch.from_numpy(crop.target),
            torch.from_numpy(crop.weight),
        )


def read_labelled(sample: Sample, source: SourceRecipe) -> tuple[Rgb, CrackMask, CrackMask]:
    """Read (photo, crack line, unknown); fat labels are thinned to the dark line."""
    image = sample.read_image()
    mask = sample.read_mask(image.shape)
    if source.labels == "fat":
        return image, *thin_labels(image, mask)
    return image, mask, np.zeros_like(mask)


def choose_validation(source: SourceSamples, most: int) -> tuple[Sample, ...]:
    """Choose at most ``most`` validation samples, spread over the groups by a hash of the file name."""
    ranked = sorted(source.validation, key=lambda sample: zlib.crc32(sample.image.name.encode()))
    return tuple(sorted(ranked[:most], key=lambda sample: sample.image.name))
