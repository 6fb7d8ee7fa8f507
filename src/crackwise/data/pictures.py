"""Picture files of a set: their header without decoding a pixel, and their pixels stored or upright.

A camera that was turned notes so in the Exif block; programs then show the photo turned, upright, while its
pixels are stored as they came from the sensor. H rows, W columns.
"""

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import cv2
import numpy as np
from PIL import Image

from crackwise.arrays import Rgb
from crackwise.errors import DataError, PhotoError
from crackwise.exif import orientation, read_exif, turns_sideways
from crackwise.photo import HEIC_SUFFIXES, read_photo
from crackwise.pixels import BROKEN, as_stored, decode

_EXIF = b"Exif\0\0"
_ORIENTATION = 0x0112
_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257
_SCAN, _APP1 = 0xDA, 0xE1
_WARNINGS_ARE_GLOBAL = threading.Lock()

_Order: TypeAlias = Literal["little", "big"]
_ORDERS: dict[bytes, _Order] = {b"II": "little", b"MM": "big"}


@dataclass(frozen=True, slots=True)
class Header:
    """What the header of a picture says.

    Parameters
    ----------
    size
        (H, W) of the stored pixels.
    orientation
        Of Exif, 1 to 8; 1 is upright.
    """

    size: tuple[int, int]
    orientation: int

    @property
    def is_turned(self) -> bool:
        """True when programs show the photo other than it is stored."""
        return self.orientation != 1

    @property
    def upright_size(self) -> tuple[int, int]:
        """(H, W) as programs show it."""
        return self.size[::-1] if turns_sideways(self.orientation) else self.size


def read_header(picture: Path | bytes, name: str) -> Header:
    """Read size and orientation.

    Raises
    ------
    PhotoError
        If it is no picture, or its header is damaged.
    """
    with opened(picture, name) as header, _quiet_pillow():
        code = orientation(read_exif(header))
        if header.format == "TIFF":  # Pillow versions differ in whether the size is already turned
            tags = header.tag_v2  # type: ignore[attr-defined]
            return Header((int(tags[_TIFF_HEIGHT]), int(tags[_TIFF_WIDTH])), code)
        return Header((header.height, header.width), code)


@contextmanager
def opened(picture: Path | bytes, name: str) -> Iterator[Image.Image]:
    """Open a picture with Pillow; what it raises while it is open becomes one sentence.

    Raises
    ------
    PhotoError
        If it is no picture, damaged, or above 179 megapixels (the limit of Pillow).
    """
    try:
        with _quiet_pillow():
            image = Image.open(io.BytesIO(picture) if isinstance(picture, bytes) else picture)
        with image:
            yield image
    except FileNotFoundError as error:
        raise PhotoError(f"{name} does not exist; check the path") from error
    except Image.DecompressionBombError as error:
        raise PhotoError(f"{name} has more than 179 megapixels; cut it into parts") from error
    except BROKEN as error:
        raise PhotoError(f"{name} is no picture, or it is damaged or cut off; export it again") from error


def read_upright(picture: Path | bytes, name: str) -> Rgb:
    """Decode as programs show it, (H, W, 3).

    Raises
    ------
    PhotoError
        If it cannot be decoded.
    """
    if isinstance(picture, Path) and picture.suffix.lower() in HEIC_SUFFIXES:
        return read_photo(picture).pixels
    data, file = (picture, None) if isinstance(picture, bytes) else (picture.read_bytes(), picture)
    with opened(data, name) as header:
        return decode(header, data, name, file)


def read_stored(data: bytes, name: str) -> Rgb:
    """Decode as it is stored, (H, W, 3).

    Raises
    ------
    DataError
        If it cannot be decoded.
    """
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        raise DataError(f"{name} is damaged or cut off; copy it again")
    return np.ascontiguousarray(as_stored(pixels, data)[:, :, ::-1])


def without_orientation(jpeg: bytes) -> bytes | None:
    """Set the orientation of a JPEG to upright and leave every other byte as it is.

    Returns
    -------
    None where the file has another form, so that nothing can be said about it.
    """
    at = _orientation_value(jpeg)
    if at is None:
        return None
    position, order = at
    value = (1).to_bytes(2, order)
    return jpeg[:position] + value + jpeg[position + 2 :]


@contextmanager
def _quiet_pillow() -> Iterator[None]:
    """Pass over what Pillow only warns of; the filter of warnings is one for all threads."""
    with _WARNINGS_ARE_GLOBAL, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _orientation_value(jpeg: bytes) -> tuple[int, _Order] | None:
    """Find where the orientation is written: position of its two bytes, and their order."""
    block = _exif_block(jpeg)
    if block is None or jpeg[block : block + 2] not in _ORDERS:
        return None
    order = _ORDERS[jpeg[block : block + 2]]

    def number(position: int, count: int) -> int:
        return int.from_bytes(jpeg[position : position + count], order)

    directory = block + number(block + 4, 4)
    for entry in range(number(directory, 2)):
        position = directory + 2 + 12 * entry
        if position + 12 <= len(jpeg) and number(position, 2) == _ORIENTATION:
            return position + 8, order
    return None


def _exif_block(jpeg: bytes) -> int | None:
    """Find where the TIFF header of the Exif block begins."""
    at = 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != _SCAN:
        if jpeg[at + 1] == _APP1 and jpeg[at + 4 : at + 10] == _EXIF:
            return at + 10
        at += 1 if jpeg[at + 1] == 0xFF else 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return None
