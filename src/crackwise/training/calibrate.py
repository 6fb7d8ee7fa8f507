"""Choose thresholds and the least size of a crack on validation groups, never on test data.

Every validation photo is looked at three times: as it is, at half its size, where its cracks are as thin as
in a photo from twice the distance, and around a crack at triple size, where they are wide. The lower level of
the hysteresis is chosen by quality: IoU where labels are exact, and centreline F1, which a fat label does not
spoil. Upper level, least length and least confidence are then the best by quality among those that mark at
most a stated share of the photos without cracks; among those that are as good the strictest are chosen, as
photos without cracks that nobody has seen are harder than these.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import CrackMask, Floats, Levels, ProbabilityMap, Rgb
from crackwise.crack.mask import find_cracks
from crackwise.crack.measure import measure
from crackwise.crack.network import trace
from crackwise.crack.sections import EdgeMap
from crackwise.crack.select import Cracks, keep_cracks
from crackwise.levels import to_levels
from crackwise.score.metrics import Counts, centreline_counts, iou
from crackwise.training.sources import SourceSamples, choose_validation, read_labelled
from crackwise.zooms import Zooms

LOW = (0.2, 0.3, 0.4, 0.5)
HIGH = (0.5, 0.7, 0.9)
MIN_LENGTH_PX = (0.0, 15.0, 25.0, 40.0)
MIN_CONFIDENCE = (0.0, 0.4, 0.5, 0.6, 0.7, 0.8)
MIN_AREA_PX = 30
ALLOWED_FALSE = 0.05
"""Share of the validation photos without cracks that may be marked."""

AS_GOOD = 0.002
"""Quality within which limits count as equally good: less than the validation photos can tell apart."""

TOLERANCE_PX = 2

QUALITY = "validation quality"
CLEAN, FALSELY_MARKED = "validation views without cracks", "validation views falsely marked"
"""Among the scores of a card: what decides between limits, and between the checkpoints of a run."""

Predict = Callable[[Rgb], ProbabilityMap]
Limits: TypeAlias = tuple[float, float, float]
"""Upper threshold, least length in px, least confidence."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the card says about thresholds, with the validation figures that they reach."""

    threshold_high: float
    threshold_low: float
    min_area_px: int
    min_length_px: float
    min_confidence: float
    scores: dict[str, float]
    zooms: Zooms = field(default_factory=Zooms)

    @property
    def merit(self) -> tuple[bool, float]:
        """Say whether few photos without cracks are marked, and the quality; the greater, the better."""
        return self.scores[FALSELY_MARKED] <= ALLOWED_FALSE * self.scores[CLEAN], self.scores[QUALITY]

    @property
    def summary(self) -> str:
        """Say the same in words."""
        marked, clean = (int(self.scores[name]) for name in (FALSELY_MARKED, CLEAN))
        return (
            f"validation quality {self.scores[QUALITY]:.3f}, {marked} of {clean} views without cracks marked"
        )


@dataclass(frozen=True, slots=True)
class Case:
    """One validation photo: its set, predicted levels, label and pixels to leave out, (H, W) each.

    ``set_name`` is the source, with ``at half size`` or ``at triple size`` where it was scaled.
    """

    set_name: str
    levels: Levels
    line: CrackMask
    unknown: CrackMask
    has_exact_label: bool

    @property
    def is_clean(self) -> bool:
        """True when nothing is labelled."""
        return not (self.line.any() or self.unknown.any())

    def score(self, mask: CrackMask) -> "Score":
        """Compare (H, W) with the label."""
        counts = centreline_counts(mask, self.line | self.unknown, TOLERANCE_PX)
        return Score(iou(mask & ~self.unknown, self.line), counts, bool(mask.any()))


@dataclass(frozen=True, slots=True)
class Score:
    """How a mask of a case compares with its label: IoU, pixels of both centrelines, whether it marks any."""

    iou: float
    centreline: Counts
    has_marks: bool


def calibrate(predict: Predict, sources: Sequence[SourceSamples], most: int) -> Calibration:
    """Choose on the validation groups.

    Parameters
    ----------
    predict
        (H, W, 3) uint8 → (H, W) probability.
    sources
        Their validation samples are used, at most ``most`` of each.
    """
    cases = [case for source in sources for case in read_cases(predict, source, most)]
    validation = Validation(cases)
    low = max(LOW, key=lambda level: validation.quality([_at_threshold(case, level) for case in cases]))
    tried: dict[Limits, list[Score]] = {}
    for case in cases:
        for limits, score in _within_limits(case, low):
            tried.setdefault(limits, []).append(score)
    chosen = _best(validation, tried)
    high, length, confidence = chosen
    return Calibration(high, low, MIN_AREA_PX, length, confidence, validation.card_scores(tried[chosen]))


def _best(validation: "Validation", tried: Mapping[Limits, Sequence["Score"]]) -> Limits:
    """Choose the strictest limits as good as the best that mark few photos without cracks, or the fewest."""
    marked = {limits: validation.false_photos(scores) for limits, scores in tried.items()}
    most = max(min(marked.values()), ALLOWED_FALSE * validation.clean_photos)
    reached = {
        limits: validation.quality(scores) for limits, scores in tried.items() if marked[limits] <= most
    }
    return max(limits for limits in reached if reached[limits] >= max(reached.values()) - AS_GOOD)


