"""The game of a DCGAN: photos from noise.

N photos, S side in px. L_D = -[log D(x) + log(1 - D(G(z)))], L_G = -log D(G(z)); Goodfellow et al. 2014.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, logsigmoid
from torch.utils.data import Dataset

from crackwise.arrays import Rgb
from crackwise.errors import DataError
from crackwise.nets.dcgan import build_dcgan
from crackwise.recipe import GeneratorRecipe
from crackwise.training.generation.games import Batch, Judgement, device_of, normal
from crackwise.training.generation.photos import GeneratorPhotos
from crackwise.training.generation.scenes import as_photos, as_tensor
from crackwise.training.generation.sheets import tiled
from crackwise.zooms import resized

SHOWN = 64

_FEWEST = 2
"""Photos: one alone differs from no other, so that the diversity of samples has no measure."""


class PlainGame:
    """A DCGAN; the generator uses the statistics of its training, not of the batch, wherever it is shown.

    Raises
    ------
    DataError
        If there is one photo alone, which differs from no other.
    """

    least_diversity = 0.3
    collapse = "its photos differ from each other by less than 0.3 of what real ones do"

    def __init__(self, recipe: GeneratorRecipe, photos: Sequence[GeneratorPhotos]) -> None:
        self.recipe = recipe
        self.generator: nn.Module
        self.discriminator: nn.Module
        self.generator, self.discriminator = build_dcgan(recipe)
        self.photos = WholePhotos(recipe, photos)
        if self.photos.count < _FEWEST:
            raise DataError(
                f"{photos[0].source.name} has {self.photos.count} photo for training; expected {_FEWEST} or "
                "more, as diversity is measured by how photos differ: add photos, or raise share"
            )
        self.noise = normal(np.random.default_rng((recipe.seed, 0, 2)), SHOWN, recipe.model.latent)

    def dataset(self) -> Dataset[tuple[Tensor]]:
        """Give the photos; see :class:`WholePhotos`."""
        return self.photos

    def epoch_steps(self) -> int:
        """Give the number of batches of all photos; the last one is smaller."""
        return -(-self.photos.count // self.recipe.train.batch)

    def numbers(self, step: int) -> list[int]:
        """Take the photos in a new order each epoch."""
        epoch, turn = divmod(step, self.epoch_steps())
        order = np.random.default_rng((self.recipe.seed, epoch, 0)).permutation(self.photos.count)
        batch = self.recipe.train.batch
        return [epoch * self.photos.count + int(one) for one in order[turn * batch : (turn + 1) * batch]]

    def make(self, batch: Batch, rng: np.random.Generator) -> Tensor:
        """Generate as many photos as the batch has."""
        noise = normal(rng, len(batch[0]), self.recipe.model.latent)
        photos: Tensor = self.generator(noise.to(device_of(self.generator)))
        return photos

    def judge(self, batch: Batch, fake: Tensor) -> Judgement:
        """Tell real photos from generated ones."""
        real, made = (self.discriminator(photos).float() for photos in (batch[0], fake))
        loss = -(logsigmoid(real).mean() + logsigmoid(-made).mean())
        return Judgement(loss, *(float(one.detach().sigmoid().mean()) for one in (real, made)))

    def fool(self, batch: Batch, fake: Tensor) -> Judgement:
        """Pass for real."""
        del batch
        made = self.discriminator(fake).float()
        return Judgement(-logsigmoid(made).mean(), float("nan"), float(made.detach().sigmoid().mean()))

    def sheet(self) -> Rgb:
        """Draw 64 photos of fixed noise."""
        return tiled(as_photos(self._samples()), columns=8)

    def diversity(self) -> float:
        """Give the mean distance between generated photos at 32 px, divided by that between real ones."""
        real = torch.stack([self.photos[number][0] for number in range(min(SHOWN, self.photos.count))])
        return mean_distance(self._samples()) / max(mean_distance(real), 1e-6)

    @torch.no_grad()
    def _samples(self) -> Tensor:
        self.generator.eval()
        samples: Tensor = self.generator(self.noise.to(device_of(self.generator))).float().cpu()
        self.generator.train()
        return samples


class WholePhotos(Dataset[tuple[Tensor]]):
    """Photos (3, S, S) in [-1, 1]: the shorter side brought to S, the centre cut out.

    Number i shows photo i modulo their count; with ``data.flips`` its epoch decides whether it is mirrored.
    """

    def __init__(self, recipe: GeneratorRecipe, photos: Sequence[GeneratorPhotos]) -> None:
        self.data = recipe.data
        self.seed = recipe.seed
        self.samples = tuple(sample for one in photos for sample in one.samples)

    @property
    def count(self) -> int:
        """How many photos there are."""
        return len(self.samples)

    def __getitem__(self, number: int) -> tuple[Tensor]:
        photo = centre(self.samples[number % self.count].read_image(), self.data.size_px)
        if self.data.flips and np.random.default_rng((self.seed, number, 1)).random() < 0.5:
            photo = cv2.flip(photo, 1)
        return (as_tensor(photo),)


def centre(photo: Rgb, size_px: int) -> Rgb:
    """Bring the shorter side to ``size_px`` and cut out the centre, (S, S, 3)."""
    H, W = photo.shape[:2]
    factor = size_px / min(H, W)
    size = (max(size_px, round(W * factor)), max(size_px, round(H * factor)))
    small = resized(photo, size)
    top, left = (size[1] - size_px) // 2, (size[0] - size_px) // 2
    return small[top : top + size_px, left : left + size_px]


def mean_distance(photos: Tensor) -> float:
    """Give the mean over all pairs of the root mean square difference of two photos at 32 px."""
    small = avg_pool2d(photos, photos.shape[-1] // 32).flatten(1)
    return float(torch.pdist(small).pow(2).div(small.shape[1]).sqrt().mean())
