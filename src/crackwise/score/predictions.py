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
    def of(cls, folder: Path, photos: Sequence[SetPhoto]) -> "PredictionFolder":
        """Find the picture of every photo: ``<stem>.png`` in ``folder/<set>``, or else in the folder itself.

        Raises
        ------
        DataError
            If the folder is missing, a photo has no picture or more than one.
        """
        if not folder.is_dir():
            raise DataError(f"there is no folder {folder}; expected predictions in it, check --predictions")
        listed = {place: _by_stem(place) for place in {folder, *_folders(folder, photos)}}
        files: dict[Path, Path] = {}
        for photo in photos:
            own = folder / photo.source
            found = listed.get(own if own in listed else folder, {}).get(photo.image.stem, [])
            if len(found) > 1:
                raise DataError(f"{found[0]} and {found[1].name} are both for {photo.file}; keep one of them")
            if found:
                files[photo.image] = found[0]
        missing = [photo for photo in photos if photo.image not in files]
        if missing:
            raise DataError(
                f"{len(missing)} of {len(photos)} photos have no prediction in {folder}, first "
                f"{missing[0].source}/{missing[0].file}; expected {missing[0].image.stem}.png"
            )
        return cls(folder, files)

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


def _folders(folder: Path, photos: Sequence[SetPhoto]) -> set[Path]:
    return {path for path in {folder / photo.source for photo in photos} if path.is_dir()}


def _by_stem(folder: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in IMAGE_SUFFIXES:
            found.setdefault(path.stem, []).append(path)
    return found


def _read_levels(path: Path) -> Levels:
    """Read 8-bit grey, also where three equal channels hold it."""
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        raise DataError(f"{path} cannot be read as an image; write the prediction again")
    if pixels.ndim == 3 and (pixels == pixels[:, :, :1]).all():
        pixels = pixels[:, :, 0]
    if pixels.ndim != 2 or pixels.dtype != np.uint8:
        kind = "in colour or with opacity" if pixels.ndim == 3 else f"of {pixels.dtype}"
        raise DataError(f"{path} is {kind}; expected 8-bit grey: 0 and 255, or the probability times 255")
    return np.asarray(pixels)
