"""Degrade a photo fourfold, restore it without knowing how, segment what was restored (after Kondo 2024)."""

import math
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from crackwise.nets.cracknet import CrackNet, Outputs, SideNet, with_scaling
from crackwise.nets.smp_nets import make_pspnet
from crackwise.recipe import ModelRecipe

FACTOR = 4
KERNEL_PX = 21
SIGMA_PX = (0.2, 4.0)
EVALUATED_SIGMA_PX = 2.1
FILTERS = 64
RESIDUAL_BLOCKS = 8


class RestoreAndSegment(SideNet):
    """Learn both tasks at once; the segmenter sees the restored photo only.

    From the CSBSR paper and its public code: degradation by a blur of 21 px, an anisotropic Gaussian with
    σ 0.2 to 4 px in each direction, turned at random; PSPNet as the segmenter; a loss on the restored photo
    beside that on the mask. (ours): of the blurred photo every fourth pixel, where the code resizes it
    bicubically, and one kernel a batch, where it draws one a photo; a small residual restorer with pixel
    shuffle in place of KBPN, no estimate of the kernel; in evaluation one fixed kernel, round with the middle
    σ, so that a score does not depend on chance.

    The degradation is inside: this row answers how well cracks are found in photos four times too coarse.
    A photo that is coarse by itself is to be enlarged fourfold before.
    """

    def __init__(self, segment: nn.Module) -> None:
        super().__init__()
        self.restore = Restorer()
        self.segment = segment

    def outputs(self, x: Tensor) -> Outputs:
        """Map (N, 3, H, W) to (N, 1, H, W) logits and the restored photo; H and W are multiples of 32."""
        kernel = random_kernel() if self.training else evaluated_kernel()
        restored = self.restore(degrade(x, kernel))
        return Outputs(self.segment(restored), restored=restored)


class Restorer(nn.Module):
    """Residual blocks and pixel shuffle (Lim 2017) on a bilinear enlargement."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, FILTERS, 3, padding=1)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(FILTERS, FILTERS, 3, padding=1),
                nn.ReLU(inplace=True),
                nn.Conv2d(FILTERS, FILTERS, 3, padding=1),
            )
            for _ in range(RESIDUAL_BLOCKS)
        )
        self.enlarge = nn.Sequential(
            nn.Conv2d(FILTERS, FILTERS * FACTOR**2, 3, padding=1),
            nn.PixelShuffle(FACTOR),
            nn.Conv2d(FILTERS, 3, 3, padding=1),
        )

    def forward(self, low: Tensor) -> Tensor:
        """Map (N, 3, H, W) to (N, 3, 4H, 4W)."""
        x = self.first(low)
        for block in self.blocks:
            x = x + block(x)
        details: Tensor = self.enlarge(x)
        return F.interpolate(low, scale_factor=FACTOR, mode="bilinear") + details


def build_superres(recipe: ModelRecipe, weights_folder: Path | None) -> CrackNet:
    """Build restorer and PSPNet; the encoder is the segmenter's."""
    return with_scaling(RestoreAndSegment(make_pspnet(recipe, weights_folder)), recipe)


def degrade(photos: Tensor, kernel: Tensor) -> Tensor:
    """Blur (N, C, H, W) and keep every fourth pixel of every fourth row; the edge is mirrored.

    In float32 whatever the training computes in: in bf16 a CPU takes minutes for this kernel.
    """
    C = photos.shape[1]
    padded = F.pad(photos.float(), [KERNEL_PX // 2] * 4, mode="reflect")
    first = FACTOR // 2
    with torch.autocast(photos.device.type, enabled=False):
        weight = kernel.to(padded).expand(C, 1, KERNEL_PX, KERNEL_PX)
        return F.conv2d(padded[..., first:, first:], weight, groups=C, stride=FACTOR)


def gaussian_kernel(sigma_along_px: float, sigma_across_px: float, angle_rad: float) -> Tensor:
    """Give a (21, 21) Gaussian that is long along ``angle_rad``; its sum is 1."""
    place = torch.arange(KERNEL_PX, dtype=torch.float32) - KERNEL_PX // 2
    y, x = torch.meshgrid(place, place, indexing="ij")
    along = x * math.cos(angle_rad) + y * math.sin(angle_rad)
    across = y * math.cos(angle_rad) - x * math.sin(angle_rad)
    kernel = torch.exp(-0.5 * ((along / sigma_along_px) ** 2 + (across / sigma_across_px) ** 2))
    return kernel / kernel.sum()


def evaluated_kernel() -> Tensor:
    """Give the kernel of every evaluation."""
    return gaussian_kernel(EVALUATED_SIGMA_PX, EVALUATED_SIGMA_PX, 0.0)


def random_kernel() -> Tensor:
    """Draw a kernel from PyTorch's generator, as dropout does, so that the seed of a run decides it."""
    low, high = SIGMA_PX
    along, across, turn = torch.rand(3).tolist()
    return gaussian_kernel(low + (high - low) * along, low + (high - low) * across, math.pi * turn)
