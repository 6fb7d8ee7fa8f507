"""Small annotated sets as tools write them, for readers of data sets."""

import json

import numpy as np

from crackwise.data.labelled import LabelledPhoto, LabelledSet
from crackwise.files import write_image

SIZE = (40, 60)
"""(H, W) of the photos."""

SQUARE = [10.0, 5.0, 30.0, 5.0, 30.0, 20.0, 10.0, 20.0]
"""Polygon of columns 10 to 29, rows 5 to 19."""


def write_photo(path, size=SIZE):
    write_image(path, np.full((*size, 3), 120, np.uint8))
    return path


def square_mask():
    mask = np.zeros(SIZE, bool)
    mask[5:20, 10:30] = True
    return mask


def image(number=1, name="a.png", **entries):
    return {"id": number, "file_name": name, "width": SIZE[1], "height": SIZE[0], **entries}


def annotation(number=1, of=1, category=1, segmentation=(SQUARE,), **entries):
    outline = list(segmentation) if isinstance(segmentation, tuple) else segmentation
    return {
        "id": number,
        "image_id": of,
        "category_id": category,
        "segmentation": outline,
        "iscrowd": 0,
        **entries,
    }


def coco(images=None, annotations=None, categories=((1, "crack"),), **entries):
    return {
        "images": [image()] if images is None else images,
        "annotations": [annotation()] if annotations is None else annotations,
        "categories": [{"id": number, "name": name} for number, name in categories],
        **entries,
    }


def write_coco_file(path, content=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(coco() if content is None else content), encoding="utf-8")
    return path


def write_yolo_set(folder, labels, yaml="names: [crack]\n"):
    """Write photos and label files side by side in images/ and labels/; a label of None gets no file."""
    for name, text in labels.items():
        write_photo(folder / "images" / name)
        if text is not None:
            label = folder / "labels" / f"{name.rpartition('.')[0]}.txt"
            label.parent.mkdir(parents=True, exist_ok=True)
            label.write_bytes(text if isinstance(text, bytes) else text.encode())
    if yaml is not None:
        (folder / "data.yaml").write_text(yaml, encoding="utf-8")
    return folder


class Drawn:
    """A label that holds a mask."""

    def __init__(self, mask):
        self.drawn = mask

    def mask(self, size):
        assert self.drawn.shape == size
        return self.drawn


def drawn_set(folder, masks, splits=()):
    """Give a set of named masks, with their photos in a folder."""
    photos = [
        LabelledPhoto(name, write_photo(folder / name, mask.shape), Drawn(mask), split=split)
        for (name, mask), split in zip(masks.items(), splits or [""] * len(masks))
    ]
    return LabelledSet("drawn", tuple(photos))
