"""The options that say how large a pixel is, for every command that measures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crackwise.errors import SettingsError

if TYPE_CHECKING:
    from crackwise.camera import Distance
    from crackwise.inspection.scales import ScaleRule, Way
    from crackwise.inspection.sources import Source

_PANEL = "Scale: of these the first that a photo has counts, in the order table, card, distance, --scale"

ScaleTablePath = Annotated[
    Path | None,
    typer.Option(
        "--scale-table",
        rich_help_panel=_PANEL,
        help="CSV with a scale per photo: photo, scale, or photo, mm_per_px.",
    ),
]
CardWanted = Annotated[
    bool,
    typer.Option(
        "--card", rich_help_panel=_PANEL, help="Find the marker card (crackwise card) in each photo."
    ),
]
Rectify = Annotated[
    bool,
    typer.Option(
        "--rectify", rich_help_panel=_PANEL, help="As --card, and warp each photo to the plane of its card."
    ),
]
DistanceText = Annotated[
    str | None,
    typer.Option(
        "--distance",
        rich_help_panel=_PANEL,
        help="From lens to surface, 1.5m; with the photo's focal length.",
    ),
]
DistanceError = Annotated[
    str | None, typer.Option(rich_help_panel=_PANEL, help="Of the distance, 90 % interval; default: 5%.")
]
SensorWidth = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=_PANEL,
        help="Long side of the camera's sensor, 23.5mm; default: from the focal length in 35 mm equivalent.",
    ),
]
ScaleText = Annotated[
    str | None,
    typer.Option(
        "--scale",
        rich_help_panel=_PANEL,
        help="Size of a pixel on the surface: 0.2mm/px, or 0.2mm/px±2%, of which ± may be typed +-.",
    ),
]


@dataclass(frozen=True, slots=True)
class ScaleOptions:
    """The options as the user wrote them."""

    scale: str | None = None
    table: Path | None = None
    card: bool = False
    rectify: bool = False
    distance: str | None = None
    distance_error: str | None = None
    sensor_width: str | None = None

    def rule(self, sources: "Sequence[Source]") -> "ScaleRule":
        """Put the ways into their order.

        Raises
        ------
        SettingsError
            If an option is not understood, or does nothing without another.
        """
        from crackwise.inspection.scales import ScaleRule

        if self.distance is None:
            for name, text in (
                ("--distance-error", self.distance_error),
                ("--sensor-width", self.sensor_width),
            ):
                if text is not None:
                    raise SettingsError(
                        f"{name} does nothing without --distance; add it, such as --distance 1.5m"
                    )
        return ScaleRule(tuple(self._ways(sources)))

    def _ways(self, sources: "Sequence[Source]") -> "Iterator[Way]":
        from crackwise.inspection.scales import (
            CameraScale,
            CardScale,
            GivenScale,
            RectifiedCardScale,
            TabledScale,
        )
        from crackwise.inspection.scaletable import read_scale_table
        from crackwise.scale import parse_scale

        if self.table is not None:
            yield TabledScale(read_scale_table(self.table, sources))
        if self.rectify:
            yield RectifiedCardScale()
        elif self.card:
            yield CardScale()
        if self.distance is not None:
            yield CameraScale(self._distance(self.distance))
        if self.scale is not None:
            yield GivenScale(parse_scale(self.scale))

    def _distance(self, text: str) -> "Distance":
        from crackwise.camera import DISTANCE_ERROR, Distance, parse_length_mm
        from crackwise.scale import parse_relative_error

        return Distance(
            parse_length_mm(text),
            parse_relative_error(self.distance_error) if self.distance_error else DISTANCE_ERROR,
            parse_length_mm(self.sensor_width) if self.sensor_width else None,
        )
