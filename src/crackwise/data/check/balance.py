"""How much of a set is crack, and the class weights that follow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from crackwise.data.check.look import Look


@dataclass(frozen=True, slots=True)
class Balance:
    """Cracked against sound, in photos and in pixels.

    Parameters
    ----------
    cracked, undamaged, unlabelled
        Photos.
    crack_share
        Share of crack among the pixels of all photos with a mask or known to show no crack; None without any,
        and where a cracked photo has no mask.
    inverse_frequency
        (w0, w1), N / (2 N_c) for sound and crack pixels: with ``w = y·w1 + (1 − y)·w0`` both classes weigh
        the same and the mean weight is 1. The recipe `unige-unet` trains with such weights.
    median_frequency
        (w0, w1), median frequency through frequency, each class counted where it occurs (Eigen and Fergus
        2015, doi:10.1109/ICCV.2015.304).
    """

    cracked: int
    undamaged: int
    unlabelled: int
    crack_share: float | None
    inverse_frequency: tuple[float, float] | None
    median_frequency: tuple[float, float] | None

    @property
    def cracked_share(self) -> float | None:
        """Share of the labelled photos that show cracks."""
        labelled = self.cracked + self.undamaged
        return self.cracked / labelled if labelled else None


def balance_of(looks: Sequence[Look]) -> Balance:
    """Weigh the photos of a set."""
    verdicts = [look.is_cracked for look in looks]
    counted = _counted(looks)
    crack, total = sum(crack for crack, _ in counted), sum(area for _, area in counted)
    has_both = 0 < crack < total
    return Balance(
        verdicts.count(True),
        verdicts.count(False),
        verdicts.count(None),
        crack / total if total else None,
        (total / (2 * (total - crack)), total / (2 * crack)) if has_both else None,
        _median_frequency(counted) if has_both else None,
    )


def _counted(looks: Sequence[Look]) -> list[tuple[int, int]]:
    """Count (crack, all) pixels of the photos of which both are known; none if a cracked one has no mask."""
    if any(look.photo.mask is None and look.is_cracked for look in looks):
        return []
    return [
        (look.known_crack_pixels, look.size[0] * look.size[1])
        for look in looks
        if look.known_crack_pixels is not None and look.size is not None
    ]


def _median_frequency(counted: Iterable[tuple[int, int]]) -> tuple[float, float]:
    parts = [((area - crack, area), (crack, area)) for crack, area in counted]
    frequencies = []
    for number in (0, 1):
        present = [pair[number] for pair in parts if pair[number][0] > 0]
        frequencies.append(sum(own for own, _ in present) / sum(area for _, area in present))
    middle = median(frequencies)
    return middle / frequencies[0], middle / frequencies[1]
