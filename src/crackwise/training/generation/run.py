"""The training of a generator, from recipe to run folder; it can be interrupted at any time."""

import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from crackwise.data.table import write_table
from crackwise.errors import RecipeError, suggestion
from crackwise.files import whole_file, write_image, write_json
from crackwise.locks import alone_in
from crackwise.nets.tensorfile import read_tensor_file
from crackwise.recipe import GeneratorRecipe
from crackwise.training.claim import check_claim, describe_run
from crackwise.training.cost import count_parameters
from crackwise.training.curves import Panels, plot_curves
from crackwise.training.environment import describe_environment, device_name
from crackwise.training.folder import Folders
from crackwise.training.generation.games import Game, MakeGame
from crackwise.training.generation.match import Figures, Match
from crackwise.training.generation.painting import PaintingGame
from crackwise.training.generation.photos import GeneratorPhotos, gather_photos, pin_photos
from crackwise.training.generation.plain import PlainGame
from crackwise.training.generation.saved import write_generator
from crackwise.training.generation.sheets import stepped, write_film
from crackwise.training.memory import keep_freed_memory
from crackwise.training.progress import duration
from crackwise.training.runfiles import GENERATOR_FILE, LAST_FILE, RESULT_FILE, next_log
from crackwise.training.trainer import no_number, plain_sentences, processes

GAMES: dict[str, MakeGame] = {"dcgan": PlainGame, "conditional": PaintingGame}
"""By ``model.net``."""

PANELS: Panels = (
    ("losses", {"loss_discriminator": "discriminator", "loss_generator": "generator"}),
    ("what the discriminator says", {"d_real": "D(x)", "d_fake": "D(G(z))"}),
    ("D(G(z)) in one step", {"d_fake": "before D learnt", "d_fake_after": "after"}),
    ("diversity of samples", {"diversity": "diversity"}),
)

SCHEMA_VERSION = 1
SAMPLES = "samples"
FILM = "progress.gif"

_BEGINNING = 0.1  # of the steps

_COLUMNS = ("step", *(name for name in Figures.__dataclass_fields__), "diversity")


def train_generator(recipe: GeneratorRecipe, folders: Folders) -> Path:
    """Train from the start, or go on from the last checkpoint of the run folder.

    Leaves ``recipe.toml``, ``environment.json``, ``learnt.csv`` with the photos, ``log-N/metrics.csv``,
    ``last.ckpt``, ``samples/step-*.png`` of fixed noise, ``generator.ckpt``, ``curves.png``, ``progress.gif``
    and, last of all, ``result.json``.

    Returns
    -------
    The file of the generator.

    Raises
    ------
    OutputError
        If the run folder holds a run of another recipe or one that began with other photos, or another
        training is at work in it.
    DataError
        If a source is missing or incomplete or the photos are too few, when nothing is written; or if a photo
        cannot be read.
    RecipeError
        If the network is unknown or cannot take what the recipe gives it, or several processes train it.
    TrainingError
        If memory ends or a loss is no number any more; the last checkpoint stays.
    """
    if recipe.model.net not in GAMES:
        known = ", ".join(GAMES) + suggestion(recipe.model.net, GAMES)
        raise RecipeError(
            f"model.net {recipe.model.net!r} is unknown for generation; expected one of: {known}"
        )
    if processes() > 1:
        raise RecipeError(f"{recipe.name} takes no torchrun: a generator is trained by one process")
    check_claim(recipe, folders.run)
    if (folders.run / RESULT_FILE).is_file():
        return folders.run / GENERATOR_FILE
    photos = gather_photos(recipe, folders.data)
    game = _build(recipe, photos)
    recipe = _resolved(recipe, game)
    keep_freed_memory()
    with alone_in(folders.run), plain_sentences(folders.run, _remedy(recipe)):
        pin_photos(photos, folders.run)
        describe_run(recipe, folders.run, describe_environment())
        rounds = _Rounds(Match(recipe, game), folders.run)
        rounds.play()
    return _finish(rounds, photos)


