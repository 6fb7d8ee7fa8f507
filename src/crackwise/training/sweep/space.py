"""The space of a sweep as Optuna has it, and what ``tpe`` proposes in it."""

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from crackwise.training.sweep.about import About, as_value
from crackwise.training.sweep.sweepfile import Range, Scalar, Value

if TYPE_CHECKING:
    from optuna.study import Study


def space_of(about: About) -> dict[str, BaseDistribution]:
    """Give the distribution of each key: a range, or a choice of all values that occur."""
    return {key: _distribution(about, key) for key in about.keys}


def encoded(value: Value) -> Scalar:
    """Write a list as JSON, as Optuna's choices are single values."""
    return json.dumps(value) if isinstance(value, tuple) else value


def propose(about: About, study: "Study", number: int) -> dict[str, Value]:
    """Propose the values of a trial by the tree-structured Parzen estimator (Bergstra et al. 2011).

    The random numbers depend on the seed of the sweep and the number of the trial alone, so that a sweep that
    was interrupted proposes what the uninterrupted one does.
    """
    seed = int(np.random.SeedSequence([about.sweep.seed, number]).generate_state(1)[0])
    copy = optuna.create_study(direction=study.direction, sampler=optuna.samplers.TPESampler(seed=seed))
    copy.add_trials(study.get_trials())
    params = copy.ask(space_of(about)).params
    return {key: _decoded(about, key, value) for key, value in params.items()}


def _distribution(about: About, key: str) -> BaseDistribution:
    factor = about.sweep.factors.get(key, ())
    if not isinstance(factor, Range):
        return CategoricalDistribution(list(dict.fromkeys(map(encoded, _occurring(about, key)))))
    if factor.is_whole:
        return IntDistribution(int(factor.low), int(factor.high), log=factor.log)
    return FloatDistribution(factor.low, factor.high, log=factor.log)


def _occurring(about: About, key: str) -> list[Value]:
    factor = about.sweep.factors.get(key, ())
    listed = list(factor) if isinstance(factor, tuple) else []
    of_default = [about.defaults[key]] if key in about.defaults else []
    return [*of_default, *listed, *(run[key] for run in about.sweep.runs if key in run)]


def _decoded(about: About, key: str, param: Any) -> Value:
    factor = about.sweep.factors[key]
    if isinstance(factor, Range):
        return as_value(param)
    return next(value for value in factor if encoded(value) == param)
