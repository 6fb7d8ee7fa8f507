"""Side by side: the same part of a photo, its truth, and what each contender marked. H rows, W columns."""

import hashlib
from collections.abc import Sequence

from crackwise.arrays import CrackMask, Rgb
from crackwise.report.case_pictures import differences
from crackwise.report.comparison_facts import Picture
from crackwise.report.pictures import FULL_COLOUR, fullest_part, jpeg
from crackwise.score.tally import PhotoTally
from crackwise.score.worst import Case, photo_iou

CUT_PX = 384
"""Of a larger photo this much is shown, since hairlines could not be seen otherwise."""

_QUALITY = 85


def choose_photos(
    cracked: Sequence[PhotoTally], sound: Sequence[PhotoTally], most: int
) -> tuple[PhotoTally, ...]:
    """Choose photos by the hash of their names: without a look at any result, in whatever order they come.

    At most a third of them show no crack, as far as there are enough others.
    """
    without = min(len(sound), max(most // 3, most - len(cracked)))
    return (*sorted(cracked, key=_hash)[: most - without], *sorted(sound, key=_hash)[:without])


def given_panels(photo: Rgb, true: CrackMask) -> tuple[Picture, Picture]:
    """Draw a photo and its truth."""
    part = shown_part(true)
    marked = differences(photo[part], true[part], true[part])
    cut = "" if true[part].shape == true.shape else "part of "
    size = f"{cut}{true.shape[1]}×{true.shape[0]} px"
    return Picture(_jpeg(photo[part]), size), Picture(
        _jpeg(marked), "truth" if true.any() else "truth: no crack"
    )


def contender_panel(name: str, case: Case) -> Picture:
    """Draw what a contender found, missed and marked falsely; the figure is that of the whole photo."""
    part = shown_part(case.true)
    picture = differences(case.photo[part], case.true[part], case.predicted[part])
    if case.true.any():
        return Picture(_jpeg(picture), f"{name}: IoU {photo_iou(case.tally):.3f}")
    share = case.tally.pixels.false / case.true.size
    return Picture(_jpeg(picture), f"{name}: {f'{100 * share:.2f} %' if share else 'nothing'} marked")


def shown_part(true: CrackMask) -> tuple[slice, slice]:
    """Choose the window of a truth (H, W) with most true pixels, the same for every contender."""
    return fullest_part(true, CUT_PX)


def _hash(photo: PhotoTally) -> str:
    return hashlib.sha256(f"{photo.source}/{photo.file}".encode("utf-8", "surrogateescape")).hexdigest()


def _jpeg(panel: Rgb) -> bytes:
    return jpeg(panel, _QUALITY, *FULL_COLOUR)
