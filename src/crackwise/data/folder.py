"""A set as it lies on disk: every photo with what is known about it, nothing decoded.

The layout is ``images/``, ``masks/<same stem>.png``, and where they are needed ``groups.csv`` (file, group
and, in a merged set, source), ``labels.csv`` (file, label: ``crack`` or ``no crack``), ``split.csv`` and
``set.json``.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from crackwise.arrays import CrackMask, Rgb
from crackwise.data.dataset import Sample, list_images, read_column, read_mask_file
from crackwise.data.table import read_table_of
from crackwise.errors import DataError

PhotoLabel = Literal["crack", "no crack", ""]
"""What is known of the photo as a whole; empty where nothing is said."""

Row: TypeAlias = dict[str, str]
"""Of a table, by column."""

_LABELS: dict[str, PhotoLabel] = {"crack": "crack", "no crack": "no crack", "": ""}


@dataclass(frozen=True, slots=True)
class SetPhoto:
    """One photo of a set.

    Parameters
    ----------
    image
        File.
    mask
        File; None where there is none.
    source
        Set that the photo was collected for.
    group
        One original photo or scene; photos of one group never part.
    label
        As ``labels.csv`` says.
    part
        As ``split.csv`` of the set says, empty where there is none.
    """

    image: Path
    mask: Path | None
    source: str
    group: str
    label: PhotoLabel = ""
    part: str = ""

    @property
    def file(self) -> str:
        """Name of the photo in its set."""
        return self.image.name

    def read_image(self) -> Rgb:
        """Read the stored pixels; see :meth:`crackwise.data.dataset.Sample.read_image`."""
        return Sample(self.image, self.mask, self.source, self.group).read_image()

    def read_mask(self) -> CrackMask | None:
        """Read (H, W) bool as it is stored; None where there is no mask.

        Raises
        ------
        DataError
            As :func:`crackwise.data.dataset.read_mask_file`.
        """
        return None if self.mask is None else read_mask_file(self.mask)

    def is_cracked(self, mask: CrackMask | None) -> bool | None:
        """Tell from its mask, or else its label, whether it is cracked; None where neither says."""
        if mask is not None:
            return bool(mask.any())
        return self.label == "crack" if self.label else None

    def read_mask_of(self, shape: tuple[int, ...]) -> CrackMask | None:
        """Read the mask of a photo whose shape begins with (H, W); empty where the photo shows no crack.

        Raises
        ------
        DataError
            If the mask cannot be read or has another size.
        """
        if self.mask is not None:
            return Sample(self.image, self.mask, self.source, self.group).read_mask(shape)
        return np.zeros(shape[:2], dtype=bool) if self.label == "no crack" else None


def read_folder(root: Path) -> tuple[SetPhoto, ...]:
    """List the photos of a set, sorted by name.

    A photo without a mask is one without a mask; only ``labels.csv`` can say that it shows no crack.

    Raises
    ------
    DataError
        If the folder is no set, or one of its tables is damaged or names none of the photos.
    """
    if not (root / "images").is_dir():
        raise DataError(
            f"{root} is no data set: it has no folder images; check the path, or make a set of it with "
            "crackwise data import"
        )
    images = list_images(root / "images")
    groups = read_column(root / "groups.csv", "group", images)
    sources = read_column(root / "groups.csv", "source", images, needed=False)
    labels = read_column(root / "labels.csv", "label", images)
    name = root.resolve().name
    split = root / "split.csv"
    files = {image.name for image in images}
    rows = rows_of_set(split, {name, root.name, *sources.values()}, files) if split.is_file() else {}
    return tuple(
        SetPhoto(
            image,
            _mask_of(image),
            sources.get(image.name) or name,
            groups.get(image.name) or image.stem,
            _label(labels.get(image.name, ""), root / "labels.csv"),
            rows.get(image.name, {}).get("part") or "",
        )
        for image in images
    )


def read_folders(roots: Sequence[Path]) -> tuple[SetPhoto, ...]:
    """List the photos of several sets.

    Raises
    ------
    DataError
        As :func:`read_folder`; also if two sets have a source of one name.
    """
    photos = [read_folder(root) for root in roots]
    counts = Counter(name for listed in photos for name in {photo.source for photo in listed})
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise DataError(
            f"two of the sets are named {twice[0]}; give each set once and rename one of the folders"
        )
    return tuple(photo for listed in photos for photo in listed)


def _mask_of(image: Path) -> Path | None:
    mask = image.parents[1] / "masks" / f"{image.stem}.png"
    return mask if mask.is_file() else None


def _label(text: str, table: Path) -> PhotoLabel:
    label = _LABELS.get(text.strip().lower())
    if label is None:
        raise DataError(f"{table} has the label {text!r}; expected crack or no crack")
    return label


def rows_of(rows: Sequence[Row], sources: Collection[str]) -> Sequence[Row]:
    """Choose the rows of some sources, or without one; where no row is of them, all."""
    return [row for row in rows if row.get("source") in {None, "", *sources}] or rows


def rows_of_set(split: Path, sources: Collection[str], files: Collection[str]) -> dict[str, Row]:
    """Read the rows of a set in a split, by the names of its files: of its sources, or without one.

    Where no row is of them, as after a folder was renamed, all rows count.

    Raises
    ------
    DataError
        If the table is missing or damaged, or names a photo twice.
    """
    listed = read_table_of(split, ("file", "part"), files)
    rows = rows_of(listed, sources)
    name, count = Counter(row["file"] for row in rows).most_common(1)[0] if rows else ("", 0)
    if count > 1:
        raise DataError(f"{split} names {name} {count} times; a photo has one part")
    return {row["file"]: row for row in rows}
