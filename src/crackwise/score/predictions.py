"""Predictions of anyone's tool: a folder of grey pictures, one for each photo by its stem."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from crackwise.arrays import Levels, Rgb
from crackwise.data.dataset import IMAGE_SUFFIXES
from crackwise.data.folder import SetPhoto
from crackwise.errors import DataError
from crackwise.pixels import read_stored
from crackwise.score.judge import PhotoSet
from crackwise.score.tally import Prediction


@dataclass(frozen=True, slots=True)
class PredictionFolder:
    """Pictures that were found for photos.

    Parameters
    ----------
    folder
        As given.
    files
        By the path of the photo.
    """

    folder: Path
    files: dict[Path, Path]

    @classmethod
    def of(cls, folder: Path, sets: Sequence[PhotoSet]) -> "PredictionFolder":
        """Find the picture of every photo: ``<stem>.png`` in ``folder/<set>``, or else in the folder itself.

        The photos of a merged set may also have theirs in folders of the sets that they come from.

        Raises
        ------
        DataError
            If the folder is missing, a photo has no picture or more than one, or two have the same.
        """
        if not folder.is_dir():
            raise DataError(f"there is no folder {folder}; expected predictions in it, check --predictions")
        listed: dict[Path, dict[str, list[Path]]] = {}
        owner: dict[Path, SetPhoto] = {}
        missing: list[SetPhoto] = []
        photos = [(_place(folder, one.name, photo), photo) for one in sets for photo in one.photos]
        for place, photo in photos:
            if place not in listed:
                listed[place] = _by_stem(place)
            found = listed[place].get(photo.image.stem, [])
            if len(found) > 1:
                raise DataError(f"{found[0]} and {found[1].name} are both for {photo.file}; keep one of them")
            if not found:
                missing.append(photo)
            elif owner.setdefault(found[0], photo).image != photo.image:
                raise DataError(
                    f"{found[0]} would be for {owner[found[0]].image} and for {photo.image}; put the "
                    f"predictions for each set into a folder of its name in {folder}"
                )
        if missing:
            raise DataError(
                f"{len(missing)} of {len(photos)} photos have no prediction in {folder}, first "
                f"{missing[0].source}/{missing[0].file}; expected {missing[0].image.stem}.png"
            )
        return cls(folder, {photo.image: file for file, photo in owner.items()})

    def predict(self, photo: SetPhoto, image: Rgb) -> Prediction:
        """Read the picture of a photo; what the photo shows plays no part.

        Raises
        ------
        DataError
            If it cannot be read or is no 8-bit grey picture.
        """
        del image
        levels = _read_levels(self.files[photo.image])
        return Prediction(levels, is_binary=bool(((levels == 0) | (levels == 255)).all()))

    def sha256(self) -> str:
        """Hash names and contents of the pictures in use."""
        digest = hashlib.sha256()
        for path in sorted(set(self.files.values())):
            digest.update(path.name.encode("utf-8", "surrogateescape") + b"\0" + path.read_bytes())
        return digest.hexdigest()


def _place(folder: Path, set_name: str, photo: SetPhoto) -> Path:
    """Tell in which folder the picture of a photo is sought."""
    own = (folder / set_name, folder / photo.source)
    return next((place for place in own if place.is_dir()), folder)


def _by_stem(folder: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in IMAGE_SUFFIXES:
            found.setdefault(path.stem, []).append(path)
    return found


def _read_levels(path: Path) -> Levels:
    """Read 8-bit grey, also where three equal channels hold it."""
    pixels = read_stored(path, cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise DataError(f"{path} cannot be read as an image; write the prediction again")
    if pixels.ndim == 3 and (pixels == pixels[:, :, :1]).all():
        pixels = pixels[:, :, 0]
    if pixels.ndim != 2 or pixels.dtype != np.uint8:
        kind = "in colour or with opacity" if pixels.ndim == 3 else f"of {pixels.dtype}"
        raise DataError(f"{path} is {kind}; expected 8-bit grey: 0 and 255, or the probability times 255")
    return np.asarray(pixels)
