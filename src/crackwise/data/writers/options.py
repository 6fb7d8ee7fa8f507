"""What a user may choose about annotations that are written."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How annotations are written.

    Parameters
    ----------
    category
        Name that the cracks get.
    with_photos
        Copy the photos beside the annotations, as the tool expects them.
    simplify_px
        How far an outline may leave the edge of the mask, for fewer points to drag; 0 is exact.
    """

    category: str = "crack"
    with_photos: bool = True
    simplify_px: float = 0.0


DEFAULTS = WriteOptions()
