"""Another scale for photos of a run that are measured already, in ``crackwise inspect`` and ``measure``."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from crackwise.cli.finish import watched

if TYPE_CHECKING:
    from pathlib import Path

    from crackwise.inspection.batch import BatchResult, RunOptions
    from crackwise.inspection.scales import ScaleRule
    from crackwise.inspection.sources import Source


def rescale(sources: "Sequence[Source]", stems: Collection[str], options: "RunOptions") -> "BatchResult":
    """Give the photos of these stems the scale that the options say, in place, and tell how many have it."""
    from crackwise.inspection.batch import run_work
    from crackwise.inspection.rescale import ByScale
    from crackwise.report.run import write_rescaled

    result = watched(
        lambda show: run_work(
            sources,
            ByScale(options, stems),
            options,
            write_photo=lambda rescaled, source: write_rescaled(rescaled, source, options.out),
            report_progress=show,
        ),
        "rescaling",
    )
    if result.done:
        typer.echo(f"{result.done} photos measured before have the new scale; their px are as they were")
    return result


def joined(rescaled: "BatchResult", measured: "BatchResult") -> "BatchResult":
    """Give what became of all photos; those that only have another scale were done before."""
    return replace(measured, failures=(*rescaled.failures, *measured.failures))


def keep_rescaling(out: "Path", result: "BatchResult", sources: "Sequence[Source]") -> None:
    """Keep in ``run.json`` which photos are still to have the scale of the run, and say how many."""
    from crackwise.inspection.runfile import read_run, write_run

    run = read_run(out)
    failed = {failure.photo for failure in result.failures}
    have_it = {source.stem for source in sources if source.name not in failed}
    left = tuple(stem for stem in run.rescaling if stem not in have_it)
    if left != run.rescaling:
        write_run(out, run.model_copy(update={"rescaling": left}))
    if left:
        typer.echo(f"warning: {len(left)} photos still have their earlier scale, first {left[0]}", err=True)


def keep_scale(out: "Path", rule: "ScaleRule", sources: "Sequence[Source]") -> None:
    """Keep another rule for the scale in ``run.json`` when all photos of the run have it now."""
    from crackwise.inspection.artefacts import stem_of_photo
    from crackwise.inspection.runfile import read_run, write_run

    if set(stem_of_photo(out)) <= {source.name for source in sources}:
        scale = {"scale": rule.described(), "scale_ways": rule.kinds}
        write_run(out, read_run(out).model_copy(update={**scale, "rescaling": ()}))
