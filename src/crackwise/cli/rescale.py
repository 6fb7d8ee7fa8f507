"""Another scale for photos of a run that are measured already, in ``crackwise inspect`` and ``measure``."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import typer

from crackwise.cli.finish import watched

if TYPE_CHECKING:
    from crackwise.inspection.batch import BatchResult, RunOptions
    from crackwise.inspection.sources import Source


def rescaled_first(
    sources: "Sequence[Source]", options: "RunOptions", go_on: "Callable[[], BatchResult]"
) -> "BatchResult":
    """Give photos the scale that the options say, in place, then go on; they count as done before."""
    from crackwise.inspection.batch import run_work
    from crackwise.inspection.rescale import ByScale
    from crackwise.report.run import write_rescaled

    if not sources:
        return go_on()
    rescaled = watched(
        lambda show: run_work(
            sources,
            ByScale(options),
            options,
            write_photo=partial(write_rescaled, out=options.out),
            report_progress=show,
        ),
        "rescaling",
    )
    if rescaled.done:
        typer.echo(f"{rescaled.done} photos measured before have the new scale; their px are as they were")
    if rescaled.stopped:
        return rescaled
    result = go_on()
    return replace(result, failures=(*rescaled.failures, *result.failures))
