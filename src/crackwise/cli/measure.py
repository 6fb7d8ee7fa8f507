"""``crackwise measure``: photos and masks in, measured cracks and a report out; no model takes part."""

from collections.abc import Sequence
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
    from crackwise.inspection.batch import BatchResult
    from crackwise.inspection.inspect import Inspection
    from crackwise.inspection.masks import ByMask, Masks
    from crackwise.inspection.runfile import RunFile
    from crackwise.inspection.scales import ScaleRule
    from crackwise.inspection.sources import Source

_TOLD_PHOTOS = 10
"""What was found is told photo by photo up to so many; of more there are the tables."""

Photo = Annotated[str, typer.Argument(help="A photo, a folder of photos or a quoted pattern.")]
MaskPath = Annotated[
    Path,
    typer.Option("--mask", help="PNG, crack white on black, or a folder with <stem>.png for each photo."),
]
Out = Annotated[
    Path,
    typer.Option(help="New folder for the results, or that of an earlier run, to replace photos in."),
]
Title = Annotated[str | None, typer.Option(help="Title of the report; default: as in the run.")]
Project = Annotated[str | None, typer.Option(help="Project, for the report; default: as in the run.")]
Inspector = Annotated[str | None, typer.Option(help="Inspector, for the report; default: as in the run.")]
Axis = Annotated[
    float | None,
    typer.Option(
        min=-180,
        max=180,
        help="Direction of road or beam in the photo in degrees; default: as in the run, else 0.",
    ),
]


def measure(
    photo: Photo,
    mask: MaskPath,
    out: Out,
    scale: ScaleText = None,
    scale_table: ScaleTablePath = None,
    card: CardWanted = False,
    rectify: Rectify = False,
    distance: DistanceText = None,
    distance_error: DistanceError = None,
    sensor_width: SensorWidth = None,
    code: CodeName = None,
    exposure: Exposure = None,
    prices: Prices = None,
    axis: Axis = None,
    formats: Formats = ALL_FORMATS,
    workers: Workers = None,
    title: Title = None,
    project: Project = None,
    inspector: Inspector = None,
    no_gps: NoGps = False,
    max_megapixels: MaxMegapixels = 300.0,
) -> None:
    """Measure cracks whose mask is given: from elsewhere, or corrected by hand after inspect."""
    from crackwise.inspection.batch import RunOptions, usual_workers
    from crackwise.inspection.masks import ByMask, Masks
    from crackwise.inspection.runfile import run_in
    from crackwise.inspection.runfolder import correct_run
    from crackwise.inspection.settings import MeasuringSettings
    from crackwise.inspection.sources import find_photos
    from crackwise.locks import alone_in

    chosen = chosen_formats(formats)
    scales = ScaleOptions(scale, scale_table, card, rectify, distance, distance_error, sensor_width)
    found = find_photos([photo], out=out)
    earlier = run_in(out)
    masks = Masks.of(mask, _named_as_in(earlier, found.photos, out) if earlier else found.photos)
    rule = scales.rule(masks.sources)
    run = earlier or _new_run(masks.sources, rule, axis or 0.0, keep_gps=not no_gps)
    if no_gps and run.keep_gps:
        raise SettingsError(
            f"--no-gps: the photos in {out} keep their place; "
            "inspect them again with --no-gps --overwrite, or choose another --out"
        )
    settings = MeasuringSettings(axis_deg=run.settings.axis_deg if axis is None else axis)
    code_options = CodeOptions.of(code, exposure, prices, run)
    run = code_options.kept_in(run.headed(title, project, inspector), axis)
    options = RunOptions(
        out=out,
        scale_rule=rule,
        max_megapixels=max_megapixels,
        keep_gps=run.keep_gps,
        workers=workers or usual_workers(),
    )
    _warn_of_masks(masks)
    work = ByMask(masks, options, settings)
    with alone_in(out):
        correct_run(out, run)
        result, run = _measured(work, run)
        finish(result.after(found), run, out, chosen)


