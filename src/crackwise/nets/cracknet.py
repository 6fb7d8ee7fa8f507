"""The contract of every segmentation network: (N, 3, H, W) float in [0, 255] → (N, H, W) logits.

N photos, H rows, W columns; H and W are multiples of ``stride_px``, to which the caller pads.
"""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn

from crackwise.recipe import ModelRecipe


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a network says while it is trained.

    Parameters
    ----------
    logits
        (N, 1, H, W) from an inner network, (N, H, W) from :class:`CrackNet`.
    sides
        Logits of the same shape from inside the network, which a training may supervise beside the last ones.
    restored
        (N, 3, H, W), the input as a restoring network rebuilt it, in the units of its input; else None.
    """

    logits: Tensor
    sides: tuple[Tensor, ...] = ()
    restored: Tensor | None = None


class SideNet(nn.Module):
    """An inner network that says more than its logits while it is trained."""

    def outputs(self, x: Tensor) -> Outputs:
        """Map scaled photos (N, 3, H, W) to all outputs."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """Map scaled photos (N, 3, H, W) to (N, 1, H, W) logits."""
        return self.outputs(x).logits


class CrackNet(nn.Module):
    """A segmentation network with its input scaling inside.

    Parameters
    ----------
    net
        (N, 3, H, W) scaled float → (N, 1, H, W) logits.
    mean, std
        Of the three channels, in grey levels.
    stride_px
        H and W must be multiples of it.
    """

    def __init__(
        self,
        net: nn.Module,
        mean: tuple[float, float, float],
        std: tuple[float, float, float],
        stride_px: int = 32,
    ) -> None:
        super().__init__()
        self.net = net
        self.stride_px = stride_px
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1))
        self.mean: Tensor
        self.std: Tensor

    def forward(self, photos: Tensor) -> Tensor:
        """Map (N, 3, H, W) float in [0, 255] to (N, H, W) logits."""
        logits: Tensor = self.net((photos - self.mean) / self.std)  # (N, 1, H, W)
        return logits[:, 0]

    def outputs(self, photos: Tensor) -> Outputs:
        """Give all that a training may supervise; the same logits as :meth:`forward`.

        ``restored`` is in grey levels here.
        """
        if not isinstance(self.net, SideNet):
            return Outputs(self(photos))
        inner = self.net.outputs((photos - self.mean) / self.std)
        restored = None if inner.restored is None else inner.restored * self.std + self.mean
        return Outputs(inner.logits[:, 0], tuple(side[:, 0] for side in inner.sides), restored)

    def train(self, mode: bool = True) -> Self:
        """Enter training or evaluation; a part whose parameters are all frozen always evaluates.

        A frozen encoder so keeps the batch-norm statistics that belong to its weights.
        """
        super().train(mode)
        rest_frozen_parts(self.net)
        return self


def rest_frozen_parts(net: nn.Module) -> None:
    """Put every part of a network whose parameters are all frozen into evaluation."""
    for part in net.children():
        trains = [parameter.requires_grad for parameter in part.parameters()]
        if trains and not any(trains):
            part.eval()


def with_scaling(net: nn.Module, recipe: ModelRecipe, stride_px: int = 32) -> CrackNet:
    """Put the input scaling of a recipe before a network."""
    return CrackNet(net, recipe.input_mean, recipe.input_std, stride_px)
