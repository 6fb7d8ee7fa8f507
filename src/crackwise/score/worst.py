"""The photos on which a tool does worst, as pictures to look at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crackwise.arrays import CrackMask, Rgb
from crackwise.levels import marked
from crackwise.score.judge import PhotoSet, Predict, truth
from crackwise.score.tally import PhotoTally


@dataclass(frozen=True, slots=True)
class Case:
    """One photo (H, W, 3), its true mask and the predicted one, (H, W) each."""

    tally: PhotoTally
    photo: Rgb
    true: CrackMask
    predicted: CrackMask


def photo_iou(tally: PhotoTally) -> float:
    """Give the IoU of one photo; 1 where nothing is true and nothing marked."""
    pixels = tally.pixels
    united = pixels.found + pixels.false + pixels.missed
    return pixels.found / united if united else 1.0


def worst_cracked(tallies: Sequence[PhotoTally], most: int) -> tuple[PhotoTally, ...]:
    """Give the photos with cracks of the lowest IoU, the worst first; of equals the one with more wrong."""
    cracked = [one for one in tallies if one.pixels.found + one.pixels.missed > 0]
    ranked = sorted(
        cracked, key=lambda one: (photo_iou(one), -one.pixels.false - one.pixels.missed, one.file)
    )
    return tuple(ranked[:most])


def worst_sound(tallies: Sequence[PhotoTally], most: int) -> tuple[PhotoTally, ...]:
    """Give the photos without cracks on which most area is marked, the worst first."""
    marked_ones = [
        one for one in tallies if one.pixels.found + one.pixels.missed == 0 and one.pixels.false > 0
    ]
    ranked = sorted(marked_ones, key=lambda one: (-one.pixels.false / (one.size[0] * one.size[1]), one.file))
    return tuple(ranked[:most])


def look_again(
    photo_set: PhotoSet, tallies: Sequence[PhotoTally], predict: Predict, threshold: float
) -> Iterator[Case]:
    """Predict photos once more, as no mask was kept; one at a time."""
    photos = {(photo.source, photo.file): photo for photo in photo_set.photos}
    for tally in tallies:
        photo = photos[tally.source, tally.file]
        image = photo.read_image()
        found = predict(photo, image)
        mask = marked(found.levels, threshold) if found.mask is None else found.mask
        yield Case(tally, image, truth(photo, image.shape), mask)
