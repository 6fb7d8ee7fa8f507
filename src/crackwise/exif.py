"""What a camera wrote beside the pixels: orientation, time, camera and place (Exif 3.0, CIPA DC-008)."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = TypeVar("Pixels", bound=NDArray[Any])

_ORIENTATION = 0x0112
_MAKE = 0x010F
_MODEL = 0x0110
_TAKEN_AT = 0x9003
_CHANGED_AT = 0x0132
_DETAILS = 0x8769
_PLACE = 0x8825
_FOCAL_LENGTH = 0x920A
_FOCAL_LENGTH_35MM = 0xA405
_DIGITAL_ZOOM = 0xA404
_WIDTH, _HEIGHT = 0xA002, 0xA003
_STATUS = 9

_QUARTER_TURNS = {1: 0, 2: 0, 3: 2, 4: 2, 5: 3, 6: 3, 7: 1, 8: 1}
"""Turns by 90 degrees counter-clockwise that bring the stored rows upright, before any mirroring."""

_MIRRORED = frozenset({2, 4, 5, 7})
"""Orientations that, after the turn, are still mirrored left to right."""

_UNDOES = {6: 8, 8: 6}
"""The orientation that undoes another; all others undo themselves."""


def read_exif(header: Image.Image) -> Image.Exif:
    """Read the Exif block of an opened photo without decoding its pixels.

    ``PngImageFile.getexif`` decodes the whole picture first (12 MP: 300 ms), so the block is parsed here.
    """
    if header.format != "PNG":
        return header.getexif()
    exif = Image.Exif()
    exif.load(header.info.get("exif", b""))
    return exif


def orientation(exif: Image.Exif) -> int:
    """Return the Exif orientation, 1 to 8; 1 when it is missing or impossible."""
    code = exif.get(_ORIENTATION, 1)
    return code if code in _QUARTER_TURNS else 1


def turns_sideways(code: int) -> bool:
    """Tell whether height and width change places on the way from stored to upright."""
    return _QUARTER_TURNS[code] % 2 == 1


def upright(pixels: Pixels, code: int) -> Pixels:
    """Turn stored pixels, or a mask of them, (H, W, …), as their Exif orientation says."""
    turned = cast(Pixels, np.rot90(pixels, _QUARTER_TURNS[code]))
    return cast(Pixels, turned[:, ::-1]) if code in _MIRRORED else turned


def turned_back(pixels: Pixels, code: int) -> Pixels:
    """Undo :func:`upright`: give upright pixels as they are stored."""
    return upright(pixels, _UNDOES.get(code, code))


def taken_at(exif: Image.Exif) -> str | None:
    """Return the camera's local time as ISO 8601, or None when it is missing or not a time.

    Where the time of taking is not known, which noughts or blanks stand for, that of the last change counts.
    """
    return _time(exif.get_ifd(_DETAILS).get(_TAKEN_AT)) or _time(exif.get(_CHANGED_AT))


def camera(exif: Image.Exif) -> str | None:
    """Return maker and model; the maker once when the model repeats it."""
    maker, model = _clean(exif.get(_MAKE)), _clean(exif.get(_MODEL))
    name = model if model.lower().startswith(maker.lower()) else f"{maker} {model}"
    return name.strip() or None


def focal_length_mm(exif: Image.Exif) -> float | None:
    """Return the true focal length of the lens, or None; 0 stands for unknown."""
    return _positive(exif.get_ifd(_DETAILS).get(_FOCAL_LENGTH))


def focal_length_35mm(exif: Image.Exif) -> float | None:
    """Return the focal length, in mm, of the same view on 35 mm film, or None; 0 stands for unknown."""
    return _positive(exif.get_ifd(_DETAILS).get(_FOCAL_LENGTH_35MM))


def digital_zoom(exif: Image.Exif) -> float | None:
    """Return how many times the camera enlarged a part of its picture, or None; 0 stands for not at all."""
    return _positive(exif.get_ifd(_DETAILS).get(_DIGITAL_ZOOM))


def stated_size_px(exif: Image.Exif) -> tuple[int, int] | None:
    """Return height and width as the camera wrote them, which programs that change a photo may leave."""
    details = exif.get_ifd(_DETAILS)
    height, width = _positive(details.get(_HEIGHT)), _positive(details.get(_WIDTH))
    return (int(height), int(width)) if height and width and min(height, width) >= 1 else None


def place_deg(exif: Image.Exif) -> tuple[float, float] | None:
    """Return latitude and longitude (WGS 84, degrees, north and east positive), or None.

    None too where the receiver had no fix: status V (Exif 2.32, GPSStatus), or noughts for both.
    """
    place = exif.get_ifd(_PLACE)
    if _clean(place.get(_STATUS)).upper() == "V":
        return None
    latitude_deg = _angle_deg(place, 2, "S")
    longitude_deg = _angle_deg(place, 4, "W")
    if latitude_deg is None or longitude_deg is None or latitude_deg == longitude_deg == 0:
        return None
    if abs(latitude_deg) > 90 or abs(longitude_deg) > 180:
        return None
    return latitude_deg, longitude_deg


def _time(text: object) -> str | None:
    try:
        return datetime.strptime(_clean(text)[:19], "%Y:%m:%d %H:%M:%S").isoformat()
    except ValueError:
        return None


def _positive(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if 0 < number < math.inf else None


def _angle_deg(place: Mapping[int, Any], tag: int, negative: str) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in place[tag])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    angle_deg = degrees + minutes / 60 + seconds / 3600
    sign = -1 if _clean(place.get(tag - 1)).upper().startswith(negative) else 1
    return round(sign * angle_deg, 7) if math.isfinite(angle_deg) else None


def _clean(text: object) -> str:
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return text.split("\0")[0].strip() if isinstance(text, str) else ""
