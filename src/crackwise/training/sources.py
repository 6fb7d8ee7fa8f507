"""The photos of a training: found, parted by group, read with their labels."""

import json
import os
import shutil
import sys
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from crackwise.arrays import CrackMask, Rgb
from crackwise.data.dataset import (
    Sample,
    list_samples,
    read_negatives,
    set_of,
    split_validation,
    take_share,
)
from crackwise.data.draw import write_drawn
from crackwise.data.folder import SetPhoto, read_folder
from crackwise.data.split import (
    Split,
    SplitRow,
    SplitSettings,
    hash_of,
    look_at,
    make_split,
    parse_shares,
    read_split,
)
from crackwise.data.thin import thin_labels
from crackwise.errors import DataError
from crackwise.files import as_written, sha256_of
from crackwise.locks import in_turn
from crackwise.recipe import ClassifierSource, Recipe, SourceRecipe
from crackwise.training.folder import Folders
from crackwise.training.painted import apart, for_training, painted_sources
from crackwise.training.readiness import check_folder, check_sizes, notes_on_groups
from crackwise.training.runfiles import BEST_FILE, LAST_FILE, RESULT_FILE, SPLIT_FILE

Labelled: TypeAlias = tuple[Rgb, CrackMask, CrackMask]
"""Photo, crack line, unknown."""

_TO_PART = "add groups or change data.validation_share or data.parts"


@dataclass(frozen=True, slots=True)
class SourceSamples:
    """The samples of one source, parted by group; ``test`` is kept away from the training.

    A source for training only has no ``validation``.
    """

    recipe: SourceRecipe
    training: tuple[Sample, ...]
    validation: tuple[Sample, ...]
    test: tuple[Sample, ...] = ()


def gather(recipe: Recipe, data: Path, drawn: Path, begun: Split | None = None) -> tuple[SourceSamples, ...]:
    """Find the samples of every source of a recipe.

    A source that has a ``split.csv`` is parted as that says, every other as ``data.parts`` says, or else by a
    hash of its groups; once a training has begun, each photo stays where it was. A set that is painted in
    training photos is for training only, without the pictures in photos kept for validation or test.

    Parameters
    ----------
    recipe
        Its ``data`` section says which sources.
    data
        Folder that holds the sources.
    drawn
        Folder for drawn scenes; they are drawn once and kept.
    begun
        Where each photo went when the training began; photos that are new since then are left out.

    Raises
    ------
    DataError
        If a source is missing or incomplete, a mask has another size than its photo, a group to leave out is
        not there, no group is left for training or validation, or a photo is gone since the training began.
    """
    painted = painted_sources(recipe.data.sources, data) if begun is None else set()
    asked = [for_training(one) if one.name in painted else one for one in recipe.data.sources]
    if all(source.training_only for source in asked):
        raise DataError(
            "every source of the recipe is for training only, so that nothing can choose the checkpoint; "
            "remove training_only from one, or add a source of photos"
        )
    sources = tuple(_gather_source(source, recipe, data, drawn, begun) for source in asked)
    return apart(sources, painted)


def gather_run(recipe: Recipe, folders: Folders) -> tuple[SourceSamples, ...]:
    """Find the samples of a run, each where its ``split.csv`` has it once the run has begun."""
    return gather(recipe, folders.data, folders.scenes, begun_split(folders.run))


def begun_split(run: Path) -> Split | None:
    """Read where each photo went when a training began; None if it has learnt nothing from them yet."""
    split = run / SPLIT_FILE
    has_learnt = any((run / name).is_file() for name in (LAST_FILE, BEST_FILE, RESULT_FILE))
    return read_split(split) if has_learnt and split.is_file() else None


def validated(sources: Sequence[SourceSamples]) -> tuple[SourceSamples, ...]:
    """Give the sources that have samples for validation."""
    return tuple(source for source in sources if source.validation)


def split_of(sources: Sequence[SourceSamples]) -> Split:
    """List where each photo of a training went, with hashes, so that it can be published."""
    rows = [
        SplitRow(source.recipe.name, sample.image.name, sample.group, part, hash_of(set_photo(sample)))
        for source in sources
        for part, samples in (
            ("train", source.training),
            ("validation", source.validation),
            ("test", source.test),
        )
        for sample in samples
    ]
    return Split(tuple(sorted(rows, key=lambda row: (row.source, row.file))))


