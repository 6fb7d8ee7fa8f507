"""A training from recipe to run folder: recipe as resolved, log, best and last checkpoint."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import lightning as L
from torch import Tensor
from torch.utils.data import DataLoader

from crackwise.errors import ModelError, RecipeError, suggestion
from crackwise.files import sha256_of, write_text
from crackwise.inspection.card import ModelCard
from crackwise.inspection.model import SHIPPED, is_shipped, read_card, read_model, shipped_model
from crackwise.nets.build import build_net
from crackwise.nets.cracknet import CrackNet
from crackwise.nets.encoders import find_weights
from crackwise.nets.exported import measure_norms
from crackwise.nets.foreign import load_foreign
from crackwise.recipe import Recipe
from crackwise.training.budget import in_steps
from crackwise.training.claim import (
    START,
    TEACHER,
    check_claim,
    check_content,
    describe_run,
    describe_split,
)
from crackwise.training.environment import describe_environment
from crackwise.training.finish import finish
from crackwise.training.folder import Folders
from crackwise.training.graph import PARITY, largest_difference
from crackwise.training.losses import LOSSES
from crackwise.training.precision import settled
from crackwise.training.runfiles import BEST_FILE, LAST_FILE, RESULT_FILE, START_FILE
from crackwise.training.samples import TrainingCrops
from crackwise.training.segmentation import SegmentationTraining
from crackwise.training.sources import SourceSamples, gather_run, labels_of, split_of
from crackwise.training.trainer import (
    Plan,
    check_processes,
    fit,
    make_trainer,
    processes,
    warn_of_frozen_noise,
)

_MEASURED = 96
"""Crops on which batch norms are measured that an exported model had folded away."""

_COMPARED_PX = 256

BEST: dict[str, tuple[str, Literal["min", "max"]]] = {
    "iou": ("iou", "max"),
    "dice": ("dice", "max"),
    "loss": ("val_loss", "min"),
}
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
        If the run folder holds a run of another recipe, or photos or labels have changed since it began.
    DataError
        If a source is missing or incomplete; nothing is written then, so that the same command can be mended.
    RecipeError
        If a name in the recipe is unknown, or the network cannot take what the recipe gives it.
    TrainingError
        If memory ends or the loss is no number any more; the last checkpoint stays.
    """
    _check(recipe)
    recipe = settled(recipe, folders.run)
    check_claim(recipe, folders.run)
    best = folders.run / BEST_FILE
    if (folders.run / RESULT_FILE).is_file():
        return best
    module, environment, card = _prepare(recipe, folders)
    plan = _plan(module.recipe, folders.run)
    trainer = make_trainer(plan)
    if trainer.is_global_zero:
        _tell(module.sources)
        split, labels = split_of(module.sources), labels_of(module.sources)
        check_content(split, labels, folders.run)
        describe_run(module.recipe, folders.run, environment)
        _keep_card(card, folders.run)
        describe_split(module.recipe, split, labels, folders.run)
    ended = fit(trainer, module, plan)
    if trainer.is_global_zero:
        finish(folders, ended)
    return best


def check_data(recipe: Recipe, folders: Folders) -> None:
    """Refuse other photos or labels than those that a run has learnt from.

    Raises
    ------
    DataError, OutputError
        If some are gone, or are other ones now.
    """
    sources = gather_run(recipe, folders)
    check_content(split_of(sources), labels_of(sources), folders.run)


def _prepare(
    recipe: Recipe, folders: Folders
) -> tuple[SegmentationTraining, dict[str, str], ModelCard | None]:
    """Find everything that the training needs; nothing is written.

    Returns
    -------
    What is trained, what it depends on, and the card of the model file that it starts from.
    """
    L.seed_everything(recipe.seed, verbose=False)
    sources = gather_run(recipe, folders)
    recipe = resolve(recipe, sources)
    teacher, start = (_weights(name, folders) for name in (recipe.data.teacher, recipe.train.start_from))
    net = build_net(recipe.model, folders.weights)
    _check_size(recipe, net)
    if start is not None:
        sys.stderr.write(f"{start.name}: {load_foreign(net, start)}\n")
    card = None
    if start is not None and start.suffix == ".onnx":
        card = read_card(read_model(start), start)
        if not (folders.run / LAST_FILE).is_file():
            _check_same(net, start)
            sys.stderr.write(f"{start.name}: measuring its batch norms on the first {_MEASURED} crops\n")
            measure_norms(net, _first_photos(recipe, sources))
    environment = describe_environment() | _hashes({TEACHER: teacher, START: start})
    return SegmentationTraining(recipe, net, sources, teacher), environment, card


