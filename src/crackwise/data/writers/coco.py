"""COCO JSON: each connected crack as runs, or as a polygon where outlines may be simplified.

Runs are exact and keep holes. A set without a split becomes ``annotations.json`` and ``images/``; a split
one ``train/_annotations.coco.json`` with its photos beside it, and so on, as Roboflow lays it out. Names of
photos are relative to their folder.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from crackwise.arrays import CrackMask
from crackwise.data.finding import Finding
from crackwise.data.labelled import LabelledSet
from crackwise.data.names import tree_stems
from crackwise.data.outlines import trace_outlines
from crackwise.data.runs import connected_parts, run_lengths
from crackwise.data.stream import OnPhoto
from crackwise.data.writers.options import DEFAULTS, WriteOptions
from crackwise.data.writers.placed import PlacedPhoto, Placing, write_photo
from crackwise.files import new_folder, write_text

_FILES = {
    "train": "train/_annotations.coco.json",
    "validation": "valid/_annotations.coco.json",
    "test": "test/_annotations.coco.json",
    "": "annotations.json",
}
_PHOTOS = {"train": "train", "validation": "valid", "test": "test", "": "images"}
_CATEGORY_ID = 1


@dataclass(frozen=True, slots=True)
class _Content:
    """Entries of one file, as JSON text: a tenth of the memory of the numbers in it."""

    images: list[str] = field(default_factory=list)
    annotations: list[str] = field(default_factory=list)


def write_coco(
    labelled: LabelledSet, out: Path, options: WriteOptions = DEFAULTS, on_photo: OnPhoto | None = None
) -> tuple[Finding, ...]:
    """Write a set photo by photo; what cannot be used is left out, with a finding.

    A photo of which no mask is known is not listed: an image without annotations would say that there is no
    crack.

    Raises
    ------
    DataError
        If no photo at all can be used.
    OutputError
        If ``out`` is in use or cannot be written.
    """
    stems = tree_stems(photo.name for photo in labelled.photos)
    contents: dict[str, _Content] = {}
    placing = Placing(labelled, on_photo)
    with new_folder(out) as folder:
        for photo, stem, placed in placing.each(stems):
            if options.with_photos:
                write_photo(placed, folder / _PHOTOS[photo.split], stem)
            if placed.mask is not None:
                _add(contents.setdefault(photo.split, _Content()), placed, placed.mask, stem, options)
        for split, content in (contents or {"": _Content()}).items():
            write_text(folder / _FILES[split], _text(content, labelled.name, options))
    return tuple(placing.findings)


def _add(content: _Content, placed: PlacedPhoto, mask: CrackMask, stem: str, options: WriteOptions) -> None:
    number = len(content.images) + 1
    height, width = placed.size
    image = {"id": number, "file_name": f"{stem}{placed.suffix}", "width": width, "height": height}
    content.images.append(json.dumps(image, ensure_ascii=False))
    for shape in _outlined(mask, options.simplify_px) if options.simplify_px > 0 else _masked(mask):
        head = {"id": len(content.annotations) + 1, "image_id": number, "category_id": _CATEGORY_ID}
        content.annotations.append(json.dumps({**head, **shape, "iscrowd": 0}, separators=(",", ":")))


def _masked(mask: CrackMask) -> Iterator[dict[str, Any]]:
    """Give each connected crack as runs, not compressed: every reader takes them, and so does the eye."""
    for box, rows, cols in connected_parts(mask):
        counts = run_lengths(rows + box.top, cols + box.left, mask.shape)
        yield {
            "segmentation": {"size": list(mask.shape), "counts": counts},
            "area": len(rows),
            "bbox": list(box),
        }


def _outlined(mask: CrackMask, simplify_px: float) -> Iterator[dict[str, Any]]:
    for points in trace_outlines(mask, simplify_px):
        left, top = points.min(axis=0).tolist()
        width, height = np.ptp(points, axis=0).tolist()
        yield {
            "segmentation": [points.ravel().tolist()],
            "area": float(cv2.contourArea(points.astype(np.float32))),
            "bbox": [left, top, width, height],
        }


def _text(content: _Content, title: str, options: WriteOptions) -> str:
    categories = [{"id": _CATEGORY_ID, "name": options.category, "supercategory": "damage"}]
    return (
        f'{{"info": {json.dumps({"description": title}, ensure_ascii=False)},\n"licenses": [],\n'
        f'"images": [\n{_lines(content.images)}],\n"annotations": [\n{_lines(content.annotations)}],\n'
        f'"categories": {json.dumps(categories, ensure_ascii=False)}}}\n'
    )


def _lines(entries: list[str]) -> str:
    return ",\n".join(entries)
