"""A generator that paints a crack into a photo exactly where a mask says, so that the two belong together.

The photo is real; a band around the crack is hidden from the network, which paints the band alone::

    photo, hidden band filled with its surroundings ─┐
    and with grain from elsewhere in the photo       ├─→ U-Net, modulated by the mask ─→ change in the band
    mask, distance to it; style noise ───────────────┘

Why so: a network small enough for two CPU cores makes soft, repeating surfaces, and one that makes the whole
photo may also put cracks where the mask has none. Here the surface outside the band is a photo, and no crack
can be outside. What was beneath is hidden, so that painting a photo's own crack again, where the truth is
known, is the same task as painting another one: training sees the pairs that use needs. Bands without a crack
are hidden too; so the network learns to paint sound surface, and removes the crack that a photo had before.

From: U-Net with a patch discriminator, Isola et al. 2017 (pix2pix); features scaled and shifted by the mask,
Park et al. 2019 (SPADE); feature matching, Wang et al. 2018 (pix2pixHD); hidden regions, Pathak et al. 2016
(context encoders); without normalisation, which costs brightness and contrast, Yu et al. 2018 (DeepFill);
hidden pixels filled from coarse to fine, Gortler et al. 1996 (push-pull); grain from the photo itself, as in
texture synthesis by patches, Efros and Freeman 2001; hinge loss and spectral norm, Miyato et al. 2018; space
to depth, Shi et al. 2016, begun without a checkerboard, Aitken et al. 2017.

N photos, C channels, H rows, W columns, multiples of 16. Photos are in [-1, 1].
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, pixel_shuffle, pixel_unshuffle
from torch.nn.utils.parametrizations import spectral_norm

from crackwise.data.draw.settings import SMALLEST_SIDE_PX
from crackwise.errors import RecipeError
from crackwise.recipe import GeneratorRecipe

_CELL = 2
"""Space to depth: the network works at half of the size and loses no pixel of the mask."""

_LEVELS = 3
_FILLED_LEVELS = 4
_AROUND_PX = 9
_GRAIN_LIMIT = 2.5
_FIRST_CHANGE = 0.1
_COLOUR_SHARE = 0.25  # cracks are shadows: they differ from the surface in light before colour
_HIDDEN_FILTERS = 16
_LEAK = 0.2
_WHERE = 3  # channels that say where: hidden, mask, distance


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be painted.

    Parameters
    ----------
    photos
        (N, 3, H, W) in [-1, 1]; what is hidden of them plays no part.
    where
        (N, 3, H, W): hidden and mask, 0 or 1, and how deep in the mask a pixel is, -1 to 1.
    """

    photos: Tensor
    where: Tensor

    @property
    def hidden(self) -> Tensor:
        """(N, 1, H, W), 1 where it is to be painted."""
        return self.where[:, :1]


@dataclass(frozen=True, slots=True)
class Noise:
    """What makes two paintings of one scene differ.

    Parameters
    ----------
    style
        (N, latent) normal.
    shifts
        (N, K, 2) rows and columns, integers: from where the grain comes; the first where the photo is seen.
    """

    style: Tensor
    shifts: Tensor


class ConditionalGenerator(nn.Module):
    """Scene and noise → photos (N, 3, H, W) in [-1, 1]; outside the band they are those of the scene."""

    def __init__(self, latent: int, filters: int) -> None:
        super().__init__()
        widths = [filters * min(2**level, 4) for level in range(_LEVELS + 1)]
        self.first = nn.Conv2d((3 + _WHERE) * _CELL**2, widths[0], 3, padding=1)
        self.down = nn.ModuleList(
            nn.Conv2d(narrow, wide, 4, stride=2, padding=1) for narrow, wide in pairwise(widths)
        )
        self.style = nn.Linear(latent, widths[-1])
        self.middle = ModulatedBlock(widths[-1], widths[-1])
        self.up = nn.ModuleList(
            ModulatedBlock(wide + narrow, narrow) for narrow, wide in reversed(list(pairwise(widths)))
        )
        self.last = nn.Conv2d(widths[0], 4 * _CELL**2, 3, padding=1)
        with torch.no_grad():  # begins near what is filled in, and with all pixels of a cell alike
            for one in self.last.parameters():
                one.copy_(_FIRST_CHANGE * one[:: _CELL**2].repeat_interleave(_CELL**2, dim=0))

    def forward(self, scene: Scene, noise: Noise) -> Tensor:
        """Paint the hidden band."""
        base = with_grain(
            fill(scene.photos, 1 - scene.hidden, _FILLED_LEVELS), 1 - scene.hidden, noise.shifts
        )
        x = self.first(pixel_unshuffle(torch.cat([base, scene.where], dim=1), _CELL))  # (N, C, H/2, W/2)
        skips = []
        for down in self.down:
            skips.append(x)
            x = down(_leaky(x))
        x = self.middle(x + self.style(noise.style)[:, :, None, None], scene.where)  # (N, C, H/16, W/16)
        for up, skip in zip(self.up, reversed(skips)):
            x = up(torch.cat([interpolate(x, scale_factor=2.0, mode="nearest"), skip], dim=1), scene.where)
        change = pixel_shuffle(self.last(_leaky(x)), _CELL)  # (N, 4, H, W): light, colour
        painted = base + change[:, :1] + _COLOUR_SHARE * change[:, 1:]
        return torch.where(scene.hidden > 0, painted.clamp(-1, 1), scene.photos)


