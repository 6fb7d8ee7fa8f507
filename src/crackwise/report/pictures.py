"""Pictures inside a report: small, of bounded size."""

import base64
from pathlib import Path

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Rgb
from crackwise.errors import OutputError

SIDE_PX = 800
BYTES_MOST = 150_000
"""100 thumbnails and 12 zooms of this size are 22 MB as base64, below 25 MB for 100 photos."""

FULL_COLOUR = (cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444)
"""Colours in full resolution, or those of thin lines would run into each other."""

_FADED = 0.45
"""How much of a photo's contrast is left below colours."""

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


def jpeg(picture: Rgb, quality: int, *options: int) -> bytes:
    """Encode a picture (H, W, 3), with options of OpenCV such as ``FULL_COLOUR``.

    Raises
    ------
    OutputError
        If it cannot be encoded: a JPEG has at most 65,500 px a side.
    """
    parameters = (cv2.IMWRITE_JPEG_QUALITY, quality, *options)
    is_encoded, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), parameters)
    if not is_encoded:
        size = f"{picture.shape[1]}×{picture.shape[0]} px"
        raise OutputError(f"a picture for the report cannot be encoded at {size}")
    return bytes(data.tobytes())


def faded(photo: Rgb) -> Rgb:
    """Fade a photo to light grey, so that colours on it are seen."""
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY).astype(np.float32)
    light = (255 - _FADED * (255 - grey)).astype(np.uint8)
    return np.repeat(light[:, :, None], 3, axis=2)


def fitted(picture: Rgb, side_px: int) -> Rgb:
    """Bring the longer side of a picture (H, W, 3) to so many px; enlarged pixels stay squares."""
    factor = side_px / max(picture.shape[:2])
    height, width = (max(1, round(factor * extent)) for extent in picture.shape[:2])
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(picture, (width, height), interpolation=how), np.uint8)


def fullest_part(mask: CrackMask, side_px: int) -> tuple[slice, slice]:
    """Choose the window of a mask (H, W), of at most so many px a side, with most of its pixels."""
    H, W = mask.shape
    height, width = min(H, side_px), min(W, side_px)
    sums = cv2.integral(mask.astype(np.uint8))
    inside = sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]
    top, left = (int(place) for place in np.unravel_index(int(inside.argmax()), inside.shape))
    return slice(top, top + height), slice(left, left + width)


def data_uri(jpeg: bytes) -> str:
    """Write a JPEG as a data URI, which a page can hold."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}"


def _read(path: Path, shape: tuple[int, int]) -> Rgb | None:
    """Decode, a large JPEG at a half, quarter or eighth (a 12 MP photo takes 25 instead of 90 ms)."""
    fitting = [factor for factor in _REDUCED if max(shape) / factor >= SIDE_PX]
    data = np.fromfile(path, np.uint8) if path.is_file() else np.empty(0, np.uint8)
    how = _REDUCED[fitting[0]] if fitting else cv2.IMREAD_COLOR
    pixels = cv2.imdecode(data, how) if data.size else None
    return None if pixels is None else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))


def _encoded(picture: Rgb) -> bytes:
    """Encode as well as the size allows; a photo full of grain is made coarser, then smaller."""
    data, own_px = b"", max(picture.shape[:2])
    for side_px, quality in _ATTEMPTS:
        data = jpeg(fitted(picture, min(side_px, own_px)), quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1)
        if len(data) <= BYTES_MOST:
            break
    return data