def labels_of(sources: Sequence[SourceSamples]) -> dict[tuple[str, str], str]:
    """Give the label of each photo of a training, by source and file."""
    return {
        (source.recipe.name, sample.image.name): label_of(set_photo(sample))
        for source in sources
        for sample in (*source.training, *source.validation, *source.test)
    }


def label_of(photo: SetPhoto) -> str:
    """Give the SHA-256 of the file of a mask, or without one what is said of the photo as a whole."""
    return sha256_of(photo.mask) if photo.mask else photo.label


def _gather_source(
    source: SourceRecipe, recipe: Recipe, data: Path, drawn: Path, begun: Split | None
) -> SourceSamples:
    if source.kind == "negatives":
        samples = read_negatives(data / source.name / source.folder, source.name)
    elif source.kind == "drawn":
        samples = drawn_samples(source, recipe.seed, drawn / source.name)
    else:
        check_folder(data, source.name)
        samples = list_samples(data / source.name, source.name)
        check_sizes(samples, data / source.name)
    if begun is not None:
        part = parts_begun(begun, source.name, {sample.image.name for sample in samples})
        return SourceSamples(source, *_by_part([one for one in samples if one.image.name in part], part))
    samples = _without(samples, source)
    root = _published_root(source, data)
    if source.training_only:
        own = _parted(samples, root)[0] if root else samples
        return SourceSamples(source, take_share(own, source.share, recipe.seed), ())
    found = _parted(samples, root) if root else _parted_by_group(samples, source, recipe, data)
    training, validation, *test = found
    if not training or not validation:
        how = "split it anew with a train and a validation part" if root else _TO_PART
        raise DataError(
            f"{source.name} has {len(training)} photos for training and {len(validation)} for validation"
            f"{f' in its {SPLIT_FILE}' if root else ''}; expected some of each: {how}"
        )
    return SourceSamples(source, take_share(training, source.share, recipe.seed), validation, *test)


def _parted_by_group(
    samples: Sequence[Sample], source: SourceRecipe, recipe: Recipe, data: Path
) -> tuple[tuple[Sample, ...], ...]:
    """Part a source that says no parts of its own; what its groups leave out is told."""
    sys.stderr.writelines(f"{note}\n" for note in notes_on_groups(_set_root(source, data), source.name))
    if recipe.data.parts:
        return _stratified(samples, source, recipe)
    return split_validation(samples, recipe.data.validation_share, recipe.seed)


def _published_root(source: SourceRecipe, data: Path) -> Path | None:
    """Give the folder of the set that its own ``split.csv`` parts; None where there is none."""
    found = _set_root(source, data)
    return found if found and (found / SPLIT_FILE).is_file() else None


def _set_root(source: SourceRecipe, data: Path) -> Path | None:
    """Give the folder of the set that holds the photos of a source; None where there is none."""
    if source.kind == "drawn":
        return None
    return set_of(data / source.name / source.folder) if source.kind == "negatives" else data / source.name


def parts_begun(begun: Split, source: str, files: Collection[str]) -> dict[str, str]:
    """Give the part of each file of a source that a training began with.

    Raises
    ------
    DataError
        If one is gone.
    """
    part = {row.file: row.part for row in begun.rows if row.source == source}
    known = {file: part.pop(as_written(file)) for file in sorted(files) if as_written(file) in part}
    if part:
        raise DataError(
            f"{len(part)} photos of {source} are gone since the training began, first {min(part)}; put them "
            "back, or choose another --out"
        )
    if len(known) < len(files):
        sys.stderr.write(f"{source}: {len(files) - len(known)} photos had no part in this training\n")
    return known


def _without(samples: Sequence[Sample], source: SourceRecipe) -> tuple[Sample, ...]:
    missing = sorted(set(source.leave_out) - {sample.group for sample in samples})
    if missing:
        raise DataError(
            f"{source.name} has no group {missing[0]!r} to leave out; mend leave_out of the source: it takes "
            "names of groups.csv, or stems of photos where there is none"
        )
    return tuple(sample for sample in samples if sample.group not in source.leave_out)


def published_parts(root: Path) -> dict[str, str]:
    """Read the part of each photo of a set, by file, from its ``split.csv``.

    Raises
    ------
    DataError
        As `read_split` and `read_folder`.
    """
    read_split(root / SPLIT_FILE)  # refuses what is no split
    return {photo.file: photo.part for photo in read_folder(root) if photo.part}


