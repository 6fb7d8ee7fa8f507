"""Versions of the training photos as files: a new set beside the old one, whole or not at all."""

import hashlib
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

from crackwise.data.augment.kinds import CUTTING, KINDS, version_rng
from crackwise.data.augment.plan import SPLIT_FILE, Plan
from crackwise.data.augment.version import Version
from crackwise.data.folder import Row, SetPhoto
from crackwise.data.provenance import PROVENANCE, SET_FILE, read_provenance
from crackwise.data.stream import OnPhoto, each_photo
from crackwise.data.table import write_table
from crackwise.errors import DataError, SettingsError
from crackwise.files import new_folder, write_bytes, write_image, write_json


@dataclass(frozen=True, slots=True)
class AugmentSettings:
    """Kind of the versions, how many of each photo, and the seed.

    Raises
    ------
    SettingsError
        If one is impossible.
    """

    kind: str = "classical"
    versions: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise SettingsError(f"kind {self.kind!r} is not known; expected one of {', '.join(KINDS)}")
        if self.versions < 1 or self.seed < 0:
            raise SettingsError(
                f"{self.versions} versions with seed {self.seed}; expected at least 1 and a seed of 0 or more"
            )


@dataclass(frozen=True, slots=True)
class Augmented:
    """How many photos were copied, how many of them have versions, and how many versions there are."""

    copied: int
    augmented: int
    versions: int


@dataclass(frozen=True, slots=True)
class _Written:
    """What the tables of the new set say about one of its photos."""

    file: str
    group: str
    source: str
    label: str
    split: Row | None


def write_augmented(
    plan: Plan,
    out: Path,
    settings: AugmentSettings = AugmentSettings(),
    *,
    on_photo: OnPhoto | None = None,
) -> Augmented:
    """Write a new set: every photo as it is, and versions of those of the training part.

    Photos and masks are copied byte for byte; version 2 of ``a.jpg`` is ``images/a_aug2.png`` with
    ``masks/a_aug2.png``, in the group of ``a.jpg``. Split and labels are carried on.

    Parameters
    ----------
    plan
        The set, from `read_plan`.
    out
        New or empty folder; it appears when everything is written.
    settings
        Kind, number and seed.
    on_photo
        Called with (done, total) photos of the old set.

    Raises
    ------
    DataError
        If a photo or mask cannot be read or is not the one that was split, or a version would get the name
        of a photo.
    OutputError
        If ``out`` holds files or cannot be written.
    SettingsError
        If parts would be cut from photos of which only a label says that they are cracked.
    """
    _check_free(plan, settings.versions)
    _check_labels(plan, settings)
    written: list[_Written] = []
    with new_folder(out) as folder:
        work = partial(_write_photo, plan=plan, settings=settings, folder=folder)
        # closed on an error, so that no thread writes into a folder that is being removed
        photos = cast("Generator[list[_Written]]", each_photo(work, plan.photos, on_photo))
        with closing(photos) as done:
            for rows in done:
                written += rows
        _write_tables(written, plan, settings, folder)
    return Augmented(len(plan.photos), len(plan.training), len(written) - len(plan.photos))


def _check_labels(plan: Plan, settings: AugmentSettings) -> None:
    """Refuse to cut parts from photos whose cracks may then lie outside, unseen by any mask."""
    blind = [photo for photo in plan.training if photo.mask is None and photo.label == "crack"]
    if blind and settings.kind in CUTTING:
        raise SettingsError(
            f"{settings.kind} cuts parts from photos, and of {len(blind)} cracked ones, first "
            f"{blind[0].file}, no mask says where the crack is; add masks, or choose the kind classical"
        )


def make_version(photo: SetPhoto, settings: AugmentSettings, number: int) -> Version:
    """Make one version of a photo, the same as in the files; numbers count from 1.

    A photo without a mask has versions without masks.
    """
    image = photo.read_image()
    mask = photo.read_mask_of(image.shape)
    rng = version_rng(settings.seed, photo.file, number)
    try:
        return KINDS[settings.kind](image, () if mask is None else (mask,), rng)
    except DataError as error:
        raise DataError(f"{photo.image}: {error}") from error


def _write_photo(photo: SetPhoto, plan: Plan, settings: AugmentSettings, folder: Path) -> list[_Written]:
    written = [_copy(photo, plan, folder)]
    if plan.is_training(photo):
        for number in range(1, settings.versions + 1):
            path = folder / "images" / f"{photo.image.stem}_aug{number}.png"
            written.append(_write_version(photo, make_version(photo, settings, number), plan, path))
    return written


def _copy(photo: SetPhoto, plan: Plan, folder: Path) -> _Written:
    content, row = _read(photo.image), plan.split.get(photo.file)
    if row and row.get("sha256") not in {None, "", _hash(content)}:
        raise DataError(f"{photo.image} is another file than when it was split; restore it, or split anew")
    write_bytes(folder / "images" / photo.file, content)
    if photo.mask is not None:
        write_bytes(folder / "masks" / photo.mask.name, _read(photo.mask))
    return _Written(photo.file, photo.group, photo.source, photo.label, row)


def _write_version(photo: SetPhoto, version: Version, plan: Plan, path: Path) -> _Written:
    write_image(path, version.image)
    label = photo.label
    if photo.mask is not None:
        write_image(path.parents[1] / "masks" / path.name, version.masks[0])
        if label and not version.masks[0].any():
            label = "no crack"  # the crack was at the rim and has left the photo
    row = plan.split.get(photo.file)
    if row is not None:
        row = {**row, "file": path.name}
        if "sha256" in row:
            row["sha256"] = _hash(path.read_bytes())
    return _Written(path.name, photo.group, photo.source, label, row)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}; check the file") from error


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write_tables(written: Sequence[_Written], plan: Plan, settings: AugmentSettings, folder: Path) -> None:
    columns = ("file", "group", "source")
    write_table(folder / "groups.csv", columns, [(row.file, row.group, row.source) for row in written])
    if any(photo.label for photo in plan.photos):
        labels = [(row.file, row.label) for row in written]
        write_table(folder / "labels.csv", ("file", "label"), labels)
    splits = [row.split for row in written if row.split is not None]
    if splits:
        write_table(folder / SPLIT_FILE, list(splits[0]), [list(row.values()) for row in splits])
    made = {"from": plan.name, "kind": settings.kind, "versions": settings.versions, "seed": settings.seed}
    write_json(folder / SET_FILE, {**plan.provenance, "augmented": made})
    if told := read_provenance(plan.root / PROVENANCE):
        write_json(folder / PROVENANCE, {**told, "augmented": made})


def _check_free(plan: Plan, versions: int) -> None:
    stems = {photo.image.stem for photo in plan.photos}
    made = (f"{photo.image.stem}_aug{number}" for photo in plan.training for number in range(1, versions + 1))
    taken = next((stem for stem in made if stem in stems), None)
    if taken is not None:
        raise DataError(
            f"{plan.root} already has a photo {taken}; rename it, or augment the set that it was made from"
        )
