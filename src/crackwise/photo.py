"""Photos as they come from cameras: header first, then pixels, always RGB and upright."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from crackwise import scratch
from crackwise.arrays import Floats, Grey, Rgb
from crackwise.errors import MissingExtraError, PhotoError
from crackwise.exif import (
    camera,
    digital_zoom,
    focal_length_35mm,
    focal_length_mm,
    orientation,
    place_deg,
    read_exif,
    stated_size_px,
    taken_at,
    turns_sideways,
)
from crackwise.pixels import ANY_SIZE, BROKEN, decode

MAX_MEGAPIXELS = 300.0
MIN_SIDE_PX = 16
PHOTO_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".mpo", ".png", ".tif", ".tiff", ".bmp", ".dib", ".webp"}
)
HEIC_SUFFIXES = frozenset({".heic", ".heif", ".hif"})
RAW_SUFFIXES = frozenset(
    {".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".fff", ".gpr", ".iiq", ".kdc", ".mef"}
    | {".mos", ".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw"}
    | {".x3f"}
)
UNREAD_SUFFIXES = RAW_SUFFIXES | {".avif", ".j2k", ".jp2", ".jpf", ".jpx", ".jxl"}
"""Photos that are not read, and are named as such instead of being passed over."""

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
"""At the head of the file (ISO/IEC 23008-12, clause 10): phones hand such photos on as ``.jpg``, too."""

_FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "DIB", "WEBP")
_TIFF_PAGE_KIND, _TIFF_WIDTH, _TIFF_HEIGHT = 254, 256, 257
_TIFF_REDUCED, _TIFF_MASK = 1, 4
_WARNINGS_ARE_GLOBAL = threading.Lock()


@dataclass(frozen=True, slots=True)
class PhotoInfo:
    """What the file says about a photo, without its pixels.

    Parameters
    ----------
    source
        The file; None for an array.
    height_px, width_px
        Size after EXIF rotation.
    taken_at
        ISO 8601 local time of the camera; None when the file does not say.
    camera
        Maker and model.
    latitude_deg, longitude_deg
        WGS 84; None when the file does not say or ``--no-gps`` was given.
    focal_length_mm, focal_length_35mm
        Of the lens, and of the lens that would give this view on 35 mm film; None when the file does not say.
    digital_zoom
        How many times the camera enlarged a part of its picture; None when the file does not say or states 0.
    stated_size_px
        Height and width as the camera stated them, in either order; None when the file does not say.
    file_bytes, file_modified_ns
        Size of the file and time of its last change, in ns since 1970; None for an array.
    is_rectified
        Whether it was warped to the plane of a marker card, so that its pixels are not those of the file.
    """

    source: Path | None
    height_px: int
    width_px: int
    taken_at: str | None = None
    camera: str | None = None
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    focal_length_mm: float | None = None
    focal_length_35mm: float | None = None
    digital_zoom: float | None = None
    stated_size_px: tuple[int, int] | None = None
    file_bytes: int | None = None
    file_modified_ns: int | None = None
    is_rectified: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """The photo that a rectified one was made from.

    Parameters
    ----------
    pixels
        (H, W, 3)
    to_rectified
        (3, 3), from (x, y, 1) px here to px in the rectified photo.
    coarsest
        How many px of the rectified photo one here becomes where that is most.
    """

    pixels: Rgb
    to_rectified: Floats
    coarsest: float


@dataclass(frozen=True, slots=True)
class Photo:
    """Pixels (H, W, 3) uint8, RGB, upright, alpha dropped, with what the file says about them.

    ``taken`` is there when the photo was rectified.
    """

    pixels: Rgb
    info: PhotoInfo
    taken: Taken | None = None


def read_info(path: str | Path, *, keep_gps: bool = True) -> PhotoInfo:
    """Read what the header says, without decoding a pixel.

    Raises
    ------
    PhotoError
        If the file is missing, empty, unreadable, of a kind that is not read (camera raw, AVIF, …), or no
        photo.
    MissingExtraError
        If it is HEIC and the extra ``heic`` is not installed.
    """
    path = Path(path)
    with _opened(path) as stream:
        return _info(_read_header(stream, path), path, keep_gps)


def read_photo(path: str | Path, *, max_megapixels: float = MAX_MEGAPIXELS, keep_gps: bool = True) -> Photo:
    """Read a photo as RGB, upright, with alpha dropped; the header first, so that a huge one costs nothing.

    16-bit values are divided by 257, CMYK is converted, of an animation the first frame is taken. The pixels
    of a large TIFF are read a tile or strip at a time and lie in a temporary file (`crackwise.scratch`).

    Raises
    ------
    PhotoError
        As :func:`read_info`, and if the photo is too large, too small, truncated, has several pages or pixels
        that have no plain meaning as RGB (floating point, LAB, …).
    MissingExtraError
        If it is HEIC and the extra ``heic`` is not installed.
    """
    path = Path(path)
    with _opened(path) as stream:
        header = _read_header(stream, path)
        info = _info(header, path, keep_gps)
        _check_size(info, max_megapixels)
        _check_pages(header, path)
        pixels = _read_in_parts(header, info, path)
        if pixels is None:
            stream.seek(0)
            pixels = decode(header, stream.read(), str(path), path)
    if pixels.shape != (info.height_px, info.width_px, 3):
        raise PhotoError(
            f"{path} announces {info.width_px}×{info.height_px} px but holds others; export it again"
        )
    return Photo(np.ascontiguousarray(pixels), info)


def photo_of(array: Rgb | Grey) -> Photo:
    """Take an array as a photo.

    Parameters
    ----------
    array
        (H, W, 3) RGB or (H, W) grey, uint8.

    Raises
    ------
    PhotoError
        If shape or type is another; nothing is scaled or guessed.
    """
    if array.dtype != np.uint8 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 3)):
        raise PhotoError(
            f"array is {array.dtype} of shape {array.shape}; expected uint8, (H, W, 3) RGB or (H, W) grey"
        )
    info = PhotoInfo(None, array.shape[0], array.shape[1])
    _check_size(info, np.inf)
    pixels = np.repeat(array[:, :, None], 3, axis=2) if array.ndim == 2 else array
    return Photo(np.ascontiguousarray(pixels), info)


def as_photo(photo: str | Path | Rgb | Grey | Photo) -> Photo:
    """Read a file, take an array as a photo, or a photo as it is.

    Raises
    ------
    PhotoError, MissingExtraError
        As :func:`read_photo` and :func:`photo_of`.
    """
    if isinstance(photo, Photo):
        return photo
    return read_photo(photo) if isinstance(photo, str | Path) else photo_of(photo)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    suffix = path.suffix.lower()
    if suffix in UNREAD_SUFFIXES:
        kind = "camera raw" if suffix in RAW_SUFFIXES else suffix[1:].upper()
        raise PhotoError(f"{path} is of the kind {kind}, which is not read; convert it to JPEG or TIFF first")
    try:
        with path.open("rb") as stream:
            if not stream.read(1):
                raise PhotoError(f"{path} is empty (0 bytes); copy it again from the camera")
            stream.seek(0)
            yield stream
    except FileNotFoundError as error:
        raise PhotoError(f"{path} does not exist; check the path") from error
    except IsADirectoryError as error:
        raise PhotoError(f"{path} is a folder where a photo was expected") from error
    except OSError as error:
        raise PhotoError(f"{path} cannot be read: {error.strerror or error}") from error


def _read_header(stream: BinaryIO, path: Path) -> Image.Image:
    formats: tuple[str, ...] = _FORMATS
    kind, brand = (start := stream.read(12))[4:8], start[8:]
    stream.seek(0)
    if path.suffix.lower() in HEIC_SUFFIXES or (kind == b"ftyp" and brand in _HEIC_BRANDS):
        _register_heic(path)
        formats = (*_FORMATS, "HEIF")
    try:
        with _lenient_pillow():
            return Image.open(stream, formats=formats)
    except BROKEN as error:
        raise PhotoError(
            f"{path} is not a photo, or its header is damaged; expected JPEG, PNG, TIFF, BMP, WebP or "
            "HEIC with 8 or 16 bits a channel"
        ) from error


@contextmanager
def _lenient_pillow() -> Iterator[None]:
    """Let Pillow open a photo of any size and pass over faults in its Exif block: both are judged here."""
    with _WARNINGS_ARE_GLOBAL, warnings.catch_warnings(), ANY_SIZE.allowed():
        warnings.simplefilter("ignore")
        yield


def _register_heic(path: Path) -> None:
    try:
        import pillow_heif
    except ImportError as error:
        raise MissingExtraError(f"{path}: reading HEIC photos", "heic") from error
    pillow_heif.register_heif_opener()


def _info(header: Image.Image, path: Path, keep_gps: bool) -> PhotoInfo:
    try:
        with _lenient_pillow():
            exif = read_exif(header)
            place = place_deg(exif) if keep_gps else None
            width_px, height_px = _stored_size(header)
            if turns_sideways(orientation(exif)):
                width_px, height_px = height_px, width_px
            file = path.stat()
            return PhotoInfo(
                source=path,
                height_px=height_px,
                width_px=width_px,
                taken_at=taken_at(exif),
                camera=camera(exif),
                latitude_deg=place[0] if place else None,
                longitude_deg=place[1] if place else None,
                focal_length_mm=focal_length_mm(exif),
                focal_length_35mm=focal_length_35mm(exif),
                digital_zoom=digital_zoom(exif),
                stated_size_px=stated_size_px(exif),
                file_bytes=file.st_size,
                file_modified_ns=file.st_mtime_ns,
            )
    except BROKEN as error:
        raise PhotoError(f"{path} has a damaged header ({error}); export it again") from error


def _stored_size(header: Image.Image) -> tuple[int, int]:
    if header.format == "TIFF":  # Pillow versions differ in whether the size is already turned
        tags = header.tag_v2  # type: ignore[attr-defined]
        return int(tags[_TIFF_WIDTH]), int(tags[_TIFF_HEIGHT])
    return header.size


def _check_size(info: PhotoInfo, max_megapixels: float) -> None:
    name = info.source or "array"
    size = f"{info.width_px}×{info.height_px} px"
    if min(info.height_px, info.width_px) < MIN_SIDE_PX:
        raise PhotoError(f"{name} is {size}, too small to inspect; expected at least {MIN_SIDE_PX} px a side")
    megapixels = info.height_px * info.width_px / 1e6
    if megapixels > max_megapixels:
        raise PhotoError(
            f"{name} is {size} ({megapixels:,.0f} megapixels), above the limit of {max_megapixels:g}; "
            "cut it into parts or raise --max-megapixels"
        )


def _read_in_parts(header: Image.Image, info: PhotoInfo, path: Path) -> Rgb | None:
    is_large = 3 * info.height_px * info.width_px >= scratch.LARGE_BYTES
    is_zstd = header.info.get("compression") == "zstd"  # of which OpenCV reads nothing with 16 bits
    if not (is_large or is_zstd) or header.format != "TIFF" or orientation(read_exif(header)) != 1:
        return None
    from crackwise.tiffparts import read_parts  # tifffile takes a moment to import

    return read_parts(path)


def _check_pages(header: Image.Image, path: Path) -> None:
    if header.format != "TIFF":
        return
    try:
        frames = range(getattr(header, "n_frames", 1))
        pages = sum(_is_page(header, frame) for frame in frames)
        header.seek(0)
    except BROKEN as error:
        raise PhotoError(f"{path} is truncated or damaged ({error}); copy it again") from error
    if pages > 1:
        raise PhotoError(
            f"{path} holds {pages} pages, which one to inspect is unclear; save each as its own file"
        )


def _is_page(header: Image.Image, frame: int) -> bool:
    header.seek(frame)
    kind = header.tag_v2.get(_TIFF_PAGE_KIND, 0)  # type: ignore[attr-defined]
    return frame == 0 or not kind & (_TIFF_REDUCED | _TIFF_MASK)
