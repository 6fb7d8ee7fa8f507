"""One version of a photo: other pixels and other masks of the same size, and what was done to them."""

from dataclasses import dataclass

import cv2

from crackwise.arrays import CrackMask, Floats, Rgb
from crackwise.errors import DataError

LONGEST_SIDE_PX = 32_766
"""OpenCV cannot turn larger pictures: its coordinates have 16 bits."""


@dataclass(frozen=True, slots=True)
class Version:
    """A photo and its masks after the same change.

    Parameters
    ----------
    image
        (H, W, 3) uint8, as large as the photo.
    masks
        Each (H, W) bool, in the order given.
    change
        What was done, for people: ``turned 12°, size 105 %``.
    """

    image: Rgb
    masks: tuple[CrackMask, ...]
    change: str


def move_together(
    image: Rgb, masks: tuple[CrackMask, ...], matrix: Floats
) -> tuple[Rgb, tuple[CrackMask, ...]]:
    """Move a photo and its masks by one (2, 3) matrix; the size stays, and the edges are mirrored for both.

    The photo is interpolated, a mask takes the nearest pixel. A mirrored photo beside a mask
    that is not would show cracks that the mask denies; black corners would show edges where there are none.

    Raises
    ------
    DataError
        If a side is longer than `LONGEST_SIDE_PX`.
    """
    H, W = image.shape[:2]
    if max(H, W) > LONGEST_SIDE_PX:
        raise DataError(
            f"the photo is {W}×{H} px and cannot be turned; "
            f"cut it into parts of {LONGEST_SIDE_PX:,} px or less"
        )
    border = cv2.BORDER_REFLECT_101
    pixels = cv2.warpAffine(image, matrix, (W, H), flags=cv2.INTER_LINEAR, borderMode=border)
    moved = tuple(
        cv2.warpAffine(mask.astype("uint8"), matrix, (W, H), flags=cv2.INTER_NEAREST, borderMode=border) > 0
        for mask in masks
    )
    return pixels, moved
