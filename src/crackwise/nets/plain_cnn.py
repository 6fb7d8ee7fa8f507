"""Our own small encoder–decoder for ``course-cnn``; not a U-Net."""

from pathlib import Path

from torch import Tensor, nn

from crackwise.nets.cracknet import CrackNet, with_scaling
from crackwise.recipe import ModelRecipe


class PlainCnn(nn.Module):
    """Convolution, max pooling, upsampling, ReLU and skips that are added, nothing else.

    The document asks for an own encoder–decoder of Conv2d, MaxPool, Upsample and ReLU with skip connections,
    no named architecture, no pre-training and, at first, no dropout or other regularisation: so there is no
    norm either. All else is (ours): 5 levels and 24 first filters; one stage a level of two convolutions;
    the decoder is half as heavy as a U-Net's, as skips pass a 1×1 convolution and are added, not
    concatenated, and a level costs one convolution. ``dropout`` (0.2 to 0.5 in the document) puts a dropout
    layer behind each stage of both paths but the outermost, where it would blot out hairlines (ours).
    """

    def __init__(self, recipe: ModelRecipe) -> None:
        super().__init__()
        widths = [recipe.first_filters * 2**level for level in range(recipe.levels)]
        dropouts = [0.0, *[recipe.dropout] * (recipe.levels - 1)]
        self.encode = nn.ModuleList(
            nn.Sequential(_conv(before, after), _conv(after, after), *_dropout(share))
            for before, after, share in zip([3, *widths[:-1]], widths, dropouts)
        )
        self.pool = nn.MaxPool2d(2)
        self.grow = nn.Upsample(scale_factor=2, mode="bilinear")
        self.skip = nn.ModuleList(nn.Conv2d(width, width, 1) for width in widths[-2::-1])
        self.decode = nn.ModuleList(
            nn.Sequential(_conv(below, above), *_dropout(share))
            for below, above, share in zip(widths[:0:-1], widths[-2::-1], dropouts[-2::-1])
        )
        self.head = nn.Sequential(_conv(widths[0], widths[0]), nn.Conv2d(widths[0], 1, 1))
        _start_as_he(self)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, 3, H, W) to (N, 1, H, W); H and W are multiples of 2 to the power of levels − 1."""
        fine: list[Tensor] = []
        for encode in self.encode:
            fine.append(encode(self.pool(fine[-1]) if fine else x))
        x = fine.pop()
        for decode, skip in zip(self.decode, self.skip):
            x = self.grow(decode(x)) + skip(fine.pop())
        logits: Tensor = self.head(x)
        return logits


def build_plain_cnn(recipe: ModelRecipe, _weights_folder: Path | None) -> CrackNet:
    """Build the own encoder–decoder."""
    return with_scaling(PlainCnn(recipe), recipe, 2 ** (recipe.levels - 1))


def _conv(before: int, after: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(before, after, 3, padding=1), nn.ReLU(inplace=True))


def _dropout(share: float) -> list[nn.Module]:
    return [nn.Dropout(share)] if share else []


def _start_as_he(net: nn.Module) -> None:
    """Start after He 2015: without a norm, PyTorch's own start lets the signal of ten ReLU layers fade."""
    for part in net.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight, nonlinearity="relu")
            assert part.bias is not None
            nn.init.zeros_(part.bias)
