"""``crackwise inspect``: photos in, measured cracks and a report out."""

from collections.abc import Sequence
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crackwise.cli.codes import CodeName, CodeOptions, Exposure, Prices
from crackwise.cli.finish import ALL_FORMATS, Formats, chosen_formats, finish, watched
from crackwise.cli.options import MaxMegapixels, NoGps, Workers
from crackwise.cli.rescale import rescaled_first
from crackwise.cli.scales import (
    CardWanted,
    DistanceError,
    DistanceText,
    Rectify,
    ScaleOptions,
    ScaleTablePath,
    ScaleText,
    SensorWidth,
)
from crackwise.errors import SettingsError

if TYPE_CHECKING:
    from crackwise.inspection.batch import BatchResult, RunOptions
    from crackwise.inspection.model import CrackModel
    from crackwise.inspection.roi import Roi
    from crackwise.inspection.runfile import RunFile
    from crackwise.inspection.settings import Settings
    from crackwise.inspection.sources import Source

Paths = Annotated[
    list[str], typer.Argument(help="Photos, folders (searched with sub-folders) or quoted patterns.")
]
Out = Annotated[Path, typer.Option(help="Folder for masks, overlays, tables and the report.")]
Model = Annotated[
    Path | None,
    typer.Option(help="crackwise-base (default), crackwise-small, or a model file (.onnx) with its card."),
]
Threshold = Annotated[
    float | None, typer.Option(help="Between 0 and 1; default: by the model card (crackwise-base: 0.9).")
]
MinLength = Annotated[
    float | None,
    typer.Option(help="Leave out cracks shorter than so many px; default: by the card (crackwise-base: 40)."),
]
MinConfidence = Annotated[
    float | None,
    typer.Option(
        help="Leave out cracks less confident than this, 0 to 1; default: by the card (crackwise-base: 0.8)."
    ),
]
RoiPath = Annotated[
    Path | None,
    typer.Option(
        "--roi",
        help="PNG of the upright photo's size, white where to inspect; or a folder with <stem>.png for each.",
    ),
]
Probability = Annotated[bool, typer.Option("--probability", help="Write probability/<stem>.png as well.")]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Remove the earlier run in --out and begin again.")
]
Title = Annotated[str | None, typer.Option(help="Title of the report; default: as in the run.")]
Project = Annotated[str | None, typer.Option(help="Project, for the report; default: as in the run.")]
Inspector = Annotated[str | None, typer.Option(help="Inspector, for the report; default: as in the run.")]
Precision = Annotated[str, typer.Option(help="auto, fp32 or bf16.")]
Axis = Annotated[
    float | None,
    typer.Option(
        help="Direction of road or beam in the photo in degrees, 0 along a row, counter-clockwise; "
        "decides what is longitudinal. Default: 0, and codes are told no direction."
    ),
]


def inspect(
    paths: Paths,
    out: Out,
    model: Model = None,
    threshold: Threshold = None,
    min_length: MinLength = None,
    min_confidence: MinConfidence = None,
    scale: ScaleText = None,
    scale_table: ScaleTablePath = None,
    card: CardWanted = False,
    rectify: Rectify = False,
    distance: DistanceText = None,
    distance_error: DistanceError = None,
    sensor_width: SensorWidth = None,
    roi: RoiPath = None,
    formats: Formats = ALL_FORMATS,
    probability: Probability = False,
    workers: Workers = None,
    overwrite: Overwrite = False,
    title: Title = None,
    project: Project = None,
    inspector: Inspector = None,
    no_gps: NoGps = False,
    max_megapixels: MaxMegapixels = 300.0,
    precision: Precision = "auto",
    axis: Axis = None,
    code: CodeName = None,
    exposure: Exposure = None,
    prices: Prices = None,
) -> None:
    """Find, measure and report the cracks in photos."""
    # heavy libraries are imported here, so that `crackwise --help` answers at once
    from crackwise.inspection.batch import RunOptions, usual_workers
    from crackwise.inspection.model import load_model
    from crackwise.inspection.roi import load_roi
    from crackwise.inspection.runfile import run_in
    from crackwise.inspection.runfolder import begin_again, continue_run
    from crackwise.inspection.sources import find_photos
    from crackwise.locks import alone_in

    chosen = chosen_formats(formats)
    earlier = None if overwrite else run_in(out)
    code_options = CodeOptions.of(code, exposure, prices, earlier)
    scales = ScaleOptions(scale, scale_table, card, rectify, distance, distance_error, sensor_width)
    found = find_photos(paths, out=out)
    sources = found.photos
    options = RunOptions(
        out=out,
        settings=_settings(
            threshold=threshold,
            min_length_px=min_length,
            min_confidence=min_confidence,
            precision=precision,
            axis_deg=0.0 if axis is None else axis,
        ),
        scale_rule=scales.rule(sources),
        roi=load_roi(roi) if roi else None,
        wanted=("probability",) if probability else (),
        max_megapixels=max_megapixels,
        keep_gps=not no_gps,
        workers=workers or usual_workers(),
    )
    crack_model = load_model(model, options.settings.precision)
    run = _run_file(crack_model, options, sources)
    if earlier:
        run = run.reported_as(earlier)
    run = code_options.kept_in(run.headed(title, project, inspector), axis)
    _warn_of_regions(options.roi, sources)
    with alone_in(out):
        kept = begin_again(out, run) if overwrite else continue_run(out, run, sources)
        _tell_kept(kept)
        result = _inspected(sources, crack_model, options).after(found)
        finish(result, run, out, chosen)


