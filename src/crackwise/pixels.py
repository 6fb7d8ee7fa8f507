"""From the bytes of a photo to upright RGB pixels: 8 and 16 bits, grey, palette, alpha and CMYK."""

import io
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from crackwise.arrays import Rgb
from crackwise.errors import PhotoError
from crackwise.exif import orientation, read_exif, turned_back, upright

BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    EOFError,
    struct.error,
    zlib.error,
)
"""What Pillow raises on damaged files."""

_OPENCV_FORMATS = frozenset({"JPEG", "MPO", "PNG", "WEBP"})
_OPENCV_MODES = frozenset({"L", "RGB", "RGBA"})
_PILLOW_MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"})
_MODES_OF_16_BIT = frozenset({"I", "I;16", "I;16B", "I;16L", "L", "LA", "RGB", "RGBA", "RGBX"})
_TURNED_BY_DECODER = frozenset({"TIFF"})
_TIFF_BEGINS = (b"II", b"MM")
_TIFF_BITS, _TIFF_SAMPLE_FORMAT = 258, 339
_TIFF_MEANING, _TIFF_PLANES = 262, 284
_UNSIGNED, _WHITE_IS_ZERO, _SEPARATE = 1, 0, 2
_NOT_IN_OPENCV = frozenset({"zstd", "lzma"})
"""Compressions of TIFF, as Pillow names them, that OpenCV is built without."""

_ROWS = 64


def decode(header: Image.Image, data: bytes, name: str, file: Path | None = None) -> Rgb:
    """Decode the pixels of an opened photo, upright, (H, W, 3).

    Parameters
    ----------
    data
        All bytes of its file.
    name
        Of the photo, for messages.
    file
        That holds these bytes and may be read again, which spares a copy of the pixels; None for bytes alone.

    Raises
    ------
    PhotoError
        If the file is truncated or damaged, or its pixels have no plain meaning as RGB.
    """
    if _bits(header, data) == 16:
        pixels = _decode_16_bit(data, header, name)
    elif header.format in _OPENCV_FORMATS and header.mode in _OPENCV_MODES and not _is_animated(header):
        pixels = _decode_8_bit(data, header, name, file)
    else:
        pixels = _decode_with_pillow(header, name)
    return pixels if header.format in _TURNED_BY_DECODER else upright(pixels, orientation(read_exif(header)))


def _bits(header: Image.Image, data: bytes) -> int:
    if header.format == "PNG":
        return data[24]  # the bit depth of IHDR, which is always the first chunk
    if header.format == "TIFF":
        return int(max(header.tag_v2.get(_TIFF_BITS, (1,))))  # type: ignore[attr-defined]
    return 8


def _is_animated(header: Image.Image) -> bool:
    return header.format != "MPO" and getattr(header, "is_animated", False)


def _decode_8_bit(data: bytes, header: Image.Image, name: str, file: Path | None) -> Rgb:
    """Decode with OpenCV: 89 ms for a JPEG of 12 MP where Pillow takes 148 ms (one core)."""
    if _is_cut_off(data, header.format):  # some versions of OpenCV return grey below the cut and say nothing
        raise PhotoError(f"{name} is truncated: its end is missing; copy it again from the camera")
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    found = None if file is None else _from_file(file, flags)
    return _opencv(data, flags, name) if found is None else found


