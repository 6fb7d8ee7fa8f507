"""``crackwise demo``: the main job on the photos that ship with the package, measured beside true."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crackwise.cli.inspect import Model, Overwrite, inspect

if TYPE_CHECKING:
    from crackwise.inspection.record import InspectionRecord

Out = Annotated[Path, typer.Option(help="Folder for the results, as of crackwise inspect.")]


def demo(out: Out = Path("demo-report"), model: Model = None, overwrite: Overwrite = False) -> None:
    """Inspect the example photos, whose cracks are drawn and known, and compare."""
    from rich.console import Console

    from crackwise.examples import example_photos, example_truth
    from crackwise.report.run import read_records

    truth = example_truth()
    inspect(
        [str(photo) for photo in example_photos()],
        out,
        model=model,
        scale=f"{truth['mm_per_px']}mm/px",
        overwrite=overwrite,
        title="Example photos",
    )
    Console().print(_comparison(read_records(out), truth))
    typer.echo(f"open {out / 'report.html'}")


def _comparison(records: "tuple[InspectionRecord, ...]", truth: dict[str, Any]) -> Any:
    from rich.table import Table

    table = Table(
        title="measured / true, in mm",
        caption="widths: of cracks that are not too fine; largest: averaged along the crack; "
        "a crack found in pieces counts several times",
    )
    table.add_column("photo")
    for name in ("cracks", "length", "mean width", "largest width"):
        table.add_column(name, justify="right")
    for record in records:
        table.add_row(record.photo, *_cells(record, truth["photos"][record.photo], truth["mm_per_px"]))
    return table


def _cells(record: "InspectionRecord", truth: dict[str, Any], mm_per_px: float) -> tuple[str, ...]:
    told = [(c.length_px, c.width_mean_px, c.width_max_px) for c in record.cracks if c.is_measurable]
    length_px = sum(crack.length_px for crack in record.cracks) or None
    measured = (length_px, *_widths(told))
    cracks = [(c["length_px"], c["width_mean_px"], c["width_max_along_px"]) for c in truth["cracks"]]
    true = (sum(length for length, _, _ in cracks) or None, *_widths(cracks))
    shown = (
        f"{_millimetres(found, mm_per_px, digits)} / {_millimetres(known, mm_per_px, digits)}"
        for found, known, digits in zip(measured, true, (0, 2, 2))
    )
    return (f"{len(record.cracks) or 'none'} / {len(truth['cracks']) or 'none'}", *shown)


def _widths(cracks: list[tuple[float, float, float]]) -> tuple[float | None, float | None]:
    """Give mean width by length and largest width of cracks as (length, mean, largest); None without any."""
    if not cracks:
        return (None, None)
    area_px = sum(length * mean for length, mean, _ in cracks)
    return (area_px / sum(length for length, _, _ in cracks), max(largest for _, _, largest in cracks))


def _millimetres(value_px: float | None, mm_per_px: float, digits: int) -> str:
    return "–" if value_px is None else f"{value_px * mm_per_px:.{digits}f}"
