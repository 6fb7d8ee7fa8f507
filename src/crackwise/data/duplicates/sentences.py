"""Turn what was found into pairs with a plain sentence."""

from collections.abc import Sequence

from crackwise.data.duplicates.copies import Copy
from crackwise.data.duplicates.near import NearDuplicate
from crackwise.data.duplicates.overlap import Overlap
from crackwise.data.duplicates.pair import Pair
from crackwise.data.duplicates.symmetry import SYMMETRIES

_COPIES = {
    "same file": "the files are the same byte for byte",
    "same pixels": "the files differ but hold the same picture pixel for pixel",
}


def pair_of_copy(copy: Copy, keys: Sequence[str]) -> Pair:
    """Describe an exact copy."""
    return Pair(keys[copy.original], keys[copy.copy], copy.kind, 1.0, _COPIES[copy.kind])


def pair_of_near(number: int, near: NearDuplicate, keys: Sequence[str]) -> Pair:
    """Describe a picture that comes again as a whole."""
    evidence = (
        f"the whole picture comes again, {SYMMETRIES[near.symmetry]}: "
        f"fine grey structure agrees with a correlation of {near.correlation:.2f}"
    )
    return Pair(keys[number], keys[near.other], "near duplicate", 1.0, evidence)


def pair_of_overlap(number: int, other: int, overlap: Overlap, keys: Sequence[str]) -> Pair:
    """Describe two pictures that show the same place."""
    mirrored = " when mirrored" if overlap.is_mirrored else ""
    evidence = (
        f"{overlap.share:.0%} of the smaller picture lies in the other{mirrored}: {overlap.inliers} details "
        f"lie in the same place, grey values agree there with a correlation of {overlap.correlation:.2f}"
    )
    return Pair(keys[number], keys[other], "overlap", overlap.share, evidence)