class ModulatedBlock(nn.Module):
    """A convolution whose features are scaled and shifted, pixel by pixel, as the mask says."""

    def __init__(self, narrow: int, wide: int) -> None:
        super().__init__()
        self.convolve = nn.Conv2d(narrow, wide, 3, padding=1)
        self.read = nn.Conv2d(_WHERE, _HIDDEN_FILTERS, 3, padding=1)
        self.modulate = nn.Conv2d(_HIDDEN_FILTERS, 2 * wide, 3, padding=1)

    def forward(self, x: Tensor, where: Tensor) -> Tensor:
        """Map (N, narrow, h, w) to (N, wide, h, w); ``where`` is (N, 3, H, W), averaged down to h and w."""
        small = avg_pool2d(where, where.shape[-1] // x.shape[-1])
        scale, shift = self.modulate(torch.relu(self.read(small))).chunk(2, dim=1)
        y: Tensor = self.convolve(_leaky(x)) * (1 + scale) + shift
        return y


class ConditionalDiscriminator(nn.Module):
    """Photos and where they were painted → logits, one per patch of about 50 px, and features."""

    def __init__(self, filters: int) -> None:
        super().__init__()
        widths = [filters * min(2**level, 4) for level in range(_LEVELS)]
        ends = zip([3 + _WHERE, *widths], widths)
        self.layers = nn.ModuleList(
            spectral_norm(nn.Conv2d(narrow, wide, 4, stride=2, padding=1)) for narrow, wide in ends
        )
        self.layers.append(spectral_norm(nn.Conv2d(widths[-1], widths[-1], 3, padding=1)))
        self.last = spectral_norm(nn.Conv2d(widths[-1], 1, 3, padding=1))

    def forward(self, photos: Tensor, where: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Give logits (N, 1, H/8, W/8) and the features of every layer."""
        x, features = torch.cat([photos, where], dim=1), []
        for layer in self.layers:
            x = _leaky(layer(x))
            features.append(x)
        return self.last(x), features


def build_conditional(recipe: GeneratorRecipe) -> tuple[ConditionalGenerator, ConditionalDiscriminator]:
    """Build both networks of a recipe.

    Raises
    ------
    RecipeError
        If the photos are too small to draw a crack for.
    """
    size_px, model = recipe.data.size_px, recipe.model
    if size_px < SMALLEST_SIDE_PX:
        raise RecipeError(
            f"data.size_px is {size_px}; model.net 'conditional' takes {SMALLEST_SIDE_PX} or more, in steps "
            "of 32"
        )
    generator = ConditionalGenerator(model.latent, model.generator_filters)
    return generator, ConditionalDiscriminator(model.discriminator_filters)


def fill(photos: Tensor, seen: Tensor, levels: int) -> Tensor:
    """Fill what is not seen with its surroundings, from coarse to fine.

    Parameters
    ----------
    photos
        (N, 3, H, W); what is not seen of them plays no part.
    seen
        (N, 1, H, W) in [0, 1].
    levels
        Halvings: 5 reach 32 px far.
    """
    if not levels:
        mean = (photos * seen).sum((2, 3), keepdim=True) / seen.sum((2, 3), keepdim=True).clamp_min(1e-6)
        return photos * seen + mean * (1 - seen)
    weight = avg_pool2d(seen, 2)  # (N, 1, H/2, W/2)
    half = avg_pool2d(photos * seen, 2) / weight.clamp_min(1e-6)
    coarse = interpolate(fill(half, (4 * weight).clamp_max(1), levels - 1), scale_factor=2.0, mode="bilinear")
    return photos * seen + coarse * (1 - seen)


def with_grain(photos: Tensor, seen: Tensor, shifts: Tensor) -> Tensor:
    """Add grain from elsewhere in the photo to what was not seen.

    Grain is what differs from the mean around; where it stands out, an edge or a crack that nobody labelled,
    it is cut to 2.5 times its mean size.

    Parameters
    ----------
    photos
        (N, 3, H, W), filled.
    seen
        (N, 1, H, W), 0 or 1.
    shifts
        See :class:`Noise`.
    """
    grain = (photos - avg_pool2d(photos, _AROUND_PX, 1, _AROUND_PX // 2, count_include_pad=False)) * seen
    mean = grain.abs().sum((1, 2, 3), keepdim=True) / (3 * seen.sum((1, 2, 3), keepdim=True)).clamp_min(1)
    layers = torch.cat([grain.clamp(-_GRAIN_LIMIT * mean, _GRAIN_LIMIT * mean), seen], dim=1)
    added, open_places = torch.zeros_like(photos), 1 - seen
    for turn in range(shifts.shape[1]):
        moved = torch.stack(
            [one.roll(tuple(to), (1, 2)) for one, to in zip(layers, shifts[:, turn].tolist())]
        )
        added = added + open_places * moved[:, :3]
        open_places = open_places * (1 - moved[:, 3:])
    return photos + added


def _leaky(x: Tensor) -> Tensor:
    return nn.functional.leaky_relu(x, _LEAK)
