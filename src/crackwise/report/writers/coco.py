"""COCO JSON of the masks: one category, one annotation per crack, numbered as in the tables.

Each crack is run-length encoded as a plain list of counts, because polygons cannot hold a crack: COCO
polygons have no holes (a crack network encloses islands) and are rasterised through pixel centres (a
hairline of 1 px vanishes), whereas counts decode to exactly the mask. ``iscrowd`` is 0, since a crack is
one object; 1 would make COCO's own evaluation and most training loaders pass over it. Uncompressed counts
are read by pycocotools, need no library to write and can be checked by eye.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Ints
from crackwise.crack.components import find_components
from crackwise.crack.measure import regions_of_cracks
from crackwise.data.dataset import CRACK_ABOVE
from crackwise.data.runs import run_lengths
from crackwise.errors import OutputError
from crackwise.files import write_text
from crackwise.inspection.layout import artefact_path
from crackwise.inspection.record import InspectionRecord
from crackwise.report.settings import ReportSettings

CATEGORY = {"id": 1, "name": "crack", "supercategory": "damage"}


def write_coco(records: Sequence[InspectionRecord], folder: Path, settings: ReportSettings) -> None:
    """Write ``coco.json`` into a run folder from its records and ``masks/``.

    Raises
    ------
    OutputError
        If a mask is missing or has another size than its record.
    """
    annotations = [
        annotation
        for image, record in enumerate(records, start=1)
        for annotation in _annotations(record, read_mask(record, folder), image)
    ]
    content = {
        "info": {
            "description": settings.title,
            "date_created": settings.created,
            "contributor": settings.inspector,
        },
        "licenses": [],
        "images": [_image(record, image, folder) for image, record in enumerate(records, start=1)],
        "annotations": [{"id": number, **entry} for number, entry in enumerate(annotations, start=1)],
        "categories": [CATEGORY],
    }
    write_text(folder / "coco.json", json.dumps(content, ensure_ascii=False, separators=(",", ":")))


def read_mask(record: InspectionRecord, folder: Path) -> CrackMask:
    """Read ``masks/<stem>.png`` of a run folder."""
    path = artefact_path(folder, "masks", record.stem)
    data = np.fromfile(path, np.uint8) if path.is_file() else np.empty(0, np.uint8)
    grey = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if data.size else None
    expected = (record.height_px, record.width_px)
    if grey is None or grey.shape != expected:
        found = "missing or not a picture" if grey is None else f"{grey.shape[1]}×{grey.shape[0]}"
        raise OutputError(
            f"{path} is {found}; expected a mask of {expected[1]}×{expected[0]}; "
            "inspect or measure the photo again"
        )
    return np.asarray(grey > CRACK_ABOVE)


def pixels_by_crack(mask: CrackMask, record: InspectionRecord) -> Iterator[tuple[int, Ints, Ints]]:
    """Yield number, rows and columns of the pixels of each crack of a record, by number.

    A crack is the connected part of the mask that holds most of its centreline, as where it is measured.
    """
    regions = find_components(mask)
    network = record.network.network()
    pixels = list(regions.each())
    numbers = np.unique(network.crack_of_branch)
    for crack, region in zip(numbers, regions_of_cracks(network, regions) if pixels else []):
        yield int(crack), *pixels[region]


def _image(record: InspectionRecord, image: int, folder: Path) -> dict[str, Any]:
    """Describe a photo; the file of a rectified one is that in the run folder."""
    rectified = artefact_path(folder, "rectified", record.stem)
    name = rectified.relative_to(folder).as_posix() if rectified.is_file() else record.photo
    entry = {"id": image, "file_name": name, "width": record.width_px, "height": record.height_px}
    return entry if record.taken_at is None else {**entry, "date_captured": record.taken_at}


def _annotations(record: InspectionRecord, mask: CrackMask, image: int) -> Iterator[dict[str, Any]]:
    for crack, rows, cols in pixels_by_crack(mask, record):
        top, left = int(rows.min()), int(cols.min())
        yield {
            "image_id": image,
            "category_id": CATEGORY["id"],
            "segmentation": {"size": list(mask.shape), "counts": run_lengths(rows, cols, mask.shape)},
            "area": len(rows),
            "bbox": [left, top, int(cols.max()) + 1 - left, int(rows.max()) + 1 - top],
            "iscrowd": 0,
            "attributes": {"crack": crack},
        }
