"""What a training of two networks against each other needs to know of them, by the names of the networks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from crackwise.arrays import Rgb
from crackwise.recipe import GeneratorRecipe
from crackwise.training.generation.photos import GeneratorPhotos

Batch: TypeAlias = Sequence[Tensor]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the discriminator says.

    Parameters
    ----------
    loss
        Of the network whose turn it is.
    real, fake
        Mean of D(x) and of D(G(z)): probabilities for ``dcgan``, unbounded for ``conditional``.
    """

    loss: Tensor
    real: float
    fake: float


class Game(Protocol):
    """A generator and a discriminator, what they see, and their losses."""

    generator: nn.Module
    discriminator: nn.Module
    least_diversity: float
    """Below it the generator has collapsed, as :meth:`diversity` measures it."""
    collapse: str
    """What that means, as a sentence."""

    def dataset(self) -> Dataset[Any]:
        """Give the endless sequence of samples."""

    def epoch_steps(self) -> int:
        """Give the number of steps after which every photo was seen once."""

    def numbers(self, step: int) -> list[int]:
        """List the samples of a step."""

    def make(self, batch: Batch, rng: np.random.Generator) -> Tensor:
        """Generate photos for a batch, with noise from ``rng``."""

    def judge(self, batch: Batch, fake: Tensor) -> Judgement:
        """Give the loss of the discriminator."""

    def fool(self, batch: Batch, fake: Tensor) -> Judgement:
        """Give the loss of the generator; ``real`` plays no part."""

    def sheet(self) -> Rgb:
        """Draw what the generator makes of fixed noise."""

    def diversity(self) -> float:
        """Measure how different the samples are, relative to photos."""


def normal(rng: np.random.Generator, *shape: int) -> Tensor:
    """Draw normal noise."""
    return torch.from_numpy(rng.standard_normal(shape, dtype=np.float32))


def device_of(net: nn.Module) -> torch.device:
    """Say where a network is."""
    return next(net.parameters()).device


MakeGame: TypeAlias = Callable[[GeneratorRecipe, Sequence[GeneratorPhotos]], Game]
