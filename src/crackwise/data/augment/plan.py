"""What of a set is augmented: the photos of its training part, with their labels and groups."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crackwise.data.folder import Row, SetPhoto, read_folder, rows_of_set
from crackwise.data.provenance import read_set_file
from crackwise.errors import DataError

TRAINING = "train"
PARTS = (TRAINING, "validation", "test")
SPLIT_FILE = "split.csv"


@dataclass(frozen=True, slots=True)
class Plan:
    """A set as it is read, before anything is made of it.

    Parameters
    ----------
    root
        Folder of the set.
    photos
        All photos, sorted, each with its part; without a split the part is empty.
    split
        Rows of the split by file name, with all their columns; empty where there is no split.
    provenance
        Content of ``set.json``.
    """

    root: Path
    photos: tuple[SetPhoto, ...]
    split: dict[str, Row]
    provenance: dict[str, Any]

    @property
    def name(self) -> str:
        """Name of the set."""
        return self.root.resolve().name

    @property
    def training(self) -> tuple[SetPhoto, ...]:
        """The photos of which versions are made; without a split, all."""
        return tuple(photo for photo in self.photos if self.is_training(photo))

    def is_training(self, photo: SetPhoto) -> bool:
        """Say whether versions of this photo may be made."""
        return not self.split or photo.part == TRAINING


def read_plan(root: Path, split: Path | None = None) -> Plan:
    """Read a set and its split.

    Parameters
    ----------
    root
        Set in the canonical layout.
    split
        Table with the columns ``file`` and ``part``, where it has ``source`` also of other sets; None for
        ``split.csv`` of the set, if it has one.

    Raises
    ------
    DataError
        If the set or a table is damaged, the split does not fit the set, or the set is augmented already.
    """
    photos = read_folder(root)
    path = split or root / SPLIT_FILE
    is_split = split is not None or path.is_file()
    sources, files = {root.name, *(photo.source for photo in photos)}, {photo.file for photo in photos}
    rows = rows_of_set(path, sources, files) if is_split else {}
    parted = tuple(replace(photo, part=rows.get(photo.file, {}).get("part", "")) for photo in photos)
    told = read_set_file(root)
    if "augmented" in told:
        raise DataError(f"{root} is augmented already; augment the set that it was made from")
    plan = Plan(root, parted, rows, told)
    _check_names(plan)
    if is_split:
        _check_split(plan, path)
    return plan


def _check_names(plan: Plan) -> None:
    stem, count = Counter(photo.image.stem for photo in plan.photos).most_common(1)[0]
    if count > 1:
        raise DataError(
            f"{plan.root} has {count} photos named {stem} with one mask, as only their endings differ; "
            "rename them"
        )


def _check_split(plan: Plan, path: Path) -> None:
    for name, row in plan.split.items():
        if row["part"] not in PARTS:
            raise DataError(
                f"{path} puts {name} into {row['part']!r}, which is neither of {', '.join(PARTS)}; "
                "split with such parts, or augment during the training"
            )
    names = {photo.file for photo in plan.photos}
    for lacking, holder in ((names - plan.split.keys(), path), (plan.split.keys() - names, plan.root)):
        if lacking:
            raise DataError(
                f"{path} does not fit {plan.root}: {holder} lacks {len(lacking)} photos, "
                f"such as {min(lacking)}; split the set again"
            )
    if not plan.training:
        raise DataError(f"{path} has no photo in part {TRAINING}, the only one that is augmented; split anew")
    _check_groups(plan, path)


def _check_groups(plan: Plan, path: Path) -> None:
    """Refuse what augmenting would make worse: a scene that is in training and test becomes six."""
    training = {(photo.source, photo.group) for photo in plan.training}
    others = {(photo.source, photo.group) for photo in plan.photos if not plan.is_training(photo)}
    torn = sorted(training & others)
    if torn:
        raise DataError(
            f"{path} has photos of {len(torn)} groups both in training and in other parts, "
            f"such as {torn[0][1]}; split by group"
        )
