"""``crackwise recipes``, ``train`` and ``export``: from labelled photos to a model file."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from crackwise.cli.extras import need_torch
from crackwise.errors import OutputError

Data = Annotated[Path, typer.Option(help="Folder that holds the data sets by name.")]
Weights = Annotated[Path | None, typer.Option(help="Folder of pre-trained encoder files.")]
Drawn = Annotated[Path | None, typer.Option(help="Keeps drawn scenes between runs; default: RUN/drawn.")]
Run = Annotated[Path, typer.Argument(help="Run folder of crackwise train.")]


def recipes() -> None:
    """List the recipes that come with the package."""
    from crackwise.recipe import load_recipe, shipped_recipes

    table = Table("recipe", "what it is")
    for name in shipped_recipes():
        table.add_row(name, load_recipe(name).description)
    Console().print(table)


def train(
    recipe: Annotated[str, typer.Argument(help="A shipped recipe by name, or a TOML file.")],
    data: Data,
    out: Annotated[Path, typer.Option(help="Run folder to create, or to go on with --resume.")],
    weights: Weights = None,
    drawn: Drawn = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the last checkpoint in --out.")
    ] = False,
    change: Annotated[
        list[str] | None, typer.Option("--set", help="Change a key: --set train.steps=400.")
    ] = None,
) -> None:
    """Train a model; interrupt it at any time and go on with --resume."""
    from crackwise.recipe import load_recipe
    from crackwise.training.runfiles import MODEL_FILE, RECIPE_FILE

    chosen = load_recipe(recipe, tuple(change or ()))
    if (out / RECIPE_FILE).is_file() and not resume:
        raise OutputError(f"{out} holds a run already; add --resume to go on, or choose another --out")
    need_torch("training")
    from crackwise.training.folder import Folders
    from crackwise.training.run import train as run_training

    best = run_training(chosen, Folders(data, out, weights, drawn))
    typer.echo(f"best checkpoint: {best}\ncurves, samples, scores and model.onnx in {out}")
    typer.echo(f"next: crackwise inspect PHOTOS --out results --model {out / MODEL_FILE}")


def export(
    run: Run,
    data: Data,
    out: Annotated[Path, typer.Option(help="Model file to write, .onnx.")],
    drawn: Drawn = None,
    name: Annotated[str, typer.Option(help="Name of the model, for its card; default: of the recipe.")] = "",
    version: Annotated[str, typer.Option(help="Version of the model, for its card.")] = "0.1.0",
    licence: Annotated[str, typer.Option(help="Licence of the model, for its card.")] = "not stated",
    encoder: Annotated[str, typer.Option(help="Origin of the encoder weights, for the card.")] = "not stated",
    limits: Annotated[str, typer.Option(help="What the model is not made for, for its card.")] = "not stated",
) -> None:
    """Choose thresholds on the validation groups and write one model file with its card."""
    need_torch("training")
    from crackwise.training.export import Release, export_run
    from crackwise.training.folder import Folders

    release = Release(version=version, licence=licence, encoder=encoder, limits=limits, name=name)
    card = export_run(Folders(data, run, None, drawn), out, release)
    typer.echo(
        f"{out}: {out.stat().st_size / 1e6:.1f} MB, thresholds {card.threshold_high} / {card.threshold_low}, "
        f"least length {card.min_length_px:g} px, least confidence {card.min_confidence:g}"
    )
