"""Masks as picture files: grey levels or an alpha channel, and a threshold."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from PIL import Image

from crackwise.arrays import CrackMask, Ints
from crackwise.data.dataset import CRACK_ABOVE
from crackwise.data.pictures import opened, read_header
from crackwise.errors import DataError, PhotoError

Channel: TypeAlias = Literal["grey", "alpha"]
"""Where the mask is: in the brightness as seen, colours mixed to grey; or in the opacity."""

_MODES_OF_16_BIT = frozenset({"I", "I;16", "I;16B", "I;16L"})
_MODES_WITH_ALPHA = frozenset({"LA", "PA", "RGBA", "La", "RGBa"})


@dataclass(frozen=True, slots=True)
class MaskFile:
    """A mask that is read when it is asked for.

    Parameters
    ----------
    path
        The file.
    threshold
        Levels above this are crack, 0 to 254; of 16-bit files 257 times as much.
    channel
        What is compared with the threshold.
    """

    path: Path
    threshold: int = CRACK_ABOVE
    channel: Channel = "grey"

    @property
    def size(self) -> tuple[int, int]:
        """(H, W) of the file, from its header.

        Raises
        ------
        DataError
            If it is no picture.
        """
        try:
            return read_header(self.path, str(self.path)).size
        except PhotoError as error:
            raise DataError(f"mask {error}") from error

    def mask(self, size: tuple[int, int]) -> CrackMask:
        """Read (H, W); a file without any level above the threshold must be black.

        Raises
        ------
        DataError
            If it cannot be read, has another size, or holds a mask that the threshold would hide.
        """
        found = self.size
        if found != size:
            raise DataError(
                f"mask {self.path} is {found[1]}×{found[0]} but its photo is {size[1]}×{size[0]}; "
                "export the mask again at the size of the photo"
            )
        try:
            with opened(self.path, str(self.path)) as image:
                levels = _alpha(image, self.path) if self.channel == "alpha" else _grey(image, self.path)
        except PhotoError as error:
            raise DataError(f"mask {error}") from error
        return self._above(levels)

    def _above(self, levels: Ints) -> CrackMask:
        full = 65535 if levels.dtype == np.int32 else 255
        threshold = self.threshold * (full // 255)
        brightest = int(levels.max(initial=0))
        if 0 < brightest <= threshold:
            raise DataError(
                f"mask {self.path} would be empty: its highest level is {brightest} of {full}, and crack "
                f"is what is above {threshold}; if all that is not 0 is crack, say --threshold 0"
            )
        return np.asarray(levels > threshold)


def _grey(image: Image.Image, path: Path) -> Ints:
    if image.mode == "F":
        raise DataError(f"mask {path} holds decimal numbers; export it with 8 bits, 0 and 255")
    if image.mode in _MODES_OF_16_BIT:
        return np.asarray(image).astype(np.int32)
    if "transparency" in image.info:  # or Pillow warns
        image = image.convert("RGBA")
    levels = np.asarray(image.convert("L"))
    if _has_alpha(image) and levels.size and levels.min() == levels.max():
        opacity = np.asarray(image.convert("RGBA").getchannel("A"))
        if opacity.min() != opacity.max():
            raise DataError(
                f"mask {path} has one colour throughout, so that its crack can only be in its alpha channel; "
                "say --format alpha"
            )
    return levels


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in _MODES_WITH_ALPHA or "transparency" in image.info


def _alpha(image: Image.Image, path: Path) -> Ints:
    if not _has_alpha(image):
        raise DataError(f"mask {path} has no alpha channel; read the set as masks in grey levels instead")
    levels = np.asarray(image.convert("RGBA").getchannel("A"))
    if levels.size and levels.min() == 255:
        raise DataError(
            f"mask {path} is opaque everywhere: its alpha channel holds no mask; read the set as masks in "
            "grey levels instead"
        )
    return levels
