"""The photos that a generator is trained on."""

import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from crackwise.data.dataset import Sample, list_images, list_samples, split_validation, take_share
from crackwise.data.table import read_table, write_table
from crackwise.errors import DataError, OutputError
from crackwise.files import as_written, sha256_of
from crackwise.recipe import GeneratorRecipe, GeneratorSource
from crackwise.training.readiness import notes_on_groups
from crackwise.training.runfiles import LAST_FILE, LEARNT_FILE, SPLIT_FILE
from crackwise.training.sources import published_parts

PhotoRow: TypeAlias = tuple[str, ...]
"""Source, file, group, and the hashes of the files of photo and mask; empty where there is no mask."""

_COLUMNS = ("source", "file", "group", "sha256", "mask_sha256")


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


def rows_of(photos: Sequence[GeneratorPhotos]) -> tuple[PhotoRow, ...]:
    """Name every photo by its content, so that it can be told whether others have come."""
    return tuple(
        (
            one.source.name,
            as_written(sample.image.name),
            as_written(sample.group),
            sha256_of(sample.image),
            sha256_of(sample.mask) if sample.mask else "",
        )
        for one in photos
        for sample in one.samples
    )


def digest_of(photos: Sequence[GeneratorPhotos]) -> str:
    """Give one hash of all photos and masks, their names, groups and order."""
    return hashlib.sha256(json.dumps(rows_of(photos)).encode()).hexdigest()


def pin_photos(photos: Sequence[GeneratorPhotos], run: Path) -> None:
    """Name the photos in the run folder, or check that a training goes on with those that it began with.

    A run from before photos were named goes on without.

    Raises
    ------
    OutputError
        If photos or masks are new, gone or changed since the training began.
    """
    path = run / LEARNT_FILE
    if not (run / LAST_FILE).is_file():
        write_table(path, _COLUMNS, rows_of(photos))
    elif path.is_file():
        begun = {tuple(row[column] for column in _COLUMNS) for row in read_table(path, _COLUMNS)}
        others = sorted({"/".join(row[:2]) for row in begun ^ set(rows_of(photos))})
        if others:
            raise OutputError(
                f"{run} began with other photos than there are now: {len(others)} are new, gone or changed, "
                f"first {others[0]}; put them back as in its {LEARNT_FILE}, or choose another --out"
            )


def _samples(source: GeneratorSource, recipe: GeneratorRecipe, data: Path) -> tuple[Sample, ...]:
    if source.kind == "photos":
        found = tuple(
            Sample(image, None, source.name, image.stem) for image in list_images(data / source.name)
        )
    else:
        samples = list_samples(data / source.name, source.name)
        if (data / source.name / SPLIT_FILE).is_file():
            part = published_parts(data / source.name)
            found = tuple(sample for sample in samples if part.get(sample.image.name) == "train")
        else:
            notes = notes_on_groups(data / source.name, source.name)
            sys.stderr.writelines(f"{note}\n" for note in notes)
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
