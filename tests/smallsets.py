"""Small sets in the canonical layout, of plain photos with straight cracks of known width."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

GREY, DARK = 160, 60


class Photo(NamedTuple):
    """A photo of one grey with one horizontal crack; ``width_px`` 0 for none."""

    group: str
    width_px: int = 0
    length_px: int = 40
    shape: tuple[int, int] = (40, 60)
    grey: int = GREY


def write_set(
    root: Path,
    photos: Mapping[str, Photo],
    *,
    labels: Mapping[str, str] | None = None,
    parts: Mapping[str, str] | None = None,
    provenance: Mapping[str, object] | None = None,
) -> Path:
    """Write photos with masks, except for those that ``labels`` names, and the tables that are given."""
    for name, photo in photos.items():
        mask = np.zeros(photo.shape, np.uint8)
        mask[15 : 15 + photo.width_px, 10 : 10 + photo.length_px] = 255
        pixels = np.where(mask > 0, DARK, photo.grey).astype(np.uint8)
        save(root / "images" / name, np.dstack([pixels] * 3))
        if name not in (labels or {}):
            save(root / "masks" / f"{Path(name).stem}.png", mask)
    write_rows(root / "groups.csv", [("file", "group"), *((name, p.group) for name, p in photos.items())])
    if labels:
        write_rows(root / "labels.csv", [("file", "label"), *labels.items()])
    if parts:
        write_rows(root / "split.csv", [("file", "part"), *parts.items()])
    if provenance is not None:
        (root / "set.json").write_text(json.dumps(provenance), encoding="utf-8")
    return root


def save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)


def write_rows(path: Path, rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
