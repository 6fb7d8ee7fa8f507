"""Networks of segmentation_models_pytorch, on any encoder that it or timm (``tu-…``) knows."""

from pathlib import Path
from typing import Any

import segmentation_models_pytorch as smp
from torch import nn

from crackwise.nets.cracknet import CrackNet, with_scaling
from crackwise.nets.encoders import build_with_encoder
from crackwise.nets.pools import with_exportable_pools
from crackwise.recipe import ModelRecipe


def build_unet(recipe: ModelRecipe, weights_folder: Path | None) -> CrackNet:
    """Build a U-Net; stride 2 per decoder level.

    ``khanhha-unet-vgg16`` and ``-resnet101`` name U-Nets on these encoders, with ImageNet weights (code).
    Their public decoders differ from SMP's: SMP's default widths 256 … 16 are used (ours).
    """

    def make(weights: str | None) -> Any:
        return smp.Unet(
            recipe.encoder,
            encoder_depth=len(recipe.decoder_channels),
            encoder_weights=weights,
            decoder_channels=recipe.decoder_channels,
        )

    net = build_with_encoder(make, recipe, weights_folder)
    return with_scaling(net, recipe, 2 ** len(recipe.decoder_channels))


def make_pspnet(recipe: ModelRecipe, weights_folder: Path | None) -> nn.Module:
    """Build a PSPNet (Zhao 2017): whole encoder dilated to stride 8, pyramid 1/2/3/6, upsampled ×8.

    ``pspnet-resnet18`` names encoder, pyramid and upsampling. Dilation from stride 32 to 8 is the paper's;
    the public code takes the first three stages only, as SMP does unless told otherwise. The head is SMP's,
    one convolution and one bilinear step (ours).
    """

    def make(weights: str | None) -> Any:
        return smp.PSPNet(
            recipe.encoder, encoder_depth=5, encoder_weights=weights, output_stride=8, upsampling=8
        )

    return with_exportable_pools(build_with_encoder(make, recipe, weights_folder))


def build_pspnet(recipe: ModelRecipe, weights_folder: Path | None) -> CrackNet:
    """Build a PSPNet with its input scaling."""
    return with_scaling(make_pspnet(recipe, weights_folder), recipe)


def build_upernet(recipe: ModelRecipe, weights_folder: Path | None) -> CrackNet:
    """Build a UPerNet (Xiao 2018): pyramid pooling on the last features, a feature pyramid over the rest."""

    def make(weights: str | None) -> Any:
        return smp.UPerNet(recipe.encoder, encoder_weights=weights)

    return with_scaling(with_exportable_pools(build_with_encoder(make, recipe, weights_folder)), recipe)


def build_segformer(recipe: ModelRecipe, weights_folder: Path | None) -> CrackNet:
    """Build a SegFormer (Xie 2021): the paper's network with an encoder ``mit_b0`` … ``mit_b5``."""

    def make(weights: str | None) -> Any:
        return smp.Segformer(recipe.encoder, encoder_weights=weights)

    return with_scaling(build_with_encoder(make, recipe, weights_folder), recipe)
