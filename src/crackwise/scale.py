"""How many millimetres a pixel covers, and how that is known."""

import re
from dataclasses import dataclass
from typing import Literal

from crackwise.errors import SettingsError

ScaleSource = Literal["given", "marker", "camera", "geotransform"]

_PATTERN = re.compile(r"\s*(?P<value>\d*\.?\d+(?:[eE][-+]?\d+)?)\s*(?P<unit>mm/px|cm/px|m/px|px/mm)?\s*")
_MM_PER_PX = {"mm/px": 1.0, "cm/px": 10.0, "m/px": 1000.0}


@dataclass(frozen=True, slots=True)
class Scale:
    """Millimetres per pixel with their source.

    Parameters
    ----------
    mm_per_px
        Object size of one pixel, > 0, in millimetres.
    source
        How the scale is known.
    relative_error
        Half width of the 90 % interval divided by the value; None when nothing is known about it.
    """

    mm_per_px: float
    source: ScaleSource = "given"
    relative_error: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.mm_per_px < 1e6:
            raise SettingsError(f"scale is {self.mm_per_px} mm/px; expected a positive number")


def parse_scale(text: str) -> Scale:
    """Read a scale as a user writes it: ``0.2mm/px``, ``0.02 cm/px``, ``5px/mm``.

    Raises
    ------
    SettingsError
        If the number or the unit is missing; a bare number is refused because its unit is a guess.
    """
    match = _PATTERN.fullmatch(text)
    if match is None or match["unit"] is None:
        raise SettingsError(f"scale {text!r} is not understood; write number and unit, such as 0.2mm/px")
    value = float(match["value"])
    if value == 0:
        raise SettingsError(f"scale {text!r} is zero; expected a positive number of mm per pixel")
    return Scale(1 / value if match["unit"] == "px/mm" else value * _MM_PER_PX[match["unit"]])
