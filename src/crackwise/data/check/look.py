"""One photo and its mask, read once: what is wrong with them, and the figures of the photo."""

import hashlib
from dataclasses import dataclass

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Grey
from crackwise.data.check.fatness import Fatness, measure_fatness
from crackwise.data.check.listing import ListedPhoto
from crackwise.data.check.masks import Fault, judge_mask, read_mask_levels
from crackwise.data.finding import Finding
from crackwise.data.pictures import Header, opened, read_header
from crackwise.errors import DataError, PhotoError
from crackwise.exif import turned_back
from crackwise.pixels import decode

_BLACK = 10  # grey levels, what JPEG leaves of black
_MASK_SHARE = 0.98
_SPOILT = frozenset({"coloured mask", "mask in alpha channel", "inverted mask", "0/1 mask", "faint mask"})


@dataclass(frozen=True, slots=True)
class Look:
    """What is known about one photo after looking at it.

    Parameters
    ----------
    photo
        The photo.
    size
        (H, W) of the stored pixels; None where it cannot be read.
    crack_pixels
        None where there is no mask that can be used.
    mask_digest
        Of size and pixels of the mask; empty where there is none.
    fatness
        None where there are no cracks, or too little of them can be measured.
    findings
        A sentence each.
    """

    photo: ListedPhoto
    size: tuple[int, int] | None
    crack_pixels: int | None
    mask_digest: str
    fatness: Fatness | None
    findings: tuple[Finding, ...]

    @property
    def is_cracked(self) -> bool | None:
        """By the mask, or else by the label; None where neither says."""
        if self.crack_pixels is not None:
            return self.crack_pixels > 0
        return {"crack": True, "no crack": False}.get(self.photo.label.lower())

    @property
    def known_crack_pixels(self) -> int | None:
        """Count by the mask; none where there is no mask and the photo is known to show no crack."""
        is_sound = self.photo.mask is None and self.is_cracked is False
        return 0 if is_sound else self.crack_pixels

    @property
    def crack_share(self) -> float | None:
        """Share of the pixels that are crack."""
        if self.known_crack_pixels is None or self.size is None:
            return None
        return self.known_crack_pixels / (self.size[0] * self.size[1])


def look_at(photo: ListedPhoto) -> Look:
    """Read a photo and its mask; nothing that is wrong with them raises."""
    header, grey, faults = _read_photo(photo)
    mask, mask_faults = _read_mask(photo, header, grey)
    faults += mask_faults
    is_usable = mask is not None and not _SPOILT & {fault.kind for fault in faults}
    faults += _label_faults(photo, mask if is_usable else None)
    findings = tuple(Finding(fault.kind, fault.level, photo.key, fault.message) for fault in faults)
    if mask is None or not is_usable:
        return Look(photo, header.size if header else None, None, "", None, findings)
    digest = hashlib.sha256(repr(mask.shape).encode() + np.packbits(mask).tobytes()).hexdigest()
    fatness = measure_fatness(grey, mask) if grey is not None and mask.any() else None
    return Look(photo, mask.shape, int(mask.sum()), digest, fatness, findings)


def _read_photo(photo: ListedPhoto) -> tuple[Header | None, Grey | None, list[Fault]]:
    """Decode a photo as it is stored."""
    try:
        data = photo.image.read_bytes()
        header = read_header(data, photo.file)
        with opened(data, photo.file) as picture:
            pixels = decode(picture, data, photo.file, photo.image)
    except (PhotoError, OSError) as error:
        message = str(error).replace(str(photo.image), photo.file)
        return None, None, [Fault("unreadable photo", "error", message)]
    pixels = turned_back(pixels, header.orientation)
    grey = np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY))
    return header, grey, _photo_faults(grey)


def _photo_faults(grey: Grey) -> list[Fault]:
    """Notice a mask in the place of a photo: no surface is all black and white."""
    share = float(((grey <= _BLACK) | (grey >= 255 - _BLACK)).mean())
    if share < _MASK_SHARE:
        return []
    message = f"is black and white in {share:.1%} of its pixels, as a mask is; put the photo itself there"
    return [Fault("photo is a mask", "error", message)]


def _read_mask(
    photo: ListedPhoto, header: Header | None, grey: Grey | None
) -> tuple[CrackMask | None, list[Fault]]:
    """Read a mask and compare it with its photo; None where it cannot be laid over the photo."""
    if photo.mask is None:
        return None, _turned_without_mask(header)
    try:
        levels = read_mask_levels(photo.mask)
    except DataError as error:
        return None, [Fault("unreadable mask", "error", str(error))]
    if header is None:
        return None, []
    faults = _size_faults((levels.shape[0], levels.shape[1]), header)
    is_fitting = levels.shape[:2] == header.size
    mask, mask_faults = judge_mask(levels, grey if is_fitting else None)
    return mask if is_fitting else None, [*faults, *mask_faults]


def _turned_without_mask(header: Header | None) -> list[Fault]:
    if header is None or not header.is_turned:
        return []
    message = f"is turned by its Exif orientation {header.orientation}; save it upright before it is labelled"
    return [Fault("turned photo", "warning", message)]


def _size_faults(size: tuple[int, int], header: Header) -> list[Fault]:
    sizes = f"mask is {_size(size)}, its photo {_size(header.size)}"
    if not header.is_turned:
        if size == header.size:
            return []
        hint = (
            "width and height are exchanged, turn the mask"
            if size == header.size[::-1]
            else "export it again"
        )
        return [Fault("size mismatch", "error", f"{sizes}; {hint}")]
    turned = f"photo has the Exif orientation {header.orientation}"
    if size == header.size != header.upright_size:
        message = (
            f"{turned}, the mask has the size of the stored pixels, as a set should; programs that turn "
            "photos will not match them, so remove the orientation from the photo"
        )
        return [Fault("turned photo", "warning", message)]
    if size == header.size:
        message = (
            f"{turned}, and sizes cannot tell whether the mask is turned as well; look, and save both upright"
        )
        return [Fault("turned photo", "warning", message)]
    if size == header.upright_size:
        message = (
            f"{turned}; the mask was drawn over the upright photo ({sizes}), save the photo upright to match"
        )
        return [Fault("mask not turned like photo", "error", message)]
    return [Fault("size mismatch", "error", f"{sizes}; export it again")]


def _label_faults(photo: ListedPhoto, mask: CrackMask | None) -> list[Fault]:
    said = {"crack": True, "no crack": False}.get(photo.label.lower())
    if mask is None or said is None or said == bool(mask.any()):
        return []
    message = (
        f"is labelled {photo.label!r} but its mask {'is empty' if said else 'shows cracks'}; correct one"
    )
    return [Fault("label against mask", "error", message)]


def _size(size: tuple[int, int]) -> str:
    return f"{size[1]}×{size[0]}"
