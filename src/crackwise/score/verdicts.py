"""How good verdicts are that say whether a photo or tile shows a crack at all, and how sure that is.

N photos or tiles, each with the truth and a probability of a crack; from ``threshold`` on it is called
cracked. A figure is None where it is not defined, such as the recall of a class that does not occur.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crackwise.errors import DataError

CALIBRATION_BINS = 10
"""Equal bins of probability, [0, 0.1), [0.1, 0.2) … [0.9, 1]."""

_NEUTRAL_THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What is true and what was said, in the same order.

    Parameters
    ----------
    names
        N names of photos or tiles.
    cracked
        (N,) bool, the truth.
    probability
        (N,) float32 in [0, 1], of a crack.
    """

    names: tuple[str, ...]
    cracked: NDArray[np.bool_]
    probability: NDArray[np.float32]

    def __post_init__(self) -> None:
        assert len(self.names) == len(self.cracked) == len(self.probability)

    @property
    def exact_probability(self) -> NDArray[np.float64]:
        """The same probabilities; beside float32 numpy would round a threshold to float32 as well."""
        return self.probability.astype(np.float64)

    def called_cracked(self, threshold: float) -> NDArray[np.bool_]:
        """Say which are called cracked, (N,)."""
        return np.asarray(self.exact_probability >= threshold)


@dataclass(frozen=True, slots=True)
class ClassScores:
    """Figures of one class: precision, recall, their harmonic mean, and how many are truly of it."""

    precision: float | None
    recall: float | None
    f1: float | None
    support: int


@dataclass(frozen=True, slots=True)
class Confusion:
    """Numbers of photos: cracked and called so, cracked but not called so, wrongly called so, rightly not."""

    found: int
    missed: int
    false: int
    sound: int


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """The photos whose probability lies in a bin; mean and share are None where there are none."""

    low: float
    high: float
    count: int
    mean_probability: float | None
    cracked_share: float | None


@dataclass(frozen=True, slots=True)
class VerdictScores:
    """Figures of merit of verdicts.

    Parameters
    ----------
    threshold
        From which probability on a photo is called cracked.
    crack, sound
        Figures of either class.
    confusion
        Numbers of photos.
    accuracy
        Share of right verdicts.
    balanced_accuracy
        Mean of the recalls of both classes; None when one is missing.
    roc_auc
        Share of the pairs of a cracked and a sound photo in which the cracked one has the higher
        probability, equal ones counted half (Mann–Whitney); None when one class is missing.
    average_precision
        Σ (Rᵢ - Rᵢ₋₁) Pᵢ over all distinct probabilities from the highest down, without interpolation;
        None without a cracked photo.
    brier
        Mean squared difference of probability and truth (0 or 1).
    calibration_error
        Expected calibration error: Σ nᵢ / N · |mean probability - share of cracked| over CALIBRATION_BINS.
    calibration
        The bins themselves.
    """

    threshold: float
    crack: ClassScores
    sound: ClassScores
    confusion: Confusion
    accuracy: float
    balanced_accuracy: float | None
    roc_auc: float | None
    average_precision: float | None
    brier: float
    calibration_error: float
    calibration: tuple[CalibrationBin, ...]


@dataclass(frozen=True, slots=True)
class RocCurve:
    """Shares of sound and of cracked photos that are called cracked as the threshold falls, from 0 to 1."""

    false_share: tuple[float, ...]
    found_share: tuple[float, ...]


def judge_verdicts(verdicts: Verdicts, threshold: float) -> VerdictScores:
    """Compare verdicts with the truth.

    Raises
    ------
    DataError
        If there are none.
    """
    _check(verdicts)
    confusion = _confusion(verdicts, threshold)
    crack = _class_scores(confusion.found, confusion.false, confusion.missed)
    sound = _class_scores(confusion.sound, confusion.missed, confusion.false)
    bins = _calibration_bins(verdicts)
    known = crack.recall is not None and sound.recall is not None
    return VerdictScores(
        threshold=threshold,
        crack=crack,
        sound=sound,
        confusion=confusion,
        accuracy=(confusion.found + confusion.sound) / len(verdicts.names),
        balanced_accuracy=((crack.recall or 0.0) + (sound.recall or 0.0)) / 2 if known else None,
        roc_auc=_roc_auc(verdicts),
        average_precision=_average_precision(verdicts),
        brier=float(np.mean((verdicts.exact_probability - verdicts.cracked) ** 2)),
        calibration_error=_calibration_error(bins),
        calibration=bins,
    )


