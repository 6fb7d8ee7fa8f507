"""A training from recipe to run folder: recipe as resolved, log, best and last checkpoint."""

import hashlib
import json
import pickle
import platform
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import Callback, LearningRateMonitor, ModelCheckpoint, TQDMProgressBar
from lightning.pytorch.loggers import CSVLogger
from lightning.pytorch.plugins import TorchCheckpointIO

from crackwise.errors import DataError, ModelError, OutputError, RecipeError
from crackwise.files import whole_file, write_text
from crackwise.nets.build import build_net
from crackwise.nets.cracknet import CrackNet
from crackwise.nets.encoders import find_weights
from crackwise.recipe import Recipe, dump_recipe, parse_recipe
from crackwise.training.losses import LOSSES
from crackwise.training.samples import gather
from crackwise.training.segmentation import SegmentationTraining

RECIPE_FILE = "recipe.toml"


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a training reads and writes.

    Parameters
    ----------
    data
        Holds the sources by name.
    run
        The run folder.
    weights
        Holds pre-trained encoder files; None when the recipe names none.
    drawn
        Keeps drawn scenes between runs; None for ``run/drawn``.
    """

    data: Path
    run: Path
    weights: Path | None = None
    drawn: Path | None = None


def train(recipe: Recipe, folders: Folders) -> Path:
    """Train from the start, or go on from the last checkpoint of the run folder.

    Returns
    -------
    The best checkpoint by mean validation IoU over the sources.

    Raises
    ------
    OutputError
        If the run folder holds a run of another recipe.
    DataError
        If a source is missing or incomplete; nothing is written then, so that the same command can be mended.
    RecipeError
        If a name in the recipe is unknown.
    """
    if recipe.train.loss not in LOSSES:
        known = ", ".join(LOSSES)
        raise RecipeError(f"train.loss {recipe.train.loss!r} is unknown; expected one of: {known}")
    _check_claim(recipe, folders.run)
    L.seed_everything(recipe.seed, verbose=False)
    sources = gather(recipe, folders.data, folders.drawn or folders.run / "drawn")
    teacher = find_weights(recipe.data.teacher, folders.weights) if recipe.data.teacher else None
    start = find_weights(recipe.train.start_from, folders.weights) if recipe.train.start_from else None
    module = SegmentationTraining(recipe, _net(recipe, folders, start), sources, teacher)
    write_text(folders.run / RECIPE_FILE, dump_recipe(recipe))
    environment = describe_environment() | _hashes(teacher=teacher, start_from=start)
    write_text(folders.run / "environment.json", json.dumps(environment, indent=2))
    last = folders.run / "last.ckpt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning's advice about its own options
        _trainer(recipe, folders.run).fit(
            module, ckpt_path=str(last) if last.is_file() else None, weights_only=True
        )
    return folders.run / "best.ckpt"


def _net(recipe: Recipe, folders: Folders, start: Path | None) -> CrackNet:
    net = build_net(recipe.model, folders.weights)
    if start is not None:
        try:
            net.load_state_dict(_state(torch.load(start, map_location="cpu", weights_only=True)))
        except (RuntimeError, KeyError, pickle.UnpicklingError) as error:
            first = str(error).strip().splitlines()[0]
            raise ModelError(
                f"{start} does not hold the weights of {recipe.name}: {first}; give best.ckpt of a run of "
                "the same network"
            ) from error
    return net


def _state(checkpoint: dict[str, Any]) -> dict[str, torch.Tensor]:
    return {key.removeprefix("net."): value for key, value in checkpoint["state_dict"].items()}


def _hashes(**files: Path | None) -> dict[str, str]:
    """Name the files that a training started from by their content."""
    return {
        f"{name}_sha256": hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in files.items()
        if path
    }


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """The recipe of a run, the weights of its best checkpoint, and the step at which it was reached."""

    recipe: Recipe
    state: dict[str, torch.Tensor]
    step: int


def read_run(run: Path) -> FinishedRun:
    """Read a run folder.

    Raises
    ------
    DataError
        If the folder holds no finished validation yet.
    """
    checkpoint = run / "best.ckpt"
    if not checkpoint.is_file():
        raise DataError(f"{run} holds no best.ckpt; train first, at least up to the first validation")
    recipe = parse_recipe((run / RECIPE_FILE).read_text(encoding="utf-8"), str(run / RECIPE_FILE))
    content = torch.load(checkpoint, map_location="cpu", weights_only=True)
    return FinishedRun(recipe, _state(content), int(content["global_step"]))


def describe_environment() -> dict[str, str]:
    """Name what a result depends on besides the recipe."""
    return {
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "torch": torch.__version__,
        "lightning": L.__version__,
        "git_revision": _git_revision(),
    }


def _git_revision() -> str:
    """Give the revision of this package's own clone; empty without git or outside a clone."""
    command = ["git", "rev-parse", "HEAD"]
    folder = Path(__file__).parent
    try:
        git = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return ""
    return git.stdout.strip()


def _check_claim(recipe: Recipe, run: Path) -> None:
    path = run / RECIPE_FILE
    if path.is_file() and parse_recipe(path.read_text(encoding="utf-8"), str(path)) != recipe:
        raise OutputError(f"{run} holds a run of another recipe; choose another --out, or delete it")


class WholeCheckpoints(TorchCheckpointIO):
    """Checkpoints that appear whole or not at all, so that a kill never costs the last one."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write beside the target and rename."""
        with whole_file(Path(path)) as temporary:
            super().save_checkpoint(checkpoint, temporary, storage_options)


def _trainer(recipe: Recipe, run: Path) -> L.Trainer:
    best = ModelCheckpoint(run, filename="best", monitor="iou", mode="max", enable_version_counter=False)
    last = ModelCheckpoint(run, filename="last", enable_version_counter=False)  # every validation
    callbacks: list[Callback] = [best, last, LearningRateMonitor("step")]
    if sys.stderr.isatty():
        callbacks.append(TQDMProgressBar())
    return L.Trainer(
        max_steps=recipe.train.steps,
        precision=recipe.train.precision,
        callbacks=callbacks,
        plugins=[WholeCheckpoints()],
        logger=CSVLogger(run, name="", version=_next_log(run), flush_logs_every_n_steps=20),
        log_every_n_steps=20,
        num_sanity_val_steps=0,
        reload_dataloaders_every_n_epochs=1,
        enable_progress_bar=sys.stderr.isatty(),
        enable_model_summary=False,
        default_root_dir=run,
    )


def _next_log(run: Path) -> str:
    """Name a fresh log folder, as the logger empties one that exists: ``log-1``, after a resume ``log-2``."""
    return f"log-{len(list(run.glob('log-*'))) + 1}"
