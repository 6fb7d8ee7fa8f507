"""How far counted work is: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

ShowCount: TypeAlias = Callable[[int, int], None]
"""Called with (done, total)."""

PAUSE_S = 10.0
"""Between two lines where there is no terminal; quick work prints none."""


@contextmanager
def shown_count(doing: str, what: str) -> Iterator[ShowCount]:
    """Give a function that shows (done, total) on standard error: ``checking 12 of 80 photos``."""
    if not sys.stderr.isatty():
        yield _lines(doing, what)
        return
    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TextColumn(what), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines(doing: str, what: str) -> ShowCount:
    started_s = said_s = time.monotonic()

    def show(done: int, total: int) -> None:
        nonlocal said_s
        now_s = time.monotonic()
        if done and now_s - said_s >= PAUSE_S:
            said_s = now_s
            left_s = (now_s - started_s) / done * (total - done)
            typer.echo(f"{doing} {done:,} of {total:,} {what}, about {left_s:.0f} s left", err=True)

    return show