def _measured(work: "ByMask", run: "RunFile") -> "tuple[BatchResult, RunFile]":
    """Measure all photos, those with the run's own masks at another scale only, and keep how all are now."""
    from crackwise.inspection.runfile import write_run

    kept, rule = work.kept(), work.options.scale_rule
    rescaled = kept if run.takes_scale(rule.described(), rule.kinds) else []
    after = work.run_after(run, kept, rescaled)
    _warn_of_other_measuring(after)
    result = rescaled_first(rescaled, work.options, lambda: _by_mask(work))
    _warn_of_kept(work, run, len(kept), is_rescaled=bool(rescaled))
    if result.failures or result.stopped:
        return result, run
    write_run(work.options.out, after)
    return result, after


def _by_mask(work: "ByMask") -> "BatchResult":
    """Measure all photos by their masks, and tell what was found in each."""
    from crackwise.inspection.batch import run_work
    from crackwise.report.run import write_artefacts

    told: dict[str, str] = {}

    def write(inspection: "Inspection", source: "Source") -> None:
        write_artefacts(inspection, source, work.options.out)
        told[source.name] = _in_words(inspection)

    result = watched(
        lambda show: run_work(
            work.masks.sources, work, work.options, write_photo=write, report_progress=show
        ),
        "measuring",
    )
    for name in sorted(told) if len(told) <= _TOLD_PHOTOS else ():
        typer.echo(f"{name}: {told[name]}")
    return result


def _in_words(inspection: "Inspection") -> str:
    from crackwise.report.figures import Width, length_text, width_order

    cracks, total = inspection.cracks, inspection.summary
    if not cracks:
        return "no crack"
    count = "1 crack" if len(cracks) == 1 else f"{len(cracks)} cracks"
    widest = Width.best(max(cracks, key=width_order), "max").text
    return f"{count}, {length_text(total.total_length_px, total.total_length_mm)}, widest {widest}"


def _named_as_in(run: "RunFile", sources: "Sequence[Source]", out: Path) -> "tuple[Source, ...]":
    from crackwise.inspection.artefacts import stem_of_photo
    from crackwise.inspection.sources import named_as_in

    return named_as_in(sources, [Path(root) for root in run.roots], stem_of_photo(out))


def _new_run(sources: "Sequence[Source]", rule: "ScaleRule", axis_deg: float, *, keep_gps: bool) -> "RunFile":
    from crackwise.inspection.record import MASK_GIVEN
    from crackwise.inspection.runfile import MEASURING, RunFile
    from crackwise.inspection.settings import MeasuringSettings

    return RunFile(
        crackwise_version=metadata.version("crackwise"),
        model=MASK_GIVEN,
        model_sha256="none",
        precision="none",
        settings=MeasuringSettings(axis_deg=axis_deg),
        measuring=MEASURING,
        scale=rule.described(),
        scale_ways=rule.kinds,
        roi_sha256=None,
        keep_gps=keep_gps,
        roots=tuple(sorted({str(source.root) for source in sources})),
        title="Crack measurement",
        project="",
        inspector="",
    )


def _warn_of_other_measuring(run: "RunFile") -> None:
    from crackwise.inspection.runfile import MEASURING

    if run.measuring != MEASURING:
        typer.echo(
            f"warning: the way of measuring was {run.measuring} in this run, is {MEASURING}; photos that are "
            "measured now stand beside others; to compare them choose another --out for all",
            err=True,
        )


def _warn_of_kept(work: "ByMask", run: "RunFile", count: int, *, is_rescaled: bool) -> None:
    from crackwise.inspection.runfile import MEASURING

    rule = work.options.scale_rule
    is_other = {
        "scale": bool(rule.ways) and rule.described() != run.scale and not is_rescaled,
        "axis": work.settings.axis_deg != run.settings.axis_deg,
        "way of measuring": run.measuring != MEASURING,
    }
    kept = [name for name in is_other if is_other[name]]
    if count and kept:
        typer.echo(
            f"warning: {count} photos keep their {' and '.join(kept)}, as their masks are those of the run; "
            "measure with a copy of the masks, or inspect into another folder",
            err=True,
        )


def _warn_of_masks(masks: "Masks") -> None:
    from crackwise.inspection.shown import listed

    lost = [str(path.relative_to(masks.path)) for path in masks.without_photo()]
    if lost:
        typer.echo(f"warning: no photo for the masks {listed(lost)}", err=True)
    kept = [source.name for source in masks.sources if masks.found[source.stem] is None]
    if kept:
        typer.echo(f"warning: no mask for {listed(kept)}", err=True)
