"""What a training sees: crops that depend on nothing but the recipe, the data and their own number.

Crop number ``i`` is the same whether a training ran through or was resumed, on one worker or on many.
"""

import shutil
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from crackwise.arrays import CrackMask, Rgb
from crackwise.data.augment import PHOTOMETRIC, Crop, CropSettings, classical_version, cut_crop, fit_whole
from crackwise.data.dataset import Sample, read_canonical, read_negatives, split_validation
from crackwise.data.draw import write_drawn
from crackwise.data.split import read_split
from crackwise.data.thin import thin_labels
from crackwise.errors import DataError
from crackwise.recipe import Recipe, SourceRecipe
from crackwise.training.branches import forgive_branches, load_teacher

SPLIT_FILE = "split.csv"

Labelled: TypeAlias = tuple[Rgb, CrackMask, CrackMask]
"""Photo, crack line, unknown."""

Forgive: TypeAlias = Callable[[Crop], Crop]
"""Makes unknown what a label misses."""


@dataclass(frozen=True, slots=True)
class SourceSamples:
    """The samples of one source, parted by group."""

    recipe: SourceRecipe
    training: tuple[Sample, ...]
    validation: tuple[Sample, ...]


def gather(recipe: Recipe, data: Path, drawn: Path) -> tuple[SourceSamples, ...]:
    """Find the samples of every source of a recipe.

    A source that has a ``split.csv`` is parted as that says, every other by a hash of its groups.

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
    published = data / source.name / SPLIT_FILE
    if source.kind == "masks" and published.is_file():
        training, validation = _parted(samples, published)
    else:
        training, validation = split_validation(samples, recipe.data.validation_share, recipe.seed)
    if not training or not validation:
        raise DataError(
            f"{source.name} has {len(training)} photos for training and {len(validation)} for validation; "
            "expected some of each: add groups or change data.validation_share"
        )
    return SourceSamples(source, training, validation)


def _parted(samples: Sequence[Sample], path: Path) -> tuple[tuple[Sample, ...], tuple[Sample, ...]]:
    """Part a source as its own ``split.csv`` says; photos of other parts, such as the test, stay away."""
    split = read_split(path)
    part = {row.file: row.part for row in split.rows}
    new = [sample.image.name for sample in samples if sample.image.name not in part]
    if new:
        raise DataError(f"{path} has no row for {new[0]}; split the set anew, or remove the file {path.name}")
    training, validation = (
        tuple(sample for sample in samples if part[sample.image.name] == name)
        for name in ("train", "validation")
    )
    return training, validation


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
        return sample, CUTS[self.recipe.data.augment](photo, self.recipe, rng, self._forgiving(source.recipe))

    def _forgiving(self, source: SourceRecipe) -> Forgive:
        if self.teacher is None or source.labels != "fat":
            return _as_labelled
        return partial(forgive_branches, teacher=load_teacher(self.teacher))


def _as_labelled(crop: Crop) -> Crop:
    return crop


def cut_strong(photo: Labelled, recipe: Recipe, rng: np.random.Generator, forgive: Forgive) -> Crop:
    """Cut a random crop and change its light as the recipe says."""
    settings = CropSettings(recipe.data.crop_px, recipe.data.scale, recipe.data.near_crack)
    crop = forgive(cut_crop(*photo, settings, rng))
    return replace(crop, image=PHOTOMETRIC[recipe.train.photometric](crop.image, rng))


def cut_classical(photo: Labelled, recipe: Recipe, rng: np.random.Generator, forgive: Forgive) -> Crop:
    """Take the whole photo after the five classical steps, made at its own size as the files on disk are."""
    image, line, unknown = photo
    version = classical_version(image, (line, unknown), rng)
    line, unknown = version.masks
    return forgive(fit_whole(version.image, line, unknown, recipe.data.crop_px))


def cut_whole(photo: Labelled, recipe: Recipe, _rng: np.random.Generator, forgive: Forgive) -> Crop:
    """Take the whole photo as it is."""
    return forgive(fit_whole(*photo, recipe.data.crop_px))


CUTS: dict[str, Callable[[Labelled, Recipe, np.random.Generator, Forgive], Crop]] = {
    "strong": cut_strong,
    "classical": cut_classical,
    "none": cut_whole,
}


def read_labelled(sample: Sample, source: SourceRecipe) -> Labelled:
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
