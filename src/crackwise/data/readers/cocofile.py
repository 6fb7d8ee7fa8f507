"""A COCO file as checked entries: what belongs together by its ids, and what belongs nowhere."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from crackwise.data.finding import Finding
from crackwise.errors import DataError

Id: TypeAlias = int | float | str
"""JSON numbers or text; COCO's own are whole numbers."""

_LONGEST_SIDE_PX = 2**20


@dataclass(frozen=True, slots=True)
class Annotation:
    """One object in a photo.

    Parameters
    ----------
    place
        Which one it is, for messages: ``annotation 17``.
    category
        Name; None where its id is not listed.
    category_id
        For messages.
    segmentation
        As JSON gives it.
    """

    place: str
    category: str | None
    category_id: str
    segmentation: object


@dataclass(frozen=True, slots=True)
class Image:
    """One photo as the file lists it, with its annotations in their order."""

    file_name: str
    size: tuple[int, int] | None
    annotations: tuple[Annotation, ...]


@dataclass(frozen=True, slots=True)
class CocoFile:
    """What a file holds.

    Parameters
    ----------
    path
        Of the file.
    categories
        All names, also those without annotations.
    images
        Those whose entry is sound.
    findings
        The others, and annotations that belong to no photo.
    """

    path: Path
    categories: tuple[str, ...]
    images: tuple[Image, ...]
    findings: tuple[Finding, ...]


def is_coco(content: object) -> bool:
    """Tell whether JSON is COCO, by its keys."""
    return isinstance(content, dict) and "images" in content and "annotations" in content


def check_coco(content: object, path: Path) -> CocoFile:
    """Check the content of a file.

    Parameters
    ----------
    content
        As JSON gives it.
    path
        Of the file, for messages.

    Raises
    ------
    DataError
        If it is no COCO, or its ids do not tell what belongs together.
    """
    if not is_coco(content):
        raise DataError(f"{path} is no COCO file; expected an object with images, annotations, categories")
    assert isinstance(content, dict)
    names = _category_names(_entries(content, "categories", path), path)
    images = _entries(content, "images", path)
    sound, findings = _sound_entries(images)
    listed = {_id(entry.get("id")) for entry in images}
    by_image: dict[Id | None, list[Annotation]] = defaultdict(list)
    for number, entry in enumerate(_entries(content, "annotations", path), start=1):
        by_image[_id(entry.get("image_id"))].append(_annotation(entry, number, names))
    strays = [each for key, found in by_image.items() if key is None or key not in listed for each in found]
    return CocoFile(
        path,
        tuple(dict.fromkeys(names.values())),
        tuple(Image(entry["file_name"], _size(entry), tuple(by_image[key])) for key, entry in sound.items()),
        (*findings, *_stray_findings(strays, path)),
    )


def _entries(content: dict[str, Any], key: str, path: Path) -> list[dict[str, Any]]:
    entries = content.get(key) or []
    if not isinstance(entries, list):
        raise DataError(f"{path} has {key} that are no list; expected a COCO file, export it again")
    bad = next((number for number, entry in enumerate(entries, start=1) if not isinstance(entry, dict)), None)
    if bad is not None:
        raise DataError(f"{path} has {key} of which number {bad} is no object; export it again")
    return entries


def _id(value: object) -> Id | None:
    return value if isinstance(value, int | float | str) and not isinstance(value, bool) else None


def _category_names(entries: Sequence[dict[str, Any]], path: Path) -> dict[Id, str]:
    names: dict[Id, str] = {}
    for entry in entries:
        key, name = _id(entry.get("id")), entry.get("name")
        if key is None or not isinstance(name, str):
            raise DataError(f"{path} has a category without id or name: {str(entry)[:80]}; export it again")
        if names.setdefault(key, name) != name:
            raise DataError(
                f"{path} has two categories of id {key}: {names[key]!r} and {name!r}; give them different ids"
            )
    return names


def _annotation(entry: dict[str, Any], number: int, names: Mapping[Id, str]) -> Annotation:
    category = _id(entry.get("category_id"))
    name = None if category is None else names.get(category, None if names else str(category))
    stated = entry.get("id", number)
    return Annotation(f"annotation {str(stated)[:40]}", name, str(category), entry.get("segmentation"))


def _sound_entries(
    entries: Sequence[dict[str, Any]],
) -> tuple[dict[Id, dict[str, Any]], tuple[Finding, ...]]:
    """Part the images that can be used, by id, from what is wrong with the others."""
    counts = Counter(_id(entry.get("id")) for entry in entries)
    sound: dict[Id, dict[str, Any]] = {}
    findings: dict[str, Finding] = {}
    for number, entry in enumerate(entries, start=1):
        key = _id(entry.get("id"))
        fault = _fault(entry, counts[key])
        if key is None or fault is not None:
            where = entry.get("file_name") or f"image number {number}"
            finding = Finding("image entry", "error", str(where)[:200], fault or "")
            findings.setdefault(f"id {key}" if counts[key] > 1 else f"number {number}", finding)
        else:
            sound[key] = entry
    return sound, tuple(findings.values())


def _fault(entry: dict[str, Any], count: int) -> str | None:
    key, name = _id(entry.get("id")), entry.get("file_name")
    if key is None:
        return "has no usable id; export the annotations again"
    if count > 1:
        return f"shares its id {key} with {count - 1} other photos, so all are left out; give each its own id"
    if not isinstance(name, str) or not name.strip():
        return "has no file_name; expected the name of the photo"
    sides = [entry[side] for side in ("width", "height") if entry.get(side) is not None]
    if any(type(side) is not int or not 0 < side < _LONGEST_SIDE_PX for side in sides):
        return f"is said to be {str(sides)[1:-1][:60]} px; expected width and height as whole numbers"
    return None


def _size(entry: dict[str, Any]) -> tuple[int, int] | None:
    height, width = entry.get("height"), entry.get("width")
    return None if height is None or width is None else (height, width)


def _stray_findings(strays: Sequence[Annotation], path: Path) -> tuple[Finding, ...]:
    if not strays:
        return ()
    message = (
        f"{len(strays)} annotations belong to photos that are not listed, first {strays[0].place}; they are "
        "left out, check that the file is whole"
    )
    return (Finding("unknown image", "warning", path.name, message),)
