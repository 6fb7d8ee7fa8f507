"""Lightning set up alike for every training: checkpoints, logs, patience, resume, plain sentences."""

import logging
import os
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePath
from typing import Any, Literal

import lightning as L
import torch
from lightning.pytorch.callbacks import (
    Callback,
    EarlyStopping,
    EMAWeightAveraging,
    LearningRateMonitor,
    ModelCheckpoint,
)
from lightning.pytorch.loggers import CSVLogger, Logger, MLFlowLogger, TensorBoardLogger
from lightning.pytorch.plugins import TorchCheckpointIO
from torch import Tensor

from crackwise.errors import CrackwiseError, MissingExtraError, ModelError, RecipeError, TrainingError
from crackwise.files import whole_file
from crackwise.locks import alone_in
from crackwise.nets.depthwise import keep_in_float32
from crackwise.nets.encoders import EncoderRecipe
from crackwise.nets.tensorfile import read_tensor_file
from crackwise.recipe import Budget
from crackwise.training.checkpoint import what_is_kept
from crackwise.training.memory import keep_freed_memory
from crackwise.training.progress import Progress, StepsBar
from crackwise.training.runfiles import LAST_FILE, next_log

_LOADER_GONE = re.compile(r"DataLoader worker \(pid.*")
_FROM_LOADER = re.compile(r"Traceback.*\ncrackwise\.errors\.\w+: (.*)", re.DOTALL)
"""An error of a loader process comes with where it was raised there; the sentence stands at its end."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long a training lasts, what it is judged by, and where it writes.

    Parameters
    ----------
    name
        Of the recipe.
    budget
        In steps.
    best
        What is logged, and whether more or less of it is better.
    run
        The run folder.
    remedy
        When memory ends: of what, such as ``batches of 16 photos``, and what to do.
    accumulate
        Batches in a step.
    """

    name: str
    budget: Budget
    best: tuple[str, Literal["min", "max"]]
    run: Path
    remedy: tuple[str, str]
    accumulate: int = 1


@dataclass(frozen=True, slots=True)
class Ended:
    """How the optimisation ended."""

    steps: int
    best_value: float
    stopped_early: bool
    seconds: float


def processes() -> int:
    """Count the processes of ``torchrun``; 1 without it."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def check_processes(train: Budget) -> None:
    """Refuse a batch that the processes of ``torchrun`` cannot share.

    Raises
    ------
    RecipeError
        If it is no multiple of their number.
    """
    if train.batch % processes():
        raise RecipeError(
            f"train.batch is {train.batch}, which {processes()} processes cannot share equally; give a "
            f"multiple of {processes()}"
        )


def warn_of_frozen_noise(model: EncoderRecipe) -> None:
    """Say that an encoder without weights keeps the random ones."""
    if model.frozen_encoder and model.encoder_weights == "none":
        sys.stderr.write(
            "warning: model.frozen_encoder keeps the random weights of model.encoder_weights = none; give "
            "weights, or begin anew with --set model.frozen_encoder=false\n"
        )


def make_trainer(plan: Plan) -> L.Trainer:
    """Set Lightning up; under ``torchrun`` for all processes."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)  # what it runs on, and advertisements
    local = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    return L.Trainer(
        max_steps=plan.budget.steps,
        accumulate_grad_batches=plan.accumulate,
        precision=plan.budget.precision,
        devices=local,
        num_nodes=processes() // local,
        strategy="ddp" if processes() > 1 else "auto",
        sync_batchnorm=torch.cuda.is_available() and processes() > 1,
        use_distributed_sampler=False,  # batches are shared out by the training itself
        callbacks=[*_callbacks(plan), FiniteLoss(plan.budget.precision), Progress()],
        plugins=[WholeCheckpoints()],
        logger=_loggers(plan),
        log_every_n_steps=min(20, plan.budget.validate_every),
        num_sanity_val_steps=0,
        reload_dataloaders_every_n_epochs=1,
        enable_progress_bar=sys.stderr.isatty(),
        enable_model_summary=False,
        default_root_dir=plan.run,
    )


