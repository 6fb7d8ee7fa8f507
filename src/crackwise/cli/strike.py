"""``crackwise strike``: cracks that are none, such as joints, out of a finished run."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crackwise.cli.finish import finish, watched
from crackwise.cli.options import Workers
from crackwise.errors import SettingsError

if TYPE_CHECKING:
    from crackwise.inspection.batch import BatchResult
    from crackwise.inspection.striketable import Strike
    from crackwise.inspection.striking import Chosen, Revise

Run = Annotated[
    Path, typer.Argument(help="Folder that crackwise inspect or measure made.", show_default=False)
]
Photo = Annotated[str | None, typer.Argument(help="A photo, as cracks.csv names it.", show_default=False)]
Numbers = Annotated[
    list[int] | None,
    typer.Argument(help="Numbers of cracks in it, as in overlay and table.", show_default=False),
]
Reason = Annotated[str, typer.Option(help="Why, for the report, such as: bed joint.")]
Table = Annotated[
    Path | None,
    typer.Option(help="CSV with the columns photo, crack, reason: many cracks of many photos."),
]
Undo = Annotated[bool, typer.Option("--undo", help="Put back cracks that were struck out.")]


def strike(
    run: Run,
    photo: Photo = None,
    number: Numbers = None,
    reason: Reason = "",
    table: Table = None,
    undo: Undo = False,
    workers: Workers = None,
) -> None:
    """Strike out what is no crack, such as joints and plants: it leaves all figures of a finished run."""
    from crackwise.inspection.layout import RUN_FILE
    from crackwise.inspection.runfile import read_run
    from crackwise.inspection.striking import chosen_cracks
    from crackwise.inspection.struck import put_back, strike_out
    from crackwise.locks import alone_in
    from crackwise.report.writers import REPORTS

    if not (run / RUN_FILE).is_file():
        raise SettingsError(f"{run} holds no {RUN_FILE}; expected the folder of a run of crackwise inspect")
    strikes = _asked(photo, number or [], reason, table)
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    with alone_in(run):
        about = read_run(run)
        chosen = chosen_cracks(run, strikes)
        revise = put_back if undo else partial(strike_out, struck_at=now)
        result = _revised(run, chosen, revise, workers)
        there = [name for name, report in REPORTS.items() if report.is_in(run)]
        finish(result, about, run, there)
    count = sum(map(len, chosen.values()))
    done = "counted now" if undo else "struck out now"
    typer.echo(f"{done}: cracks {count}, photos {len(chosen)}; all others keep their numbers and figures")


def _asked(
    photo: str | None, numbers: "Sequence[int]", reason: str, table: Path | None
) -> "tuple[Strike, ...]":
    from crackwise.inspection.striketable import Strike, read_strikes

    if table is not None:
        if photo is not None:
            raise SettingsError(f"give a photo and its cracks or --table, not both: {photo} and {table}")
        strikes = read_strikes(table, reason)
        if not strikes:
            raise SettingsError(f"{table} has no row; expected photo, crack, reason")
        return strikes
    if photo is None or not numbers:
        raise SettingsError(
            "which cracks? give a photo and the numbers of its cracks, or --table strikes.csv"
        )
    return tuple(Strike(photo, number, reason) for number in numbers)


def _revised(run: Path, chosen: "Chosen", revise: "Revise", workers: int | None) -> "BatchResult":
    """Check that all photos are there, then revise one after the other."""
    from crackwise.inspection.batch import RunOptions, run_work, usual_workers
    from crackwise.inspection.runfile import read_run
    from crackwise.inspection.runfolder import correct_run
    from crackwise.inspection.striking import Striking, sources_in
    from crackwise.report.run import write_struck_out

    about = read_run(run)
    sources = sources_in(run, [Path(root) for root in about.roots], chosen)
    # a photo with a record was not too large
    options = RunOptions(out=run, max_megapixels=float("inf"), workers=workers or usual_workers())
    correct_run(run, about)
    return watched(
        lambda show: run_work(
            sources,
            Striking(run, chosen, revise),
            options,
            write_photo=lambda revised, source: write_struck_out(revised, source, run),
            report_progress=show,
        ),
        "striking",
    )
