"""Readers: one module per format, ``read_<format>(path, options) -> LabelledSet``; writers mirror them."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from crackwise.data.labelled import LabelledSet
from crackwise.data.readers.canonical import read_canonical
from crackwise.data.readers.classfolders import read_classfolders
from crackwise.data.readers.coco import read_coco
from crackwise.data.readers.crackforest import read_crackforest
from crackwise.data.readers.cvat import read_cvat
from crackwise.data.readers.inspection import read_inspection
from crackwise.data.readers.labelme import read_labelme
from crackwise.data.readers.masks import read_alpha, read_masks
from crackwise.data.readers.options import ReadOptions
from crackwise.data.readers.photos import read_photos
from crackwise.data.readers.table import read_table
from crackwise.data.readers.yolo import read_yolo

_SHAPES = frozenset({"--photos", "--category", "--erase"})
_MASKS = frozenset({"--photos", "--masks", "--threshold"})

Reader: TypeAlias = Callable[[Path, ReadOptions], LabelledSet]

READERS: dict[str, Reader] = {
    "coco": read_coco,
    "labelme": read_labelme,
    "cvat": read_cvat,
    "yolo": read_yolo,
    "masks": read_masks,
    "alpha": read_alpha,
    "crackforest": read_crackforest,
    "table": read_table,
    "classfolders": read_classfolders,
    "photos": read_photos,
    "inspection": read_inspection,
    "canonical": read_canonical,
}

OPTIONS_OF: dict[str, frozenset[str]] = {
    "coco": _SHAPES,
    "labelme": _SHAPES | {"--line-width"},
    "cvat": _SHAPES | {"--line-width"},
    "yolo": _SHAPES,
    "masks": _MASKS,
    "alpha": _MASKS,
    "crackforest": frozenset({"--photos"}),
    "table": frozenset({"--photos", "--category"}),
    "classfolders": frozenset({"--category"}),
    "photos": frozenset(),
    "inspection": frozenset({"--photos"}),
    "canonical": frozenset({"--threshold"}),
}
"""What a user may say about each format, by the options of ``crackwise data import``."""
