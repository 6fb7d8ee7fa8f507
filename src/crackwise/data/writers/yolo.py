"""YOLO segmentation as Ultralytics lays it out: ``images/``, ``labels/`` and ``data.yaml``."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from crackwise.arrays import CrackMask
from crackwise.data.finding import Finding
from crackwise.data.labelled import LabelledSet
from crackwise.data.names import tree_stems
from crackwise.data.outlines import trace_outlines
from crackwise.data.stream import OnPhoto
from crackwise.data.writers.options import DEFAULTS, WriteOptions
from crackwise.data.writers.placed import Placing, write_photo
from crackwise.files import new_folder, write_text

_FOLDERS = {"train": "train", "validation": "val", "test": "test", "": ""}


def write_yolo(
    labelled: LabelledSet, out: Path, options: WriteOptions = DEFAULTS, on_photo: OnPhoto | None = None
) -> tuple[Finding, ...]:
    """Write the outline of each connected crack; holes are joined to it by bridges, as YOLO has no holes.

    A photo without cracks gets an empty file. A photo of which no mask is known is left out, since YOLO takes
    a photo without a file for one without cracks. A set without a split trains and validates on the same
    photos until it is split.

    Raises
    ------
    DataError
        If no photo at all can be used.
    OutputError
        If ``out`` is in use or cannot be written.
    """
    stems = tree_stems(photo.name for photo in labelled.photos)
    placing = Placing(labelled, on_photo)
    with new_folder(out) as folder:
        for photo, stem, placed in placing.each(stems):
            if placed.mask is None:
                continue
            part = _FOLDERS[photo.split]
            if options.with_photos:
                write_photo(placed, folder / "images" / part, stem)
            write_text(folder / "labels" / part / f"{stem}.txt", _lines(placed.mask, options.simplify_px))
        splits = {photo.split for photo in labelled.photos}
        write_text(folder / "data.yaml", _yaml(splits, options.category))
    return tuple(placing.findings)


def _lines(mask: CrackMask, simplify_px: float) -> str:
    """Write outlines in shares of the photo; seven digits tell a fiftieth of a pixel apart in any photo."""
    sides = np.array([mask.shape[1], mask.shape[0]])
    shares = ((points / sides).ravel().tolist() for points in trace_outlines(mask, simplify_px))
    return "".join(f"0 {' '.join(f'{share:.7g}' for share in line)}\n" for line in shares)


def _yaml(splits: Iterable[str], category: str) -> str:
    """Name the folders, relative to the file; Ultralytics insists on train and val."""
    folders = {_FOLDERS[split]: f"images/{_FOLDERS[split]}".rstrip("/") for split in sorted(splits)}
    train = folders.get("train") or next(iter(folders.values()), "images")
    lines = [f"train: {train}", f"val: {folders.get('val', train)}"]
    lines += [f"test: {folders['test']}"] if "test" in folders else []
    return "\n".join([*lines, "names:", f"  0: {json.dumps(category, ensure_ascii=False)}", ""])
