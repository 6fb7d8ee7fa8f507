"""LabelMe: one JSON file beside each photo, as version 5 writes it."""

import json
from pathlib import Path, PurePosixPath
from typing import Any

from crackwise.arrays import Floats
from crackwise.data.finding import Finding
from crackwise.data.labelled import LabelledSet
from crackwise.data.names import tree_stems
from crackwise.data.outlines import trace_outlines
from crackwise.data.stream import OnPhoto
from crackwise.data.writers.options import DEFAULTS, WriteOptions
from crackwise.data.writers.placed import PlacedPhoto, Placing, write_photo
from crackwise.files import new_folder, write_text

VERSION = "5.5.0"
"""Of LabelMe, whose files have had this form since 5.0."""


def write_labelme(
    labelled: LabelledSet, out: Path, options: WriteOptions = DEFAULTS, on_photo: OnPhoto | None = None
) -> tuple[Finding, ...]:
    """Write the cracks as polygons; a photo of which no mask is known gets no file, as the program leaves it.

    Photos are not embedded. Without photos, the files belong beside the photos that they name.

    Returns
    -------
    What was left out, a photo each.

    Raises
    ------
    DataError
        If no photo at all can be used.
    OutputError
        If ``out`` is in use or cannot be written.
    """
    placing = Placing(labelled, on_photo)
    stems = tree_stems(photo.name for photo in labelled.photos)
    with new_folder(out) as folder:
        for _, stem, placed in placing.each(stems):
            if options.with_photos:
                write_photo(placed, folder, stem)
            if placed.mask is not None:
                content = _content(placed, stem, options)
                write_text(folder / f"{stem}.json", json.dumps(content, indent=2, ensure_ascii=False))
    return tuple(placing.findings)


def _content(placed: PlacedPhoto, stem: str, options: WriteOptions) -> dict[str, Any]:
    assert placed.mask is not None, "a photo without a mask gets no file"
    outlines = trace_outlines(placed.mask, options.simplify_px)
    return {
        "version": VERSION,
        "flags": {},
        "shapes": [_shape(points, options.category) for points in outlines],
        "imagePath": f"{PurePosixPath(stem).name}{placed.suffix}",
        "imageData": None,
        "imageHeight": placed.size[0],
        "imageWidth": placed.size[1],
    }


def _shape(points: Floats, category: str) -> dict[str, Any]:
    return {
        "label": category,
        "points": points.tolist(),
        "group_id": None,
        "description": "",
        "shape_type": "polygon",
        "flags": {},
        "mask": None,
    }
