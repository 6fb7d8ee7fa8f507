"""Sweeps without networks: a training that writes a made-up result, and keeps a list of what it was asked."""

import json
import os
import time
from pathlib import Path

from crackwise.errors import TrainingError
from crackwise.recipe import Recipe
from crackwise.training.sweep import Experiment, load_experiment

RECIPE = """
name = "tiny"
[data]
sources = [{ name = "walls" }]
[model]
net = "plain_unet"
[train]
batch = 8
"""
ONE_FACTOR = """
recipe = "tiny.toml"
method = "one-factor"
[factors]
train.batch = [4, 2, 8]
train.loss = ["dice", "bce"]
"""
GRID = ONE_FACTOR.replace("one-factor", "grid")
SEARCH = """
recipe = "tiny.toml"
method = "tpe"
trials = 12
seed = 3
[factors]
train.learning_rate = { low = 1e-5, high = 1e-1, log = true }
train.batch = { low = 2, high = 64 }
train.loss = ["dice", "bce"]
"""


def experiment_of(folder: Path, text: str, *overrides: str) -> Experiment:
    """Write a sweep file and its recipe, and read them."""
    (folder / "tiny.toml").write_text(RECIPE, encoding="utf-8")
    (folder / "sweep.toml").write_text(text, encoding="utf-8")
    return load_experiment(str(folder / "sweep.toml"), overrides)


class FakeTraining:
    """Scores a recipe by a formula; may fail, be interrupted, or take time.

    Parameters
    ----------
    diary
        A line is added for each training, by any process.
    """

    def __init__(self, diary: Path) -> None:
        self.diary = diary

    def __call__(self, recipe: Recipe, run: Path) -> None:
        with self.diary.open("a", encoding="utf-8") as file:
            file.write(f"{run.name}\n")
        self.before(recipe, run)
        run.mkdir(exist_ok=True)
        result = {"best_value": self.value(recipe), "best_step": 5, "steps": 9, "seconds": 90.0}
        (run / "result.json").write_text(json.dumps(result), encoding="utf-8")

    def before(self, recipe: Recipe, run: Path) -> None:
        """Do nothing; other trainings do."""

    def value(self, recipe: Recipe) -> float:
        """Give 0.1 for a batch of 8, less for a smaller one, and a little more with ``bce``."""
        return recipe.train.batch / 80 + 0.001 * (recipe.train.loss == "bce")

    @property
    def trained(self) -> list[str]:
        """Names of the run folders, as they were trained."""
        return self.diary.read_text(encoding="utf-8").split() if self.diary.exists() else []


class FailingTraining(FakeTraining):
    """Has no memory for a batch of 8."""

    def before(self, recipe: Recipe, run: Path) -> None:
        if recipe.train.batch == 8:
            raise TrainingError("memory ended; lower train.batch")


class MeetingTraining(FakeTraining):
    """Waits in its first training until another process is in one too, so that both are shown to work."""

    def before(self, recipe: Recipe, run: Path) -> None:
        deadline_s = time.monotonic() + 60
        while len(self.trained) < 2:
            if time.monotonic() > deadline_s:
                raise AssertionError("no other process came")
            time.sleep(0.02)


class KilledTraining(FakeTraining):
    """Ends its process at once, as a kill does: nothing is tidied up."""

    def before(self, recipe: Recipe, run: Path) -> None:
        os._exit(9)
