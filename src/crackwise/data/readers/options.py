"""What a user may say about an annotation file that the file does not say itself."""

from dataclasses import dataclass
from pathlib import Path

from crackwise.data.categories import ALL_CRACKS, Categories
from crackwise.data.dataset import CRACK_ABOVE


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How annotations are read.

    Parameters
    ----------
    photos
        Folder of the photos, where they are not beside the annotations.
    categories
        Which categories are cracks.
    line_width_px
        How wide a line drawn along a crack is painted; tools store no width.
    mask_names
        Name of the mask of a photo, with ``{stem}`` or ``{name}``: ``{stem}_mask.png``.
    threshold
        Grey levels above this are crack in a mask file.
    name
        Of the set; its folder's name when None.
    given
        Photos that a table may also name by the end of their path.
    """

    photos: Path | None = None
    categories: Categories = ALL_CRACKS
    line_width_px: float = 3.0
    mask_names: str = "{stem}.png"
    threshold: int = CRACK_ABOVE
    name: str | None = None
    given: tuple[Path, ...] = ()


DEFAULTS = ReadOptions()
