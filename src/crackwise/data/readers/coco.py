"""COCO JSON: one file, or a folder that holds one for each part of a split, as Roboflow and COCO do.

Points and runs are read as pycocotools does, but without its ``COCO()``, which trusts and prints.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from crackwise.data.categories import choose_categories
from crackwise.data.finding import Finding
from crackwise.data.labelled import LabelledPhoto, LabelledSet, Shapes
from crackwise.data.names import find_photo, safe_name
from crackwise.data.readers.cocofile import CocoFile, Image, check_coco, is_coco
from crackwise.data.readers.cocoshapes import shapes_of
from crackwise.data.readers.draft import set_name
from crackwise.data.readers.options import DEFAULTS, ReadOptions
from crackwise.data.readers.photofolder import folder_of
from crackwise.data.readers.splitnames import PARTS
from crackwise.data.readers.splits import original_of, split_of, with_unique_names
from crackwise.data.readers.textfile import read_json
from crackwise.data.shapes import Shape
from crackwise.errors import DataError


@dataclass(frozen=True, slots=True)
class _Choice:
    """Categories that are kept, and which of them erase."""

    kept: frozenset[str]
    erasing: frozenset[str]


def read_coco(path: Path, options: ReadOptions = DEFAULTS) -> LabelledSet:
    """Read a file, or the files of a folder: in it, in ``annotations`` or in ``train``, ``valid``, ``test``.

    A photo without annotations says that there is no crack.

    Raises
    ------
    DataError
        If a file is broken, none is COCO, no photo is found, or nothing says which category is the crack.
    """
    root = folder_of(path)
    files = [check_coco(read_json(path), path)] if path.is_file() else list(_files(root))
    counts = Counter({name: 0 for file in files for name in file.categories})
    counts.update(
        each.category
        for file in files
        for image in file.images
        for each in image.annotations
        if each.category is not None
    )
    erasing = frozenset(options.categories.erasing)
    cracks = choose_categories(counts, options.categories, str(path))
    photos, findings = [], [finding for file in files for finding in file.findings]
    for file in files:
        found, noted = _read_photos(file, _Choice(cracks | erasing, erasing), options)
        photos += found
        findings += noted
    unique, doubled = with_unique_names(photos)
    return LabelledSet(
        name=set_name(path, options),
        photos=unique,
        findings=(*findings, *doubled),
        categories=tuple((name, counts[name]) for name in sorted(cracks) if counts[name]),
        passed_over=tuple(
            (name, n) for name, n in sorted(counts.items()) if n and name not in cracks | erasing
        ),
    )


def _files(root: Path) -> Iterator[CocoFile]:
    """Read the COCO files of a folder; other JSON is passed over, but not what cannot be read."""
    folders = [root, root / "annotations", *(root / name for name in PARTS)]
    candidates = [file for folder in folders for file in sorted(folder.glob("*.json"))]
    # beside instances COCO keeps captions and key points of the same photos
    instances = [file for file in candidates if file.name.startswith("instances_")]
    is_found = False
    for file in instances or candidates:
        content = read_json(file)
        if is_coco(content):
            is_found = True
            yield check_coco(content, file)
    if not is_found:
        raise DataError(
            f"{root} holds no COCO file; expected a .json with images, annotations and categories in it, in "
            "annotations or in train, valid and test"
        )


def _read_photos(
    file: CocoFile, choice: _Choice, options: ReadOptions
) -> tuple[list[LabelledPhoto], list[Finding]]:
    """Read the photos of one file.

    Raises
    ------
    DataError
        If none of its photos is there.
    """
    part = split_of(file.path.stem) or split_of(file.path.parent.name)
    folders = _photo_folders(file.path, part, options)
    names, findings = _found(file, folders)
    photos = []
    few = sound = 0
    for image, name, path in names:
        try:
            label, dropped = _label(image, choice)
        except DataError as error:
            findings.append(Finding("annotation", "error", image.file_name[:200], str(error)))
        else:
            photos.append(LabelledPhoto(name, path, label, split=part, group=original_of(name)))
            few += dropped
            sound += not label.shapes
    return photos, [*findings, *_notes(file.path.name, few, sound, len(photos))]


def _photo_folders(file: Path, part: str, options: ReadOptions) -> list[Path]:
    """List where photos may lie, those of the file's own part of the split before the others."""
    if options.photos is not None and not options.photos.is_dir():
        raise DataError(f"there is no folder {options.photos}; check --photos")
    beside = [file.parent.parent] if file.parent.name == "annotations" else [file.parent]
    bases = [
        base / below for base in ([options.photos] if options.photos else beside) for below in ("", "images")
    ]
    year = re.search(r"[a-z]+\d{4}$", file.stem)  # instances_train2017.json: photos in train2017
    parts = sorted([*PARTS, *([year[0]] if year else [])], key=lambda name: split_of(name) != part)
    return [folder for name in ("", *parts) for base in bases if (folder := base / name).is_dir()]


def _found(file: CocoFile, folders: Sequence[Path]) -> tuple[list[tuple[Image, str, Path]], list[Finding]]:
    """Find the photos: each with its name and file."""
    found, missing, findings = [], [], []
    for image in file.images:
        try:
            names = dict.fromkeys(safe_name(text) for text in (image.file_name, unquote(image.file_name)))
        except DataError as error:
            findings.append(Finding("file name", "error", image.file_name[:200], str(error)))
            continue
        places = ((name, find_photo(name, folders)) for name in names)
        name, path = next(((name, path) for name, path in places if path is not None), ("", None))
        if path is None:
            missing.append(image.file_name[:200])
        else:
            found.append((image, name, path))
    if missing and not found:
        raise DataError(
            f"{file.path} lists {len(file.images)} photos and none is there, first {missing[0]}; "
            "say where they are with --photos"
        )
    text = "is not beside the annotations; copy it there or say where it is with --photos"
    return found, [*findings, *(Finding("missing photo", "error", name, text) for name in missing)]


def _label(image: Image, choice: _Choice) -> tuple[Shapes, int]:
    shapes: list[Shape] = []
    dropped = 0
    for annotation in image.annotations:
        if annotation.category is None:
            raise DataError(
                f"{annotation.place} is of category {annotation.category_id[:40]}, which is not listed; "
                "export the annotations again"
            )
        if annotation.category in choice.kept:
            try:
                found, few = shapes_of(annotation.segmentation, annotation.category, image.size)
            except DataError as error:
                raise DataError(f"{annotation.place}: {error}") from error
            shapes += found
            dropped += few
    return Shapes(tuple(shapes), image.size, choice.erasing), dropped


def _notes(where: str, dropped: int, sound: int, count: int) -> Iterator[Finding]:
    if dropped:
        message = f"{dropped} polygons cover nothing (two points or less, or outside) and are dropped"
        yield Finding("empty shape", "note", where, message)
    if sound:
        message = f"{sound} of {count} photos have no crack annotated: taken as photos without cracks"
        yield Finding("no annotations", "note", where, message)
