"""A data set of four tiny photos, three with a dark line of 20 px as their crack, one without."""

from pathlib import Path

import cv2
import numpy as np

from crackwise.arrays import CrackMask

SHAPE = (40, 50)
GREY, DARK = 200, 75
"""The model of tinymodel.py gives the line a probability of 0.7 and the wall none."""


def line(at: int, *, shape: tuple[int, int] = SHAPE, length_px: int = 20) -> CrackMask:
    """A line of one pixel's width along a row."""
    mask = np.zeros(shape, bool)
    mask[at, 10 : 10 + length_px] = True
    return mask


TRUE = {"a": line(10), "b": line(20), "c": line(30), "d": np.zeros(SHAPE, bool)}


def write_walls(root: Path, seen: dict[str, CrackMask] = TRUE) -> Path:
    """Write the set.

    Parameters
    ----------
    root
        Folder to make.
    seen
        Lines in the photos, which need not be the true ones.
    """
    for folder in ("images", "masks"):
        (root / folder).mkdir(parents=True)
    for name, true in TRUE.items():
        photo = np.full((*SHAPE, 3), GREY, np.uint8)
        photo[seen[name]] = DARK
        cv2.imwrite(str(root / "images" / f"{name}.png"), photo)
        cv2.imwrite(str(root / "masks" / f"{name}.png"), true.astype(np.uint8) * 255)
    return root