def _parted(samples: Sequence[Sample], root: Path) -> tuple[tuple[Sample, ...], ...]:
    """Part a source as its own ``split.csv`` says; photos of any other part stay away as a test."""
    part = published_parts(root)
    path = root / SPLIT_FILE
    new = [sample.image.name for sample in samples if sample.image.name not in part]
    if new:
        raise DataError(f"{path} has no row for {new[0]}; split the set anew, or remove the file {path.name}")
    return _by_part(samples, part)


def _stratified(
    samples: Sequence[Sample], source: SourceRecipe, recipe: Recipe
) -> tuple[tuple[Sample, ...], ...]:
    """Part a source by ``data.parts``; a source within it keeps its share in every part."""
    photos = [set_photo(sample) for sample in samples]
    if source.by_prefix:
        photos = [replace(photo, source=photo.image.stem.split("_")[0]) for photo in photos]
    shares = parse_shares(recipe.data.parts)
    if "validation" not in shares:
        raise DataError(
            f"data.parts is {recipe.data.parts}, without a validation part, which chooses the checkpoint; "
            "give three numbers, such as 64/16/20"
        )
    split = make_split(look_at(photos), SplitSettings(shares, seed=recipe.seed))
    return _by_part(samples, {row.file: row.part for row in split.rows})


def _by_part(samples: Sequence[Sample], part: Mapping[str, str]) -> tuple[tuple[Sample, ...], ...]:
    """Give training, validation and all others."""
    names = [part[sample.image.name] for sample in samples]
    numbers = [
        ("train", "validation").index(name) if name in {"train", "validation"} else 2 for name in names
    ]
    return tuple(tuple(s for s, own in zip(samples, numbers) if own == number) for number in range(3))


def set_photo(sample: Sample) -> SetPhoto:
    """Give a sample as a photo of a set; one without a mask shows no crack."""
    return SetPhoto(sample.image, sample.mask, sample.source, sample.group, "" if sample.mask else "no crack")


def drawn_samples(source: SourceRecipe | ClassifierSource, seed: int, folder: Path) -> tuple[Sample, ...]:
    """Find the drawn scenes of a source; they are drawn where they are not there yet.

    Of several processes that ask for them at once, one draws and the others wait.

    Raises
    ------
    DataError
        If the folder holds other files, another number of scenes, or scenes drawn in another way.
    """
    if not (folder / "truth.json").is_file():
        with in_turn(folder.with_name(f".{folder.name}.lock")):
            _draw(source, seed, folder)
    samples = list_samples(folder, source.name)
    if len(samples) != source.count:
        raise DataError(
            f"{folder} holds {len(samples)} drawn scenes, but the recipe asks for {source.count} of "
            f"{source.name}; choose another --drawn"
        )
    _check_drawn(source, seed, folder)
    return samples


def _draw(source: SourceRecipe | ClassifierSource, seed: int, folder: Path) -> None:
    """Draw the scenes of a source, unless another process has while this one waited."""
    if (folder / "truth.json").is_file():
        return
    if any(folder.glob("*")):
        raise DataError(f"{folder} holds files but no truth.json; empty it or choose another --drawn")
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)  # of a training that was killed while it drew
    sys.stderr.write(f"{source.name}: drawing {source.count:,} scenes into {folder}\n")
    write_drawn(folder, source.count, source.size, seed + 1, clean_share=source.clean_share)


def _check_drawn(source: SourceRecipe | ClassifierSource, seed: int, folder: Path) -> None:
    """Refuse scenes that were kept from another recipe; older folders say the seed alone."""
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    wanted = {"seed": seed + 1, "size": source.size, "clean_share": source.clean_share}
    other = [key for key, value in wanted.items() if truth.get(key, value) != value]
    if other:
        raise DataError(
            f"{folder} holds scenes drawn with {other[0]} {truth[other[0]]}, but the recipe asks for "
            f"{wanted[other[0]]} of {source.name}; choose another --drawn"
        )


def read_labelled(sample: Sample, source: SourceRecipe) -> Labelled:
    """Read (photo, crack line, unknown); fat labels are thinned to the dark line."""
    image = sample.read_image()
    mask = sample.read_mask(image.shape)
    if source.labels == "fat":
        return image, *thin_labels(image, mask)
    return image, mask, np.zeros_like(mask)


def choose_validation(source: SourceSamples, most: int) -> tuple[Sample, ...]:
    """Choose at most ``most`` validation samples, 0 for all, spread over the groups by a hash of the name."""
    ranked = sorted(source.validation, key=lambda sample: zlib.crc32(os.fsencode(sample.image.name)))
    return tuple(sorted(ranked[: most or None], key=lambda sample: sample.image.name))
