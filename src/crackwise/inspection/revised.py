"""A photo of a run whose record changes though it is not measured again."""

from dataclasses import dataclass

from crackwise.arrays import CrackMask
from crackwise.inspection.record import InspectionRecord
from crackwise.photo import Photo


@dataclass(frozen=True, slots=True)
class Revised:
    """What is written and drawn of such a photo.

    Parameters
    ----------
    photo
        As it is drawn on.
    mask
        (H, W), of the cracks that are counted.
    record
        The same without pixels.
    region
        (H, W), where the photo was inspected; None for all of it.
    """

    photo: Photo
    mask: CrackMask
    record: InspectionRecord
    region: CrackMask | None
