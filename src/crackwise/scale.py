"""How many millimetres a pixel covers, and how that is known."""

import math
import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from crackwise.arrays import Floats
from crackwise.errors import SettingsError

ScaleSource = Literal["given", "table", "marker", "camera"]

_NUMBER = r"\d*\.?\d+(?:[eE][-+]?\d+)?"
_PATTERN = re.compile(
    rf"\s*(?P<value>{_NUMBER})\s*(?P<unit>[uµμ]m/px|mm/px|cm/px|m/px|px/mm)?\s*"
    rf"(?:(?:±|\+-|\+/-)\s*(?P<percent>{_NUMBER})\s*%\s*)?"
)
_PERCENT = re.compile(rf"\s*(?P<percent>{_NUMBER})\s*%\s*")
_MM_PER_PX = {"um/px": 1e-3, "µm/px": 1e-3, "μm/px": 1e-3, "mm/px": 1.0, "cm/px": 10.0, "m/px": 1000.0}


@dataclass(frozen=True, slots=True)
class Scale:
    """Millimetres per pixel with their source.

    Parameters
    ----------
    mm_per_px
        Object size of one pixel in millimetres: from 1e-6, an electron microscope, to 1e6, a satellite.
    source
        How the scale is known.
    relative_error
        Half width of the 90 % interval divided by the value; None when nothing is known about it.
    """

    mm_per_px: float
    source: ScaleSource = "given"
    relative_error: float | None = None

    def __post_init__(self) -> None:
        if not 1e-6 <= self.mm_per_px <= 1e6:
            raise SettingsError(
                f"scale is {stated_number(self.mm_per_px)} mm/px; expected from 0.000001 to 1,000,000"
            )
        if self.relative_error is not None and not 0 <= self.relative_error <= 1:
            raise SettingsError(
                f"the relative error of the scale is {self.relative_error}; expected a share from 0 to 1, "
                "such as 0.02 for 2 %"
            )

    @property
    def range_mm_per_px(self) -> tuple[float, float] | None:
        """Ends of the 90 % interval of the value; None when nothing is known about its error."""
        if self.relative_error is None:
            return None
        return self.mm_per_px * (1 - self.relative_error), self.mm_per_px * (1 + self.relative_error)

    def length_range_mm(self, length_px: float) -> tuple[float, float] | None:
        """Give the ends of the 90 % interval of a length, of which only the scale has an error."""
        ends = self.range_mm_per_px
        return ends and (length_px * ends[0], length_px * ends[1])

    def area_range_mm2(self, area_px: float) -> tuple[float, float] | None:
        """Give the ends of the 90 % interval of an area, of which only the scale has an error."""
        ends = self.range_mm_per_px
        return ends and (area_px * ends[0] ** 2, area_px * ends[1] ** 2)

    def width_range_mm(self, width_px: Floats, low_px: Floats, high_px: Floats) -> tuple[Floats, Floats]:
        """Join the 90 % intervals of widths with the error of the scale, which misses independently of them.

        Parameters
        ----------
        width_px, low_px, high_px
            Widths and the ends of their intervals, of one shape; NaN where not known.

        Returns
        -------
        Lower and upper ends in mm, the lower ones 0 or more; NaN where an end is.
        """
        by_scale = width_px * (self.relative_error or 0.0)
        below, above = np.hypot(width_px - low_px, by_scale), np.hypot(high_px - width_px, by_scale)
        return np.maximum(width_px - below, 0.0) * self.mm_per_px, (width_px + above) * self.mm_per_px

    def density_range_m_per_m2(self, density_per_px: float) -> tuple[float, float] | None:
        """Give the ends of the 90 % interval of a density, of which only the scale has an error."""
        ends = self.range_mm_per_px
        if ends is None:
            return None
        return density_per_px / ends[1] * 1000, density_per_px / ends[0] * 1000 if ends[0] else math.inf

    def at_most_mm(self, length_px: float) -> float:
        """Give what so many pixels are at most, in mm: the error of the scale is in it."""
        return length_px * self.mm_per_px * (1 + (self.relative_error or 0.0))

    def described(self) -> str:
        """Give value and error as a user would write them: ``0.2 mm/px ± 2 %``."""
        error = "" if self.relative_error is None else f" ± {share_text(self.relative_error)}"
        return f"{self.mm_per_px:g} mm/px{error}"

    def stated(self) -> str:
        """Give value and error as :meth:`described` does, with all digits that a user may have stated."""
        error = "" if self.relative_error is None else f" ± {stated_number(100 * self.relative_error)} %"
        return f"{stated_number(self.mm_per_px)} mm/px{error}"


def parse_scale(text: str) -> Scale:
    """Read a scale as a user writes it: ``0.2mm/px``, ``0.02 cm/px``, ``5px/mm``, ``50um/px``,
    ``0.2mm/px±2%``.

    The error, written with ``±``, ``+-`` or ``+/-``, is the half width of a 90 % interval.

    Raises
    ------
    SettingsError
        If the number or the unit is missing; a bare number is refused because its unit is a guess.
    """
    match = _PATTERN.fullmatch(text)
    if match is None or match["unit"] is None:
        raise SettingsError(
            f"scale {text!r} is not understood; write number and unit, such as 0.2mm/px±2%{comma_hint(text)}"
        )
    value = float(match["value"])
    if value == 0:
        raise SettingsError(f"scale {text!r} is zero; expected a positive number of mm per pixel")
    mm_per_px = 1 / value if match["unit"] == "px/mm" else value * _MM_PER_PX[match["unit"]]
    return Scale(mm_per_px, relative_error=_share(match["percent"], text) if match["percent"] else None)


def comma_hint(text: str) -> str:
    """Say, at the end of a message, that decimals stand after a point; empty without a comma."""
    return ", with a decimal point, not a comma" if re.search(r",\d", text) else ""


def share_text(share: float) -> str:
    """Write a share in per cent with two significant digits, and never fewer than those before the point.

    One below 100 % has as many as keep it there, since an error of all of the scale is none that is read.
    """
    if share < 0.1:
        return f"{100 * share:.2g} %"
    text = f"{100 * share:.0f} %"
    return f"{stated_number(100 * share)} %" if share < 1 and text == "100 %" else text


def stated_number(value: float) -> str:
    """Write a number with all digits that a user may have stated; what the computer rounds is beyond them."""
    return f"{value:.10g}"


def as_scale(scale: Scale | str | None) -> Scale | None:
    """Take a scale as it is, or read it.

    Raises
    ------
    SettingsError
        As :func:`parse_scale`, and if it is neither scale nor text: the unit of a bare number is a guess.
    """
    if isinstance(scale, str):
        return parse_scale(scale)
    if scale is not None and not isinstance(scale, Scale):
        raise SettingsError(f"scale {scale!r} is not understood; write number and unit, such as '0.2mm/px'")
    return scale


def parse_relative_error(text: str) -> float:
    """Read ``3%`` as 0.03.

    Raises
    ------
    SettingsError
        If it is not a percentage below 100.
    """
    match = _PERCENT.fullmatch(text)
    if match is None:
        raise SettingsError(f"error {text!r} is not understood; write a percentage, such as 3%")
    return _share(match["percent"], text)


def _share(percent: str, text: str) -> float:
    share = float(percent) / 100
    if share >= 1:
        raise SettingsError(f"{text!r} states an error of {percent} %; expected less than 100 %")
    return share
