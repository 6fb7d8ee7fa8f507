"""Photos beside their versions, each with the outline of its mask, to check an augmented set by eye."""

from collections.abc import Sequence

import numpy as np

from crackwise.arrays import CrackMask, Rgb
from crackwise.data.augment.files import AugmentSettings, make_version
from crackwise.data.folder import SetPhoto
from crackwise.data.sheet import Cell, Row, fitted, outlined

PHOTOS = 8


def version_rows(photos: Sequence[SetPhoto], settings: AugmentSettings) -> tuple[Row, ...]:
    """Put photos and their versions in rows of a contact sheet.

    Parameters
    ----------
    photos
        Those that are augmented; at most `PHOTOS` are shown, from the first to the last at even steps.
    settings
        The versions are those that `write_augmented` writes with the same settings.
    """
    count = min(PHOTOS, len(photos))
    chosen = np.linspace(0, len(photos) - 1, count).round().astype(int)
    return tuple(_row(photos[index], settings) for index in chosen)


def _row(photo: SetPhoto, settings: AugmentSettings) -> Row:
    image = photo.read_image()
    H, W = image.shape[:2]
    cells = [_cell(image, photo.read_mask_of(image.shape), f"original\n{W} × {H} px")]
    for number in range(1, settings.versions + 1):
        version = make_version(photo, settings, number)
        mask = version.masks[0] if version.masks else None
        cells.append(_cell(version.image, mask, f"version {number}\n{version.change}"))
    return Row(photo.file, tuple(cells))


def _cell(image: Rgb, mask: CrackMask | None, caption: str) -> Cell:
    return Cell(fitted(image) if mask is None else outlined(image, mask), caption)