def _inspected(sources: "Sequence[Source]", model: "CrackModel", options: "RunOptions") -> "BatchResult":
    """Give what is measured the scale of the run where it had another, and inspect all other photos."""
    from crackwise.inspection.artefacts import is_done
    from crackwise.inspection.batch import run_batch
    from crackwise.inspection.rescale import keep_rescaling
    from crackwise.inspection.runfile import read_run
    from crackwise.report.run import write_artefacts

    waiting = set(read_run(options.out).rescaling)
    whole = [one for one in sources if one.stem in waiting and is_done(options.out, one, options.wanted)]
    write = partial(write_artefacts, out=options.out, extras=options.wanted)
    result = rescaled_first(
        whole,
        options,
        lambda: watched(
            lambda show: run_batch(sources, model, options, write_photo=write, report_progress=show)
        ),
    )
    left = keep_rescaling(options.out, sources, result.failures) if waiting and not result.stopped else ()
    if left:
        typer.echo(f"warning: {len(left)} photos still have their earlier scale, first {left[0]}", err=True)
    return result


def _warn_of_regions(roi: "Roi | None", sources: "Sequence[Source]") -> None:
    from crackwise.inspection.shown import listed

    lost = roi.without_photo(source.stem for source in sources) if roi else []
    if lost:
        typer.echo(f"warning: no photo for the masks {listed(lost)} of --roi", err=True)


def _tell_kept(kept: "Sequence[Path]") -> None:
    masks = [path for path in kept if path.suffix != ".csv"]
    for table in (path for path in kept if path.suffix == ".csv"):
        typer.echo(
            f"what was struck out by hand is listed in {table}; crackwise strike --table takes it again",
            err=True,
        )
    if masks:
        typer.echo(
            f"{len(masks)} masks drawn or corrected by hand are kept, first {masks[0]}; "
            "crackwise measure --mask takes them again",
            err=True,
        )


def _settings(**chosen: float | str | None) -> "Settings":
    from pydantic import ValidationError

    from crackwise.inspection.settings import Settings

    try:
        return Settings.model_validate(chosen)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).removesuffix("_deg").removesuffix("_px").replace("_", "-")
        raise SettingsError(f"--{name} is {first['input']!r}: {first['msg'].lower()}") from error


def _run_file(model: "CrackModel", options: "RunOptions", sources: "Sequence[Source]") -> "RunFile":
    from crackwise.inspection.runfile import MEASURING, RunFile

    return RunFile(
        crackwise_version=metadata.version("crackwise"),
        model=f"{model.card.name} {model.card.version}",
        model_sha256=model.sha256,
        precision=model.precision,
        settings=options.settings.resolved(model.card),
        measuring=MEASURING,
        scale=options.scale_rule.described(),
        scale_ways=options.scale_rule.kinds,
        roi_sha256=options.roi.sha256 if options.roi else None,
        keep_gps=options.keep_gps,
        roots=tuple(sorted({str(source.root) for source in sources})),
        title="Crack inspection",
        project="",
        inspector="",
        card=model.card,
    )
