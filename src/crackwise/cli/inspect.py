"""``crackwise inspect``: photos in, measured cracks and a report out."""

import difflib
from collections.abc import Sequence
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crackwise.errors import OutputError, SettingsError

if TYPE_CHECKING:
    from crackwise.inspection.batch import BatchResult, RunOptions
    from crackwise.inspection.model import CrackModel
    from crackwise.inspection.record import InspectionRecord
    from crackwise.inspection.runfolder import RunFile
    from crackwise.inspection.settings import Settings
    from crackwise.inspection.sources import Source
    from crackwise.report.settings import ReportSettings

ALL_FORMATS = "csv,coco,html,json"

_SHOWN_OPTIONS = ("model sha256", "region of interest", "GPS")  # the records state all others

Paths = Annotated[
    list[str], typer.Argument(help="Photos, folders (searched with sub-folders) or quoted patterns.")
]
Out = Annotated[Path, typer.Option(help="Folder for masks, overlays, tables and the report.")]
Model = Annotated[
    Path | None, typer.Option(help="Model file (.onnx) with its card; default: crackwise-base.")
]
Threshold = Annotated[float | None, typer.Option(help="Between 0 and 1; default: as the model card says.")]
ScaleText = Annotated[str | None, typer.Option("--scale", help="Size of a pixel on the surface: 0.2mm/px.")]
RoiPath = Annotated[
    Path | None,
    typer.Option(
        "--roi", help="PNG that is not zero where to inspect, or a folder with <stem>.png per photo."
    ),
]
Formats = Annotated[
    str, typer.Option(help="Which tables and reports, separated by commas; json is always written.")
]
Probability = Annotated[bool, typer.Option("--probability", help="Write probability/<stem>.png as well.")]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Photos in work at a time; default: processors + 1.")
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Remove the earlier run in --out and begin again.")
]
Title = Annotated[str, typer.Option(help="Title of the report.")]
Project = Annotated[str, typer.Option(help="Project, for the report.")]
Inspector = Annotated[str, typer.Option(help="Inspector, for the report.")]
NoGps = Annotated[bool, typer.Option("--no-gps", help="Leave the place of the photos out of every result.")]
MaxMegapixels = Annotated[float, typer.Option(min=0.001, help="Larger photos are refused.")]
Precision = Annotated[str, typer.Option(help="auto, fp32 or bf16.")]


def inspect(
    paths: Paths,
    out: Out,
    model: Model = None,
    threshold: Threshold = None,
    scale: ScaleText = None,
    roi: RoiPath = None,
    formats: Formats = ALL_FORMATS,
    probability: Probability = False,
    workers: Workers = None,
    overwrite: Overwrite = False,
    title: Title = "Crack inspection",
    project: Project = "",
    inspector: Inspector = "",
    no_gps: NoGps = False,
    max_megapixels: MaxMegapixels = 300.0,
    precision: Precision = "auto",
) -> None:
    """Find, measure and report the cracks in photos."""
    # heavy libraries are imported here, so that `crackwise --help` answers at once
    from crackwise.inspection.batch import RunOptions, usual_workers
    from crackwise.inspection.model import load_model
    from crackwise.inspection.roi import load_roi
    from crackwise.inspection.runfolder import begin_again, continue_run
    from crackwise.inspection.sources import find_photos
    from crackwise.scale import parse_scale

    chosen = _formats(formats)
    options = RunOptions(
        out=out,
        settings=_settings(threshold, precision),
        scale=parse_scale(scale) if scale else None,
        roi=load_roi(roi) if roi else None,
        wanted=("probability",) if probability else (),
        max_megapixels=max_megapixels,
        keep_gps=not no_gps,
        workers=workers or usual_workers(),
    )
    sources = find_photos(paths, out=out)
    crack_model = load_model(model, options.settings.precision)
    run = _run_file(crack_model, options, sources, (title, project, inspector))
    if overwrite:
        begin_again(out, run)
    else:
        continue_run(out, run, sources)
    result = _run(sources, crack_model, options)
    _finish(result, crack_model, run, options, chosen)


def _formats(text: str) -> tuple[str, ...]:
    from crackwise.report.writers import REPORTS

    known = [*REPORTS, "json"]
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]}?" if close else f"choose from {', '.join(known)}"
            raise SettingsError(f"--formats has {name!r}, which is not known; {hint}")
    return names


