"""Two networks against each other, step by step: first the discriminator, then the generator."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import DataLoader

from crackwise.recipe import GeneratorRecipe
from crackwise.training.generation.games import Batch, Game


@dataclass(frozen=True, slots=True)
class Figures:
    """What a step was like; ``d_fake`` before and ``d_fake_after`` after the discriminator has learnt."""

    loss_discriminator: float
    loss_generator: float
    d_real: float
    d_fake: float
    d_fake_after: float

    @classmethod
    def mean(cls, steps: "list[Figures]") -> "Figures":
        """Average over steps."""
        return cls(*np.mean([list(asdict(one).values()) for one in steps], axis=0).tolist())


class Match:
    """The networks, their optimisers, and how many steps they have taken.

    Everything that is random in a step follows from the seed and its number, so that a training that goes on
    from :meth:`state` is the one that was never interrupted.
    """

    def __init__(self, recipe: GeneratorRecipe, game: Game) -> None:
        self.recipe = recipe
        self.game = game
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.step = 0
        for net in (game.generator, game.discriminator):
            net.to(self.device).to(memory_format=torch.channels_last).train()
        self.generator = _optimiser(recipe, game.generator)
        self.discriminator = _optimiser(recipe, game.discriminator)

    def loader(self) -> DataLoader[Any]:
        """Give the batches from the current step on."""
        steps = [self.game.numbers(step) for step in range(self.step, self.recipe.train.steps)]
        return DataLoader(
            self.game.dataset(),
            batch_sampler=steps,
            num_workers=self.recipe.data.workers,
        )

    def play(self, batch: Batch) -> Figures:
        """Take a step."""
        rng = np.random.default_rng((self.recipe.seed, self.step, 1))
        batch = [self._here(part) for part in batch]
        with self._precision():
            fake = self.game.make(batch, rng)
            judged = self.game.judge(batch, fake.detach())
        _learn(self.discriminator, judged.loss)
        self.game.discriminator.requires_grad_(False)  # only the way through it is needed
        with self._precision():
            fooled = self.game.fool(batch, fake)
        _learn(self.generator, fooled.loss)
        self.game.discriminator.requires_grad_(True)
        self.step += 1
        return Figures(
            float(judged.loss.detach()), float(fooled.loss.detach()), judged.real, judged.fake, fooled.fake
        )

    def state(self) -> dict[str, Any]:
        """Give what :meth:`load` needs."""
        return {
            "step": self.step,
            "networks": [self.game.generator.state_dict(), self.game.discriminator.state_dict()],
            "optimisers": [self.generator.state_dict(), self.discriminator.state_dict()],
        }

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
        self.step = state["step"]
        for net, weights in zip((self.game.generator, self.game.discriminator), state["networks"]):
            net.load_state_dict(weights)
        for optimiser, own in zip((self.generator, self.discriminator), state["optimisers"]):
            optimiser.load_state_dict(own)

    def _here(self, part: torch.Tensor) -> torch.Tensor:
        """Bring photos to the device, channels last, which is faster in both of its kinds."""
        layout = torch.channels_last if part.dim() == 4 else torch.contiguous_format
        return part.to(self.device, memory_format=layout)

    def _precision(self) -> torch.autocast:
        enabled = self.recipe.train.precision == "bf16-mixed"
        return torch.autocast(self.device.type, torch.bfloat16, enabled=enabled)


def _learn(optimiser: optim.Optimizer, loss: torch.Tensor) -> None:
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()


def _optimiser(recipe: GeneratorRecipe, net: nn.Module) -> optim.Optimizer:
    train = recipe.train
    return optim.Adam(net.parameters(), train.learning_rate, (train.beta1, train.beta2))
