"""YOLO segmentation: a text file of outlines for each photo, in the folders of Roboflow or Ultralytics."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from crackwise.arrays import CrackMask
from crackwise.data.categories import choose_categories
from crackwise.data.dataset import files_below
from crackwise.data.finding import Finding
from crackwise.data.labelled import LabelledPhoto, LabelledSet
from crackwise.data.readers.draft import set_name
from crackwise.data.readers.options import DEFAULTS, ReadOptions
from crackwise.data.readers.photofolder import folder_of, photos_below
from crackwise.data.readers.splits import original_of, with_unique_names
from crackwise.data.readers.textfile import read_text
from crackwise.data.readers.yololayout import Layout, find_layouts
from crackwise.data.readers.yoloyaml import YoloYaml, read_yolo_yaml
from crackwise.data.shapes import Polygon, paint
from crackwise.errors import DataError

_FARTHEST_OUTSIDE = 0.5  # of a side: Roboflow's crops leave points a little outside, pixels are far outside
_BOX_NUMBERS, _LEAST_NUMBERS = 4, 6
_TEXT = frozenset({".txt"})
_NO_LABELS = ("classes", "readme", "license", "notes")


@dataclass(frozen=True, slots=True)
class NormalisedShapes:
    """Outlines in shares of the photo, whose size is not known until it is opened.

    Parameters
    ----------
    shapes
        With x, y from 0 to 1; none means: looked at, no crack.
    erasing
        Labels of shapes that take away what lies beneath.
    """

    shapes: tuple[Polygon, ...]
    erasing: frozenset[str] = frozenset()

    def mask(self, size: tuple[int, int]) -> CrackMask:
        """Scale the outlines to (H, W) and paint them."""
        scale = np.array([size[1], size[0]])
        scaled = [Polygon(shape.label, shape.points * scale) for shape in self.shapes]
        return paint(scaled, size, self.erasing)


@dataclass(frozen=True, slots=True)
class _Photo:
    """A photo with the outlines of every class; None where it has no label file."""

    name: str
    path: Path
    part: str
    shapes: tuple[Polygon, ...] | None


@dataclass(frozen=True, slots=True)
class _Part:
    """What one part of the set holds; ``taken`` are the files, photos and labels, that belong to it."""

    photos: tuple[_Photo, ...]
    findings: tuple[Finding, ...]
    taken: frozenset[Path]


def read_yolo(path: Path, options: ReadOptions = DEFAULTS) -> LabelledSet:
    """Read a folder, or the one that a ``data.yaml`` lies in.

    A photo with an empty label file, or with none, shows no crack: so YOLO understands it.

    Raises
    ------
    DataError
        If there are no photos or labels, ``data.yaml`` is broken, or nothing says which class is the crack.
    """
    root = folder_of(path)
    yaml = _yaml(path, root)
    photos: list[_Photo] = []
    findings: list[Finding] = []
    taken: frozenset[Path] = frozenset()
    layouts = find_layouts(root, yaml.folders, options)
    for layout in layouts:
        part = _read_layout(layout, yaml.names, taken)
        photos += part.photos
        findings += part.findings
        taken |= part.taken
    if not any(photo.shapes is not None for photo in photos):
        raise DataError(_nothing_found(root, photos, findings))
    notes = [*_notes(root.name, photos), *_left_out(layouts, taken)]
    return _settled(photos, [*findings, *notes], yaml, path, options)


def _yaml(path: Path, root: Path) -> YoloYaml:
    candidates = [path] if path.is_file() else [root / "data.yaml", *sorted(root.glob("*.y*ml"))]
    file = next((file for file in candidates if file.is_file()), None)
    return YoloYaml({}, {}) if file is None else read_yolo_yaml(file)


def _read_layout(layout: Layout, names: Mapping[int, str], taken: frozenset[Path]) -> _Part:
    photos, findings = [], []
    used = set(taken)
    for name, path in photos_below(layout.photos):
        file = layout.labels / PurePosixPath(name).with_suffix(".txt")
        if path in taken or (layout.is_shared and not file.is_file()):
            continue
        used |= {path, file}
        try:
            shapes = _shapes(file, names) if file.is_file() else None
        except DataError as error:
            findings.append(Finding("annotation", "error", name, str(error)))
        else:
            photos.append(_Photo(name, path, layout.part, shapes))
    lost = _without_photo(layout, used)
    return _Part(tuple(photos), (*findings, *lost), frozenset(used))


def _shapes(file: Path, names: Mapping[int, str]) -> tuple[Polygon, ...]:
    shapes = []
    for number, line in enumerate(read_text(file).splitlines(), start=1):
        try:
            shapes += [_shape(line.split(), names)] if line.strip() else []
        except DataError as error:
            raise DataError(f"line {number} of {file.name} {error}") from error
    return tuple(shapes)


def _shape(fields: Sequence[str], names: Mapping[int, str]) -> Polygon:
    try:
        category, *numbers = [float(field) for field in fields]
    except ValueError as error:
        shown = " ".join(fields)[:40]
        raise DataError(f"is {shown!r}, no row of numbers; expected class x1 y1 x2 y2 …") from error
    if not np.isfinite([category, *numbers]).all():
        raise DataError("holds what is not a number (nan or inf); draw the shape again")
    label = names.get(int(category), None if names else str(int(category)))
    if category != int(category) or category < 0 or label is None:
        raise DataError(
            f"is of class {fields[0][:20]}, which data.yaml does not name; it has {_listed(names)}"
        )
    if len(numbers) == _BOX_NUMBERS:
        raise DataError("is a box (5 numbers), no outline; export the set for segmentation")
    if len(numbers) % 2:
        raise DataError(f"has {len(numbers)} coordinates; expected x and y of each point in turn")
    # without points it covers nothing; it is dropped when all are counted
    points = np.array(numbers if len(numbers) >= _LEAST_NUMBERS else []).reshape(-1, 2)
    is_far = (np.abs(points - 0.5) > 0.5 + _FARTHEST_OUTSIDE).any(axis=1)
    if is_far.any():
        x, y = points[is_far][0]
        raise DataError(f"has the point ({x:g}, {y:g}); expected shares of the photo from 0 to 1, not pixels")
    return Polygon(label, points)


def _listed(names: Mapping[int, str]) -> str:
    return ", ".join(f"{number} ({name})" for number, name in sorted(names.items())[:20])


def _without_photo(layout: Layout, used: Set[Path]) -> Iterator[Finding]:
    if layout.is_shared and layout.labels == layout.photos:
        return
    for file in files_below(layout.labels, _TEXT):
        if file not in used and not file.name.casefold().startswith(_NO_LABELS):
            text = f"has no photo in {layout.photos}; add the photo or remove the label file"
            yield Finding("missing photo", "error", file.relative_to(layout.labels).as_posix(), text)


def _left_out(layouts: Sequence[Layout], taken: Set[Path]) -> Iterator[Finding]:
    for folder in dict.fromkeys(layout.photos for layout in layouts if layout.is_shared):
        left = [name for name, path in photos_below(folder) if path not in taken]
        if left:
            text = f"{len(left)} photos have no label file and are left out, first {left[0]}"
            yield Finding("photo without label", "note", str(folder), text)


def _nothing_found(root: Path, photos: Sequence[_Photo], findings: Sequence[Finding]) -> str:
    if findings:
        return f"{root} holds no label that can be used, first {findings[0]}"
    if photos:
        return f"none of the {len(photos)} photos in {root} has a label file; expected labels/ beside images/"
    return (
        f"{root} holds no YOLO set; expected images/ and labels/, with or without train and val, or name "
        "the folder of the photos with --photos"
    )


def _notes(where: str, photos: Sequence[_Photo]) -> Iterator[Finding]:
    dropped = sum(len(shape.points) == 0 for photo in photos for shape in photo.shapes or ())
    sound = sum(not photo.shapes for photo in photos)
    missing = sum(photo.shapes is None for photo in photos)
    if dropped:
        yield Finding(
            "empty shape", "note", where, f"{dropped} outlines have less than 3 points and are dropped"
        )
    if sound:
        text = f"{sound} of {len(photos)} photos have no outline: taken as photos without cracks"
        detail = f"; {missing} of them have no label file at all" if missing else ""
        yield Finding("no annotations", "note", where, text + detail)


def _settled(
    photos: Sequence[_Photo], findings: Sequence[Finding], yaml: YoloYaml, path: Path, options: ReadOptions
) -> LabelledSet:
    """Choose the classes that are cracks and drop the outlines of others."""
    counts = Counter(dict.fromkeys(yaml.names.values(), 0))
    counts.update(shape.label for photo in photos for shape in photo.shapes or ())
    erasing = frozenset(options.categories.erasing)
    cracks = choose_categories(counts, options.categories, str(path))
    kept = cracks | erasing
    labelled = []
    for photo in photos:
        label = NormalisedShapes(
            tuple(s for s in photo.shapes or () if s.label in kept and len(s.points)), erasing
        )
        labelled.append(
            LabelledPhoto(photo.name, photo.path, label, split=photo.part, group=original_of(photo.name))
        )
    unique, doubled = with_unique_names(labelled)
    return LabelledSet(
        name=set_name(path, options),
        photos=unique,
        findings=(*findings, *doubled),
        categories=tuple((name, counts[name]) for name in sorted(cracks) if counts[name]),
        passed_over=tuple(
            (name, count) for name, count in sorted(counts.items()) if count and name not in kept
        ),
    )
