"""How far a batch is: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

if TYPE_CHECKING:
    from crackwise.inspection.batch import Progress

Show: TypeAlias = "Callable[[Progress], None]"
LINES = 20
"""Lines in all where there is no terminal."""


@contextmanager
def shown_progress(doing: str) -> Iterator[Show]:
    """Give a function that shows how far a batch is, on standard error."""
    started_s = time.monotonic()
    if not sys.stderr.isatty():
        yield lambda progress: _print_line(progress, time.monotonic() - started_s)
        return
    columns = (
        TextColumn(doing),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, rate="")
        yield lambda progress: bar.update(
            task,
            total=progress.total - progress.skipped,
            completed=progress.done + progress.failed,
            rate=_rate(progress, time.monotonic() - started_s),
        )


def _print_line(progress: "Progress", elapsed_s: float) -> None:
    current = progress.done + progress.failed
    total = progress.total - progress.skipped
    step = max(1, total // LINES)
    if current and (current % step == 0 or current == total):
        left_s = elapsed_s / current * (total - current)
        typer.echo(
            f"{current} of {total} photos, {_rate(progress, elapsed_s)}, about {left_s:.0f} s left", err=True
        )


def _rate(progress: "Progress", elapsed_s: float) -> str:
    return f"{(progress.done + progress.failed) / max(elapsed_s, 1e-3):.2f} photos/s"
