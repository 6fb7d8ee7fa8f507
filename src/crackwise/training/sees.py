"""What the network sees: training crops after all preprocessing, on a sheet to look at."""

import numpy as np

from crackwise.arrays import Floats, Rgb
from crackwise.data.augment import Crop
from crackwise.data.dataset import Sample
from crackwise.data.folder import SetPhoto
from crackwise.data.sheet import OUTLINE, Cell, Row, fitted, grey
from crackwise.errors import DataError
from crackwise.recipe import ModelRecipe, Recipe, SourceRecipe
from crackwise.training.samples import TrainingCrops
from crackwise.training.sources import SourceSamples

CROPS = 8
SHOWN_RANGE = 2.5
"""Values from -2.5 to 2.5 are shown as black to white; ImageNet's mean and std give -2.1 to 2.6."""

_UNKNOWN = (255, 170, 0)
_LEGEND = (
    "normalised: (value - mean) / std, from -2.5 black through 0 grey to 2.5 white; "
    "target: pink is crack, orange is unknown and weighs nothing"
)


def seen_rows(photos: tuple[SetPhoto, ...], recipe: Recipe) -> tuple[Row, ...]:
    """Put what a training is fed from these photos in rows of a contact sheet: the crops of its first steps.

    Parameters
    ----------
    photos
        The training part of one set. If the recipe has a source of its name, labels are treated as that
        source says, otherwise as exact.
    recipe
        Says how photos are cut, changed and normalised.

    Raises
    ------
    DataError
        If no photo has a mask.
    """
    samples = _samples(photos)
    name = samples[0].source
    source = next((source for source in recipe.data.sources if source.name == name), SourceRecipe(name=name))
    crops = TrainingCrops(recipe, (SourceSamples(source, samples, ()),), 0, CROPS)
    cells = [_cells(*crops.cut(index), recipe.model) for index in range(CROPS)]
    pairs = zip(cells[::2], cells[1::2])
    return tuple(
        Row("" if number else _LEGEND, (*left, *right)) for number, (left, right) in enumerate(pairs)
    )


def _samples(photos: tuple[SetPhoto, ...]) -> tuple[Sample, ...]:
    samples = tuple(
        Sample(photo.image, photo.mask, photo.source, photo.group)
        for photo in photos
        if photo.mask is not None or photo.label == "no crack"
    )
    if not samples:
        raise DataError(f"none of {len(photos)} photos has a mask and no training can use them; add masks")
    return samples


def normalise(image: Rgb, model: ModelRecipe) -> Floats:
    """Give (S, S, 3) as the first layer of the network gets it, channels last."""
    mean, std = (np.asarray(values, np.float32) for values in (model.input_mean, model.input_std))
    return np.asarray((image.astype(np.float32) - mean) / std)


def _cells(sample: Sample, crop: Crop, model: ModelRecipe) -> tuple[Cell, ...]:
    values = normalise(crop.image, model)
    shown = np.clip((values / SHOWN_RANGE + 1) * 127.5, 0, 255).astype(np.uint8)
    means = " ".join(f"{value:+.2f}" for value in values.mean(axis=(0, 1)))
    return (
        Cell(crop.image, f"as cut\n{sample.image.name}"),
        Cell(shown, f"normalised\n{values.min():+.2f} to {values.max():+.2f}\nmean of R G B {means}"),
        Cell(_target_over(crop), f"target\n{_shares(crop)}"),
    )


def _target_over(crop: Crop) -> Rgb:
    """Lay the target over the grey crop: full colour where it is 1, none where it is 0; unknown is orange."""
    faint = fitted(crop.image).mean(axis=2, keepdims=True) * 0.7
    target = fitted(grey(crop.target)) / 255.0
    unknown = fitted(grey(crop.weight == 0)) / 255.0
    mixed = faint * (1 - target) + target * np.array(OUTLINE)
    mixed = mixed * (1 - 0.6 * unknown) + 0.6 * unknown * np.array(_UNKNOWN)
    return np.asarray(np.clip(mixed + 0.5, 0, 255), dtype=np.uint8)


def _shares(crop: Crop) -> str:
    unknown = f", unknown {100 * (crop.weight == 0).mean():.1f} %"
    return f"crack {100 * crop.target.mean():.1f} %{unknown if not crop.weight.all() else ''}"
