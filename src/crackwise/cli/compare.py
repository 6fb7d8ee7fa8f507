"""``crackwise compare``: trainings and models beside one another, in one table, plots and pictures."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from crackwise.cli.compared import read_compared, with_unique_names
from crackwise.cli.costs import timing_text
from crackwise.cli.looks import Look, compared_sets, contenders_of, look_at, remarks_on, with_pictures
from crackwise.cli.options import Replace, refuse_earlier
from crackwise.cli.sets import set_names
from crackwise.cli.tables import table_lines
from crackwise.errors import CrackwiseError, SettingsError

if TYPE_CHECKING:
    from crackwise.report.comparison_facts import Comparison, LeftOut
    from crackwise.score.judge import PhotoSet

S = TypeVar("S")
T = TypeVar("T")

Compares = Annotated[
    list[Path],
    typer.Argument(
        metavar="RUN_OR_MODEL...",
        help="Run folders of crackwise train, .onnx models, names of shipped ones, folders with scores.json.",
        show_default=False,
    ),
]
Data = Annotated[
    list[Path] | None,
    typer.Option(metavar="SET", help="Judge all on this labelled set; may be given several times."),
]
Part = Annotated[str, typer.Option(help="Only photos of this part of split.csv, such as test.")]
Out = Annotated[
    Path | None, typer.Option(help="Folder for comparison.html, comparison.csv and comparison.json.")
]
Photos = Annotated[int, typer.Option(min=0, help="Photos of each set to show side by side.")]
Samples = Annotated[int, typer.Option(min=0, help="Samples of the bootstrap intervals; 0 for none.")]
Rounds = Annotated[int, typer.Option(min=0, help="Rounds of timing; 0 for none.")]


def compare(
    compares: Compares,
    data: Data = None,
    part: Part = "",
    out: Out = None,
    photos: Photos = 6,
    samples: Samples = 1000,
    rounds: Rounds = 5,
    overwrite: Replace = False,
) -> None:
    """Compare trainings and models: quality, parameters, arithmetic and time, with plots and pictures."""
    from crackwise.report.comparison_facts import Comparison
    from crackwise.score.bootstrap import Bootstrap
    from crackwise.score.judge import JudgeSettings

    if out is not None:
        refuse_earlier(out / "comparison.json", overwrite)
    sets = _read_sets(data or [], part)
    settings = JudgeSettings(0.5, ("pixels", "thresholds", "tolerance"), Bootstrap(samples))
    read, unread = _each(read_compared, compares, str)
    looks, unjudged = _each(
        lambda one: look_at(one, sets, settings), with_unique_names(read), lambda one: one.name
    )
    left_out = (*unread, *unjudged)
    if not looks:
        raise SettingsError(f"there is nothing left to compare; {left_out[0].sentence}")
    compared = compared_sets(looks, settings)
    if out is not None:
        compared = with_pictures(compared, sets, looks, photos)
    comparison = Comparison(
        contenders_of(looks, rounds),
        compared,
        left_out,
        remarks_on(looks, compared, sets),
        timing_text(rounds),
        _interval_text(samples) if sets else "95 % intervals, as each evaluation made them",
    )
    typer.echo("\n\n".join("\n".join(lines) for lines in _tables(comparison)))
    if out is not None:
        _write(out, comparison)
    _tell(comparison, looks)


def _read_sets(roots: Sequence[Path], part: str) -> "list[PhotoSet]":
    from crackwise.data.folder import read_folder
    from crackwise.score.judge import with_truth

    if part and not roots:
        raise SettingsError("--part chooses photos of a set; name the set with --data")
    names = set_names(roots)
    return [with_truth(name, read_folder(root), part) for name, root in zip(names, roots)]


def _each(
    work: Callable[[S], T], items: Iterable[S], name: Callable[[S], str]
) -> "tuple[list[T], tuple[LeftOut, ...]]":
    """Do the work on each item; what a user can mend about one is noted and the others go on."""
    from crackwise.report.comparison_facts import LeftOut

    done: list[T] = []
    left_out = []
    for item in items:
        try:
            done.append(work(item))
        except CrackwiseError as error:
            left_out.append(LeftOut(name(item), str(error)))
    return done, tuple(left_out)


def _interval_text(samples: int) -> str:
    return f"95 % intervals, {samples:,} bootstrap samples of scenes, seed 0" if samples else ""


def _tables(comparison: "Comparison") -> Iterable[list[str]]:
    from crackwise.report.comparison_table import (
        QUALITY,
        cells,
        difference_rows,
        heads,
        shown_differences,
    )

    for one in comparison.sets:
        head, *others = heads()
        del head
        rows = [cells(*pair) for pair in zip(one.qualities, comparison.contenders)]
        yield table_lines((one.name or "cost", *others), rows)
        if one.reference and len(one.qualities) > 1:
            names = [QUALITY[name].partition(" ±")[0] for name in shown_differences(one)]
            yield table_lines((f"minus {one.reference}", *names), difference_rows(one))


def _write(out: Path, comparison: "Comparison") -> None:
    from crackwise.files import write_json, write_text
    from crackwise.report.comparison import render_comparison
    from crackwise.report.comparison_table import comparison_csv, comparison_json

    write_text(out / "comparison.html", render_comparison(comparison))
    write_text(out / "comparison.csv", comparison_csv(comparison))
    write_json(out / "comparison.json", comparison_json(comparison))
    typer.echo(f"\ncomparison.html, comparison.csv and comparison.json in {out}")


def _tell(comparison: "Comparison", looks: Sequence[Look]) -> None:
    """Say what limits the comparison; exit code 1 where something is missing from it."""
    for remark in comparison.remarks:
        typer.echo(f"note: {remark}", err=True)
    for one in comparison.left_out:
        typer.echo(f"left out: {one.sentence}", err=True)
    failures = [failure for look in looks for one in look.evaluations for failure in one.failures]
    for failure in dict.fromkeys(failures):
        typer.echo(f"not judged: {failure.source}/{failure.file}: {failure.reason}", err=True)
    if comparison.left_out or failures:
        raise typer.Exit(1)
