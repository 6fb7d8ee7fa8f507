"""What a network costs: its parameters, its arithmetic and its time in PyTorch. H rows, W columns."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from crackwise.arrays import Rgb
from crackwise.nets.build import build_net
from crackwise.nets.cracknet import CrackNet
from crackwise.recipe import ModelRecipe
from crackwise.training.validation import predict_photo
from crackwise.zooms import at_size

FLOP_SIDE_PX = 256
"""Of the photo for which the arithmetic is counted."""


def untrained_net(recipe: ModelRecipe) -> CrackNet:
    """Build the network of a recipe with random weights, which cost as much as trained ones."""
    return build_net(recipe.model_copy(update={"encoder_weights": "none"})).eval()


def count_parameters(net: nn.Module) -> int:
    """Count all parameters, frozen ones too; running statistics are none."""
    return sum(parameter.numel() for parameter in net.parameters())


def count_flop(net: nn.Module, shape: tuple[int, int] = (FLOP_SIDE_PX, FLOP_SIDE_PX)) -> int:
    """Count the floating-point operations of predicting one photo of a shape (H, W).

    A multiply-add counts as two, as PyTorch's own counter has it. Counted are convolutions and matrix
    products; norms, activations, pooling and resizing are not.
    """
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        net(torch.zeros(1, 3, *shape))
    return int(counter.get_total_flops())


def eager_work(
    net: CrackNet, tiles: Sequence[Rgb], fit_px: tuple[int, int] | None = None
) -> Callable[[], None]:
    """Give the work of predicting tiles one after the other in PyTorch, in fp32.

    Each is brought to ``fit_px``, width and height, where the network sees whole photos at one size.
    """
    predict = partial(predict_photo, net)

    def work() -> None:
        for tile in tiles:
            if fit_px is None:
                predict(tile)
            else:
                at_size(fit_px, tile, predict)

    return work