def fit(trainer: L.Trainer, module: L.LightningModule, plan: Plan) -> Ended:
    """Train, from the last checkpoint on where there is one.

    Raises
    ------
    TrainingError
        If memory ends; the last checkpoint stays.
    OutputError
        If another training is at work in the run folder.
    CrackwiseError
        As a sample raises it that cannot be read, in a loader process too.
    """
    keep_freed_memory()
    if plan.budget.precision == "bf16-mixed" and trainer.strategy.root_device.type == "cpu":
        keep_in_float32(module)
    last = plan.run / LAST_FILE
    lock = alone_in(plan.run) if trainer.is_global_zero else nullcontext()
    with lock, plain_sentences(plan.run, plan.remedy), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning's advice about its own options
        try:
            trainer.fit(module, ckpt_path=str(last) if last.is_file() else None, weights_only=True)
        except (SystemExit, RuntimeError) as end:  # what Lightning makes of Ctrl-C, and meets as it tidies up
            if isinstance(end, SystemExit) or isinstance(end.__context__, KeyboardInterrupt):
                raise KeyboardInterrupt from end
            raise
    return _ended(trainer, plan)


def _ended(trainer: L.Trainer, plan: Plan) -> Ended:
    best = next(one for one in trainer.checkpoint_callbacks if one.monitor)
    value = float(best.best_model_score) if best.best_model_score is not None else float("nan")
    [progress] = [one for one in trainer.callbacks if isinstance(one, Progress)]
    return Ended(trainer.global_step, value, trainer.global_step < plan.budget.steps, progress.total())


@contextmanager
def loader_sentences() -> Iterator[None]:
    """Say in one sentence what a loader process met, without where it was raised there, or that it is gone.

    Raises
    ------
    CrackwiseError
        As it was raised there.
    TrainingError
        If a loader process ended, as the system ends one when memory is short.
    """
    try:
        yield
    except (RuntimeError, ConnectionError, EOFError) as error:  # the last two where it was just sending
        gone = _LOADER_GONE.search(str(error))
        if gone is None and isinstance(error, RuntimeError):
            raise
        told = gone[0] if gone else str(error) or "its end was met"
        raise TrainingError(
            f"a process that loads photos was ended, as the system does when memory is short ({told}); "
            "free memory and give the same command again, of a training with --resume"
        ) from error
    except CrackwiseError as error:
        inner = _FROM_LOADER.search(str(error))
        if inner is None:
            raise
        raise type(error)(inner[1].strip()) from None


@contextmanager
def plain_sentences(run: Path, remedy: tuple[str, str]) -> Iterator[None]:
    """Say in one sentence that memory has ended, or what a loader process met.

    Parameters
    ----------
    run
        The run folder; its last checkpoint is what is kept.
    remedy
        Of what memory ended, and what to do; see :class:`Plan`.

    Raises
    ------
    TrainingError
        When memory ends, of the processor or of a GPU.
    CrackwiseError
        As :func:`loader_sentences`.
    """
    try:
        with loader_sentences():
            yield
    except (RuntimeError, MemoryError) as error:
        text = str(error)
        if not isinstance(error, torch.OutOfMemoryError | MemoryError) and "allocate memory" not in text:
            raise
        batches, instead = remedy
        raise TrainingError(f"memory ended with {batches}; {what_is_kept(run)}: {instead}") from error


class FiniteLoss(Callback):
    """Refuses to go on with a loss that is no number."""

    def __init__(self, precision: str) -> None:
        self.precision = precision

    def on_before_backward(self, trainer: L.Trainer, pl_module: L.LightningModule, loss: Tensor) -> None:
        """Look at the loss of a batch."""
        del pl_module
        if not torch.isfinite(loss):
            step, run = trainer.global_step + 1, Path(trainer.default_root_dir)
            raise no_number(f"the loss is {float(loss)} at step {step:,}", run, self.precision)


