"""Segmentation networks behind one contract: (N, 3, H, W) float in [0, 255] in, (N, H, W) logits out."""

import warnings
from collections.abc import Callable
from pathlib import Path

import segmentation_models_pytorch as smp
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from crackwise.errors import ModelError, RecipeError
from crackwise.recipe import ModelRecipe

_CLASSIFIER_KEYS = ("conv_head.", "bn2.", "classifier.")


class CrackNet(nn.Module):
    """A segmentation network with its input scaling inside.

    Parameters
    ----------
    net
        (N, 3, H, W) scaled float → (N, 1, H, W) logits; H and W multiples of ``stride_px``.
    mean, std
        Of the three channels, in grey levels.
    """

    stride_px = 32

    def __init__(
        self, net: nn.Module, mean: tuple[float, float, float], std: tuple[float, float, float]
    ) -> None:
        super().__init__()
        self.net = net
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1))
        self.mean: Tensor
        self.std: Tensor

    def forward(self, photos: Tensor) -> Tensor:
        """Map (N, 3, H, W) float in [0, 255] to (N, H, W) logits."""
        logits: Tensor = self.net((photos - self.mean) / self.std)  # (N, 1, H, W)
        return logits[:, 0]


def build_unet(recipe: ModelRecipe, weights_folder: Path | None) -> CrackNet:
    """Build a U-Net on any encoder that segmentation_models_pytorch knows.

    Raises
    ------
    RecipeError
        If the encoder is unknown.
    ModelError
        If pre-trained weights cannot be had or do not fit the encoder.
    """
    by_name = recipe.encoder_weights if recipe.encoder_weights == "imagenet" else None
    try:
        net = smp.Unet(
            recipe.encoder,
            encoder_depth=len(recipe.decoder_channels),
            encoder_weights=by_name,
            decoder_channels=recipe.decoder_channels,
        )
    except (KeyError, RuntimeError, ValueError) as error:
        raise RecipeError(f"model.encoder {recipe.encoder!r} cannot be built: {error}") from error
    except OSError as error:
        raise ModelError(
            f"the {by_name} weights of {recipe.encoder} cannot be downloaded: {error}; "
            "set model.encoder_weights to a file or to none"
        ) from error
    if recipe.encoder_weights not in {"imagenet", "none"}:
        load_encoder(net.encoder, find_weights(recipe.encoder_weights, weights_folder))
    return CrackNet(net, recipe.input_mean, recipe.input_std)


def find_weights(name: str, folder: Path | None) -> Path:
    """Find a weight file as given, or by its name in ``folder``."""
    for path in (Path(name), *([folder / name] if folder else [])):
        if path.is_file():
            return path
    raise ModelError(
        f"there is no weight file {name}; give its folder with --weights, or set model.encoder_weights=none"
    )


def load_encoder(encoder: nn.Module, path: Path) -> None:
    """Load the state dict of a whole timm classifier into an encoder that drops its head.

    Raises
    ------
    ModelError
        If any key besides the classifier's is missing, left over or of another shape.
    """
    given = {key: value for key, value in load_file(path).items() if not key.startswith(_CLASSIFIER_KEYS)}
    target = getattr(encoder, "model", encoder)
    unmatched = set(given) ^ set(target.state_dict())
    if unmatched:
        raise ModelError(
            f"{path} does not fit the encoder: {len(unmatched)} keys differ, such as {sorted(unmatched)[0]}; "
            "choose the weights of the same encoder"
        )
    target.load_state_dict(given)


NETS: dict[str, Callable[[ModelRecipe, Path | None], CrackNet]] = {
    "unet": build_unet,
}


def build_net(recipe: ModelRecipe, weights_folder: Path | None = None) -> CrackNet:
    """Build the network that a recipe names."""
    if recipe.net not in NETS:
        raise RecipeError(f"model.net {recipe.net!r} is unknown; expected one of: {', '.join(NETS)}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # smp and timm warn of their own internals
        return NETS[recipe.net](recipe, weights_folder)
