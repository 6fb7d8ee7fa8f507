"""Large TIFF files a tile or a strip at a time, so that no more of them than that has to be in memory."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray

from crackwise import scratch
from crackwise.arrays import Rgb
from crackwise.errors import PhotoError

_KINDS = frozenset({tifffile.PHOTOMETRIC.MINISBLACK, tifffile.PHOTOMETRIC.RGB, tifffile.PHOTOMETRIC.YCBCR})
_AT_ONCE_BYTES = 2**26
"""So much is read at once, and decoded before its pages are let go."""


def read_parts(path: Path) -> Rgb | None:
    """Decode a large TIFF part by part, (H, W, 3) upright.

    Returns
    -------
    None for a file that is read whole instead: it is not large, or not one of the plain kinds (8 or 16 bits,
    grey or RGB, channels together, not turned), or its compression needs the extra ``tiff``.

    Raises
    ------
    PhotoError
        If the file is truncated or damaged.
    OutputError
        If there is no room for its pixels; see :func:`crackwise.scratch.zeros`.
    """
    try:
        with tifffile.TiffFile(path) as file:
            page = file.pages.first
            H, W = page.imagelength, page.imagewidth
            if 3 * H * W < scratch.LARGE_BYTES or not _is_plain(page):
                return None
            return _read(page, scratch.zeros((H, W, 3)))
    except (tifffile.TiffFileError, ValueError, RuntimeError, IndexError, EOFError) as error:
        raise PhotoError(f"{path} is truncated or damaged ({error}); copy it again") from error


def _is_plain(page: tifffile.TiffPage) -> bool:
    orientation = page.tags.get("Orientation")
    return (
        page.photometric in _KINDS
        and (page.photometric != tifffile.PHOTOMETRIC.YCBCR or page.compression == tifffile.COMPRESSION.JPEG)
        and page.planarconfig == tifffile.PLANARCONFIG.CONTIG
        and page.dtype in {np.dtype(np.uint8), np.dtype(np.uint16)}
        and (orientation is None or orientation.value == 1)
        and page.compression in tifffile.TIFF.DECOMPRESSORS
        and page.predictor in tifffile.TIFF.UNPREDICTORS
    )


def _read(page: tifffile.TiffPage, pixels: Rgb) -> Rgb:
    decoded = 0
    for part, place, _ in page.segments(maxworkers=1, buffersize=_AT_ONCE_BYTES):
        if part is None:  # a tile that was never written
            continue
        top, left = place[2:4]
        target = pixels[top : top + part.shape[1], left : left + part.shape[2]]  # a tile may reach beyond
        target[:] = _rgb(part[0, : target.shape[0], : target.shape[1]])
        decoded += part.nbytes
        if decoded > _AT_ONCE_BYTES:
            scratch.let_go(pixels)
            decoded = 0
    return pixels


def _rgb(part: NDArray[Any]) -> Rgb:
    """Bring a part (h, w, channels) to 8 bits and RGB, as ``crackwise.pixels`` does."""
    if part.dtype == np.uint16:
        part = cv2.convertScaleAbs(part, alpha=1 / 257).reshape(part.shape)
    return part[..., :3] if part.shape[-1] >= 3 else part[..., :1]