def no_number(told: str, run: Path, precision: str) -> TrainingError:
    """Say that a loss is no number, what is kept, and what to do."""
    exact = "" if precision == "32-true" else ", or with train.precision=32-true"
    return TrainingError(
        f"{told}; {what_is_kept(run)}: train anew, in another --out, with a lower train.learning_rate{exact}"
    )


class WholeCheckpoints(TorchCheckpointIO):
    """Checkpoints that appear whole or not at all, so that a kill never costs the last one."""

    def load_checkpoint(self, path: Any, map_location: Any = None, weights_only: Any = None) -> Any:
        """Read, without running code; one that was damaged since is one sentence."""
        del map_location, weights_only
        try:
            return read_tensor_file(Path(path))
        except ModelError as error:
            raise TrainingError(
                f"{path} is damaged, and the training cannot go on from it; copy it again, or train anew in "
                "another --out"
            ) from error

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write beside the target and rename."""
        with whole_file(Path(path)) as temporary:
            super().save_checkpoint(checkpoint, temporary, storage_options)


class MovedRun(Callback):
    """Lets a run folder be moved before it is resumed; Lightning forgets what is best with another path."""

    def on_load_checkpoint(
        self, trainer: L.Trainer, pl_module: L.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Bring the paths that a checkpoint keeps to the folder that the run has now."""
        del pl_module
        for callback in trainer.checkpoint_callbacks:
            state = checkpoint["callbacks"].get(callback.state_key)
            if state is not None:
                checkpoint["callbacks"][callback.state_key] = _moved(state, Path(callback.dirpath))


def _moved(state: dict[str, Any], run: Path) -> dict[str, Any]:
    def here(path: str) -> str:
        return str(run / PurePath(path).name) if path else ""

    paths = {key: here(state[key]) for key in ("best_model_path", "kth_best_model_path", "last_model_path")}
    best = {here(path): score for path, score in state["best_k_models"].items()}
    return {**state, **paths, "best_k_models": best, "dirpath": str(run)}


class StaysStopped(Callback):
    """Lets a training whose patience had ended take no further step when it is resumed."""

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Look at what the checkpoint says."""
        patience = trainer.early_stopping_callback
        if patience is not None and patience.wait_count >= patience.patience:
            trainer.should_stop = True


def _callbacks(plan: Plan) -> list[Callback]:
    monitor, mode = plan.best
    best = ModelCheckpoint(
        plan.run, filename="best", monitor=monitor, mode=mode, enable_version_counter=False
    )
    last = ModelCheckpoint(plan.run, filename="last", enable_version_counter=False)  # every validation
    callbacks: list[Callback] = [best, last, MovedRun(), LearningRateMonitor("step")]
    if plan.budget.average:
        callbacks.append(EMAWeightAveraging(decay=plan.budget.average))
    if plan.budget.patience:
        patience = EarlyStopping(
            monitor, patience=plan.budget.patience, mode=mode, check_on_train_epoch_end=False
        )  # at the end of the validation, as a resumed training begins with the end of an epoch without one
        callbacks += [patience, StaysStopped()]
    if sys.stderr.isatty():
        callbacks.append(StepsBar())
    return callbacks


def _loggers(plan: Plan) -> list[Logger]:
    """Log to CSV and TensorBoard, and to MLflow where ``MLFLOW_TRACKING_URI`` says where it is."""
    loggers: list[Logger] = [
        CSVLogger(plan.run, name="", version=next_log(plan.run), flush_logs_every_n_steps=20),
        TensorBoardLogger(plan.run, name="", version="tensorboard"),
    ]
    if uri := os.environ.get("MLFLOW_TRACKING_URI"):
        if find_spec("mlflow") is None:
            raise MissingExtraError("MLFLOW_TRACKING_URI", "mlflow")
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # tells its makers else
        loggers.append(MLFlowLogger("crackwise", run_name=plan.name, tracking_uri=uri))
    return loggers