def _from_file(path: Path, flags: int) -> Rgb | None:
    """Let OpenCV read the file itself: what it decodes from memory it holds twice; None where it does not.

    The second argument, a place for the pixels, is what spares the copy, though it stays empty. A name that
    is no UTF-8 would end the process, and on Windows OpenCV opens no name beyond its code page.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return None
    return cast("Rgb | None", cv2.imread(str(path), None, flags))


def read_stored(path: Path, flags: int) -> NDArray[Any] | None:
    """Let OpenCV read a picture as it is stored, not turned by its EXIF tag; None where it cannot.

    Parameters
    ----------
    path
        Any name that the file system allows.
    flags
        Of OpenCV, such as ``cv2.IMREAD_GRAYSCALE``.
    """
    flags |= cv2.IMREAD_IGNORE_ORIENTATION
    found = None if _is_tiff(path) else _from_file(path, flags)
    if found is not None or not path.is_file():
        return found
    data = path.read_bytes()
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flags) if data else None
    return None if decoded is None else as_stored(decoded, data)


def _is_tiff(path: Path) -> bool:
    with suppress(OSError), path.open("rb") as file:
        return file.read(2) in _TIFF_BEGINS
    return False


def as_stored(decoded: NDArray[Any], data: bytes) -> NDArray[Any]:
    """Turn back what OpenCV decoded from a TIFF, which it turns upright though it is told not to.

    Parameters
    ----------
    data
        All bytes of the file.
    """
    if data[:2] in _TIFF_BEGINS:
        with suppress(*BROKEN), Image.open(io.BytesIO(data)) as header:
            return turned_back(decoded, orientation(read_exif(header)))
    return decoded


class _AnySize:
    """Lifts the limit that Pillow sets to the size of pictures, for all threads: what is too large we say."""

    def __init__(self) -> None:
        self._lock, self._inside = threading.Lock(), 0
        self._limit: int | None = None

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """Lift it for the length of the block; the last of several threads puts it back."""
        with self._lock:
            if not self._inside:
                self._limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if not self._inside:
                    Image.MAX_IMAGE_PIXELS = self._limit


ANY_SIZE = _AnySize()


def _decode_16_bit(data: bytes, header: Image.Image, name: str) -> Rgb:
    """Decode with OpenCV, because Pillow reads 16-bit RGB wrongly, and bring to 8 bits."""
    if header.mode not in _MODES_OF_16_BIT or _sample_format(header) != _UNSIGNED:
        raise PhotoError(f"{name} has 16-bit pixels of kind {header.mode}; save it as RGB or grey")
    compression = header.info.get("compression")
    if compression in _NOT_IN_OPENCV:
        raise PhotoError(
            f"{name} has 16-bit pixels compressed with {compression.upper()}, which is not read; save it "
            "with LZW, Deflate or no compression"
        )
    stored = _opencv(data, cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION, name)
    if stored.dtype != np.uint16:
        raise PhotoError(
            f"{name} has 16-bit pixels in a layout that is not read; save it with 8 bits a channel"
        )
    if _tiff_tag(header, _TIFF_PLANES, None) == _SEPARATE:
        raise PhotoError(f"{name} has 16-bit channels in separate planes; save it with them together")
    pixels = to_8_bits(stored)
    if _tiff_tag(header, _TIFF_MEANING, None) == _WHITE_IS_ZERO:
        np.subtract(255, pixels, out=pixels)
    code = cv2.COLOR_GRAY2RGB if pixels.ndim == 2 else cv2.COLOR_BGR2RGB
    return cast(Rgb, cv2.cvtColor(pixels[..., :3] if pixels.ndim == 3 else pixels, code))


def to_8_bits(stored: NDArray[Any]) -> NDArray[np.uint8]:
    """Divide uint16 values of any shape by 257: 65535 becomes 255."""
    return np.asarray(cv2.convertScaleAbs(stored, alpha=1 / 257), np.uint8).reshape(stored.shape)


def mask_levels(stored: NDArray[Any]) -> NDArray[np.uint8]:
    """Bring a mask of 8 or 16 bits to 8, any shape, rounded up: what is not nought stays so."""
    return stored if stored.dtype == np.uint8 else (-(-stored.astype(np.int32) // 257)).astype(np.uint8)


def _opencv(data: bytes, flags: int, name: str) -> Rgb:
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise PhotoError(f"{name} cannot be decoded ({error.err}); export it again") from error
    if pixels is None:
        raise PhotoError(f"{name} is truncated or damaged; copy it again from the camera")
    return cast(Rgb, pixels)


def _decode_with_pillow(header: Image.Image, name: str) -> Rgb:
    if header.mode not in _PILLOW_MODES:
        raise PhotoError(
            f"{name} has pixels of kind {header.mode}; save it as RGB or grey with 8 or 16 bits a channel"
        )
    try:
        with ANY_SIZE.allowed():
            header.load()
            # a palette with transparent entries has to pass through RGBA or Pillow warns
            opaque = header.convert("RGBA") if "transparency" in header.info else header
            return _taken_over(opaque if opaque.mode == "RGB" else opaque.convert("RGB"))
    except BROKEN as error:
        raise PhotoError(
            f"{name} is truncated or damaged ({error}); copy it again from the camera"
        ) from error


def _taken_over(picture: Image.Image) -> Rgb:
    """Copy the pixels of Pillow some rows at a time; at once it takes three times their memory."""
    pixels = np.empty((picture.height, picture.width, 3), np.uint8)
    for top in range(0, picture.height, _ROWS):
        band = picture.crop((0, top, picture.width, min(top + _ROWS, picture.height)))
        pixels[top : top + _ROWS] = np.asarray(band)
    return pixels


def _sample_format(header: Image.Image) -> int:
    return int(max(_tiff_tag(header, _TIFF_SAMPLE_FORMAT, (_UNSIGNED,))))


def _tiff_tag(header: Image.Image, tag: int, otherwise: Any) -> Any:
    """Give a tag of a TIFF, of any other file what it would otherwise be."""
    return header.tag_v2.get(tag, otherwise) if header.format == "TIFF" else otherwise  # type: ignore[attr-defined]


def _is_cut_off(data: bytes, kind: str | None) -> bool:
    if kind in {"JPEG", "MPO"}:
        return data.find(b"\xff\xd9", _first_scan(data)) < 0
    return kind == "PNG" and data.rfind(b"IEND") < 0


def _first_scan(data: bytes) -> int:
    """Find where the pixels of a JPEG begin: a thumbnail before them has an end mark of its own."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        is_fill = data[at + 1] == 0xFF
        at += 1 if is_fill else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return at