def best_verdict_threshold(verdicts: Verdicts) -> float:
    """Choose the threshold with the highest balanced accuracy, on validation photos.

    All thresholds between two neighbouring probabilities give the same verdicts: the middle is taken. Of
    several gaps that are equally good, the one whose middle is nearest to 0.5 is taken, the higher of two
    as near. It is 0.5 where all probabilities are equal.

    Raises
    ------
    DataError
        If not both classes occur.
    """
    _check(verdicts)
    if verdicts.cracked.all() or not verdicts.cracked.any():
        raise DataError("no threshold can be chosen without photos both with and without a crack")
    found, false, levels = _cumulative(verdicts)
    balanced = (found[:-1] / found[-1] + 1 - false[:-1] / false[-1]) / 2
    if not len(balanced):
        return _NEUTRAL_THRESHOLD
    middles = (levels[:-1] + levels[1:]) / 2
    best = np.flatnonzero(np.isclose(balanced, balanced.max(), rtol=0, atol=1e-12))
    distances = np.abs(middles[best] - _NEUTRAL_THRESHOLD)
    nearest = best[np.isclose(distances, distances.min(), rtol=0, atol=1e-12)]
    return float(middles[nearest].max())


def roc_curve(verdicts: Verdicts) -> RocCurve | None:
    """Give the points of the ROC curve at each distinct probability; None when one class is missing."""
    found, false, _ = _cumulative(verdicts)
    if not found[-1] or not false[-1]:
        return None
    shares = [np.concatenate([[0.0], counts / counts[-1]]).tolist() for counts in (false, found)]
    return RocCurve(tuple(shares[0]), tuple(shares[1]))


def _check(verdicts: Verdicts) -> None:
    if not verdicts.names:
        raise DataError("there is no photo with a verdict to judge; name photos and their truth")


def _confusion(verdicts: Verdicts, threshold: float) -> Confusion:
    called, true = verdicts.called_cracked(threshold), verdicts.cracked
    pairs = (called & true, ~called & true, called & ~true, ~called & ~true)
    return Confusion(*(int(pair.sum()) for pair in pairs))


def _class_scores(right: int, wrong: int, missed: int) -> ClassScores:
    """Give the figures of a class; none where it does not occur, as all that is called so is wrong then."""
    if not right + missed:
        return ClassScores(None, None, None, 0)
    return ClassScores(
        precision=_share(right, right + wrong),
        recall=_share(right, right + missed),
        f1=_share(2 * right, 2 * right + wrong + missed),
        support=right + missed,
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _cumulative(verdicts: Verdicts) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Count cracked and sound photos of at least each distinct probability, from the highest down."""
    levels, place = np.unique(verdicts.exact_probability, return_inverse=True)
    cracked = np.bincount(place[verdicts.cracked], minlength=len(levels))
    sound = np.bincount(place[~verdicts.cracked], minlength=len(levels))
    return np.cumsum(cracked[::-1]), np.cumsum(sound[::-1]), levels[::-1]


def _roc_auc(verdicts: Verdicts) -> float | None:
    """Count the pairs in which the cracked photo has the higher probability; ties are half a pair."""
    found, false, _ = _cumulative(verdicts)
    pairs = int(found[-1]) * int(false[-1])
    cracked, sound = np.diff(found, prepend=0), np.diff(false, prepend=0)
    won = np.sum(cracked * (false[-1] - false + sound / 2))
    return float(won) / pairs if pairs else None


def _average_precision(verdicts: Verdicts) -> float | None:
    found, false, _ = _cumulative(verdicts)
    if not found[-1]:
        return None
    gained = np.diff(found, prepend=0) / found[-1]
    return float(np.sum(gained * found / (found + false)))


def _calibration_bins(verdicts: Verdicts) -> tuple[CalibrationBin, ...]:
    probability = verdicts.exact_probability
    place = np.minimum((probability * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    return tuple(
        _calibration_bin(number, probability[place == number], verdicts.cracked[place == number])
        for number in range(CALIBRATION_BINS)
    )


def _calibration_bin(
    number: int, probability: NDArray[np.float64], cracked: NDArray[np.bool_]
) -> CalibrationBin:
    is_empty = not len(probability)
    return CalibrationBin(
        low=number / CALIBRATION_BINS,
        high=(number + 1) / CALIBRATION_BINS,
        count=len(probability),
        mean_probability=None if is_empty else float(probability.mean()),
        cracked_share=None if is_empty else float(cracked.mean()),
    )


def _calibration_error(bins: tuple[CalibrationBin, ...]) -> float:
    total = sum(one.count for one in bins)
    gaps = (one.count * abs((one.mean_probability or 0.0) - (one.cracked_share or 0.0)) for one in bins)
    return sum(gaps) / total
