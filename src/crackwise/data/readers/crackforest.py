"""CrackForest (Shi et al. 2016): a MATLAB file for each photo, where segment 2 is the crack."""

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from crackwise.arrays import CrackMask, Ints
from crackwise.data.dataset import IMAGE_SUFFIXES, files_below
from crackwise.data.finding import Finding
from crackwise.data.labelled import LabelledPhoto, LabelledSet
from crackwise.data.names import find_photo
from crackwise.data.readers.draft import set_name, without_doubles
from crackwise.data.readers.options import DEFAULTS, ReadOptions
from crackwise.data.readers.photofolder import folder_of
from crackwise.errors import DataError

CRACK = 2
"""The number of the crack in ``groundTruth.Segmentation``; 1 is the surface, 3 and up are other regions."""

PHOTO_FOLDERS = ("", "image", "images", "../image", "../images")
"""Where the photos of a .mat file may lie, seen from it; the set as published has image/ and groundTruth/."""

_HDF5 = b"\x89HDF\r\n\x1a\n"
_DAMAGED = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    MemoryError,
    OverflowError,
    NotImplementedError,
    MatReadError,
    struct.error,
    zlib.error,
)
"""What scipy raises on damaged files."""


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """The segmentation in a .mat file, read when it is asked for."""

    path: Path

    @property
    def size(self) -> tuple[int, int]:
        """(H, W)."""
        height, width = self._segmentation().shape
        return height, width

    def mask(self, size: tuple[int, int]) -> CrackMask:
        """Give the segment that is the crack, (H, W).

        Raises
        ------
        DataError
            If the file cannot be read or is of another size.
        """
        segments = self._segmentation()
        if segments.shape != size:
            raise DataError(
                f"{self.path} is {segments.shape[1]}×{segments.shape[0]} but its photo is "
                f"{size[1]}×{size[0]}; it belongs to another photo"
            )
        return np.asarray(segments == CRACK)

    def _segmentation(self) -> Ints:
        try:
            truth = loadmat(self.path, variable_names=["groundTruth"]).get("groundTruth")
            segments = None if truth is None else np.asarray(truth["Segmentation"][0, 0])
        except _DAMAGED as error:
            raise DataError(
                f"{self.path} is damaged, cut off or no MATLAB file with groundTruth.Segmentation; "
                "copy it again"
            ) from error
        if segments is None:
            raise DataError(
                f"{self.path} has no groundTruth; expected groundTruth.Segmentation with 2 for crack"
            )
        if segments.ndim != 2 or segments.dtype.kind not in "uifb":
            raise DataError(f"{self.path}: groundTruth.Segmentation is no picture of numbers; copy it again")
        return segments


def read_crackforest(path: Path, options: ReadOptions = DEFAULTS) -> LabelledSet:
    """Read one .mat file, or all of a folder; the photo of the same name lies beside it or in ``image/``.

    Raises
    ------
    DataError
        If there is no .mat file that can be used.
    """
    root = folder_of(path)
    files = [path] if path.is_file() else list(files_below(root, frozenset({".mat"})))
    photos: list[LabelledPhoto] = []
    findings: list[Finding] = []
    for file in files:
        try:
            _check_version(file)
            image = _photo(file, options)
        except DataError as error:
            findings.append(Finding("annotation", "error", file.relative_to(root).as_posix(), str(error)))
        else:
            name = (file.parent.relative_to(root) / image.name).as_posix()
            photos.append(LabelledPhoto(name, image, GroundTruth(file)))
    if not photos:
        reason = f"first {findings[0].message}" if findings else "there is no .mat in it"
        raise DataError(findings[0].message if path.is_file() else f"{path} holds no ground truth: {reason}")
    unique, doubled = without_doubles(photos)
    return LabelledSet(set_name(path, options), unique, (*findings, *doubled))


def _check_version(file: Path) -> None:
    try:
        with file.open("rb") as stream:
            head = stream.read(520)
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror or error}") from error
    if head.startswith((_HDF5, b"MATLAB 7.3")) or head[512:].startswith(_HDF5):
        raise DataError(
            f"{file} is a MATLAB 7.3 (HDF5) file, which is not read; save it with save -v7 in MATLAB"
        )
    if not head.startswith(b"MATLAB 5.0"):
        raise DataError(f"{file} is no MATLAB file of version 5 to 7; copy it again")


def _photo(file: Path, options: ReadOptions) -> Path:
    folders = [(file.parent / name).resolve() for name in PHOTO_FOLDERS]
    if options.photos is not None:
        folders.insert(0, options.photos)
    for folder in folders:
        for suffix in sorted(IMAGE_SUFFIXES):
            for letters in (suffix, suffix.upper()):
                found = find_photo(file.stem + letters, [folder])
                if found is not None:
                    return found
    raise DataError(
        f"there is no photo {file.stem}.jpg beside {file}; copy it there or name its folder with --photos"
    )
