"""Pre-trained encoders: built by name, their weights by name or from a file."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from torch import nn

from crackwise.errors import ModelError, RecipeError
from crackwise.nets.tensorfile import read_tensor_file

_DOWNLOADED = "have ImageNet weights downloaded: --set model.encoder_weights=imagenet"
_CLASSIFIER_KEYS = ("conv_head.", "bn2.", "classifier.", "fc.")


class EncoderRecipe(Protocol):
    """What the model section of a recipe says about its encoder."""

    @property
    def encoder(self) -> str:
        """Name in segmentation_models_pytorch."""

    @property
    def encoder_weights(self) -> str:
        """``imagenet``, ``none`` or a file."""

    @property
    def frozen_encoder(self) -> bool:
        """True when it does not learn."""


def build_with_encoder(
    make: Callable[[str | None], nn.Module], recipe: EncoderRecipe, weights_folder: Path | None
) -> nn.Module:
    """Build a network that has an ``encoder`` and give the encoder its weights.

    Parameters
    ----------
    make
        Takes the name of the weights to download, ``"imagenet"``, or None for random ones.

    Raises
    ------
    RecipeError
        If the encoder is unknown or does not fit the network.
    ModelError
        If pre-trained weights cannot be had or do not fit the encoder.
    """
    by_name = recipe.encoder_weights if recipe.encoder_weights == "imagenet" else None
    try:
        net = make(by_name)
    except (AttributeError, KeyError, RuntimeError, ValueError) as error:
        raise RecipeError(f"model.encoder {recipe.encoder!r} cannot be built: {error}") from error
    except OSError as error:
        scratch = "--set model.encoder_weights=none"
        if recipe.frozen_encoder:
            scratch += " --set model.frozen_encoder=false"
        raise ModelError(
            f"the {by_name} weights of {recipe.encoder} cannot be downloaded: {error}; give a file of them, "
            f"--weights FOLDER --set model.encoder_weights=FILE, or begin without: {scratch}"
        ) from error
    encoder = net.get_submodule("encoder")
    if recipe.encoder_weights not in {"imagenet", "none"}:
        load_encoder(encoder, find_weights(recipe.encoder_weights, weights_folder, _DOWNLOADED))
    if recipe.frozen_encoder:
        encoder.requires_grad_(False)
    return net


def find_weights(name: str, folder: Path | None, otherwise: str = "change the recipe") -> Path:
    """Find a weight file as given, or by its name in ``folder``, or advise ``otherwise``."""
    for path in (Path(name), *([folder / name] if folder else [])):
        if path.is_file():
            return path
    raise ModelError(f"there is no weight file {name}; give its folder with --weights, or {otherwise}")


def load_encoder(encoder: nn.Module, path: Path) -> None:
    """Load the state dict of a whole timm classifier into an encoder that drops its head.

    Raises
    ------
    ModelError
        If any key besides the classifier's is missing, left over or of another shape.
    """
    given = {
        key: value for key, value in read_tensor_file(path).items() if not key.startswith(_CLASSIFIER_KEYS)
    }
    target = getattr(encoder, "model", encoder)
    states = (target.state_dict(), given)
    own, found = ({key: value.shape for key, value in state.items()} for state in states)
    differ = sorted(key for key in own.keys() | found.keys() if own.get(key) != found.get(key))
    if differ:
        raise ModelError(
            f"{path} does not fit the encoder: {len(differ)} keys or shapes differ, such as {differ[0]}; "
            "choose the weights of the same encoder"
        )
    target.load_state_dict(given)