class _Rounds:
    """A match in rounds of ``save_every`` steps; each leaves a line, a sheet and a checkpoint."""

    def __init__(self, match: Match, run: Path) -> None:
        self.match, self.run = match, run
        self.rows: list[tuple[str, ...]] = []
        self.has_collapsed = False
        self.log = run / next_log(run) / "metrics.csv"
        self.seconds = 0.0
        if (run / LAST_FILE).is_file():
            state = read_tensor_file(run / LAST_FILE)
            match.load(state)
            self.seconds = state["seconds"]

    def play(self) -> None:
        """Go on to the last step."""
        train = self.match.recipe.train
        first, started_s, spent_s = self.match.step, time.perf_counter(), self.seconds
        figures: list[Figures] = []
        for batch in self.match.loader() if first < train.steps else ():
            figures.append(self._checked(self.match.play(batch)))
            if self.match.step % train.save_every and self.match.step < train.steps:
                continue
            passed_s = time.perf_counter() - started_s
            self.seconds = spent_s + passed_s
            left_s = passed_s / (self.match.step - first) * (train.steps - self.match.step)
            self._note(Figures.mean(figures), left_s)
            figures.clear()

    def _checked(self, figures: Figures) -> Figures:
        """Refuse to go on with a loss that is no number."""
        if not np.isfinite([figures.loss_discriminator, figures.loss_generator]).all():
            told = f"a loss is no number at step {self.match.step:,}"
            raise no_number(told, self.run, self.match.recipe.train.precision)
        return figures

    def _note(self, figures: Figures, left_s: float) -> None:
        """Log a round, draw its sheet, and write its checkpoint last."""
        game, step = self.match.game, self.match.step
        diversity = game.diversity()
        self._warn(game, diversity)
        values = [f"{value:.5g}" for value in (*asdict(figures).values(), diversity)]
        self.rows.append((str(step - 1), *values))  # logs of trainings count steps from 0
        write_table(self.log, _COLUMNS, self.rows)
        write_image(self.run / SAMPLES / f"step-{step:06d}.png", stepped(game.sheet(), step))
        with whole_file(self.run / LAST_FILE) as temporary:
            torch.save(self.match.state() | {"seconds": self.seconds}, temporary)
        told = ", ".join(f"{name} {value}" for name, value in zip(_COLUMNS[1:], values))
        steps = self.match.recipe.train.steps
        left = f", about {duration(left_s)} left" if step < steps else ""
        sys.stderr.write(f"step {step:,} of {steps:,}: {told}{left}\n")

    def _warn(self, game: Game, diversity: float) -> None:
        """Say that the generator has collapsed, when it does; in the first tenth it need not vary."""
        is_young = self.match.step <= _BEGINNING * self.match.recipe.train.steps
        was_collapsed = self.has_collapsed
        self.has_collapsed = diversity < game.least_diversity and not is_young
        if self.has_collapsed and not was_collapsed:
            sys.stderr.write(
                f"warning: the generator has collapsed at step {self.match.step:,}, diversity "
                f"{diversity:.2g}: {game.collapse}; look at {self.run / SAMPLES}, and train anew with "
                "another seed or a lower train.learning_rate if it does not recover\n"
            )


def _remedy(recipe: GeneratorRecipe) -> tuple[str, str]:
    batches = f"batches of {recipe.train.batch} photos of {recipe.data.size_px} px"
    return batches, "train anew, in another --out, with a smaller train.batch or data.size_px"


def _build(recipe: GeneratorRecipe, photos: Sequence[GeneratorPhotos]) -> Game:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        return GAMES[recipe.model.net](recipe, photos)


def _resolved(recipe: GeneratorRecipe, game: Game) -> GeneratorRecipe:
    """Turn a budget in epochs into one in steps; a round is an epoch then."""
    train = recipe.train
    if not train.epochs:
        return recipe
    budget = {"steps": game.epoch_steps() * train.epochs, "save_every": game.epoch_steps()}
    return recipe.model_copy(update={"train": train.model_copy(update=budget)})


def _finish(rounds: _Rounds, photos: Sequence[GeneratorPhotos]) -> Path:
    match, run = rounds.match, rounds.run
    file = run / GENERATOR_FILE
    write_generator(file, match.recipe, match.game.generator.state_dict(), match.step)
    write_image(run / "curves.png", plot_curves(run, match.recipe.name, PANELS, "steps"))
    write_film(run / FILM, sorted((run / SAMPLES).glob("step-*.png")))
    result: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "name": match.recipe.name,
        "steps": match.step,
        "seconds": round(rounds.seconds, 1),
        "parameters": {
            "generator": count_parameters(match.game.generator),
            "discriminator": count_parameters(match.game.discriminator),
        },
        "diversity": float(np.round(match.game.diversity(), 4)),
        "photos": {one.source.name: len(one.samples) for one in photos},
        "device": device_name(),
    }
    write_json(run / RESULT_FILE, result)
    return file
