"""Pictures inside a report: small, of bounded size."""

import base64
from pathlib import Path

import cv2
import numpy as np

from crackwise.arrays import Rgb

SIDE_PX = 800
BYTES_MOST = 150_000
"""100 thumbnails and 12 zooms of this size are 22 MB as base64, below 25 MB for 100 photos."""

_ATTEMPTS = ((SIDE_PX, 82), (SIDE_PX, 70), (SIDE_PX, 55), (640, 55), (480, 50), (320, 45))
_REDUCED = {8: cv2.IMREAD_REDUCED_COLOR_8, 4: cv2.IMREAD_REDUCED_COLOR_4, 2: cv2.IMREAD_REDUCED_COLOR_2}


def small_jpeg(path: Path, shape: tuple[int, int]) -> bytes | None:
    """Shrink a picture to at most 800 px and 150 kB.

    Parameters
    ----------
    path
        A JPEG or PNG.
    shape
        Its rows and columns, from which the fastest way of decoding follows.

    Returns
    -------
    A JPEG; None when there is no such picture.
    """
    picture = _read(path, shape)
    return None if picture is None else _encoded(picture)


def data_uri(jpeg: bytes) -> str:
    """Write a JPEG as a data URI, which a page can hold."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}"


def _read(path: Path, shape: tuple[int, int]) -> Rgb | None:
    """Decode, a large JPEG at a half, quarter or eighth (a 12 MP photo takes 25 instead of 90 ms)."""
    fitting = [factor for factor in _REDUCED if max(shape) / factor >= SIDE_PX]
    data = np.fromfile(path, np.uint8) if path.is_file() else np.empty(0, np.uint8)
    return cv2.imdecode(data, _REDUCED[fitting[0]] if fitting else cv2.IMREAD_COLOR) if data.size else None


def _encoded(picture: Rgb) -> bytes:
    """Encode as well as the size allows; a photo full of grain is made coarser, then smaller."""
    data = b""
    for side_px, quality in _ATTEMPTS:
        options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
        data = cv2.imencode(".jpg", _fitted(picture, side_px), options)[1].tobytes()
        if len(data) <= BYTES_MOST:
            break
    return data


def _fitted(picture: Rgb, side_px: int) -> Rgb:
    factor = side_px / max(picture.shape[:2])
    if factor >= 1:
        return picture
    height, width = (max(1, round(factor * extent)) for extent in picture.shape[:2])
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
