"""The photos that a generator is trained on."""

from dataclasses import dataclass
from pathlib import Path

from crackwise.data.dataset import Sample, list_images, read_canonical, split_validation, take_share
from crackwise.errors import DataError
from crackwise.recipe import GeneratorRecipe, GeneratorSource
from crackwise.training.runfiles import SPLIT_FILE
from crackwise.training.sources import published_parts


@dataclass(frozen=True, slots=True)
class GeneratorPhotos:
    """The photos of one source; those that are kept away for validation are not among them."""

    source: GeneratorSource
    samples: tuple[Sample, ...]


def gather_photos(recipe: GeneratorRecipe, data: Path) -> tuple[GeneratorPhotos, ...]:
    """Find the photos of every source of a recipe below ``data``.

    Raises
    ------
    DataError
        If a source is missing or incomplete, or nothing is left of it.
    """
    return tuple(GeneratorPhotos(source, _samples(source, recipe, data)) for source in recipe.data.sources)


def _samples(source: GeneratorSource, recipe: GeneratorRecipe, data: Path) -> tuple[Sample, ...]:
    if source.kind == "photos":
        found = tuple(
            Sample(image, None, source.name, image.stem) for image in list_images(data / source.name)
        )
    else:
        samples = read_canonical(data / source.name, source.name)
        if (data / source.name / SPLIT_FILE).is_file():
            part = published_parts(data / source.name)
            found = tuple(sample for sample in samples if part.get(sample.image.name) == "train")
        else:
            found, _ = split_validation(samples, recipe.data.validation_share, recipe.seed)
    missing = sorted(set(source.leave_out) - {sample.group for sample in found})
    if missing:
        raise DataError(
            f"{source.name} has no group {missing[0]!r} to leave out; mend leave_out of the source: it takes "
            "names of groups.csv, or stems of photos where there is none"
        )
    kept = tuple(sample for sample in found if sample.group not in source.leave_out)
    if not kept:
        raise DataError(f"no photo of {source.name} is left for training; mend leave_out or validation_share")
    return take_share(kept, source.share, recipe.seed)
