"""Photos as they go into a written set: no Exif block turns them any more, so that label and photo agree.

A photo that programs would show turned is written so that stored and shown are the same:

- upright as PNG, when its label belongs to the upright photo: by its size, or because the tool turns photos;
- as stored, with its orientation set to 1, when its label fits the stored pixels, or fits both.

A photo with a label for the whole photo, or none, is copied as it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Rgb
from crackwise.data.dataset import IMAGE_SUFFIXES
from crackwise.data.finding import Finding
from crackwise.data.labelled import LabelledPhoto, LabelledSet, Unlabelled, Verdict
from crackwise.data.pictures import Header, read_header, read_stored, read_upright, without_orientation
from crackwise.data.stream import OnPhoto
from crackwise.data.upright import Upright, stated_size
from crackwise.errors import DataError, PhotoError

_SUFFIX_OF_BYTES = (
    (b"\xff\xd8", ".jpg"),
    (b"\x89PNG", ".png"),
    (b"BM", ".bmp"),
    (b"II", ".tif"),
    (b"MM", ".tif"),
)

_FITS_BOTH_WAYS = (
    "programs show this photo turned, and its label fits it both ways; it is taken as drawn over the stored "
    "pixels, look at it"
)


@dataclass(frozen=True, slots=True)
class PlacedPhoto:
    """One photo ready to be written.

    Parameters
    ----------
    content
        File to copy, or encoded bytes.
    suffix
        That the written file gets, with its dot.
    mask
        (H, W) of the photo as it is written; None where there is none.
    size
        (H, W) of the photo as it is written.
    note
        What a person should look at, else empty.
    """

    content: Path | bytes
    suffix: str
    mask: CrackMask | None
    size: tuple[int, int]
    note: str = ""

    def data(self) -> bytes:
        """Read what the written file holds."""
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()


@dataclass(slots=True)
class Placing:
    """The photos of a set one after another; one that cannot be placed is left out, with a finding.

    Parameters
    ----------
    labelled
        The set.
    on_photo
        Called with (done, total).
    findings
        What was left out or is to be looked at, so far.
    """

    labelled: LabelledSet
    on_photo: OnPhoto | None = None
    findings: list[Finding] = field(default_factory=list)

    def each(self, stems: Sequence[str]) -> Iterator[tuple[LabelledPhoto, str, PlacedPhoto]]:
        """Give (photo, its stem, photo and mask together), one at a time in memory.

        Raises
        ------
        DataError
            At the end, if no photo at all could be placed.
        """
        photos = self.labelled.photos
        placed_any = False
        for done, (photo, stem) in enumerate(zip(photos, stems), start=1):
            placed = self._placed(photo)
            if placed is not None:
                placed_any = True
                yield photo, stem, placed
            if self.on_photo is not None:
                self.on_photo(done, len(photos))
        if photos and not placed_any:
            first = f", first {self.findings[0]}" if self.findings else ""
            raise DataError(f"none of the {len(photos)} photos of {self.labelled.name} can be used{first}")

    def _placed(self, photo: LabelledPhoto) -> PlacedPhoto | None:
        try:
            placed = place(photo)
        except (DataError, PhotoError) as error:
            self.findings.append(Finding("photo left out", "error", photo.name, str(error)))
            return None
        if placed.note:
            self.findings.append(Finding("turned photo", "warning", photo.name, placed.note))
        return placed


def place(photo: LabelledPhoto) -> PlacedPhoto:
    """Bring photo and mask together.

    Raises
    ------
    DataError
        If the label is of another size or cannot be read.
    PhotoError
        If the photo cannot be read.
    """
    header = read_header(photo.image, photo.name)
    has_pixels = not isinstance(photo.label, Verdict | Unlabelled)
    if _suffix(photo) not in IMAGE_SUFFIXES or (
        header.is_turned and has_pixels and _is_upright(photo, header)
    ):
        return _upright(photo)
    mask = photo.label.mask(_checked(photo, header.size))
    if not (header.is_turned and has_pixels):
        return PlacedPhoto(photo.image, _suffix(photo), mask, header.size)
    return _stored(photo, header, mask)


def write_photo(placed: PlacedPhoto, folder: Path, stem: str) -> None:
    """Write the photo below a folder, sub-folders of the stem made."""
    path = folder / f"{stem}{placed.suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(placed.data())


def _suffix(photo: LabelledPhoto) -> str:
    if isinstance(photo.image, Path):
        return photo.image.suffix.lower()
    data = photo.image
    return next((suffix for mark, suffix in _SUFFIX_OF_BYTES if data.startswith(mark)), _of_webp(data))


def _of_webp(data: bytes) -> str:
    return ".webp" if data[8:12] == b"WEBP" else ""


def _is_upright(photo: LabelledPhoto, header: Header) -> bool:
    """Tell whether a label belongs to the photo as programs show it."""
    size = stated_size(photo.label)
    if size is None or header.size == header.upright_size:
        return isinstance(photo.label, Upright)
    return size == header.upright_size


def _checked(photo: LabelledPhoto, size: tuple[int, int]) -> tuple[int, int]:
    stated = stated_size(photo.label)
    if stated is not None and stated != size:
        raise DataError(
            f"the label is of a photo of {stated[1]}×{stated[0]} px but the photo is {size[1]}×{size[0]}; "
            "export the annotations again with this photo"
        )
    return size


def _upright(photo: LabelledPhoto) -> PlacedPhoto:
    pixels = read_upright(photo.image, photo.name)
    size = (pixels.shape[0], pixels.shape[1])
    return PlacedPhoto(_png(pixels), ".png", photo.label.mask(_checked(photo, size)), size)


def _stored(photo: LabelledPhoto, header: Header, mask: CrackMask | None) -> PlacedPhoto:
    data = photo.image if isinstance(photo.image, bytes) else photo.image.read_bytes()
    suffix = _suffix(photo)
    same = without_orientation(data) if suffix in {".jpg", ".jpeg"} else None
    is_told = header.size != header.upright_size and stated_size(photo.label) is not None
    note = "" if is_told else _FITS_BOTH_WAYS
    if same is not None:
        return PlacedPhoto(same, suffix, mask, header.size, note)
    return PlacedPhoto(_png(read_stored(data, photo.name)), ".png", mask, header.size, note)


def _png(pixels: Rgb) -> bytes:
    is_encoded, encoded = cv2.imencode(
        ".png", np.ascontiguousarray(pixels[:, :, ::-1]), [cv2.IMWRITE_PNG_COMPRESSION, 3]
    )
    assert is_encoded, "a PNG holds any photo"
    return bytes(encoded.tobytes())
