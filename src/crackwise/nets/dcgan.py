"""DCGAN: photos from noise, by five transposed convolutions against five convolutions.

Radford, Metz and Chintala, "Unsupervised representation learning with deep convolutional generative
adversarial networks", 2016, in the form of the PyTorch tutorial, whose settings the course project of IIT
Bombay took over: at 64 px, noise of 100 and 64 filters the generator has 3,576,704 parameters and the
discriminator 2,765,568.

N photos, S side in px. Photos are in [-1, 1]. S is 4 times a power of two: each level doubles or halves it,
so that 64 px make five levels.
"""

import math
from itertools import pairwise

from torch import Tensor, nn

from crackwise.errors import RecipeError
from crackwise.recipe import GeneratorRecipe

_KERNEL_PX = 4
_SPREAD = 0.02
_LEAK = 0.2


class DcganGenerator(nn.Module):
    """Noise (N, latent) → photos (N, 3, S, S)."""

    def __init__(self, size_px: int, latent: int, filters: int) -> None:
        super().__init__()
        widths = [filters * 2**level for level in reversed(range(_doublings(size_px)))]  # 512 256 128 64
        layers = [nn.ConvTranspose2d(latent, widths[0], _KERNEL_PX, bias=False), *_normed_relu(widths[0])]
        for wide, narrow in pairwise(widths):
            layers += [_up(wide, narrow), *_normed_relu(narrow)]
        self.layers = nn.Sequential(*layers, _up(widths[-1], 3), nn.Tanh())
        self.apply(_initialise)

    def forward(self, noise: Tensor) -> Tensor:
        """Map noise (N, latent) to photos (N, 3, S, S) in [-1, 1]."""
        photos: Tensor = self.layers(noise[:, :, None, None])
        return photos


class DcganDiscriminator(nn.Module):
    """Photos (N, 3, S, S) → logits (N,) of being real.

    The sigmoid of the original is left to the loss, which is exact also where a probability rounds to 0 or 1.
    """

    def __init__(self, size_px: int, filters: int) -> None:
        super().__init__()
        widths = [filters * 2**level for level in range(_doublings(size_px))]  # 64 128 256 512
        layers = [_down(3, widths[0]), nn.LeakyReLU(_LEAK, inplace=True)]
        for narrow, wide in pairwise(widths):
            layers += [_down(narrow, wide), nn.BatchNorm2d(wide), nn.LeakyReLU(_LEAK, inplace=True)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, _KERNEL_PX, bias=False))
        self.apply(_initialise)

    def forward(self, photos: Tensor) -> Tensor:
        """Map photos (N, 3, S, S) in [-1, 1] to (N,) logits."""
        logits: Tensor = self.layers(photos)  # (N, 1, 1, 1)
        return logits.flatten()


def build_dcgan(recipe: GeneratorRecipe) -> tuple[DcganGenerator, DcganDiscriminator]:
    """Build both networks of a recipe.

    Raises
    ------
    RecipeError
        If the photos are not 4 px times a power of two wide.
    """
    size_px, model = recipe.data.size_px, recipe.model
    if size_px != _KERNEL_PX * 2 ** _doublings(size_px):
        raise RecipeError(
            f"data.size_px is {size_px}; model.net 'dcgan' takes 32, 64, 128 or 256, 4 px times a power of 2"
        )
    generator = DcganGenerator(size_px, model.latent, model.generator_filters)
    return generator, DcganDiscriminator(size_px, model.discriminator_filters)


def _doublings(size_px: int) -> int:
    return int(math.log2(size_px // _KERNEL_PX))


def _up(narrow: int, wide: int) -> nn.Module:
    return nn.ConvTranspose2d(narrow, wide, _KERNEL_PX, stride=2, padding=1, bias=False)


def _down(narrow: int, wide: int) -> nn.Module:
    return nn.Conv2d(narrow, wide, _KERNEL_PX, stride=2, padding=1, bias=False)


def _normed_relu(filters: int) -> list[nn.Module]:
    return [nn.BatchNorm2d(filters), nn.ReLU(inplace=True)]


def _initialise(layer: nn.Module) -> None:
    """Draw weights from N(0, 0.02), those of batch norm from N(1, 0.02), biases 0."""
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(layer.weight, 0.0, _SPREAD)
    elif isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.weight, 1.0, _SPREAD)
        nn.init.zeros_(layer.bias)
