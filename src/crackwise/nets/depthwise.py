"""Depthwise convolutions with a stride or a dilation, kept in float32 while a CPU trains in bf16."""

import torch
from torch import Tensor, nn


class Float32Conv2d(nn.Conv2d):
    """A convolution that computes in float32 under autocast, and gives what it was given."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W)."""
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float()).to(x.dtype)


def keep_in_float32(net: nn.Module) -> int:
    """Let the depthwise convolutions of a network that have a stride or a dilation compute in float32.

    In bf16 PyTorch takes six times as long for their gradient on a CPU. Weights keep their names.

    Returns
    -------
    How many there are.
    """
    found = [layer for layer in net.modules() if type(layer) is nn.Conv2d and _is_slow(layer)]
    for layer in found:
        layer.__class__ = Float32Conv2d
    return len(found)


def _is_slow(layer: nn.Conv2d) -> bool:
    is_depthwise = layer.groups == layer.in_channels > 1
    return is_depthwise and any(step != 1 for step in (*layer.stride, *layer.dilation))
