"""The game of painting cracks into photos where a mask says.

N photos, S side in px. Hinge losses over the patches that hold hidden pixels. Where a photo gets its own
crack again, two terms are added for the generator: the mean absolute difference of the discriminator's
features, and of the pixels near the crack, to those of the photo.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu
from torch.utils.data import Dataset, default_collate

from crackwise.arrays import Rgb
from crackwise.data.sheet import Cell, Row, draw_sheet, grey
from crackwise.nets.conditional import Noise, Scene, build_conditional
from crackwise.recipe import GeneratorRecipe
from crackwise.training.generation.games import Batch, Judgement, device_of, normal
from crackwise.training.generation.photos import GeneratorPhotos
from crackwise.training.generation.scenes import TRAINING_MASKS, PaintedScenes, as_photos

SHOWN = 4
"""Fixed scenes with their own crack, and as many with a drawn one."""

SHIFTS = 3
_NEAR_DEPTH = -0.17
"""Closeness to the photo counts on the crack and 2 px around; farther away it would take the grain off."""


class PaintingGame:
    """A generator that paints, and a discriminator of patches that knows the mask."""

    least_diversity = 0.02
    collapse = (
        "with other noise its paint changes by less than 0.02 of its distance to the photo: noise is unused"
    )

    def __init__(self, recipe: GeneratorRecipe, photos: Sequence[GeneratorPhotos]) -> None:
        self.recipe = recipe
        self.generator: nn.Module
        self.discriminator: nn.Module
        self.generator, self.discriminator = build_conditional(recipe)
        self.photos = tuple(photos)
        self.fixed = _fixed(recipe, photos)

    def dataset(self) -> Dataset[tuple[Tensor, Tensor, Tensor, Tensor]]:
        """Give the scenes of the training."""
        return PaintedScenes(self.recipe, self.photos, TRAINING_MASKS)

    def epoch_steps(self) -> int:
        """Give the number of steps with as many crops as there are photos."""
        return -(-sum(len(one.samples) for one in self.photos) // self.recipe.train.batch)

    def numbers(self, step: int) -> list[int]:
        """Take the next scenes of the sequence."""
        batch = self.recipe.train.batch
        return list(range(step * batch, (step + 1) * batch))

    def make(self, batch: Batch, rng: np.random.Generator) -> Tensor:
        """Paint what is asked for."""
        photos, _, asked, _ = batch
        noise = draw_noise(rng, len(photos), self.recipe)
        device = device_of(self.generator)
        painted: Tensor = self.generator(Scene(photos, asked), Noise(noise.style.to(device), noise.shifts))
        return painted

    def judge(self, batch: Batch, fake: Tensor) -> Judgement:
        """Tell photos with their own mask from paintings with the mask that was asked for."""
        photos, own, asked, _ = batch
        real, made = self.discriminator(photos, own)[0].float(), self.discriminator(fake, asked)[0].float()
        weight = _patches(own[:, :1], real)
        loss = (weight * (relu(1 - real) + relu(1 + made))).sum()
        return Judgement(loss, *(float((weight * one.detach()).sum()) for one in (real, made)))

    def fool(self, batch: Batch, fake: Tensor) -> Judgement:
        """Pass for real, and come close to the photo where its own crack is painted again."""
        photos, own, asked, agree = batch
        made, features = self.discriminator(fake, asked)
        made = made.float()
        passed = (_patches(asked[:, :1], made) * made).sum()
        loss = -passed
        if agree.any():
            with torch.no_grad():
                _, true = self.discriminator(photos[agree], own[agree])
            train, near = self.recipe.train, (own[agree][:, 2:] > _NEAR_DEPTH).float()
            loss = loss + train.matching * _matching([one[agree] for one in features], true)
            difference = ((fake - photos)[agree].float().abs() * near).sum()
            loss = loss + train.closeness * difference / (3 * near.sum()).clamp_min(1)
        return Judgement(loss, float("nan"), float(passed.detach()))

    def sheet(self) -> Rgb:
        """Draw fixed scenes: photo, hidden and mask, and two paintings with different noise."""
        first, second = (as_photos(one) for one in self._paintings())
        rows = []
        for number, photo in enumerate(as_photos(self.fixed.batch[0])):
            where = self.fixed.batch[2][number].numpy()
            caption = "its own crack" if self.fixed.batch[3][number] else "another crack"
            cells = (
                Cell(photo, "photo"),
                Cell(grey(0.35 * where[0] + 0.65 * where[1]), f"{caption}, and what is hidden"),
                Cell(first[number], "painted"),
                Cell(second[number], "with other noise"),
            )
            rows.append(Row("", cells))
        return draw_sheet(rows, f"{self.recipe.name}: fixed scenes", columns=4)

    def diversity(self) -> float:
        """Give how much other noise changes the paint, divided by how far the paint is from the photo."""
        first, second = self._paintings()
        photos, own, _, agree = self.fixed.batch
        hidden = own[agree][:, :1]
        changed, missed = (
            float(((one - other)[agree].abs() * hidden).sum())
            for one, other in ((first, second), (first, photos))
        )
        return changed / max(missed, 1e-6)

    @torch.no_grad()
    def _paintings(self) -> tuple[Tensor, Tensor]:
        device = device_of(self.generator)
        photos, _, asked, _ = self.fixed.batch
        scene = Scene(photos.to(device), asked.to(device))
        first, second = (
            self.generator(scene, Noise(noise.style.to(device), noise.shifts)).float().cpu()
            for noise in self.fixed.noises
        )
        return first, second


def draw_noise(rng: np.random.Generator, count: int, recipe: GeneratorRecipe) -> Noise:
    """Draw the noise of so many paintings; grain comes from an eighth of the side away, or farther."""
    size_px = recipe.data.size_px
    shifts = rng.integers(size_px // 8, size_px - size_px // 8, (count, SHIFTS, 2))
    return Noise(normal(rng, count, recipe.model.latent), torch.from_numpy(shifts))


@dataclass(frozen=True, slots=True)
class _Fixed:
    batch: Batch
    noises: tuple[Noise, Noise]


def _fixed(recipe: GeneratorRecipe, photos: Sequence[GeneratorPhotos]) -> _Fixed:
    """Choose scenes that the training does not see as such: half with their own crack, half with another."""
    items = []
    for drawn in (0.0, 1.0):
        data = recipe.data.model_copy(update={"drawn": drawn})
        scenes = PaintedScenes(recipe.model_copy(update={"data": data}), photos, TRAINING_MASKS)
        items += [scenes[2**31 + number] for number in range(SHOWN)]
    rng = np.random.default_rng((recipe.seed, 0, 2))
    return _Fixed(
        default_collate(items), (draw_noise(rng, 2 * SHOWN, recipe), draw_noise(rng, 2 * SHOWN, recipe))
    )


def _patches(hidden: Tensor, logits: Tensor) -> Tensor:
    """Weigh the patches that hold hidden pixels alike, (N, 1, h, w); the weights sum to 1."""
    weight = max_pool2d(hidden, hidden.shape[-1] // logits.shape[-1])
    return weight / weight.sum().clamp_min(1)


def _matching(made: list[Tensor], true: list[Tensor]) -> Tensor:
    """Give the mean absolute difference of features, over the layers."""
    return torch.stack([(one.float() - other.float()).abs().mean() for one, other in zip(made, true)]).mean()
