"""What a network costs: its parameters, its arithmetic and its time in PyTorch. S pixels a side."""

from collections.abc import Callable, Sequence

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from crackwise.arrays import Rgb
from crackwise.nets.build import build_net
from crackwise.nets.cracknet import CrackNet
from crackwise.recipe import ModelRecipe
from crackwise.training.validation import predict_photo

FLOP_SIDE_PX = 256
"""Of the photo for which the arithmetic is counted."""


def untrained_net(recipe: ModelRecipe) -> CrackNet:
    """Build the network of a recipe with random weights, which cost as much as trained ones."""
    return build_net(recipe.model_copy(update={"encoder_weights": "none"})).eval()


def count_parameters(net: nn.Module) -> int:
    """Count all parameters, frozen ones too; running statistics are none."""
    return sum(parameter.numel() for parameter in net.parameters())


def count_flop(net: nn.Module, side_px: int = FLOP_SIDE_PX) -> int:
    """Count the floating-point operations of predicting one photo (1, 3, S, S).

    A multiply-add counts as two, as PyTorch's own counter has it. Counted are convolutions and matrix
    products; norms, activations, pooling and resizing are not.
    """
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        net(torch.zeros(1, 3, side_px, side_px))
    return int(counter.get_total_flops())


def eager_work(net: CrackNet, tiles: Sequence[Rgb]) -> Callable[[], None]:
    """Give the work of predicting tiles one after the other in PyTorch, in fp32."""

    def work() -> None:
        for tile in tiles:
            predict_photo(net, tile)

    return work
