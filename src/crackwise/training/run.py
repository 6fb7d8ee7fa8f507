"""A training from recipe to run folder: recipe as resolved, log, best and last checkpoint."""

import json
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import (
    Callback,
    EarlyStopping,
    LearningRateMonitor,
    ModelCheckpoint,
    TQDMProgressBar,
)
from lightning.pytorch.loggers import CSVLogger, Logger, MLFlowLogger, TensorBoardLogger
from lightning.pytorch.plugins import TorchCheckpointIO

from crackwise.data.split import write_split
from crackwise.errors import MissingExtraError, OutputError, RecipeError, TrainingError
from crackwise.files import sha256_of, whole_file, write_text
from crackwise.nets.build import build_net
from crackwise.nets.cracknet import CrackNet
from crackwise.nets.encoders import find_weights
from crackwise.nets.foreign import load_foreign
from crackwise.recipe import Recipe, TrainRecipe, dump_recipe, parse_recipe
from crackwise.training.environment import describe_environment
from crackwise.training.finish import Ended, finish
from crackwise.training.folder import Folders
from crackwise.training.losses import LOSSES
from crackwise.training.progress import Progress
from crackwise.training.runfiles import BEST_FILE, LAST_FILE, RECIPE_FILE, RESULT_FILE, SPLIT_FILE
from crackwise.training.segmentation import SegmentationTraining
from crackwise.training.sources import SourceSamples, gather, split_of

BEST = {"iou": ("iou", "max"), "dice": ("dice", "max"), "loss": ("val_loss", "min")}
"""What is logged, and whether more or less of it is better, by ``train.best``."""


def train(recipe: Recipe, folders: Folders) -> Path:
    """Train from the start, or go on from the last checkpoint of the run folder.

    Under ``torchrun`` every process calls this; they share each batch and the validation photos.

    Returns
    -------
    The best checkpoint by ``train.best``.

    Raises
    ------
    OutputError
        If the run folder holds a run of another recipe.
    DataError
        If a source is missing or incomplete; nothing is written then, so that the same command can be mended.
    RecipeError
        If a name in the recipe is unknown, or the network cannot take what the recipe gives it.
    TrainingError
        If memory ends or the loss is no number any more; the last checkpoint stays.
    """
    _check(recipe)
    _check_claim(recipe, folders.run)
    best = folders.run / BEST_FILE
    if (folders.run / RESULT_FILE).is_file():
        return best
    module, environment = _prepare(recipe, folders)
    progress = Progress()
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)  # what it runs on, and advertisements
    trainer = _trainer(module.recipe, folders.run, progress)
    if trainer.is_global_zero:
        _describe(module, folders.run, environment)
    _fit(trainer, module, folders.run / LAST_FILE)
    if trainer.is_global_zero:
        finish(folders, _ended(module.recipe, trainer, progress))
    return best


def _prepare(recipe: Recipe, folders: Folders) -> tuple[SegmentationTraining, dict[str, str]]:
    """Find everything that the training needs, and describe what it starts from; nothing is written."""
    L.seed_everything(recipe.seed, verbose=False)
    sources = gather(recipe, folders.data, folders.drawn or folders.run / "drawn")
    recipe = resolve(recipe, sources)
    teacher = find_weights(recipe.data.teacher, folders.weights) if recipe.data.teacher else None
    start = find_weights(recipe.train.start_from, folders.weights) if recipe.train.start_from else None
    net = _net(recipe, folders, start)
    _check_size(recipe, net)
    environment = describe_environment() | _hashes(teacher=teacher, start_from=start)
    return SegmentationTraining(recipe, net, sources, teacher), environment


def _fit(trainer: L.Trainer, module: SegmentationTraining, last: Path) -> None:
    """Train, from the last checkpoint on where there is one."""
    with _plain_sentences(module.recipe), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning's advice about its own options
        try:
            trainer.fit(module, ckpt_path=str(last) if last.is_file() else None, weights_only=True)
        except SystemExit as end:  # what Lightning makes of Ctrl-C
            raise KeyboardInterrupt from end


def _ended(recipe: Recipe, trainer: L.Trainer, progress: Progress) -> Ended:
    best = next(one for one in trainer.checkpoint_callbacks if one.monitor)
    value = float(best.best_model_score) if best.best_model_score is not None else float("nan")
    return Ended(trainer.global_step, value, trainer.global_step < recipe.train.steps, progress.total())


