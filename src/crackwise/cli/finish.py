"""What every command that fills a run folder does around its batch: progress, tables, report, last words."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crackwise.cli.progress import Show, shown_progress
from crackwise.errors import OutputError, SettingsError, suggestion

if TYPE_CHECKING:
    from crackwise.inspection.batch import BatchResult
    from crackwise.inspection.record import InspectionRecord
    from crackwise.inspection.runfile import RunFile
    from crackwise.report.settings import ReportSettings

ALL_FORMATS = "csv,coco,html,json"
Formats = Annotated[
    str, typer.Option(help="Which tables and reports, separated by commas; json is always written.")
]

_SHOWN_OPTIONS = ("model sha256", "region of interest", "GPS")  # the records state all others
_LISTED_WARNINGS = 20


def chosen_formats(text: str) -> tuple[str, ...]:
    """Read ``--formats``.

    Raises
    ------
    SettingsError
        If a name is not known.
    """
    from crackwise.report.writers import REPORTS

    known = [*REPORTS, "json"]
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    for name in names:
        if name not in known:
            hint = suggestion(name, known) or f"; choose from {', '.join(known)}"
            raise SettingsError(f"--formats has {name!r}, which is not known{hint}")
    return names


def watched(run: "Callable[[Show], BatchResult]", doing: str = "inspecting") -> "BatchResult":
    """Run a batch and show how far it is; Ctrl-C says how to go on."""
    try:
        with shown_progress(doing) as show:
            return run(show)
    except KeyboardInterrupt:
        typer.echo("interrupted; run the same command again to go on", err=True)
        raise typer.Exit(130) from None


def finish(result: "BatchResult", run: "RunFile", out: Path, formats: Sequence[str]) -> None:
    """Write tables and report of all records in the run folder, sum up, and exit with 1 after failures.

    The report also lists photos of the run that failed in an earlier command and have no record yet.
    """
    from crackwise.inspection.runfile import keep_failures
    from crackwise.report.run import write_reports

    if result.stopped is not None:
        say_stopped(result)
    try:
        failures = keep_failures(out, [(one.photo, one.reason) for one in result.failures], result.searched)
        settings = _report_settings(run, failures)
        records = write_reports(out, settings, formats)
    except OutputError as error:
        typer.echo(f"error: {error}", err=True)
        list_failures(result)
        raise typer.Exit(1) from error
    _print_summary(records, settings, result)
    _hint_at_scale(records)
    if settings.prices and all(record.scale is None for record in records):
        typer.echo(
            "warning: no photo has a scale, so there is no budget; give --scale or one of its kin", err=True
        )
    if settings.choice and any(map(settings.lacks_axis_of, records)):
        typer.echo(
            f"warning: classes of {settings.choice.code.name} depend on the direction of a crack, which is "
            "not known without --axis; give it: --axis 0 where the road runs along the rows of the photos",
            err=True,
        )
    _warn_of_gone(records, out)
    for name in ("html", "pdf"):
        if name in formats:
            typer.echo(f"report: {out / f'report.{name}'}")
    if result.failures:
        raise typer.Exit(1)


def _report_settings(run: "RunFile", failures: tuple[tuple[str, str], ...]) -> "ReportSettings":
    """Say what the report is headed with, and judges by."""
    from crackwise.report.code_choice import CodeChoice
    from crackwise.report.settings import ReportSettings

    return ReportSettings(
        title=run.title,
        project=run.project,
        inspector=run.inspector,
        created=datetime.now().astimezone().isoformat(timespec="seconds"),
        failures=failures,
        card=run.card,
        choice=CodeChoice.of(run.code, run.exposure) if run.code else None,
        is_axis_stated=run.knows_directions,
        options=tuple((name, text) for name, text in run.described().items() if name in _SHOWN_OPTIONS),
        prices=run.prices,
    )


def _hint_at_scale(records: "Sequence[InspectionRecord]") -> None:
    from crackwise.report.figures import counted

    count = sum(record.scale is None for record in records)
    if count:
        typer.echo(
            f"{counted(count, 'photos')} {'is' if count == 1 else 'are'} measured in px only; where "
            "something of known length is in the photo, crackwise scale tells its scale",
            err=True,
        )


def _warn_of_gone(records: "Sequence[InspectionRecord]", out: Path) -> None:
    """Say which photos still count though they are no longer where they were inspected."""
    from crackwise.inspection.runfile import read_run
    from crackwise.inspection.sources import gone_from

    gone = gone_from([record.photo for record in records], [Path(root) for root in read_run(out).roots])
    if gone:
        typer.echo(
            f"warning: {len(gone)} photos of this run are gone from their folder and still count, "
            f"first {gone[0]}; to leave one out, delete its file in {out / 'json'}",
            err=True,
        )


def say_stopped(result: "BatchResult") -> None:
    """Say that the run ended early; exit 2 when nothing at all is done."""
    if result.done + result.skipped == 0:
        raise OutputError(result.stopped)
    typer.echo(f"error: {result.stopped}", err=True)
    list_failures(result)
    typer.echo(
        f"stopped with {result.done + result.skipped} photos done; run the same command again to go on",
        err=True,
    )
    raise typer.Exit(1)


def _print_summary(
    records: "Sequence[InspectionRecord]", settings: "ReportSettings", result: "BatchResult"
) -> None:
    from rich.console import Console
    from rich.table import Table

    from crackwise.report.facts import longest_text, widest_tile

    cracked = [record for record in records if record.cracks]
    table = Table(show_header=False, box=None)
    failed = {failure.photo for failure in result.failures}  # may have an earlier record
    done = sum(record.photo not in failed for record in records)
    earlier = done - result.done  # also what was inspected before by other paths
    table.add_row("photos", f"{done} done, {earlier} of them earlier, {len(result.failures)} failed")
    table.add_row("cracked", str(len(cracked)))
    table.add_row("cracks", str(sum(len(record.cracks) for record in cracked)))
    if cracked:
        table.add_row("longest", longest_text(cracked))
        widest = widest_tile(cracked, settings.widths)
        table.add_row(widest.name, f"{widest.figure}; {widest.remark}")
    Console(markup=False, emoji=False).print(table)  # names of photos may hold [brackets] and :colons:
    _list_warnings(records)
    list_failures(result)


def _list_warnings(records: "Sequence[InspectionRecord]") -> None:
    warnings = [f"{record.photo}: {warning}" for record in records for warning in record.warnings]
    for warning in warnings[:_LISTED_WARNINGS]:
        typer.echo(f"warning: {warning}", err=True)
    if len(warnings) > _LISTED_WARNINGS:
        typer.echo(f"warning: {len(warnings) - _LISTED_WARNINGS} more, in the files of json/", err=True)


def list_failures(result: "BatchResult") -> None:
    """Say why each photo failed."""
    for failure in result.failures:
        typer.echo(f"failed: {failure.reason}", err=True)
