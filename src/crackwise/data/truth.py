"""Which photos are cracked, as a labelled set, class folders or a table say."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crackwise.arrays import CrackMask
from crackwise.data.dataset import Sample
from crackwise.data.finding import Finding
from crackwise.data.folder import read_folder
from crackwise.data.labelled import Verdict
from crackwise.data.pictures import read_header
from crackwise.data.readers import READERS
from crackwise.data.readers.options import ReadOptions
from crackwise.data.readers.recognise import recognise
from crackwise.errors import DataError
from crackwise.exif import upright

_FORMATS = ("table", "classfolders")


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of photos, by their resolved paths.

    Parameters
    ----------
    name
        Of the set or table.
    cracked
        Whether each photo is.
    masks
        Where the cracks are, a file for each photo that has one.
    findings
        What was left out while reading.
    """

    name: str
    cracked: dict[Path, bool]
    masks: dict[Path, Path] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def mask_of(self, photo: Path) -> CrackMask | None:
        """Read where the cracks are in an upright photo, (H, W); empty for a sound one, None if not known.

        A mask belongs to the pixels as they are stored, and is turned with them.

        Raises
        ------
        DataError
            If mask or photo cannot be read, or the mask has another size.
        """
        mask = self.masks.get(photo)
        if mask is None and self.cracked[photo]:
            return None
        header = read_header(photo, str(photo))
        stored = Sample(photo, mask, self.name, photo.stem).read_mask(header.size)
        return upright(stored, header.orientation)


def read_truth(path: Path, photos: Sequence[Path] = ()) -> Truth:
    """Read which photos are cracked.

    Parameters
    ----------
    path
        A folder of class folders such as ``crack/`` and ``nocrack/``; a table of path and label, whose paths
        start from its own folder or are the last parts of those of ``photos``; or a set with ``images/``
        and ``masks/`` or ``labels.csv``: a photo is cracked there when any pixel of its mask is.
    photos
        Those that are asked about.

    Raises
    ------
    DataError
        If it is nothing of that, is damaged, or knows no photo.
    """
    kind = recognise(path)
    if kind == "canonical":
        truth = _of_set(path)
    elif kind in _FORMATS:
        truth = _of_labels(path, kind, photos)
    else:
        raise DataError(
            f"{path} does not say which photos are cracked; expected folders such as crack/ and nocrack/, "
            "a table of path and label, or a set with masks or labels.csv"
        )
    if not truth.cracked:
        raise DataError(f"{path} says of no photo whether it is cracked; expected labels or masks")
    return truth


def _of_set(root: Path) -> Truth:
    photos = read_folder(root)
    known = {photo.image.resolve(): photo.is_cracked(photo.read_mask()) for photo in photos}
    masks = {photo.image.resolve(): photo.mask for photo in photos if photo.mask is not None}
    cracked = {path: is_cracked for path, is_cracked in known.items() if is_cracked is not None}
    return Truth(root.resolve().name, cracked, masks)


def _of_labels(path: Path, kind: str, photos: Sequence[Path]) -> Truth:
    given = tuple(photo.resolve() for photo in photos)
    labelled = READERS[kind](path, ReadOptions(given=given))
    cracked = {
        photo.image.resolve(): photo.label.is_cracked
        for photo in labelled.photos
        if isinstance(photo.image, Path) and isinstance(photo.label, Verdict)
    }
    return Truth(labelled.name, cracked, findings=labelled.findings)