def read_cases(predict: Predict, source: SourceSamples, most: int) -> list[Case]:
    """Predict the validation photos of one source: as they are, at half size, and a part at triple size."""
    name, is_exact = source.recipe.name, source.recipe.labels == "exact"
    cases: list[Case] = []

    def add(at_size: str, image: Rgb, line: CrackMask, unknown: CrackMask) -> None:
        cases.append(Case(name + at_size, to_levels(predict(image)), line, unknown, is_exact))

    for sample in choose_validation(source, most):
        image, line, unknown = read_labelled(sample, source.recipe)
        add("", image, line, unknown)
        half = _halve(image)
        half_line = _halve(line.astype(np.float32)) >= 0.5
        half_unknown = (_halve((line | unknown).astype(np.float32)) > 0) & ~half_line
        add(" at half size", half, half_line, half_unknown)
        if line.any():
            add(" at triple size", *(_tripled(values, line) for values in (image, line, unknown)))
    return cases


class Validation:
    """What scores of all cases say, one for each in the same order.

    Parameters
    ----------
    cases
        Validation photos.
    """

    def __init__(self, cases: Sequence[Case]) -> None:
        self._names = [case.set_name for case in cases]
        self._is_clean = [case.is_clean for case in cases]
        self._exact = {case.set_name: case.has_exact_label for case in cases if not case.is_clean}

    @property
    def clean_photos(self) -> int:
        """Number of cases without cracks."""
        return sum(self._is_clean)

    def false_photos(self, scores: Sequence[Score]) -> int:
        """Count cases without cracks on which something is reported."""
        return sum(score.has_marks for score, is_clean in zip(scores, self._is_clean) if is_clean)

    def quality(self, scores: Sequence[Score]) -> float:
        """Average over the sets with labels: centreline F1, and where labels are exact its mean with IoU.

        0 where no set has any.
        """
        figures = {name: found for name, found in self._figures(scores).items() if name in self._exact}
        each = [(f1 + mean) / 2 if self._exact[name] else f1 for name, (mean, f1) in figures.items()]
        return float(np.mean(each)) if each else 0.0

    def card_scores(self, scores: Sequence[Score]) -> dict[str, float]:
        """Give the figures that a model card holds."""
        shown: dict[str, float] = {}
        for name, (mean, f1) in self._figures(scores).items():
            shown[f"validation IoU, {name}"] = round(mean, 4)
            shown[f"validation centreline F1 at 2 px, {name}"] = round(f1, 4)
        shown[QUALITY] = round(self.quality(scores), 4)
        shown[CLEAN] = self.clean_photos
        shown[FALSELY_MARKED] = self.false_photos(scores)
        return shown

    def _figures(self, scores: Sequence[Score]) -> dict[str, tuple[float, float]]:
        """Give mean IoU and pooled centreline F1 of each set, by name."""
        found: dict[str, list[Score]] = {}
        for name, score in zip(self._names, scores):
            found.setdefault(name, []).append(score)
        return {
            name: (
                float(np.mean([one.iou for one in each])),
                sum((one.centreline for one in each), Counts()).f1,
            )
            for name, each in found.items()
        }


def _halve(values: Rgb | Floats) -> NDArray[Any]:
    size = (values.shape[1] // 2, values.shape[0] // 2)
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA))


def _tripled(values: Any, line: CrackMask) -> Any:
    """Enlarge the third of a photo, or of a mask, around the middle pixel of its crack to full size."""
    rows, cols = np.nonzero(line)
    H, W = line.shape
    top = int(np.clip(rows[len(rows) // 2] - H // 6, 0, H - H // 3))
    left = int(np.clip(cols[len(rows) // 2] - W // 6, 0, W - W // 3))
    part = values[top : top + H // 3, left : left + W // 3]
    if part.dtype == np.bool_:
        return cv2.resize(part.astype(np.float32), (W, H), interpolation=cv2.INTER_LINEAR) >= 0.5
    return cv2.resize(part, (W, H), interpolation=cv2.INTER_CUBIC)


def _at_threshold(case: Case, level: float) -> Score:
    found = find_cracks(case.levels, high=max(level, HIGH[0]), low=level, min_area_px=MIN_AREA_PX)
    return case.score(found.mask())


def _within_limits(case: Case, low: float) -> Iterator[tuple[Limits, Score]]:
    """Score what all limits leave of a case; what most leave the same is scored once."""
    known: dict[bytes, Score] = {}
    for high in HIGH:
        found = _find(case, high, low)
        for length, confidence in product(MIN_LENGTH_PX, MIN_CONFIDENCE):
            mask = keep_cracks(found, min_length_px=length, min_confidence=confidence).mask
            key = np.packbits(mask).tobytes()
            if key not in known:
                known[key] = case.score(mask)
            yield (high, length, confidence), known[key]


def _find(case: Case, high: float, low: float) -> Cracks:
    regions = find_cracks(case.levels, high=high, low=low, min_area_px=MIN_AREA_PX)
    network = trace(regions, edge=EdgeMap.of_levels(case.levels, low))
    return Cracks(regions, network, measure(network, regions, levels=case.levels))
