"""The training of a classifier from recipe to run folder."""

import sys
from pathlib import Path
from typing import Literal

import lightning as L

from crackwise.nets.classifier import build_classifier
from crackwise.recipe import ClassifierRecipe
from crackwise.training.budget import in_steps
from crackwise.training.claim import check_claim, check_content, describe_run, describe_split
from crackwise.training.classifier.finish import Show, finish_classifier
from crackwise.training.classifier.sources import gather_tiles_of_run, labels_of_tiles, split_of_tiles
from crackwise.training.classifier.training import ClassifierTraining
from crackwise.training.environment import describe_environment
from crackwise.training.folder import Folders
from crackwise.training.precision import settled
from crackwise.training.runfiles import BEST_FILE, RESULT_FILE
from crackwise.training.trainer import Plan, check_processes, fit, make_trainer, warn_of_frozen_noise

BEST: dict[str, tuple[str, Literal["min", "max"]]] = {
    "loss": ("val_loss", "min"),
    "auc": ("auc", "max"),
    "balanced_accuracy": ("balanced_accuracy", "max"),
}
"""What is logged, and whether more or less of it is better, by ``train.best``."""


def train_classifier(recipe: ClassifierRecipe, folders: Folders, show: Show | None = None) -> Path:
    """Train from the start, or go on from the last checkpoint of the run folder.

    At the end ``show`` is called with what was weighed.

    Returns
    -------
    The best checkpoint by ``train.best``.

    Raises
    ------
    OutputError
        If the run folder holds a run of another recipe, or photos or labels have changed since it began.
    DataError
        If a source is missing or incomplete, or holds one class only; nothing is written then.
    RecipeError
        If a name in the recipe is unknown.
    ModelError
        If pre-trained weights cannot be had.
    TrainingError
        If memory ends or the loss is no number any more; the last checkpoint stays.
    """
    check_processes(recipe.train)
    recipe = settled(recipe, folders.run)
    check_claim(recipe, folders.run)
    best = folders.run / BEST_FILE
    if (folders.run / RESULT_FILE).is_file():
        return best
    warn_of_frozen_noise(recipe.model)
    module = _prepare(recipe, folders)
    plan = _plan(module.recipe, folders.run)
    trainer = make_trainer(plan)
    if trainer.is_global_zero:
        _tell(module)
        split, labels = split_of_tiles(module.sources), labels_of_tiles(module.sources)
        check_content(split, labels, folders.run)
        describe_run(module.recipe, folders.run, describe_environment())
        describe_split(module.recipe, split, labels, folders.run)
    ended = fit(trainer, module, plan)
    if trainer.is_global_zero:
        finish_classifier(folders, ended, show)
    return best


def resolve(recipe: ClassifierRecipe, tiles: int) -> ClassifierRecipe:
    """Turn a budget in epochs into one in steps; an epoch is as many samples as tiles for training."""
    return recipe.model_copy(update={"train": in_steps(recipe.train, tiles, recipe.train.batch)})


def _prepare(recipe: ClassifierRecipe, folders: Folders) -> ClassifierTraining:
    """Find everything that the training needs; nothing is written but drawn scenes."""
    L.seed_everything(recipe.seed, verbose=False)
    sources = gather_tiles_of_run(recipe, folders)
    recipe = resolve(recipe, sum(len(source.training) for source in sources))
    return ClassifierTraining(recipe, build_classifier(recipe.model, folders.weights), sources)


def _plan(recipe: ClassifierRecipe, run: Path) -> Plan:
    train = recipe.train
    width, height = recipe.data.size_px
    batches = f"batches of {train.batch} tiles of {width} × {height} px"
    less = f"train.batch={train.batch // 2}, or with " if train.batch > 1 else ""
    instead = f"train anew, in another --out, with {less}a smaller data.size_px"
    return Plan(recipe.name, train, BEST[train.best], run, (batches, instead))


def _tell(module: ClassifierTraining) -> None:
    """Say what the user should know about the sources."""
    for source in module.sources:
        for note in source.notes:
            sys.stderr.write(f"note: {note}\n")
