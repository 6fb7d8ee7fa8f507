"""Our own layout: ``images/``, ``masks/``, ``groups.csv``, ``labels.csv``, ``split.csv``."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from crackwise.data.finding import Finding
from crackwise.data.folder import SetPhoto, read_folder
from crackwise.data.labelled import Label, LabelledPhoto, LabelledSet, Unlabelled, Verdict
from crackwise.data.maskfile import MaskFile
from crackwise.data.readers.draft import set_name
from crackwise.data.readers.options import DEFAULTS, ReadOptions
from crackwise.data.readers.splitnames import PARTS
from crackwise.data.table import read_table_of


def read_canonical(path: Path, options: ReadOptions = DEFAULTS) -> LabelledSet:
    """Read a set of this toolkit.

    Where some photos have masks, one without a mask and without a word in ``labels.csv`` is not labelled,
    with a warning. Two photos that differ in their suffix only would share a mask: the second is left out.

    Raises
    ------
    DataError
        As :func:`crackwise.data.folder.read_folder`.
    """
    listed = read_folder(path)
    first_of_stem: dict[str, SetPhoto] = {}
    for photo in listed:
        first_of_stem.setdefault(photo.image.stem, photo)
    scenes = Counter(photo.group for photo in listed)
    photos = tuple(_photo(photo, scenes, options) for photo in first_of_stem.values())
    findings = (
        *_shared(listed, first_of_stem),
        *_missing(photos),
        *_not_carried_on(listed),
        *_lost(path, first_of_stem, {photo.file for photo in listed}),
    )
    return LabelledSet(set_name(path, options), photos, findings)


def _photo(photo: SetPhoto, scenes: Counter[str], options: ReadOptions) -> LabelledPhoto:
    is_alone = photo.group == photo.image.stem and scenes[photo.group] == 1
    group = "" if is_alone else photo.group
    return LabelledPhoto(photo.file, photo.image, _label(photo, options), PARTS.get(photo.part, ""), group)


def _label(photo: SetPhoto, options: ReadOptions) -> Label:
    if photo.mask is not None:
        return MaskFile(photo.mask, options.threshold)
    return Verdict(photo.label == "crack") if photo.label else Unlabelled()


def _shared(listed: Sequence[SetPhoto], first_of_stem: Mapping[str, SetPhoto]) -> Iterator[Finding]:
    for photo in listed:
        first = first_of_stem[photo.image.stem]
        if photo is not first:
            message = f"shares its mask with {first.file}; it is left out, rename one of them and its mask"
            yield Finding("shared mask", "error", photo.file, message)


def _missing(photos: tuple[LabelledPhoto, ...]) -> Iterator[Finding]:
    """Name the photos without a label, unless no photo has one."""
    if any(not isinstance(photo.label, Unlabelled) for photo in photos):
        message = "has no mask and no line in labels.csv: taken as not labelled; add one of them"
        for photo in photos:
            if isinstance(photo.label, Unlabelled):
                yield Finding("missing mask", "warning", photo.name, message)


def _not_carried_on(listed: Sequence[SetPhoto]) -> Iterator[Finding]:
    """Name parts and sources that a set of labelled photos has no place for."""
    parts = sorted({photo.part for photo in listed if photo.part and photo.part not in PARTS})
    if parts:
        message = f"the part {parts[0]} is not carried on; copy the set itself where its parts are to stay"
        yield Finding("part not carried on", "warning", "split.csv", message)
    sources = sorted({photo.source for photo in listed})
    if len(sources) > 1:
        message = (
            f"{len(sources)} sources become one, first {sources[0]}; copy the set itself where they are to "
            "stay apart"
        )
        yield Finding("source not carried on", "warning", "groups.csv", message)


def _lost(root: Path, stems: Mapping[str, SetPhoto], files: set[str]) -> Iterator[Finding]:
    """Name masks and lines of tables that belong to no photo."""
    for mask in sorted((root / "masks").glob("*.png")):
        if mask.stem not in stems:
            message = "is a mask without a photo; add the photo or remove the mask"
            yield Finding("missing photo", "warning", f"masks/{mask.name}", message)
    for name in ("groups.csv", "labels.csv", "split.csv"):
        rows = read_table_of(root / name, ("file",), files) if (root / name).is_file() else ()
        lost = [row["file"] for row in rows if row["file"] not in files]
        if lost:
            message = (
                f"{len(lost)} lines name photos that are not in images, first {lost[0]}; remove the lines"
            )
            yield Finding("missing photo", "warning", name, message)
