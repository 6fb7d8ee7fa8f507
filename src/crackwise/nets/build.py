"""The table of networks, and the one function that builds from a recipe."""

import warnings
from collections.abc import Callable
from pathlib import Path

from crackwise.errors import RecipeError, suggestion
from crackwise.nets.crackformer import build_crackformer
from crackwise.nets.cracknet import CrackNet
from crackwise.nets.fc_densenet import build_fc_densenet
from crackwise.nets.hrnet_ocr import build_hrnet_ocr
from crackwise.nets.plain_cnn import build_plain_cnn
from crackwise.nets.plain_unet import build_plain_unet
from crackwise.nets.smp_nets import build_pspnet, build_segformer, build_unet, build_upernet
from crackwise.nets.superres import build_superres
from crackwise.recipe import ModelRecipe

NETS: dict[str, Callable[[ModelRecipe, Path | None], CrackNet]] = {
    "unet": build_unet,
    "plain_unet": build_plain_unet,
    "plain_cnn": build_plain_cnn,
    "fc_densenet": build_fc_densenet,
    "pspnet": build_pspnet,
    "upernet": build_upernet,
    "segformer": build_segformer,
    "hrnet_ocr": build_hrnet_ocr,
    "crackformer": build_crackformer,
    "superres": build_superres,
}
"""The keys of a recipe that each of them reads stand in ``crackwise.recipe.NET_KEYS``."""


def build_net(recipe: ModelRecipe, weights_folder: Path | None = None) -> CrackNet:
    """Build the network that a recipe names, ready to train.

    Parameters
    ----------
    recipe
        The model section of a recipe.
    weights_folder
        Where a file named by ``encoder_weights`` is looked up.

    Raises
    ------
    RecipeError
        If the network or its encoder is unknown.
    ModelError
        If pre-trained weights cannot be had or do not fit.
    """
    if recipe.net not in NETS:
        known = ", ".join(NETS) + suggestion(recipe.net, NETS)
        raise RecipeError(f"model.net {recipe.net!r} is unknown; expected one of: {known}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # smp and timm warn of their own internals
        return NETS[recipe.net](recipe, weights_folder).train()
