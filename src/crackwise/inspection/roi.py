"""Region of interest: which part of a photo is inspected, from one mask or a folder of masks."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from crackwise.arrays import CrackMask
from crackwise.data.dataset import files_below
from crackwise.errors import PhotoError, SettingsError
from crackwise.inspection.shown import accented
from crackwise.photo import PhotoInfo


@dataclass(frozen=True, slots=True)
class Roi:
    """Masks for the photos of a run.

    Parameters
    ----------
    path
        A PNG for all photos, or a folder with ``<stem>.png`` for those that are not to be inspected whole.
    sha256
        Of all that it holds, so that a later run can tell whether it is the same.
    of_stem
        The masks of a folder.
    """

    path: Path
    sha256: str
    of_stem: Mapping[str, Path] = field(default_factory=dict)

    def mask_for(self, stem: str, info: PhotoInfo) -> CrackMask | None:
        """Read the mask of one photo, (H, W), True where it is to be inspected; None where it has none.

        Raises
        ------
        PhotoError
            If it cannot be read or its size is another.
        """
        own = (self.of_stem[form] for form in accented(stem) if form in self.of_stem)
        path = next(own, None) if self.of_stem else self.path
        if path is None:
            return None
        mask = _read_mask(path) if path.is_file() else None
        if mask is None:
            raise PhotoError(f"{path} is no picture; expected a PNG that is not zero where to inspect")
        if mask.shape != (info.height_px, info.width_px):
            raise PhotoError(
                f"{path} is {mask.shape[1]}×{mask.shape[0]} but its photo is "
                f"{info.width_px}×{info.height_px}; re-export the mask"
            )
        return mask

    def without_photo(self, stems: Iterable[str]) -> list[str]:
        """List the masks of a folder that belong to none of these photos, sorted."""
        left = set(self.of_stem).difference(*map(accented, stems))
        return sorted(str(self.of_stem[stem].relative_to(self.path)) for stem in left)


def load_roi(path: Path) -> Roi:
    """Check that a mask or a folder of masks can be used.

    Raises
    ------
    SettingsError
        If it does not exist, cannot be read, is no picture, or holds none.
    """
    try:
        files = _mask_files(path)
        masks = files if path.is_dir() else []
        of_stem = {mask.relative_to(path).with_suffix("").as_posix(): mask for mask in masks}
        return Roi(path, _digest(files, path), of_stem)
    except OSError as error:
        raise SettingsError(
            f"--roi {path} cannot be read: {error.filename or path}: {error.strerror}; check it"
        ) from error


def _mask_files(path: Path) -> list[Path]:
    if path.is_dir():
        files = sorted(files_below(path, {".png"}))
        if not files:
            raise SettingsError(f"--roi {path} holds no PNG; expected <stem>.png, named as its photo")
    elif not path.is_file():
        raise SettingsError(f"--roi {path} does not exist; expected a PNG mask or a folder of them")
    elif _read_mask(path) is None:
        raise SettingsError(f"--roi {path} is no picture; expected a PNG that is not zero where to inspect")
    else:
        files = [path]
    return files


def _read_mask(path: Path) -> CrackMask | None:
    data = np.fromfile(path, np.uint8)
    stored = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data.size else None
    if stored is None:
        return None
    layers = stored if stored.ndim == 3 else stored[:, :, None]
    return np.asarray((layers[:, :, :3] > 0).any(axis=2) & (layers[:, :, 3:] > 0).all(axis=2))


def _digest(files: list[Path], root: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(str(file.relative_to(root)).encode("utf-8", "surrogateescape"))
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
