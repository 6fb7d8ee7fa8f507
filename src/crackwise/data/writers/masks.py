"""Folders of photos and masks: ``images/`` and ``masks/``, 0 and 255, with the sub-folders of the set."""

from pathlib import Path

from crackwise.data.finding import Finding
from crackwise.data.labelled import LabelledSet
from crackwise.data.names import tree_stems
from crackwise.data.stream import OnPhoto
from crackwise.data.writers.options import DEFAULTS, WriteOptions
from crackwise.data.writers.placed import Placing, write_photo
from crackwise.files import new_folder, write_image


def write_masks(
    labelled: LabelledSet, out: Path, options: WriteOptions = DEFAULTS, on_photo: OnPhoto | None = None
) -> tuple[Finding, ...]:
    """Write ``masks/<stem>.png``; a photo of which no mask is known gets none.

    Returns
    -------
    What was left out, a photo each.

    Raises
    ------
    DataError
        If no photo at all can be used.
    OutputError
        If ``out`` is in use or cannot be written.
    """
    placing = Placing(labelled, on_photo)
    stems = tree_stems(photo.name for photo in labelled.photos)
    with new_folder(out) as folder:
        for _, stem, placed in placing.each(stems):
            if options.with_photos:
                write_photo(placed, folder / "images", stem)
            if placed.mask is not None:
                write_image(folder / "masks" / f"{stem}.png", placed.mask)
    return tuple(placing.findings)
