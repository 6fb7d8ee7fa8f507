"""Whether what a recipe names lies below ``--data``, told before a training begins, with what to do."""

from collections.abc import Sequence
from pathlib import Path

from crackwise.data.dataset import Sample
from crackwise.data.pictures import read_header
from crackwise.errors import DataError, PhotoError


def check_sizes(samples: Sequence[Sample], root: Path) -> None:
    """Refuse masks of another size than their photo; headers alone are read, broken ones left to the reading.

    Raises
    ------
    DataError
        If there are any; it names the first.
    """
    sizes = [(one, _size(one.image), _size(one.mask)) for one in samples if one.mask is not None]
    odd = [(one, size, other) for one, size, other in sizes if size and other and size != other]
    if odd:
        first, (height, width), (mask_height, mask_width) = odd[0]
        raise DataError(
            f"{len(odd)} of {len(sizes)} masks of {root} have another size than their photo, first "
            f"{first.mask} is {mask_width}×{mask_height} but its photo is {width}×{height}; re-export them: "
            f"crackwise data check {root} lists them all"
        )


def _size(picture: Path | None) -> tuple[int, int] | None:
    """Give (H, W) as it is stored; None where the header cannot be read."""
    try:
        return read_header(picture, str(picture)).size if picture else None
    except PhotoError:
        return None
