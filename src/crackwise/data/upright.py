"""Labels drawn over the photo as programs show it."""

from dataclasses import dataclass

from crackwise.arrays import CrackMask
from crackwise.data.labelled import Label


@dataclass(frozen=True, slots=True)
class Upright:
    """A label of the upright photo, turned as its Exif block says, whatever its size.

    Where the tool is known to turn photos (LabelMe, CVAT, ``crackwise inspect``) this settles what the size
    cannot: a photo that was taken upside down, or a square one.
    """

    label: Label

    @property
    def size(self) -> tuple[int, int] | None:
        """(H, W) of the photo as the label says; None where it does not."""
        return stated_size(self.label)

    def mask(self, size: tuple[int, int]) -> CrackMask | None:
        """Give the mask of the upright photo."""
        return self.label.mask(size)


def stated_size(label: Label) -> tuple[int, int] | None:
    """Return (H, W) of the photo that a label was drawn over, where the label says it.

    Raises
    ------
    DataError
        If the label is a file that cannot be read.
    """
    size: tuple[int, int] | None = getattr(label, "size", None)
    return size
