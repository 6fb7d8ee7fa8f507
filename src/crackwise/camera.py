"""The scale from the distance of the camera, and lenses that bend straight lines."""

import math
import re
from dataclasses import dataclass

from crackwise.errors import PhotoError, SettingsError
from crackwise.photo import PhotoInfo
from crackwise.scale import Scale, comma_hint

DISTANCE_ERROR = 0.05
"""Relative error of a distance of which nothing else is said: 90 % of tape measures to a wall are better."""

WIDE_ANGLE_35MM = 20.0
"""Below this focal length, in 35 mm equivalent, lenses bend lines so much that widths at the rim suffer."""

_SHORTEST_35MM = 8.0  # fisheyes; lenses that keep straight lines begin at 9 mm
_LARGEST_MM = 70.0  # diagonal; sensors of medium format have 67 mm
_WIDE_CAMERAS = ("gopro", "insta360", "osmo action")
_FILM_WIDTH_MM, _FILM_HEIGHT_MM, _FILM_DIAGONAL_MM = 36.0, 24.0, math.hypot(36.0, 24.0)
_CUT_BEYOND, _CUT_BELOW = 1.6, 1.3  # long by short side: sensors are 4:3 or 3:2
_BETWEEN = 1.42  # in the middle of the two
_LONGEST = 1.51  # sensors of 3:2 are 1.5 to 1.506 : 1, such as 23.5 mm × 15.6 mm
_FOUR_THIRDS_WIDTH_MM = 0.8 * _FILM_DIAGONAL_MM
_THREE_TWOS_MM = (24.0, 48.0)  # diagonals of APS-C and full frame, all 3:2; 21.6 and 55 mm are 4:3 again
_SENSOR_DIFFERS, _SENSOR_ABSURD = 0.15, 2.0  # share and ratio; makers round focal lengths by some per cent
_PANORAMA_BEYOND = 2.25  # phones cut their photos to 20:9 at most
_SAME = 0.01  # sizes and shapes that differ by less are rounded, and falsify a scale by less
_INSTEAD = "give --scale, or lay a marker card beside the crack (--card)"
_MM_OF_UNIT = {"mm": 1.0, "cm": 10.0, "m": 1000.0}
_LENGTH = re.compile(r"\s*(?P<value>\d*\.?\d+(?:[eE][-+]?\d+)?)\s*(?P<unit>mm|cm|m)\s*")


@dataclass(frozen=True, slots=True)
class Distance:
    """How far the camera stood, straight before the surface.

    Parameters
    ----------
    distance_mm
        From lens to surface.
    relative_error
        Half width of its 90 % interval divided by the distance.
    sensor_width_mm
        Long side of the sensor, used with the true focal length; None to use the focal length in 35 mm
        equivalent alone.
    """

    distance_mm: float
    relative_error: float = DISTANCE_ERROR
    sensor_width_mm: float | None = None

    def __post_init__(self) -> None:
        for name, value in (("distance", self.distance_mm), ("sensor width", self.sensor_width_mm)):
            if value is not None and not 0 < value < math.inf:
                raise SettingsError(f"the {name} is {value} mm; expected a positive number")


def parse_length_mm(text: str) -> float:
    """Read a length with its unit: ``1.5m``, ``150 cm``, ``23.5mm``.

    Raises
    ------
    SettingsError
        If number or unit is missing, or it is zero.
    """
    match = _LENGTH.fullmatch(text)
    if match is None or float(match["value"]) == 0:
        raise SettingsError(
            f"length {text!r} is not understood; write number and unit, such as 1.5m or 23.5mm"
            f"{comma_hint(text)}"
        )
    return float(match["value"]) * _MM_OF_UNIT[match["unit"]]


