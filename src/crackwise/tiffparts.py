"""Large TIFF files a tile or a strip at a time, so that no more of them than that has to be in memory."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from crackwise import scratch
from crackwise.arrays import Rgb
from crackwise.pixels import to_8_bits

_KINDS = frozenset({tifffile.PHOTOMETRIC.MINISBLACK, tifffile.PHOTOMETRIC.RGB, tifffile.PHOTOMETRIC.YCBCR})
_PLAIN = frozenset(
    {tifffile.COMPRESSION.NONE, tifffile.COMPRESSION.ADOBE_DEFLATE, tifffile.COMPRESSION.DEFLATE}
)
_WITH_IMAGECODECS = _PLAIN | {
    tifffile.COMPRESSION.LZW,
    tifffile.COMPRESSION.JPEG,
    tifffile.COMPRESSION.PACKBITS,
    tifffile.COMPRESSION.ZSTD,
}
_PREDICTORS = frozenset({tifffile.PREDICTOR.NONE, tifffile.PREDICTOR.HORIZONTAL})
_END_OF_JPEG = b"\xff\xd9"
_LET_GO_BYTES = 2**26
"""So much is decoded before its pages are let go."""


def read_parts(path: Path) -> Rgb | None:
    """Decode a TIFF part by part, (H, W, 3); how it is to be turned is not asked.

    Returns
    -------
    None for a file that is to be read whole, which also says what is wrong with it: it is damaged or not of a
    plain kind (8 or 16 bits, grey or RGB, channels together, no premultiplied alpha), or its compression
    needs the extra ``tiff``.
    """
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # its notes on tags that nobody asked for
    try:
        with tifffile.TiffFile(path) as file:
            page = file.pages.first
            if not (_is_plain(page) and _is_complete(page, path.stat().st_size)):
                return None
            return _read(page, scratch.zeros((page.imagelength, page.imagewidth, 3)))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - decoders raise what they like of damaged files
        return None


def _is_plain(page: tifffile.TiffPage) -> bool:
    return (
        page.photometric in _KINDS
        and (page.photometric != tifffile.PHOTOMETRIC.YCBCR or page.compression == tifffile.COMPRESSION.JPEG)
        and page.planarconfig == tifffile.PLANARCONFIG.CONTIG
        and page.bitspersample in {8, 16}
        and page.dtype in {np.dtype(np.uint8), np.dtype(np.uint16)}
        and tifffile.EXTRASAMPLE.ASSOCALPHA not in page.extrasamples
        and page.compression in (_WITH_IMAGECODECS if _has_imagecodecs() else _PLAIN)
        and page.predictor in _PREDICTORS
    )


def _has_imagecodecs() -> bool:
    try:
        import imagecodecs  # noqa: F401
    except ImportError:
        return False
    return True


def _is_complete(page: tifffile.TiffPage, file_bytes: int) -> bool:
    """Tell whether every part lies within the file; decoders of JPEG make up what is missing."""
    file = page.parent.filehandle
    for start, length in zip(page.dataoffsets, page.databytecounts):
        if start + length > file_bytes:
            return False
        if length and page.compression == tifffile.COMPRESSION.JPEG:
            file.seek(start + length - len(_END_OF_JPEG))
            if file.read(len(_END_OF_JPEG)) != _END_OF_JPEG:
                return False
    return True


def _read(page: tifffile.TiffPage, pixels: Rgb) -> Rgb:
    decoded = 0
    one_by_one = 1  # byte; where more are read at once, those after a gap are shifted
    for part, place, _ in page.segments(maxworkers=1, buffersize=one_by_one):
        if part is None:  # a tile that was never written
            continue
        top, left = place[2:4]
        target = pixels[top : top + part.shape[1], left : left + part.shape[2]]  # a tile may reach beyond
        target[:] = _rgb(part[0, : target.shape[0], : target.shape[1]])
        decoded += part.nbytes
        if decoded > _LET_GO_BYTES:
            scratch.let_go(pixels)
            decoded = 0
    return pixels


def _rgb(part: NDArray[Any]) -> Rgb:
    """Bring a part (h, w, channels) to 8 bits and RGB, as ``crackwise.pixels`` does."""
    part = to_8_bits(part) if part.dtype == np.uint16 else part
    return part[..., :3] if part.shape[-1] >= 3 else part[..., :1]
