"""The widths of one crack as a verdict needs them: figures with their 90 % interval."""

import math
from dataclasses import dataclass, replace
from typing import Protocol, Self, get_args

from crackwise.errors import SettingsError
from crackwise.severity.code import Pattern

_Range = tuple[float, float] | None


class MeasuredCrack(Protocol):
    """What is read of a crack's measurement; ``CrackMeasurement`` has it all."""

    @property
    def length_mm(self) -> float | None:
        """Length; None without a scale."""

    @property
    def length_range_mm(self) -> _Range:
        """90 % interval of the length; None where the error of the scale is not stated."""

    @property
    def width_mean_mm(self) -> float | None:
        """Mean along the crack."""

    @property
    def width_p95_mm(self) -> float | None:
        """95th percentile along the crack."""

    @property
    def width_max_mm(self) -> float | None:
        """Largest width."""

    @property
    def width_mean_range_mm(self) -> _Range:
        """90 % interval of the mean."""

    @property
    def width_p95_range_mm(self) -> _Range:
        """90 % interval of the 95th percentile."""

    @property
    def width_max_range_mm(self) -> _Range:
        """90 % interval of the largest width."""

    @property
    def is_measurable(self) -> bool:
        """False for a crack too fine to be measured."""

    @property
    def tortuosity(self) -> float | None:
        """Length by distance of the ends; None for a ring."""

    @property
    def kind(self) -> str:
        """Direction, ``branched`` or ``map``."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A width and its 90 % interval, in mm."""

    value_mm: float
    low_mm: float
    high_mm: float

    def __post_init__(self) -> None:
        if not (0 <= self.low_mm <= self.high_mm < math.inf and math.isfinite(self.value_mm)):
            raise SettingsError(
                f"width {self.value_mm} mm has the interval {self.low_mm} to {self.high_mm} mm; "
                "expected finite numbers, low to high"
            )


@dataclass(frozen=True, slots=True)
class CrackWidths:
    """The widths along one crack.

    Parameters
    ----------
    mean, p95, maximum
        Each None when it is not known; all are None without a scale.
    finer_than_mm
        Upper bound of a crack too fine to be measured in this photo; None for measured cracks.
    direction
        ``longitudinal``, ``transverse`` or another word, such as ``map``; None when not known.
    is_scaled
        True for a crack of a photo with a scale, of which no width need be known.
    has_scale_error
        False where the error of the scale is not stated, so that no interval holds it.
    """

    mean: Figure | None = None
    p95: Figure | None = None
    maximum: Figure | None = None
    finer_than_mm: float | None = None
    direction: str | None = None
    is_scaled: bool = False
    has_scale_error: bool = True

    def __post_init__(self) -> None:
        if self.finer_than_mm is not None and not 0 < self.finer_than_mm < math.inf:
            raise SettingsError(f"finer than {self.finer_than_mm} mm; expected a positive number of mm")

    @property
    def has_scale(self) -> bool:
        """Whether anything is known in millimetres."""
        bounds = (self.mean, self.p95, self.maximum, self.finer_than_mm)
        return self.is_scaled or any(bound is not None for bound in bounds)

    def undirected(self) -> Self:
        """Leave out the direction, as of a crack beside no stated axis; a pattern stays one."""
        return self if self.direction in get_args(Pattern) else replace(self, direction=None)

    @classmethod
    def of(cls, crack: MeasuredCrack, smallest_width_mm: float | None) -> Self:
        """Take the widths of a measured crack.

        Parameters
        ----------
        crack
            A ``CrackMeasurement``; a width without its interval counts as not known.
        smallest_width_mm
            The smallest measurable width of its photo, which bounds a crack that is not measurable.
        """
        is_scaled = crack.length_mm is not None
        is_ring = crack.tortuosity is None and crack.kind != "map"
        known = cls(
            direction=None if is_ring else crack.kind,
            is_scaled=is_scaled,
            has_scale_error=not is_scaled or crack.length_range_mm is not None,
        )
        if not crack.is_measurable:
            return replace(known, finer_than_mm=smallest_width_mm)
        return replace(
            known,
            mean=_figure(crack.width_mean_mm, crack.width_mean_range_mm),
            p95=_figure(crack.width_p95_mm, crack.width_p95_range_mm),
            maximum=_figure(crack.width_max_mm, crack.width_max_range_mm),
        )


def _figure(value_mm: float | None, range_mm: _Range) -> Figure | None:
    return None if value_mm is None or range_mm is None else Figure(value_mm, *range_mm)
