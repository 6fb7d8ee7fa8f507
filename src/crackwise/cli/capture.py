"""``crackwise capture``: can these photos show a crack of a given width? Before anything is inspected."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crackwise.cli.inspect import Paths
from crackwise.cli.options import MaxMegapixels
from crackwise.cli.scales import (
    CardWanted,
    DistanceError,
    DistanceText,
    ScaleOptions,
    ScaleTablePath,
    ScaleText,
    SensorWidth,
)

if TYPE_CHECKING:
    from crackwise.inspection.capture import Capture
    from crackwise.inspection.scales import ScaleRule
    from crackwise.inspection.sources import Source
    from crackwise.scale import Scale

_HEADS = ("photo", "blur px", "grain", "finest px", "finest mm", "mm/px", "needs mm/px", "shows it")

_SAME = 1e-9  # a scale that is exactly what is needed is fine enough

Width = Annotated[str | None, typer.Option(help="A width that must be measurable, such as 0.2mm.")]
Out = Annotated[Path | None, typer.Option(help="Also write the table as CSV.")]


@dataclass(frozen=True, slots=True)
class Shot:
    """What one photo can show, at its scale; ``capture`` is None without an edge to judge by."""

    photo: str
    capture: "Capture | None"
    scale: "Scale | None"


def capture(
    paths: Paths,
    width: Width = None,
    scale: ScaleText = None,
    scale_table: ScaleTablePath = None,
    card: CardWanted = False,
    distance: DistanceText = None,
    distance_error: DistanceError = None,
    sensor_width: SensorWidth = None,
    out: Out = None,
    max_megapixels: MaxMegapixels = 300.0,
) -> None:
    """Tell how fine a crack each photo can show, by its blur, its grain and its scale."""
    from crackwise.camera import parse_length_mm
    from crackwise.cli.counting import shown_count
    from crackwise.cli.tables import table_lines
    from crackwise.errors import CrackwiseError, SettingsError
    from crackwise.files import write_text
    from crackwise.inspection.sources import find_photos
    from crackwise.report.writers.tables import table_text

    width_mm = None if width is None else parse_length_mm(width)
    if out is not None and out.suffix.lower() != ".csv":
        raise SettingsError(f"--out is {out}; expected the name of a table to write, ending in .csv")
    found = find_photos(paths)
    sources = found.photos
    options = ScaleOptions(scale, scale_table, card, False, distance, distance_error, sensor_width)
    rule = options.rule(sources)
    rows, failed = [], [failure.reason for failure in found.failures]
    with shown_count("looking at", "photos") as show:
        for number, source in enumerate(sources, start=1):
            try:
                rows.append(_row(_shot(source, rule, max_megapixels), width_mm))
            except CrackwiseError as error:
                failed.append(f"{source.name}: {error}")
            show(number, len(sources))
    if out is not None:
        write_text(out, table_text(_HEADS, rows))
    typer.echo("\n".join(table_lines(_HEADS, rows)))
    for line in failed:
        typer.echo(f"failed: {line}", err=True)
    if failed:
        raise typer.Exit(1)


def _shot(source: "Source", rule: "ScaleRule", max_megapixels: float) -> Shot:
    from crackwise.inspection.capture import look_at_capture
    from crackwise.photo import read_photo

    scaled = rule.scale_for(read_photo(source.path, max_megapixels=max_megapixels), source)
    for warning in scaled.warnings:
        typer.echo(f"warning: {source.name}: {warning}", err=True)
    found = look_at_capture(scaled.photo.pixels)
    return Shot(source.name, found, scaled.scale)


def _row(shot: Shot, width_mm: float | None) -> tuple[str, ...]:
    """Write a photo's line; a dash where something is not known. Bounds are rounded so that they hold."""
    from crackwise.severity.bounds import bound_text, most_text

    if shot.capture is None:
        return (shot.photo, *["–"] * (len(_HEADS) - 2), "no edge to judge by")
    finest_px, scale = shot.capture.smallest_width_px, shot.scale
    finest_mm = None if scale is None else scale.at_most_mm(finest_px)
    error = scale.relative_error or 0.0 if scale else 0.0
    needed = None if width_mm is None else width_mm / finest_px / (1 + error)
    return (
        shot.photo,
        f"{shot.capture.blur_px:.1f}",
        f"{shot.capture.grain:.1f}",
        bound_text(finest_px),
        "–" if finest_mm is None else bound_text(finest_mm),
        "–" if scale is None else f"{scale.mm_per_px:.4g}",
        "–" if needed is None else most_text(needed),
        _verdict(finest_mm, width_mm),
    )


def _verdict(finest_mm: float | None, width_mm: float | None) -> str:
    if finest_mm is None or width_mm is None:
        return "–"
    return "yes" if finest_mm <= width_mm * (1 + _SAME) else "no, go closer"
