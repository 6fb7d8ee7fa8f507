"""A sweep file brought together with its recipe: what every trial trains."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from crackwise.errors import RecipeError, SettingsError
from crackwise.recipe import Recipe, load_recipe, read_toml, shipped_recipes
from crackwise.training.sweep.about import About
from crackwise.training.sweep.sweepfile import Range, Sweep, Value, parse_sweep
from crackwise.training.sweep.trials import Trial, defaults_of, keys_of, planned_trials


@dataclass(frozen=True, slots=True)
class Experiment:
    """A sweep, the recipe that it is about, and what was changed in that from outside.

    Parameters
    ----------
    sweep
        As the file says.
    where
        Names the file in messages.
    recipe
        A shipped recipe by name, or a path.
    overrides
        ``key=value``, for every trial.
    """

    sweep: Sweep
    where: str
    recipe: str
    overrides: tuple[str, ...] = ()

    @property
    def planned(self) -> tuple[Trial, ...]:
        """The trials that are known beforehand; none of ``tpe``."""
        return planned_trials(self.sweep)

    @property
    def about(self) -> About:
        """What the folder of the sweep keeps of it."""
        return About(self.sweep, self.recipe_with({}))

    def recipe_with(self, changes: Mapping[str, Value]) -> Recipe:
        """Build the recipe of a trial.

        Raises
        ------
        RecipeError
            If a key or value is not possible.
        """
        values = {"train.best": self.sweep.metric, **defaults_of(self.sweep), **changes}
        texts = [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
        try:
            return load_recipe(self.recipe, (*self.overrides, *texts))
        except RecipeError as error:
            raise RecipeError(f"{self.where}: {error}") from error


def shipped_sweeps() -> dict[str, Path]:
    """List the sweep files that come with the package, by name."""
    folder = Path(str(resources.files("crackwise") / "sweeps"))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def load_experiment(name_or_path: str, overrides: tuple[str, ...] = ()) -> Experiment:
    """Read a shipped sweep by name or any TOML file by path, and check the recipe of every trial.

    Raises
    ------
    RecipeError
        If there is no such file, or a key or value in it is not possible.
    SettingsError
        If an override sets what the sweep decides.
    """
    shipped = shipped_sweeps()
    path = shipped.get(name_or_path, Path(name_or_path))
    if not path.is_file():
        known = ", ".join(shipped)
        raise RecipeError(f"there is no sweep {name_or_path!r}; give a TOML file or one of: {known}")
    sweep = parse_sweep(read_toml(path), str(path))
    recipe = sweep.recipe if sweep.recipe in shipped_recipes() else str(path.parent / sweep.recipe)
    experiment = Experiment(sweep, str(path), recipe, overrides)
    _check_overrides(experiment)
    for trial in experiment.planned or _corners(sweep):
        experiment.recipe_with(trial.changes)
    return experiment


def _check_overrides(experiment: Experiment) -> None:
    for override in experiment.overrides:
        key = override.partition("=")[0].strip()
        if key in keys_of(experiment.sweep):
            raise SettingsError(
                f"--set {override}: {key} is varied by {experiment.where}; remove it from one"
            )
        if key == "train.best":
            raise SettingsError(
                f"--set {override}: the metric of {experiment.where} decides; change it there"
            )


def _corners(sweep: Sweep) -> list[Trial]:
    """Give trials that reach each end of each range and each choice, the other factors at their start."""
    ends = {
        key: (factor.low, factor.high) if isinstance(factor, Range) else factor
        for key, factor in sweep.factors.items()
    }
    start = {key: values[0] for key, values in ends.items()}
    return [Trial(0, key, {**start, key: value}) for key, values in ends.items() for value in values]