def scale_from_distance(info: PhotoInfo, distance: Distance) -> Scale:
    """Compute the scale of a photo taken straight on, uncropped.

    Thin lens: an object at distance d is imaged f / (d − f) times as large. The photo's long side is taken to
    be that of the sensor.

    Raises
    ------
    PhotoError
        If the photo has no focal length, or one that no camera has, or the distance is not beyond it; if it
        was zoomed digitally, cropped or put together, so that the focal length is that of another view.
    """
    _check_view(info)
    _check_sensor(info, distance)
    if distance.sensor_width_mm is None:
        focal_mm, sensor_mm, lens_error = _as_on_film(info)
        lens_mm = info.focal_length_mm or 0.0
    else:
        if info.focal_length_mm is None:
            raise PhotoError("its EXIF data state no focal length")
        focal_mm, sensor_mm = info.focal_length_mm, distance.sensor_width_mm
        doubt = _cut_doubt(info, math.hypot(sensor_mm, sensor_mm / 1.5))
        lens_error, lens_mm = math.hypot(_rounding(focal_mm), doubt), focal_mm
    if distance.distance_mm <= 2 * lens_mm:
        raise PhotoError(
            f"the distance of {distance.distance_mm:g} mm is below twice its focal length of {lens_mm:g} mm"
        )
    long_side_px = max(info.height_px, info.width_px)
    mm_per_px = (distance.distance_mm - lens_mm) * sensor_mm / (focal_mm * long_side_px)
    return Scale(mm_per_px, "camera", min(1.0, math.hypot(distance.relative_error, lens_error)))


def resizing_doubt(info: PhotoInfo) -> str | None:
    """Say that a photo of the camera's shape has another size; None when it is as the camera wrote it."""
    if info.stated_size_px is None:
        return None
    if abs(max(_size_px(info)) / max(info.stated_size_px) - 1) <= _SAME:
        return None
    return (
        f"it is {_text(_size_px(info))} px but its EXIF data say {_text(info.stated_size_px)}: the scale "
        "from the camera's distance holds if it was resized, and not if it was cropped"
    )


def sensor_doubt(info: PhotoInfo, distance: Distance) -> str | None:
    """Say that the sensor's width is not what both focal lengths of the photo tell; None if it may be."""
    ratio = _sensor_ratio(info, distance)
    if ratio is None or 1 / (1 + _SENSOR_DIFFERS) <= ratio <= 1 + _SENSOR_DIFFERS:
        return None
    return f"{_sensor_text(info, distance)}; check --sensor-width, the long side of the sensor"


def wide_lens_doubt(info: PhotoInfo) -> str | None:
    """Say that the lens bends straight lines strongly; None when the file gives no reason to think so."""
    if info.focal_length_35mm is not None and info.focal_length_35mm < WIDE_ANGLE_35MM:
        lens = f"a lens of {info.focal_length_35mm:g} mm (35 mm equivalent)"
    elif info.camera is not None and any(name in info.camera.lower() for name in _WIDE_CAMERAS):
        lens = f"the {info.camera}"
    else:
        return None
    return (
        f"{lens} distorts towards the rim, so the scale there is not that of the middle; correct the photo's "
        "lens distortion first, or keep cracks near the middle"
    )


def _check_view(info: PhotoInfo) -> None:
    """Refuse a photo that does not show what its lens saw on the whole sensor."""
    size_px = _size_px(info)
    if info.digital_zoom is not None and info.digital_zoom > 1 + _SAME:
        raise PhotoError(
            f"its EXIF data state a digital zoom of {info.digital_zoom:.3g}, which the focal length may hold "
            f"or not; expected a photo without; {_INSTEAD}"
        )
    if info.stated_size_px is not None and abs(_shape(size_px) / _shape(info.stated_size_px) - 1) > _SAME:
        raise PhotoError(
            f"it is {_text(size_px)} px but its EXIF data say {_text(info.stated_size_px)}, so it was "
            f"cropped; expected the photo as the camera wrote it; {_INSTEAD}"
        )
    if _shape(size_px) > _PANORAMA_BEYOND:
        raise PhotoError(
            f"it is {_text(size_px)} px, as panoramas are, of which the focal length says nothing; "
            f"expected sides of at most {_PANORAMA_BEYOND:g} : 1; {_INSTEAD}"
        )


def _check_sensor(info: PhotoInfo, distance: Distance) -> None:
    """Refuse a width of the sensor that can only be a slip."""
    ratio = _sensor_ratio(info, distance)
    if ratio is not None and not 1 / _SENSOR_ABSURD <= ratio <= _SENSOR_ABSURD:
        advice = "give the long side of the sensor that took the photo, or leave --sensor-width out"
        raise PhotoError(f"{_sensor_text(info, distance)}; {advice}")


def _sensor_ratio(info: PhotoInfo, distance: Distance) -> float | None:
    """Compare the stated width with the nearest that the focal lengths tell, of 3:2 or 4:3."""
    if distance.sensor_width_mm is None or info.focal_length_mm is None or info.focal_length_35mm is None:
        return None
    crop = info.focal_length_35mm / info.focal_length_mm
    ratios = [distance.sensor_width_mm * crop / width for width in (_FILM_WIDTH_MM, _FOUR_THIRDS_WIDTH_MM)]
    return min(ratios, key=lambda ratio: abs(math.log(ratio)))


