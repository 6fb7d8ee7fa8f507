"""Samples on disk in one canonical layout: ``images/``, ``masks/<same stem>.png``, ``groups.csv``."""

import hashlib
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Rgb
from crackwise.data.table import read_table_of
from crackwise.errors import DataError
from crackwise.pixels import mask_levels, read_stored

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp"})

CRACK_ABOVE = 127
"""Level of a mask, of 255."""

FEW_GROUPS = 50
"""Of fewer groups than this, a hash alone can keep far more or far less for validation than asked for."""

Group: TypeAlias = tuple[str, str]
"""Source and group: samples of one never part."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One photo with its mask.

    Parameters
    ----------
    image, mask
        Files; ``mask`` is None for a photo that is known to show no crack.
    source
        Name of the data set that it comes from.
    group
        One original photo or scene: samples of one group never part.
    """

    image: Path
    mask: Path | None
    source: str
    group: str

    def read_image(self) -> Rgb:
        """Read (H, W, 3) uint8 RGB; EXIF rotation is not applied, as masks belong to stored pixels."""
        pixels = read_stored(self.image, cv2.IMREAD_COLOR_RGB)
        if pixels is None:
            raise DataError(f"{self.image} cannot be read as an image; remove or replace it")
        return pixels

    def read_mask(self, shape: tuple[int, ...]) -> CrackMask:
        """Read (H, W) bool; all False for a photo without cracks.

        Raises
        ------
        DataError
            As :func:`read_mask_file`, and if it does not have the size ``shape`` of its photo.
        """
        if self.mask is None:
            return np.zeros(shape[:2], dtype=bool)
        mask = read_mask_file(self.mask)
        if mask.shape != shape[:2]:
            raise DataError(
                f"{self.mask} is {mask.shape[1]}×{mask.shape[0]} but its photo is {shape[1]}×{shape[0]}; "
                "re-export the mask"
            )
        return mask


def read_mask_file(path: Path) -> CrackMask:
    """Read (H, W) bool as it is stored: crack is what lies above 127 of 255, of 16 bits 257 times that.

    Raises
    ------
    DataError
        If the mask cannot be read, or holds something but nothing above 127, as labels of 0 and 1 do, or
        nothing but an alpha channel.
    """
    levels = read_stored(path, cv2.IMREAD_GRAYSCALE | cv2.IMREAD_ANYDEPTH)
    if levels is None or levels.dtype not in (np.uint8, np.uint16):
        raise DataError(f"{path} cannot be read as an image of 8 or 16 bits; re-export the mask")
    brightest, full = int(levels.max()), np.iinfo(levels.dtype).max
    levels = mask_levels(levels)
    if 0 < int(levels.max()) <= CRACK_ABOVE:
        raise DataError(
            f"{path} holds nothing above {brightest} of {full} and would read as empty, since crack lies "
            f"above {CRACK_ABOVE} of 255; write 0 and {full}"
        )
    if levels.min() == levels.max() and _has_varying_alpha(path):
        raise DataError(
            f"{path} has one colour throughout, so that its crack can only be in its alpha channel, which is "
            "not read; bring the set in with crackwise data import --format alpha"
        )
    return np.asarray(levels > CRACK_ABOVE)


def _has_varying_alpha(path: Path) -> bool:
    stored = read_stored(path, cv2.IMREAD_UNCHANGED)
    return stored is not None and stored.ndim == 3 and stored.shape[2] == 4 and bool(np.ptp(stored[..., 3]))


def list_samples(root: Path, source: str | None = None) -> tuple[Sample, ...]:
    """List the samples of a folder in the canonical layout, sorted by name.

    Without ``groups.csv`` every photo is its own group.

    Raises
    ------
    DataError
        If there is no ``images/`` folder, it is empty, a mask is missing, or ``groups.csv`` is damaged or
        names none of the photos.
    """
    images = list_images(root / "images")
    groups = read_column(root / "groups.csv", "group", images)
    name = source or root.name
    samples = tuple(
        Sample(image, root / "masks" / f"{image.stem}.png", name, groups.get(image.name) or image.stem)
        for image in images
    )
    missing = [sample for sample in samples if sample.mask is not None and not sample.mask.is_file()]
    if missing:
        raise DataError(
            f"{len(missing)} of {len(samples)} photos in {root} have no mask, first {missing[0].mask}; "
            "add the masks or move the photos away"
        )
    return samples


def read_negatives(folder: Path, source: str) -> tuple[Sample, ...]:
    """List photos that are known to show no crack.

    Where they are the ``images`` of a set their groups are those of its ``groups.csv``; else every photo is
    its own.

    Raises
    ------
    DataError
        If there is no such folder, it is empty, or ``groups.csv`` is damaged or names none of the photos.
    """
    root = set_of(folder)
    images = list_images(folder)
    groups = read_column(root / "groups.csv", "group", images) if root else {}
    return tuple(Sample(image, None, source, groups.get(image.name) or image.stem) for image in images)


def count_without_group(root: Path) -> int:
    """Count the photos of a set of which its ``groups.csv`` says nothing; 0 where there is no such table.

    Raises
    ------
    DataError
        As :func:`read_column`.
    """
    table = root / "groups.csv"
    if not table.is_file():
        return 0
    images = list_images(root / "images")
    groups = read_column(table, "group", images)
    return sum(not groups.get(image.name) for image in images)