def resolve(recipe: Recipe, sources: tuple[SourceSamples, ...]) -> Recipe:
    """Turn a budget in epochs into one in steps; an epoch is as many crops as photos for training."""
    train = recipe.train
    if not train.epochs:
        return recipe
    photos = sum(len(source.training) for source in sources)
    steps = -(-photos // (train.batch * train.accumulate))
    budget = {"steps": steps * train.epochs, "validate_every": steps}
    return recipe.model_copy(update={"train": train.model_copy(update=budget)})


def _check(recipe: Recipe) -> None:
    if recipe.train.loss not in LOSSES:
        known = ", ".join(LOSSES)
        raise RecipeError(f"train.loss {recipe.train.loss!r} is unknown; expected one of: {known}")
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    if recipe.train.batch % processes:
        raise RecipeError(
            f"train.batch is {recipe.train.batch}, which {processes} processes cannot share equally; give a "
            f"multiple of {processes}"
        )


def _check_size(recipe: Recipe, net: CrackNet) -> None:
    if any(length % net.stride_px for length in recipe.data.size_px):
        raise RecipeError(
            f"data.crop_px is {recipe.data.crop_px}; model.net {recipe.model.net!r} takes multiples of "
            f"{net.stride_px}, such as {max(1, recipe.data.size_px[0] // net.stride_px) * net.stride_px}"
        )


def _describe(module: SegmentationTraining, run: Path, environment: dict[str, str]) -> None:
    write_text(run / RECIPE_FILE, dump_recipe(module.recipe))
    write_text(run / "environment.json", json.dumps(environment, indent=2))
    split = run / SPLIT_FILE
    if not split.is_file():
        provenance = {"command": "crackwise train", "recipe": module.recipe.name}
        write_split(split_of(module.sources), split, provenance)


@contextmanager
def _plain_sentences(recipe: Recipe) -> Iterator[None]:
    """Say in one sentence that memory has ended."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        text = str(error)
        if not isinstance(error, torch.OutOfMemoryError | MemoryError) and "allocate memory" not in text:
            raise
        train = recipe.train
        raise TrainingError(
            f"memory ended with batches of {train.batch} photos of {recipe.data.crop_px} px; the last "
            f"validation is kept in last.ckpt: train anew with train.batch={max(1, train.batch // 2)} and "
            f"train.accumulate={2 * train.accumulate}, or with a smaller data.crop_px"
        ) from error


def _net(recipe: Recipe, folders: Folders, start: Path | None) -> CrackNet:
    net = build_net(recipe.model, folders.weights)
    if start is not None:
        sys.stderr.write(f"{start.name}: {load_foreign(net, start)}\n")
    return net


def _hashes(**files: Path | None) -> dict[str, str]:
    """Name the files that a training started from by their content."""
    return {f"{name}_sha256": sha256_of(path) for name, path in files.items() if path}


def _check_claim(recipe: Recipe, run: Path) -> None:
    path = run / RECIPE_FILE
    if not path.is_file():
        return
    held = parse_recipe(path.read_text(encoding="utf-8"), str(path))
    if _as_given(held) != _as_given(recipe):
        raise OutputError(f"{run} holds a run of another recipe; choose another --out, or delete it")


def _as_given(recipe: Recipe) -> Recipe:
    """Leave out what follows from a budget in epochs."""
    if not recipe.train.epochs:
        return recipe
    defaults = {name: TrainRecipe.model_fields[name].default for name in ("steps", "validate_every")}
    return recipe.model_copy(update={"train": recipe.train.model_copy(update=defaults)})


class WholeCheckpoints(TorchCheckpointIO):
    """Checkpoints that appear whole or not at all, so that a kill never costs the last one."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write beside the target and rename."""
        with whole_file(Path(path)) as temporary:
            super().save_checkpoint(checkpoint, temporary, storage_options)


def _trainer(recipe: Recipe, run: Path, progress: Progress) -> L.Trainer:
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    nodes = int(os.environ.get("WORLD_SIZE", "1")) // processes
    return L.Trainer(
        max_steps=recipe.train.steps,
        accumulate_grad_batches=recipe.train.accumulate,
        precision=recipe.train.precision,
        devices=processes,
        num_nodes=nodes,
        strategy="ddp" if processes * nodes > 1 else "auto",
        sync_batchnorm=torch.cuda.is_available() and processes * nodes > 1,
        use_distributed_sampler=False,  # batches are shared out by the training itself
        callbacks=[*_callbacks(recipe.train, run), progress],
        plugins=[WholeCheckpoints()],
        logger=_loggers(recipe, run),
        log_every_n_steps=20,
        num_sanity_val_steps=0,
        reload_dataloaders_every_n_epochs=1,
        enable_progress_bar=sys.stderr.isatty(),
        enable_model_summary=False,
        default_root_dir=run,
    )


def _callbacks(train: TrainRecipe, run: Path) -> list[Callback]:
    monitor, mode = BEST[train.best]
    best = ModelCheckpoint(run, filename="best", monitor=monitor, mode=mode, enable_version_counter=False)
    last = ModelCheckpoint(run, filename="last", enable_version_counter=False)  # every validation
    callbacks: list[Callback] = [best, last, LearningRateMonitor("step")]
    if train.patience:
        callbacks.append(EarlyStopping(monitor, patience=train.patience, mode=mode))
    if sys.stderr.isatty():
        callbacks.append(TQDMProgressBar())
    return callbacks


def _loggers(recipe: Recipe, run: Path) -> list[Logger]:
    """Log to CSV and TensorBoard, and to MLflow where ``MLFLOW_TRACKING_URI`` says where it is."""
    loggers: list[Logger] = [
        CSVLogger(run, name="", version=_next_log(run), flush_logs_every_n_steps=20),
        TensorBoardLogger(run, name="", version="tensorboard"),
    ]
    if uri := os.environ.get("MLFLOW_TRACKING_URI"):
        if find_spec("mlflow") is None:
            raise MissingExtraError("MLFLOW_TRACKING_URI", "mlflow")
        loggers.append(MLFlowLogger("crackwise", run_name=recipe.name, tracking_uri=uri))
    return loggers


def _next_log(run: Path) -> str:
    """Name a fresh log folder, as the logger empties one that exists: ``log-1``, after a resume ``log-2``."""
    return f"log-{len(list(run.glob('log-*'))) + 1}"
