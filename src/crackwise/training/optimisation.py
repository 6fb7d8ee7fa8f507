"""Optimisers and schedules of the learning rate, by their names in recipes."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from torch import nn, optim

from crackwise.recipe import Budget

_DECAY_SHARE = 0.4
_DROP = 0.1

OPTIMISERS: dict[str, Callable[[list[dict[str, Any]], Budget], optim.Optimizer]] = {
    "adamw": lambda groups, train: optim.AdamW(groups, weight_decay=train.weight_decay),
    "adam": lambda groups, train: optim.Adam(groups, weight_decay=train.weight_decay),
    "sgd": lambda groups, train: optim.SGD(
        groups, lr=train.learning_rate, momentum=train.momentum, weight_decay=train.weight_decay
    ),
}


def make_optimiser(train: Budget, net: nn.Module) -> optim.Optimizer:
    """Give the optimiser of a recipe; the encoder has a rate of its own."""
    encoder = [p for name, p in net.named_parameters() if "encoder" in name.split(".")]
    rest = [p for name, p in net.named_parameters() if "encoder" not in name.split(".")]
    groups: list[dict[str, Any]] = [
        {"params": rest, "lr": train.learning_rate},
        {"params": encoder, "lr": train.learning_rate * train.encoder_rate},
    ]
    return OPTIMISERS[train.optimiser](groups, train)


def late_cosine(train: Budget, step: int) -> float:
    """Stay at 1, then fall as a cosine over the last two fifths."""
    return _cosine((step / train.steps - 1 + _DECAY_SHARE) / _DECAY_SHARE)


def cosine(train: Budget, step: int) -> float:
    """Fall as a cosine from the end of the warm-up on."""
    return _cosine((step - train.warmup_steps) / max(train.steps - train.warmup_steps, 1))


def constant(_train: Budget, _step: int) -> float:
    """Stay at 1."""
    return 1.0


def drops(train: Budget, step: int) -> float:
    """Fall to a tenth every so many validations."""
    return float(_DROP ** (step // (train.validate_every * train.drop_every)))


def warmed_up(schedule: Callable[[Budget, int], float]) -> Callable[[Budget, int], float]:
    """Rise in equal steps to 1 first."""

    def rate(train: Budget, step: int) -> float:
        return (step + 1) / train.warmup_steps if step < train.warmup_steps else schedule(train, step)

    return rate


SCHEDULES: dict[str, Callable[[Budget, int], float]] = {
    "late-cosine": warmed_up(late_cosine),
    "cosine": warmed_up(cosine),
    "constant": warmed_up(constant),
    "step": warmed_up(drops),
}
"""Each gives the learning rate of a step, relative to that of the recipe."""


def scheduled(train: Budget, net: nn.Module) -> dict[str, Any]:
    """Give the optimiser of a recipe with its schedule, step by step, as Lightning takes them."""
    optimiser = make_optimiser(train, net)
    schedule = optim.lr_scheduler.LambdaLR(optimiser, partial(SCHEDULES[train.schedule], train))
    return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def _cosine(share: float) -> float:
    return 0.5 + 0.5 * math.cos(math.pi * min(max(share, 0.0), 1.0))