def read_column(table: Path, column: str, images: Sequence[Path], *, needed: bool = True) -> dict[str, str]:
    """Read what a table of a set says of its photos, by the names of their files; nothing without a table.

    Raises
    ------
    DataError
        If the table is damaged, lacks a column that is needed, or has rows and names none of the photos.
    """
    if not table.is_file():
        return {}
    names = {image.name for image in images}
    rows = read_table_of(table, ("file", column) if needed else ("file",), names)
    found = {row["file"]: row.get(column) or "" for row in rows if row["file"] in names}
    if rows and not found:
        raise DataError(
            f"{table} names none of the {len(names)} photos in {images[0].parent}: its first row is of "
            f"{rows[0]['file']!r}, the first photo is {images[0].name!r}; write the names of the files, "
            "with suffix, or remove the table"
        )
    return found


def set_of(images: Path) -> Path | None:
    """Give the set in the canonical layout whose ``images`` a folder is; None where it is another folder."""
    return images.parent if images.name == "images" else None


def list_images(folder: Path) -> tuple[Path, ...]:
    """List the image files directly in a folder, sorted.

    Raises
    ------
    DataError
        If the folder is missing or holds no image, or it is the ``images`` of a set and some lie in its
        sub-folders: there they would have neither masks nor rows in the tables.
    """
    if not folder.is_dir():
        raise DataError(f"there is no folder {folder}; expected photos in it, check --data")
    below = tuple(files_below(folder, IMAGE_SUFFIXES))
    deeper = say_deeper(folder, below)
    if deeper and set_of(folder):
        raise DataError(deeper)
    found = tuple(path for path in below if path.parent == folder)
    if not found:
        raise DataError(f"{folder} holds no image; expected .jpg or .png files")
    return found


def say_deeper(folder: Path, photos: Sequence[Path]) -> str:
    """Say of a folder that some of its photos lie in sub-folders, and what to do; nothing if none do."""
    deeper = [path.relative_to(folder).as_posix() for path in photos if path.parent != folder]
    if not deeper:
        return ""
    return (
        f"{len(deeper)} of {len(photos)} photos in {folder} lie in sub-folders, first {deeper[0]}; put all "
        "into the folder itself, masks likewise: crackwise data import --format masks makes such a set"
    )


def files_below(folder: Path, suffixes: Collection[str]) -> Iterator[Path]:
    """List the files of some suffixes in a folder and its sub-folders, sorted, without hidden ones."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in suffixes:
                yield Path(place, name)


def split_validation(
    samples: Iterable[Sample], share: float, seed: int
) -> tuple[tuple[Sample, ...], tuple[Sample, ...]]:
    """Part samples into training and validation by group.

    A group is for validation if its place, which depends only on its source, its name and the seed, lies
    below the share, so that it stays on its side when samples are added. Where that leaves a side empty, or
    is unfair to fewer than 50 groups, groups are taken in the order of their places instead, each that brings
    the number of samples nearer to the share: then a new group moves few others.

    Returns
    -------
    (training, validation), each in the given order. Of two groups or more neither is empty; ``share`` 0 keeps
    none for validation.
    """
    listed = tuple(samples)
    sizes = Counter(_group_of(sample) for sample in listed)
    places = {group: place_of(f"{seed}/{'/'.join(group)}") for group in sizes}
    chosen = {group for group in sizes if places[group] < share}
    if share and len(sizes) > 1 and not _is_fair(chosen, sizes, share):
        chosen = _nearest(sorted(sizes, key=places.__getitem__), sizes, share)
    training = tuple(sample for sample in listed if _group_of(sample) not in chosen)
    return training, tuple(sample for sample in listed if _group_of(sample) in chosen)


def take_share(samples: Sequence[Sample], share: float, seed: int) -> tuple[Sample, ...]:
    """Keep whole groups, in an order that hangs on the seed, until they hold a share of the samples.

    A smaller share is part of every larger one, and at least one group is kept, so that curves over the share
    show what more labels are worth.
    """
    counts = Counter(sample.group for sample in samples)
    source = samples[0].source if samples else ""
    kept: set[str] = set()
    held = 0
    for group in sorted(counts, key=lambda group: place_of(f"share/{seed}/{source}/{group}")):
        if held >= share * len(samples):
            break
        kept.add(group)
        held += counts[group]
    return tuple(sample for sample in samples if sample.group in kept)


def place_of(key: str) -> float:
    """Give a number from 0 to 1 that depends on the key alone and looks as if drawn."""
    return int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()[:8], "big") / 2**64


def _group_of(sample: Sample) -> Group:
    return sample.source, sample.group


def _is_fair(chosen: Collection[Group], sizes: Mapping[Group, int], share: float) -> bool:
    """Tell whether groups for validation, if there are few, are about a share and leave enough for training.

    They are too few or too many if off by more than half of what was asked for, and too large if training
    lacks more than half of its samples.
    """
    if not 0 < len(chosen) < len(sizes):
        return False
    groups, total = share * len(sizes), sum(sizes.values())
    surplus = sum(sizes[group] for group in chosen) - share * total
    is_about = abs(len(chosen) - groups) <= groups / 2 and surplus <= (1 - share) * total / 2
    return is_about or len(sizes) >= FEW_GROUPS


def _nearest(ranked: Sequence[Group], sizes: Mapping[Group, int], share: float) -> set[Group]:
    """Take groups in order while each brings the samples nearer to the share; one at least, never all."""
    lacking = share * sum(sizes.values())
    chosen = set()
    for group in ranked[:-1]:
        if abs(lacking - sizes[group]) < abs(lacking):
            chosen.add(group)
            lacking -= sizes[group]
    return chosen or {min(ranked, key=sizes.__getitem__)}