def _settings(threshold: float | None, precision: str) -> "Settings":
    from pydantic import ValidationError

    from crackwise.inspection.settings import Settings

    try:
        return Settings.model_validate({"threshold": threshold, "precision": precision})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise SettingsError(f"--{name} is {first['input']!r}: {first['msg'].lower()}") from error


def _run_file(
    model: "CrackModel", options: "RunOptions", sources: "Sequence[Source]", heading: tuple[str, str, str]
) -> "RunFile":
    from crackwise.inspection.runfolder import RunFile

    return RunFile(
        crackwise_version=metadata.version("crackwise"),
        model=f"{model.card.name} {model.card.version}",
        model_sha256=model.sha256,
        precision=model.precision,
        settings=options.settings.resolved(model.card),
        scale=options.scale,
        roi_sha256=options.roi.sha256 if options.roi else None,
        keep_gps=options.keep_gps,
        roots=tuple(sorted({str(source.root) for source in sources})),
        title=heading[0],
        project=heading[1],
        inspector=heading[2],
    )


def _run(sources: "Sequence[Source]", model: "CrackModel", options: "RunOptions") -> "BatchResult":
    from crackwise.cli.progress import shown_progress
    from crackwise.inspection.batch import run_batch
    from crackwise.report.run import write_artefacts

    try:
        with shown_progress() as show:
            return run_batch(
                sources,
                model,
                options,
                write_photo=lambda inspection, source: write_artefacts(
                    inspection, source, options.out, extras=options.wanted
                ),
                report_progress=show,
            )
    except KeyboardInterrupt:
        typer.echo("interrupted; run the same command again to go on", err=True)
        raise typer.Exit(130) from None


def _finish(
    result: "BatchResult", model: "CrackModel", run: "RunFile", options: "RunOptions", formats: Sequence[str]
) -> None:
    from crackwise.report.run import write_reports

    if result.stopped is not None:
        _say_stopped(result)
    try:
        records = write_reports(options.out, _report_settings(result, model, run), formats)
    except OutputError as error:
        typer.echo(f"error: {error}", err=True)
        _list_failures(result)
        raise typer.Exit(1) from error
    _print_summary(records, result)
    if "html" in formats:
        typer.echo(f"report: {options.out / 'report.html'}")
    if result.failures:
        raise typer.Exit(1)


def _say_stopped(result: "BatchResult") -> None:
    """Say that the run ended early; exit 2 when nothing at all is done."""
    if result.done + result.skipped == 0:
        raise OutputError(result.stopped)
    typer.echo(f"error: {result.stopped}", err=True)
    _list_failures(result)
    typer.echo(
        f"stopped with {result.done + result.skipped} photos done; run the same command again to go on",
        err=True,
    )
    raise typer.Exit(1)


def _report_settings(result: "BatchResult", model: "CrackModel", run: "RunFile") -> "ReportSettings":
    from crackwise.report.settings import ReportSettings

    return ReportSettings(
        title=run.title,
        project=run.project,
        inspector=run.inspector,
        created=datetime.now().astimezone().isoformat(timespec="seconds"),
        failures=tuple((failure.photo, failure.reason) for failure in result.failures),
        card=model.card,
        options=tuple((name, text) for name, text in run.described().items() if name in _SHOWN_OPTIONS),
    )


def _print_summary(records: "Sequence[InspectionRecord]", result: "BatchResult") -> None:
    from rich.console import Console
    from rich.table import Table

    cracks = [crack for record in records for crack in record.cracks]
    table = Table(show_header=False, box=None)
    earlier = len(records) - result.done  # also what was inspected before by other paths
    table.add_row("photos", f"{len(records)} done, {earlier} of them earlier, {len(result.failures)} failed")
    table.add_row("cracked", str(sum(bool(record.cracks) for record in records)))
    table.add_row("cracks", str(len(cracks)))
    if cracks:
        longest = max(cracks, key=lambda crack: crack.length_px)
        widest = max(cracks, key=lambda crack: crack.width_max_px)
        table.add_row("longest", _measure(longest.length_mm, longest.length_px))
        table.add_row("widest", _measure(widest.width_max_mm, widest.width_max_px))
    Console().print(table)
    _list_failures(result)


def _list_failures(result: "BatchResult") -> None:
    for failure in result.failures:
        typer.echo(f"failed: {failure.reason}", err=True)


def _measure(value_mm: float | None, value_px: float) -> str:
    return f"{value_px:.1f} px" if value_mm is None else f"{value_mm:.2f} mm ({value_px:.1f} px)"
