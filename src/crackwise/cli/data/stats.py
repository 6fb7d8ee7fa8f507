"""``crackwise data stats``: what a set is like, source by source."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crackwise.cli.counting import shown_count
from crackwise.cli.tables import percent, table_lines

if TYPE_CHECKING:
    from crackwise.data.stats import SourceFigures

_MEDIAN = 2

Roots = Annotated[list[Path], typer.Argument(metavar="SET...", help="Folders in the canonical layout.")]
Json = Annotated[Path | None, typer.Option("--json", help="Write every figure to this file, for machines.")]


def stats(roots: Roots, json_file: Json = None) -> None:
    """Count photos, labels and scenes of each set, and tell sizes, crack shares, label widths and light."""
    from crackwise.data.folder import read_folders
    from crackwise.data.stats import describe
    from crackwise.files import write_json

    photos = read_folders(roots)
    with shown_count("reading", "photos") as show:
        figures = describe(photos, show)
    if json_file is not None:
        write_json(json_file, asdict(figures))
    if figures.sources:
        typer.echo("\n\n".join("\n".join(lines) for lines in _tables(figures.sources)))
    for finding in figures.findings:
        typer.echo(f"{finding.level}: {finding}", err=True)
    if figures.findings:
        raise typer.Exit(1)


def _tables(sources: "Sequence[SourceFigures]") -> list[list[str]]:
    """Make narrow tables, since one of all columns would not fit a window."""
    counted = (
        "source",
        "photos",
        "cracked",
        "undamaged",
        "unlabelled",
        "scenes",
        "largest",
        "megapixels",
        "size",
    )
    labelled = (
        "source",
        "crack pixels",
        "per photo 5 %",
        "median",
        "95 %",
        "width",
        "95 %",
        "length",
        "darker",
    )
    tables = [
        table_lines(counted, [_counted(each) for each in sources]),
        table_lines(labelled, [_labelled(each) for each in sources]),
        table_lines(("source", "grey 5 %", "median", "95 %", "contrast"), [_light(each) for each in sources]),
    ]
    if any(each.parts for each in sources):
        tables.append(table_lines(("source", "parts of split.csv"), [_parts(each) for each in sources]))
    return tables


def _counted(each: "SourceFigures") -> tuple[str, ...]:
    size, count = next(iter(each.sizes.items()))
    more = "" if count == each.photos else f" and {len(each.sizes) - 1} more"
    counts = (each.photos, each.cracked, each.undamaged, each.unlabelled, each.groups, each.largest_group)
    return (each.source, *(f"{number:,}" for number in counts), f"{each.megapixels:,.1f}", f"{size}{more}")


def _labelled(each: "SourceFigures") -> tuple[str, ...]:
    shares = [percent(share, 2) for share in each.crack_share_quantiles[1:4]] or ["–"] * 3
    widths = (_px(each.label_width_median_px), _px(each.label_width_p95_px))
    darker = f"{each.crack_darkness_quantiles[_MEDIAN]:.0f}" if each.crack_darkness_quantiles else "–"
    return (
        each.source,
        percent(each.crack_share, 2),
        *shares,
        *widths,
        f"{each.label_length_px:,.0f} px",
        darker,
    )


def _light(each: "SourceFigures") -> tuple[str, ...]:
    greys = [f"{level:.0f}" for level in each.grey_quantiles[1:4]]
    return (each.source, *greys, f"{each.contrast_quantiles[_MEDIAN]:.0f}")


def _parts(each: "SourceFigures") -> tuple[str, str]:
    return each.source, ", ".join(f"{part} {count:,}" for part, count in sorted(each.parts.items())) or "–"


def _px(width_px: float | None) -> str:
    return "–" if width_px is None else f"{width_px:.1f} px"