def _tell(sources: Sequence[SourceSamples]) -> None:
    """Say how many photos of each source train and how many validate."""
    counts = [f"{one.recipe.name} {len(one.training):,} + {len(one.validation):,}" for one in sources]
    sys.stderr.write(f"photos for training + validation: {', '.join(counts)}\n")


def _plan(recipe: Recipe, run: Path) -> Plan:
    train = recipe.train
    batches = f"batches of {train.batch} photos of {recipe.data.crop_px} px"
    instead = f"{_in_smaller_batches(recipe)}train anew, in another --out, with a smaller data.crop_px"
    return Plan(recipe.name, train, BEST[train.best], run, (batches, instead), train.accumulate)


def _in_smaller_batches(recipe: Recipe) -> str:
    """Propose to take the same steps in more batches; nothing where every process has one photo at a time."""
    train = recipe.train
    share = train.batch // processes()
    parts = next((parts for parts in range(2, share + 1) if share % parts == 0), None)
    if parts is None:
        return ""
    smaller = f"--set train.batch={train.batch // parts} --set train.accumulate={parts * train.accumulate}"
    return f"go on with --resume {smaller}, or "


def resolve(recipe: Recipe, sources: tuple[SourceSamples, ...]) -> Recipe:
    """Turn a budget in epochs into one in steps; an epoch is as many crops as photos for training."""
    photos = sum(len(source.training) for source in sources)
    train = in_steps(recipe.train, photos, recipe.train.batch * recipe.train.accumulate)
    return recipe.model_copy(update={"train": train})


def _check(recipe: Recipe) -> None:
    if recipe.train.loss not in LOSSES:
        known = ", ".join(LOSSES) + suggestion(recipe.train.loss, LOSSES)
        raise RecipeError(f"train.loss {recipe.train.loss!r} is unknown; expected one of: {known}")
    check_processes(recipe.train)
    if not recipe.train.start_from:
        warn_of_frozen_noise(recipe.model)


def _check_size(recipe: Recipe, net: CrackNet) -> None:
    if any(length % net.stride_px for length in recipe.data.size_px):
        raise RecipeError(
            f"data.crop_px is {recipe.data.crop_px}; model.net {recipe.model.net!r} takes multiples of "
            f"{net.stride_px}, such as {max(1, recipe.data.size_px[0] // net.stride_px) * net.stride_px}"
        )


def _keep_card(card: ModelCard | None, run: Path) -> None:
    """Keep the card of the model file that a run starts from, as what that learnt from stays in it."""
    if (run / LAST_FILE).is_file():
        return
    (run / START_FILE).unlink(missing_ok=True)
    if card is not None:
        write_text(run / START_FILE, card.model_dump_json(indent=1))


def _check_same(net: CrackNet, start: Path) -> None:
    """Refuse a model file that predicts otherwise than the network with its weights."""
    worst = largest_difference(net.eval(), read_model(start), _COMPARED_PX)
    if worst > PARITY:
        raise ModelError(
            f"{start} predicts otherwise than the network with its weights, by {worst:.2g}; take the "
            "[model] of its own recipe, with input_mean and input_std, or start from its checkpoint"
        )


def _weights(name: str, folders: Folders) -> Path | None:
    """Find a file as given, in the folder of weights, or as a shipped model; none if there is no name."""
    if not name:
        return None
    if is_shipped(Path(name)):
        return shipped_model(name)
    try:
        return find_weights(name, folders.weights)
    except ModelError as error:
        raise ModelError(f"{error}; models that are always there: {', '.join(SHIPPED)}") from error


def _first_photos(recipe: Recipe, sources: tuple[SourceSamples, ...]) -> Iterator[Tensor]:
    """Give photos as the first steps see them, (1, 3, H, W)."""
    first = recipe.train.first_step * recipe.train.batch * recipe.train.accumulate
    for photo, _, _ in DataLoader(TrainingCrops(recipe, sources, first, _MEASURED)):
        yield photo


def _hashes(files: dict[str, Path | None]) -> dict[str, str]:
    """Name files by their content."""
    return {name: sha256_of(path) for name, path in files.items() if path}
