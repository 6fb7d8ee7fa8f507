"""Features of the photos of a folder, to judge how real generated ones are."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from crackwise.arrays import Floats, Rgb
from crackwise.data.dataset import Sample, list_images
from crackwise.errors import DataError, ModelError
from crackwise.nets.featurenet import ENCODER_FILE, FeatureName, FeatureNet, encoder, inception
from crackwise.training.generation.plain import centre
from crackwise.zooms import resized

T = TypeVar("T")

_BATCH = 16
_FOLDERS = ("images", "crack")


def feature_net(name: FeatureName, weights: Path | None) -> FeatureNet:
    """Load a network; the encoder stands in for Inception where that cannot be had and a file of it is there.

    Raises
    ------
    ModelError
        If neither can be had.
    """
    if name == "mobilenetv2":
        return encoder(weights)
    try:
        return inception()
    except ModelError as error:
        if weights is None or not (weights / ENCODER_FILE).is_file():
            raise
        sys.stderr.write(f"warning: {str(error).partition(';')[0]}; MobileNetV2 takes its place\n")
        return encoder(weights)


def photos_of(folder: Path) -> tuple[Path, ...]:
    """List the photos of a set: those in its ``images`` or ``crack``, or in the folder itself.

    Raises
    ------
    DataError
        If there are none.
    """
    inner = next((folder / name for name in _FOLDERS if (folder / name).is_dir()), folder)
    return list_images(inner)


def spread(things: Sequence[T], most: int) -> list[T]:
    """Take at most so many, evenly spread over their order."""
    places = np.linspace(0, len(things) - 1, min(most, len(things)))
    return [things[round(float(place))] for place in places]


def read_square(path: Path, size_px: int) -> Rgb:
    """Read a photo, its shorter side brought to ``size_px`` and its centre cut out."""
    return centre(Sample(path, None, "", "").read_image(), size_px)


def side_of(paths: Sequence[Path]) -> int:
    """Give the side of the photos of a generated set; real ones are brought to it before they are compared.

    Raises
    ------
    DataError
        If the first photo is not square.
    """
    H, W = Sample(paths[0], None, "", "").read_image().shape[:2]
    if H != W:
        raise DataError(f"{paths[0]} is {W}×{H} px; expected generated photos, which are square")
    return int(H)


@torch.no_grad()
def features_of(
    paths: Sequence[Path], side_px: int, net: FeatureNet, on_photo: Callable[[int, int], None] | None = None
) -> Floats:
    """Give the features (N, D) of photos, seen as squares of ``side_px``.

    Parameters
    ----------
    on_photo
        Called with the photos done and their number.
    """
    found = []
    for first in range(0, len(paths), _BATCH):
        chosen = paths[first : first + _BATCH]
        squares = [resized(read_square(path, side_px), (net.size_px, net.size_px)) for path in chosen]
        photos = torch.from_numpy(np.stack(squares).transpose(0, 3, 1, 2).copy()).float() / 255
        found.append(net(photos).numpy())
        if on_photo is not None:
            on_photo(first + len(chosen), len(paths))
    return np.concatenate(found)
