"""Choose thresholds and the least size of a crack on validation groups, never on test data.

The two levels of the hysteresis are chosen by mean IoU on the sources with exact labels; then the least
length and confidence of a crack by false alarms on photos without cracks, at a bounded loss of IoU.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from crackwise.arrays import CrackMask, ProbabilityMap, Rgb
from crackwise.crack.mask import find_cracks
from crackwise.crack.measure import measure
from crackwise.crack.network import trace
from crackwise.crack.sections import EdgeMap
from crackwise.crack.select import Cracks, keep_cracks
from crackwise.score.metrics import iou
from crackwise.training.samples import SourceSamples, choose_validation, read_labelled

HIGH = (0.5, 0.6, 0.7, 0.8, 0.9)
LOW = (0.2, 0.3, 0.4, 0.5)
MIN_LENGTH_PX = (0.0, 15.0, 25.0, 40.0)
MIN_CONFIDENCE = (0.0, 0.5, 0.6, 0.7, 0.8)
MIN_AREA_PX = 30
ALLOWED_LOSS = 0.01
"""Mean IoU on validation photos that may be given up against false alarms."""

Predict = Callable[[Rgb], ProbabilityMap]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the card says about thresholds, with the validation figures that they reach."""

    threshold_high: float
    threshold_low: float
    min_area_px: int
    min_length_px: float
    min_confidence: float
    scores: dict[str, float]


@dataclass(frozen=True, slots=True)
class Case:
    """One validation photo: its source, predicted probability, label and pixels to leave out, (H, W) each.

    ``decides`` is True where the levels are chosen.
    """

    source: str
    probability: ProbabilityMap
    line: CrackMask
    unknown: CrackMask
    decides: bool

    @property
    def is_clean(self) -> bool:
        """True when nothing is labelled."""
        return not (self.line.any() or self.unknown.any())


def calibrate(predict: Predict, sources: Sequence[SourceSamples], most: int) -> Calibration:
    """Choose on the validation groups.

    Parameters
    ----------
    predict
        (H, W, 3) uint8 → (H, W) probability.
    sources
        Their validation samples are used, at most ``most`` of each.
    """
    deciding = deciding_sources(sources)
    cases = [case for source in sources for case in read_cases(predict, source, most, source in deciding)]
    high, low = max(
        ((high, low) for high, low in product(HIGH, LOW) if low <= high),
        key=lambda levels: mean_iou(cases, [_threshold(case, *levels) for case in cases]),
    )
    found = [_find(case, high, low) for case in cases]
    least = mean_iou(cases, [cracks.mask for cracks in found]) - ALLOWED_LOSS
    length, confidence = min(
        product(MIN_LENGTH_PX, MIN_CONFIDENCE),
        key=lambda limits: _cost(cases, _keep(found, *limits), least, limits[0]),
    )
    scores = _scores(cases, _keep(found, length, confidence))
    return Calibration(high, low, MIN_AREA_PX, length, confidence, scores)


def deciding_sources(sources: Sequence[SourceSamples]) -> list[SourceSamples]:
    """Choose the sources with exact labels; all that have labels where none are exact."""
    labelled = [source for source in sources if source.recipe.kind != "negatives"]
    return [source for source in labelled if source.recipe.labels == "exact"] or labelled


def read_cases(predict: Predict, source: SourceSamples, most: int, decides: bool) -> list[Case]:
    """Predict the validation photos of one source."""
    cases = []
    for sample in choose_validation(source, most):
        image, line, unknown = read_labelled(sample, source.recipe)
        cases.append(Case(source.recipe.name, predict(image), line, unknown, decides))
    return cases


def mean_iou(cases: Sequence[Case], masks: Sequence[CrackMask]) -> float:
    """Average over the deciding sources of the average over their photos."""
    by_source = _iou_by_source([(case, mask) for case, mask in zip(cases, masks) if case.decides])
    return float(np.mean([np.mean(values) for values in by_source.values()]))


def _iou_by_source(pairs: Sequence[tuple[Case, CrackMask]]) -> dict[str, list[float]]:
    by_source: dict[str, list[float]] = {}
    for case, mask in pairs:
        by_source.setdefault(case.source, []).append(iou(mask & ~case.unknown, case.line))
    return by_source


def _threshold(case: Case, high: float, low: float) -> CrackMask:
    return find_cracks(case.probability, high=high, low=low, min_area_px=MIN_AREA_PX)


def _find(case: Case, high: float, low: float) -> Cracks:
    mask = _threshold(case, high, low)
    network = trace(mask, edge=EdgeMap(case.probability, low))
    return Cracks(mask, network, measure(network, mask, probability=case.probability))


def _keep(found: Sequence[Cracks], length_px: float, confidence: float) -> list[CrackMask]:
    return [keep_cracks(one, min_length_px=length_px, min_confidence=confidence).mask for one in found]


def _false_photos(cases: Sequence[Case], masks: Sequence[CrackMask]) -> int:
    """Count photos without cracks on which something is reported."""
    return sum(bool(mask.any()) for case, mask in zip(cases, masks) if case.is_clean)


def _cost(
    cases: Sequence[Case], masks: Sequence[CrackMask], least_iou: float, length_px: float
) -> tuple[bool, int, float, float]:
    """Order limits: those that keep the IoU, by false photos, then the longest least length, then by IoU.

    Length before IoU, because few clean scenes are at hand and short marks are what is false in others.
    """
    reached = mean_iou(cases, masks)
    return reached < least_iou, _false_photos(cases, masks), -length_px, -reached


def _scores(cases: Sequence[Case], masks: Sequence[CrackMask]) -> dict[str, float]:
    by_source = _iou_by_source(list(zip(cases, masks)))
    scores = {f"validation_iou/{source}": round(float(np.mean(v)), 4) for source, v in by_source.items()}
    scores["validation_photos_without_cracks"] = sum(case.is_clean for case in cases)
    scores["validation_photos_falsely_marked"] = _false_photos(cases, masks)
    return scores
