"""``crackwise recipes``, ``train`` and ``export``: from photos to a model file or a generator."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from crackwise.cli.extras import need_torch
from crackwise.errors import OutputError, SettingsError
from crackwise.training.runfiles import BEST_FILE, LAST_FILE, MODEL_FILE, RECIPE_FILE

if TYPE_CHECKING:
    from crackwise.recipe import ClassifierRecipe, GeneratorRecipe, Recipe
    from crackwise.training.export import Release
    from crackwise.training.folder import Folders
    from crackwise.training.storage import Storage
    from crackwise.zooms import Zooms

_SMALLEST_ZOOM, _LARGEST_ZOOM = 0.25, 4.0

_CHECKPOINTS = {"best": (BEST_FILE,), "last": (LAST_FILE,), "better": (BEST_FILE, LAST_FILE)}
"""Files of a run folder that are calibrated, by the word for them."""

Data = Annotated[Path, typer.Option(help="Folder that holds the data sets by name.")]
Weights = Annotated[Path | None, typer.Option(help="Folder of pre-trained encoder files.")]
Drawn = Annotated[Path | None, typer.Option(help="Keeps drawn scenes between runs; default: RUN/drawn.")]
Run = Annotated[Path, typer.Argument(help="Run folder of crackwise train.")]


def recipes() -> None:
    """List the recipes that come with the package."""
    from crackwise.recipe import load_any, shipped_recipes

    table = Table("recipe", "task", "what it is")
    for name in shipped_recipes():
        recipe = load_any(name)
        table.add_row(name, recipe.task, recipe.description)
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
        list[str] | None,
        typer.Option(
            "--set",
            help="Change a key: --set train.steps=400, --set \"data.sources=[{name='walls'}]\".",
        ),
    ] = None,
) -> None:
    """Train a model; interrupt it at any time and go on with --resume."""
    from crackwise.recipe import load_any

    chosen = load_any(recipe, tuple(change or ()))
    if (out / RECIPE_FILE).is_file() and not resume:
        raise OutputError(f"{out} holds a run already; add --resume to go on, or choose another --out")
    need_torch("training")
    from crackwise.training.folder import Folders

    with _resumable(out):
        done = _TRAINED[chosen.task](chosen, Folders(data, out, weights, drawn))
    if os.environ.get("RANK", "0") == "0":  # under torchrun, the process that writes the files
        typer.echo(done)


@contextmanager
def _resumable(run: Path) -> Iterator[None]:
    """Let Ctrl-C say what is kept and how to go on."""
    from crackwise.training.checkpoint import what_is_kept

    try:
        yield
    except KeyboardInterrupt:
        typer.echo(f"interrupted; {what_is_kept(run)}; the same command with --resume goes on", err=True)
        raise typer.Exit(130) from None


def _segmentation(recipe: "Recipe", folders: "Folders") -> str:
    from crackwise.training.run import train as run_training

    best, model = run_training(recipe, folders), folders.run / MODEL_FILE
    if not model.is_file():
        return f"best checkpoint: {best}\ncurves, samples and scores in {folders.run}"
    return (
        f"best checkpoint: {best}\ncurves, samples, scores and model.onnx in {folders.run}\n"
        f"next: crackwise inspect PHOTOS --out results --model {model}"
    )


def _classification(recipe: "ClassifierRecipe", folders: "Folders") -> str:
    from crackwise.cli.ownparts import show_own_part
    from crackwise.training.classifier.run import train_classifier

    best = train_classifier(recipe, folders, show_own_part)
    return (
        f"best checkpoint: {best}\ncurves, samples, scores, report.html and model.onnx in {folders.run}\n"
        f"next: crackwise classify PHOTOS --out verdicts --model {folders.run / MODEL_FILE}"
    )


def _generation(recipe: "GeneratorRecipe", folders: "Folders") -> str:
    from crackwise.training.generation.run import train_generator

    generator = train_generator(recipe, folders)
    photos = f" --data {folders.data}" if recipe.model.paints else ""
    return (
        f"generator: {generator}\nsamples, curves and progress in {folders.run}\n"
        f"next: crackwise generate {folders.run} --n 500{photos} --out generated"
    )


_TRAINED: dict[str, Callable[..., str]] = {
    "segmentation": _segmentation,
    "classification": _classification,
    "generation": _generation,
}
"""Trains a recipe of each task, and says what there is then."""


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
    zooms: Annotated[
        str, typer.Option(help="Sizes at which small photos are looked at, such as 1; for segmentation.")
    ] = "0.5,1,2",
    store: Annotated[
        str, typer.Option(help="Compute in fp32 with weights as fp16, or in int8; for segmentation.")
    ] = "fp16",
    checkpoint: Annotated[
        str,
        typer.Option(
            help="best, last, or better: calibrate both and take the one with more quality; for segmentation."
        ),
    ] = "best",
) -> None:
    """Choose thresholds on the validation groups and write one model file with its card."""
    if out.suffix.lower() != ".onnx":
        raise SettingsError(f"--out is {out}; a model file is ONNX: name it {out.with_suffix('.onnx').name}")
    need_torch("training")
    from crackwise.training.export import ZOOMS, Release
    from crackwise.training.folder import Folders

    looks, storage, checkpoints = _read_zooms(zooms), _known_storage(store), _known_checkpoints(checkpoint)
    release = Release(version, licence, encoder, limits, name, looks, storage, checkpoints)
    task = _task_of(run)
    if task != "segmentation" and (looks, storage, checkpoint) != (ZOOMS, "fp16", "best"):
        raise SettingsError(
            f"--zooms, --store and --checkpoint are for segmentation, and {run} is for {task}; remove them"
        )
    chosen = _EXPORTED[task](Folders(data, run, None, drawn), out, release)
    typer.echo(f"{out}: {out.stat().st_size / 1e6:.1f} MB, {chosen}")


def _read_zooms(text: str) -> "Zooms":
    """Read sizes such as ``0.5,1,2``; photos too large for several looks are looked at as they are."""
    from crackwise.training.export import ZOOMS

    try:
        factors = tuple(float(word) for word in text.split(","))
    except ValueError:
        factors = ()
    if not factors or not all(_SMALLEST_ZOOM <= factor <= _LARGEST_ZOOM for factor in factors):
        raise SettingsError(
            f"--zooms is {text!r}; expected factors from {_SMALLEST_ZOOM} to {_LARGEST_ZOOM}, separated by "
            "commas, such as 0.5,1,2"
        )
    return replace(ZOOMS, factors=factors)


def _known_storage(text: str) -> "Storage":
    if text == "int8":
        return "int8"
    if text == "fp16":
        return "fp16"
    raise SettingsError(f"--store is {text!r}; choose fp16 or int8")


def _known_checkpoints(text: str) -> tuple[str, ...]:
    if text not in _CHECKPOINTS:
        raise SettingsError(f"--checkpoint is {text!r}; choose one of {', '.join(_CHECKPOINTS)}")
    return _CHECKPOINTS[text]


def _task_of(run: Path) -> str:
    """Tell what a run was trained for; one that does not say is for segmentation."""
    from crackwise.recipe import parse_any

    path = run / RECIPE_FILE
    return parse_any(path.read_text(encoding="utf-8"), str(path)).task if path.is_file() else "segmentation"


def _export_segmentation(folders: "Folders", out: Path, release: "Release") -> str:
    from crackwise.training.export import export_run

    card = export_run(folders, out, release)
    return (
        f"weights of step {card.steps:,}, "
        f"thresholds {card.threshold_high} / {card.threshold_low}, "
        f"least length {card.min_length_px:g} px, least confidence {card.min_confidence:g}"
    )


def _export_classification(folders: "Folders", out: Path, release: "Release") -> str:
    from crackwise.training.classifier.export import export_classifier_run

    card = export_classifier_run(folders, out, release)
    return f"threshold {card.threshold:.3g}, temperature {card.temperature:.3g}"


def _export_generation(folders: "Folders", _out: Path, _release: "Release") -> str:
    raise SettingsError(
        f"{folders.run} holds a generator, which needs no export; write pictures with crackwise generate "
        f"{folders.run} --n 500 --out FOLDER"
    )


_EXPORTED: dict[str, Callable[["Folders", Path, "Release"], str]] = {
    "segmentation": _export_segmentation,
    "classification": _export_classification,
    "generation": _export_generation,
}
"""Writes the model file of a run of each task, and says what was chosen for it."""
