"""Writers: one module per format, ``write_<format>(labelled, out, options)``; readers mirror them."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from crackwise.data.finding import Finding
from crackwise.data.labelled import LabelledSet
from crackwise.data.stream import OnPhoto
from crackwise.data.writers.canonical import write_canonical
from crackwise.data.writers.coco import write_coco
from crackwise.data.writers.cvat import write_cvat
from crackwise.data.writers.labelme import write_labelme
from crackwise.data.writers.masks import write_masks
from crackwise.data.writers.options import WriteOptions
from crackwise.data.writers.yolo import write_yolo

Writer: TypeAlias = Callable[[LabelledSet, Path, WriteOptions, OnPhoto | None], tuple[Finding, ...]]

WRITERS: dict[str, Writer] = {
    "coco": write_coco,
    "labelme": write_labelme,
    "cvat": write_cvat,
    "yolo": write_yolo,
    "masks": write_masks,
    "canonical": lambda labelled, out, _options, on_photo: write_canonical(labelled, out, on_photo),
}
