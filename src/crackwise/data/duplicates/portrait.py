"""What is kept of a photo while it is compared with others: about 75 kB, whatever its size."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from crackwise.arrays import Floats, Grey, Rgb
from crackwise.data.duplicates.features import Features, find_features
from crackwise.data.duplicates.relief import coarse_relief
from crackwise.errors import DataError

SMALL_SIDE_PX = 160
"""Side of the square small picture in which grey values are compared."""

_FEATURE_SIDE_PX = 400  # longest side of the picture in which features are found
_COARSE_SIDE = 16  # waves each way of the fingerprint: 256 values


@dataclass(frozen=True, slots=True)
class Portrait:
    """What is kept of one photo that could be decoded.

    Parameters
    ----------
    file_digest, pixel_digest
        SHA-256 of the file and of size and decoded pixels; EXIF rotation is not applied.
    small
        (160, 160) uint8, the grey photo squeezed into a square.
    fingerprint
        (16, 16) int8, signs of the lowest waves (discrete cosine transform) along rows and columns.
    features
        Local features.
    relief
        (72, 72) int8, fine structure of the small picture.
    """

    file_digest: bytes
    pixel_digest: bytes
    small: Grey
    fingerprint: np.ndarray[tuple[int, int], np.dtype[np.int8]]
    features: Features
    relief: np.ndarray[tuple[int, int], np.dtype[np.int8]]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What is kept of a file that could not be decoded."""

    file_digest: bytes


def portray(path: Path) -> Portrait | Unreadable:
    """Read a file once and keep what comparing needs.

    Raises
    ------
    DataError
        If the file cannot be opened.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}; check the file") from error
    digest = hashlib.sha256(content).digest()
    pixels = _decoded(content)
    if pixels is None:
        return Unreadable(digest)
    pixel_digest = hashlib.sha256(f"{pixels.shape}".encode())
    pixel_digest.update(pixels.data)
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    small = _resized(grey, (SMALL_SIDE_PX, SMALL_SIDE_PX))
    return Portrait(
        digest,
        pixel_digest.digest(),
        small,
        _fingerprint(small),
        find_features(_limited(grey)),
        coarse_relief(small),
    )


def _decoded(content: bytes) -> Rgb | None:
    """Decode (H, W, 3) blue green red as stored; None if that cannot be done."""
    if not content:
        return None
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    except cv2.error:  # more pixels than OpenCV takes
        return None
    return None if pixels is None else np.asarray(pixels, dtype=np.uint8)


def _limited(grey: Grey) -> Grey:
    """Scale so that the longest side is 400 px."""
    scale = _FEATURE_SIDE_PX / max(grey.shape)
    H, W = (max(1, round(side * scale)) for side in grey.shape)
    return _resized(grey, (H, W))


def _resized(grey: Grey, shape: tuple[int, int]) -> Grey:
    is_smaller = shape[0] * shape[1] < grey.size
    way = cv2.INTER_AREA if is_smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, shape[::-1], interpolation=way), dtype=np.uint8)


def _fingerprint(small: Grey) -> np.ndarray[tuple[int, int], np.dtype[np.int8]]:
    waves: Floats = cv2.dct(cv2.resize(small, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32))
    return np.where(waves[1 : _COARSE_SIDE + 1, 1 : _COARSE_SIDE + 1] > 0, 1, -1).astype(np.int8)
