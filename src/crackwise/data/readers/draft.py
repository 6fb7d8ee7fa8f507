"""Photos whose shapes are read, before it is known which categories are cracks."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crackwise.arrays import Floats
from crackwise.data.categories import choose_categories
from crackwise.data.finding import Finding
from crackwise.data.labelled import LabelledPhoto, LabelledSet, Shapes
from crackwise.data.readers.options import ReadOptions
from crackwise.data.shapes import Polygon, Polyline, RunLengths, Shape, check_points
from crackwise.data.upright import Upright
from crackwise.errors import DataError


@dataclass(frozen=True, slots=True)
class Draft:
    """One photo with all its shapes, in the order in which they are painted.

    Parameters
    ----------
    name, image, split
        As of `LabelledPhoto`.
    shapes
        Of every category.
    size
        (H, W) as the annotation says; None where it does not.
    """

    name: str
    image: Path | bytes
    shapes: tuple[Shape, ...]
    size: tuple[int, int] | None
    split: str = ""


def settle(
    drafts: Sequence[Draft], findings: Iterable[Finding], path: Path, options: ReadOptions
) -> LabelledSet:
    """Choose the categories that are cracks and drop the shapes of others.

    Raises
    ------
    DataError
        If nothing says which category is the crack.
    """
    counts = Counter(shape.label for draft in drafts for shape in draft.shapes)
    wanted = options.categories
    cracks = choose_categories(counts, wanted, str(path)) if drafts else frozenset()
    erasing = frozenset(wanted.erasing)
    photos = tuple(_photo(draft, cracks | erasing, erasing) for draft in drafts)
    unique, doubled = without_doubles(photos)
    return LabelledSet(
        name=set_name(path, options),
        photos=unique,
        findings=(*findings, *doubled),
        categories=tuple((name, counts[name]) for name in sorted(cracks) if counts[name]),
        passed_over=tuple((name, counts[name]) for name in sorted(set(counts) - cracks - erasing)),
    )


def set_name(path: Path, options: ReadOptions) -> str:
    """Name a set after what the user said, else after its folder."""
    folder = path.resolve().parent if path.is_file() else path.resolve()
    return options.name or folder.name or "photos"


def without_doubles(photos: Iterable[LabelledPhoto]) -> tuple[tuple[LabelledPhoto, ...], tuple[Finding, ...]]:
    """Sort by name and leave out photos that are labelled a second time, also under another name."""
    unique: dict[str, LabelledPhoto] = {}
    findings = []
    for photo in photos:
        if photo.name in unique:
            message = "is labelled twice; the first label is taken, remove the other"
            findings.append(Finding("labelled twice", "warning", photo.name, message))
        unique.setdefault(photo.name, photo)
    kept, shared = without_shared(sorted(unique.values(), key=lambda photo: photo.name))
    return kept, (*findings, *shared)


def without_shared(photos: Iterable[LabelledPhoto]) -> tuple[tuple[LabelledPhoto, ...], tuple[Finding, ...]]:
    """Leave out photos whose file another has: it stays with one that is named like it, or with the first.

    Parameters
    ----------
    photos
        Of different names.
    """
    listed = tuple(photos)
    owners: dict[Path, str] = {}
    for photo in sorted(listed, key=lambda photo: not _is_named_like_its_file(photo)):
        if isinstance(photo.image, Path):
            owners.setdefault(photo.image, photo.name)
    taken = {
        photo.name: _shared(photo.name, photo.image, owners[photo.image])
        for photo in listed
        if isinstance(photo.image, Path) and owners[photo.image] != photo.name
    }
    return tuple(photo for photo in listed if photo.name not in taken), tuple(taken.values())


def points_of(raw: object) -> Floats:
    """Take a list of pairs as points (P, 2).

    Raises
    ------
    DataError
        If it is none, or a number is beyond all sense.
    """
    try:
        points = np.array(raw, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise DataError("its points are no list of [x, y]; draw the shape again") from error
    if points.size == 0:
        return np.zeros((0, 2))
    if points.ndim != 2 or points.shape[1] != 2:
        raise DataError("its points are no list of [x, y]; draw the shape again")
    return points


def check_shape(shape: Shape, size: tuple[int, int] | None) -> None:
    """Refuse a shape that cannot be painted over a photo of size (H, W), as far as the size is known.

    Raises
    ------
    DataError
        As :func:`crackwise.data.shapes.check_points`, and for a mask that does not fit into the photo.
    """
    if isinstance(shape, Polygon | Polyline):
        check_points(shape.points, size or (2**20, 2**20))
        return
    top, left, height, width = shape.box
    is_inside = size is None or (top + height <= size[0] and left + width <= size[1])
    if min(shape.box) < 0 or not is_inside:
        raise DataError(
            f"its mask of {width}×{height} px at column {left}, row {top} does not fit into the photo"
            f"{_of(size)}; export the annotations again with this photo"
        )


def is_outside(shape: Shape, size: tuple[int, int] | None) -> bool:
    """Tell whether nothing of a shape lies in the photo."""
    if size is None or isinstance(shape, RunLengths):
        return False
    low, high = shape.points.min(axis=0), shape.points.max(axis=0)
    return bool((high <= 0).any() or (low >= (size[1], size[0])).any())


def _of(size: tuple[int, int] | None) -> str:
    return "" if size is None else f" of {size[1]}×{size[0]} px"


def _photo(draft: Draft, kept: frozenset[str], erasing: frozenset[str]) -> LabelledPhoto:
    shapes = tuple(shape for shape in draft.shapes if shape.label in kept)
    label = Upright(Shapes(shapes, draft.size, erasing))
    return LabelledPhoto(draft.name, draft.image, label, split=draft.split)


def _is_named_like_its_file(photo: LabelledPhoto) -> bool:
    return isinstance(photo.image, Path) and f"/{photo.image.as_posix()}".casefold().endswith(
        f"/{photo.name}".casefold()
    )


def _shared(name: str, image: Path, owner: str) -> Finding:
    message = (
        f"is found only as {image}, which is taken as the photo of {owner}; it is left out, put its own "
        "photo where its name says"
    )
    return Finding("shared photo", "error", name, message)
