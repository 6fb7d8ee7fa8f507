"""``crackwise sweep``: many trainings of one recipe with other values, compared in one table and picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crackwise.cli.extras import need_torch
from crackwise.cli.tables import table_lines
from crackwise.errors import DataError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crackwise.recipe import Recipe
    from crackwise.training.sweep import Check, Entry, Results, Train, Value

File = Annotated[str, typer.Argument(metavar="SWEEP", help="A shipped sweep by name, or a TOML file.")]
Out = Annotated[Path, typer.Option(help="Folder to create, or to go on in: a run folder for each trial.")]
Data = Annotated[Path | None, typer.Option(help="Folder that holds the data sets by name.")]
Weights = Annotated[Path | None, typer.Option(help="Folder of pre-trained encoder files.")]
Drawn = Annotated[Path | None, typer.Option(help="Keeps drawn scenes; default: within each run folder.")]
Change = Annotated[
    list[str] | None, typer.Option("--set", help="Change a key for every trial: --set train.steps=400.")
]
Show = Annotated[bool, typer.Option("--show", help="Print what --out holds; train nothing, write nothing.")]


def sweep(
    file: File,
    out: Out,
    data: Data = None,
    weights: Weights = None,
    drawn: Drawn = None,
    change: Change = None,
    show: Show = False,
) -> None:
    """Train a recipe with other values, by grid, one factor at a time or search; the same command goes on."""
    from crackwise.training.sweep import load_experiment, read_results, work

    experiment = load_experiment(file, tuple(change or ()))
    if not show:
        if data is None:
            raise SettingsError("there is no data to train on; add --data FOLDER, or --show to print results")
        if not data.is_dir():
            raise DataError(f"there is no folder {data}; name the one that holds the data sets in --data")
        try:
            train, check = _on(data, weights, drawn)
            work(experiment, out, train, _tell, check)
        except KeyboardInterrupt:
            _tell("interrupted; the same command goes on, with the trial at work from its last checkpoint")
            raise typer.Exit(130) from None
    results = read_results(out)
    typer.echo("\n".join(_table(results)))
    if difference := experiment.about.difference_from(results.about):
        _tell(f"note: {out} holds another sweep: {difference}; what it holds is shown")
    _tell_rest(results, out)
    if results.failed and not show:
        raise typer.Exit(1)


def _on(data: Path, weights: Path | None, drawn: Path | None) -> "tuple[Train, Check]":
    need_torch("training")
    from crackwise.training.folder import Folders
    from crackwise.training.run import check_data, train
    from crackwise.training.trainer import processes

    if processes() > 1:
        raise SettingsError(
            "a sweep takes no torchrun, whose processes would train several trials as one; start the same "
            "command as often as there are GPUs"
        )

    def train_one(recipe: "Recipe", run: Path) -> None:
        train(recipe, Folders(data, run, weights, drawn))

    def check_one(recipe: "Recipe", run: Path) -> None:
        check_data(recipe, Folders(data, run, weights, drawn))

    return train_one, check_one


def _tell(sentence: str) -> None:
    typer.echo(sentence, err=True)


def _table(results: "Results") -> list[str]:
    about = results.about
    heads = ["trial", about.sweep.metric, *_short(about.keys), "best step", "min"]
    return table_lines(heads, [_row(results, entry) for entry in results.entries])


def _row(results: "Results", entry: "Entry") -> list[str]:
    values = results.values_of(entry)
    value = entry.state if entry.value is None else f"{entry.value:.4f}"
    cells = [_cell(values[key]) if key in values else "–" for key in results.about.keys]
    seconds = entry.facts.get("seconds")
    minutes = "–" if seconds is None else f"{seconds / 60:.1f}"
    return [str(entry.trial.number), value, *cells, str(entry.facts.get("best_step", "–")), minutes]


def _cell(value: "Value") -> str:
    from crackwise.training.sweep.trials import written

    return f"{value:.4g}" if isinstance(value, float) else written(value)


def _short(keys: "Sequence[str]") -> list[str]:
    """Leave out the section where the last word alone says which key is meant."""
    last = [key.rpartition(".")[2] for key in keys]
    return [word if last.count(word) == 1 else key for word, key in zip(last, keys)]


def _tell_rest(results: "Results", out: Path) -> None:
    if results.finished:
        best = results.finished[0]
        typer.echo(f"\nbest: {out / best.folder}")
    for entry in results.failed:
        _tell(f"trial {entry.trial.number} failed: {entry.error}")
    if results.running:
        count = len(results.running)
        _tell(f"begun and not finished: {count}; another process has them, or the same command goes on")
