"""What a split needs to know about a photo: its hash, and how much of it is crack."""

from collections.abc import Sequence
from dataclasses import dataclass

from crackwise.data.folder import SetPhoto
from crackwise.data.stream import OnPhoto, each_photo
from crackwise.errors import DataError
from crackwise.files import sha256_of


@dataclass(frozen=True, slots=True)
class Entry:
    """One photo as a split sees it.

    Parameters
    ----------
    source, file, group
        As in :class:`crackwise.data.folder.SetPhoto`.
    sha256
        Of the file of the photo.
    crack_share
        Share of its pixels that are crack; None where only the whole photo is labelled, or nothing.
    is_cracked
        None where nobody has said.
    """

    source: str
    file: str
    group: str
    sha256: str
    crack_share: float | None
    is_cracked: bool | None


def look_at(photos: Sequence[SetPhoto], on_photo: OnPhoto | None = None) -> tuple[Entry, ...]:
    """Hash the photos and weigh their masks; the photos themselves are not decoded.

    Raises
    ------
    DataError
        If a photo or a mask cannot be read.
    """
    return tuple(each_photo(_entry, photos, on_photo))


def hash_of(photo: SetPhoto) -> str:
    """Give the SHA-256 of the file of a photo.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    try:
        return sha256_of(photo.image)
    except OSError as error:
        raise DataError(f"{photo.image} cannot be read: {error.strerror or error}; check the file") from error


def _entry(photo: SetPhoto) -> Entry:
    mask = photo.read_mask()
    is_cracked = photo.is_cracked(mask)
    share = float(mask.mean()) if mask is not None else None
    if is_cracked is False:
        share = 0.0
    return Entry(photo.source, photo.file, photo.group, hash_of(photo), share, is_cracked)