def _sensor_text(info: PhotoInfo, distance: Distance) -> str:
    assert info.focal_length_mm is not None
    assert info.focal_length_35mm is not None
    implied_mm = _FILM_WIDTH_MM * info.focal_length_mm / info.focal_length_35mm
    return (
        f"the sensor is stated to be {distance.sensor_width_mm:g} mm wide, but focal lengths of "
        f"{info.focal_length_mm:g} mm and {info.focal_length_35mm:g} mm (35 mm equivalent) in its EXIF data "
        f"tell about {implied_mm:.3g} mm"
    )


def _size_px(info: PhotoInfo) -> tuple[int, int]:
    return info.height_px, info.width_px


def _shape(size_px: tuple[int, int]) -> float:
    return max(size_px) / min(size_px)


def _text(size_px: tuple[int, int]) -> str:
    return f"{size_px[1]}×{size_px[0]}"


def _cut_doubt(info: PhotoInfo, diagonal_mm: float | None) -> float:
    """Give how far the long side may be off, as a photo squarer than 3:2 may be cut from a sensor of 3:2.

    A photo of 4:3 is suspected where the sensor is of a size that is 3:2 in cameras, and not where it is that
    of a phone, of Micro Four Thirds or of medium format.
    """
    shape = _shape(_size_px(info))
    may_be_cut = shape < (_BETWEEN if _is_three_twos(diagonal_mm) else _CUT_BELOW)
    return 1 - shape / _LONGEST if may_be_cut else 0.0


def _is_three_twos(diagonal_mm: float | None) -> bool:
    return diagonal_mm is not None and _THREE_TWOS_MM[0] < diagonal_mm < _THREE_TWOS_MM[1]


def _as_on_film(info: PhotoInfo) -> tuple[float, float, float]:
    """Give focal length, sensor's long side and their relative error as on 35 mm film.

    CIPA DCG-001 compares diagonals, so the long side is that of the photo's shape on the film's diagonal;
    some makers compare the long sides, 36 mm, and the difference (4 % for 4:3) goes into the error. A photo
    of 3:2 or longer may be cut from one of 4:3 that the focal length is still of, which goes in too (4 % for
    3:2, none on a sensor of a size that is 3:2; 8 % for 16:9), and one squarer than 4:3 from one of 3:2,
    whose short side is 24 mm (22 % for 1:1), as may one of 4:3 on a sensor of such a size (12 %).
    """
    if info.focal_length_35mm is None:
        raise PhotoError("its EXIF data state no focal length in 35 mm equivalent")
    focal_mm = info.focal_length_mm
    diagonal_mm = None if focal_mm is None else _FILM_DIAGONAL_MM * focal_mm / info.focal_length_35mm
    if info.focal_length_35mm < _SHORTEST_35MM or (diagonal_mm is not None and diagonal_mm > _LARGEST_MM):
        true = "" if focal_mm is None else f" of a lens of {focal_mm:g} mm"
        raise PhotoError(
            f"its EXIF data state a focal length of {info.focal_length_35mm:g} mm in 35 mm equivalent{true}, "
            f"as no camera has; {_INSTEAD}"
        )
    shape = _shape(_size_px(info))
    sensor_mm = _FILM_DIAGONAL_MM * shape / math.hypot(shape, 1)
    others_mm = [_FILM_WIDTH_MM]
    if shape > (_CUT_BEYOND if _is_three_twos(diagonal_mm) else _BETWEEN):
        others_mm.append(_FOUR_THIRDS_WIDTH_MM)
    if shape < _CUT_BELOW:
        others_mm.append(_FILM_HEIGHT_MM * shape)
    elif shape < _BETWEEN:
        others_mm.append(sensor_mm * (1 - _cut_doubt(info, diagonal_mm)))
    doubt = max(abs(other_mm / sensor_mm - 1) for other_mm in others_mm)
    error = math.hypot(_rounding(info.focal_length_35mm), doubt)
    return info.focal_length_35mm, sensor_mm, error


def _rounding(focal_mm: float) -> float:
    """Give the relative error from half a unit of the last decimal, of which two at most count."""
    decimals = next(
        count for count in (0, 1, 2) if count == 2 or math.isclose(focal_mm, round(focal_mm, count))
    )
    return 0.5 * 10.0**-decimals / focal_mm
