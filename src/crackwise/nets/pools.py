"""Pyramid pooling that exports for every photo size."""

import torch
from segmentation_models_pytorch.decoders.pspnet.decoder import PSPBlock
from torch import Tensor, nn


class GridPool(nn.Module):
    """Average pooling to a fixed grid, equal to ``nn.AdaptiveAvgPool2d``, as two matrix products.

    The ONNX exporter cannot translate adaptive pooling while height and width stay free.
    """

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, C, side, side)."""
        return _between(_means(x.shape[2], self.side, x), x, _means(x.shape[3], self.side, x))


class PyramidLevel(nn.Module):
    """A level of SMP's pyramid, ``PSPBlock``: the same numbers and the same names of weights.

    Its bilinear enlargement, corners aligned, is two matrix products as well: the exporter's own reads beyond
    the grid where height and width stay free.
    """

    def __init__(self, block: nn.Module, side: int) -> None:
        super().__init__()
        _, convolution = block.get_submodule("pool").children()
        self.pool = nn.Sequential(GridPool(side), convolution)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, C', H, W)."""
        H, W = x.shape[2:]
        grid = self.pool(x)
        return _between(_tents(H, grid.shape[2], grid), grid, _tents(W, grid.shape[3], grid))


def with_exportable_pools(net: nn.Module) -> nn.Module:
    """Replace every level of a pyramid and every pooling to a grid; changes ``net`` and gives it back."""
    for part in list(net.modules()):
        for name, child in part.named_children():
            if isinstance(child, PSPBlock):
                setattr(part, name, PyramidLevel(child, child.pool_size))
            elif isinstance(child, nn.AdaptiveAvgPool2d) and child.output_size not in {1, (1, 1)}:
                side = child.output_size[0] if isinstance(child.output_size, tuple) else child.output_size
                assert side is not None
                setattr(part, name, GridPool(side))
    return net


def _between(rows: Tensor, x: Tensor, cols: Tensor) -> Tensor:
    """Multiply from both sides in float32: in bf16 the shares of a pixel do not add up to 1."""
    with torch.autocast(x.device.type, enabled=False):
        return (rows @ x.float() @ cols.T).to(x.dtype)


def _means(length: int, cells: int, like: Tensor) -> Tensor:
    """Give (cells, length): what each pixel is to each cell's mean.

    A cell reaches from floor(i·length/cells) to ceil((i + 1)·length/cells), as PyTorch defines it; written
    without division, as OpenVINO rounds that of negative integers towards zero.
    """
    cell = torch.arange(cells, device=like.device)[:, None]
    pixel = torch.arange(length, device=like.device)[None]
    inside = ((pixel + 1) * cells > cell * length) & (pixel * cells < (cell + 1) * length)
    share = inside.float()
    return share / share.sum(dim=1, keepdim=True)


def _tents(length: int, cells: int, like: Tensor) -> Tensor:
    """Give (length, cells): what each cell is to each pixel, falling to 0 at the next cell's centre."""
    pixel = torch.arange(length, device=like.device, dtype=torch.float32)[:, None]
    cell = torch.arange(cells, device=like.device, dtype=torch.float32)[None]
    place = pixel * (cells - 1) / max(length - 1, 1)
    return (1 - (place - cell).abs()).clamp_min(0)
