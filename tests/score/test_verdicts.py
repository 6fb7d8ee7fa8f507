"""Truth: counted by hand on a few verdicts; the area under the ROC curve also by counting pairs."""

import numpy as np
import pytest

from crackwise.errors import DataError
from crackwise.score.verdicts import (
    ClassScores,
    Confusion,
    Verdicts,
    best_verdict_threshold,
    judge_verdicts,
    roc_curve,
)
from crackwise.score.verdictsfile import verdict_figures


def verdicts(cracked: list[int], probability: list[float]) -> Verdicts:
    names = tuple(f"{number}.jpg" for number in range(len(cracked)))
    return Verdicts(names, np.array(cracked, bool), np.array(probability, np.float32))


SIX = verdicts([1, 1, 1, 0, 0, 0], [0.95, 0.75, 0.25, 0.75, 0.125, 0.03])
"""Two cracks and one false alarm from 0.5 on."""


def test_verdicts_are_counted_by_class() -> None:
    scores = judge_verdicts(SIX, 0.5)
    assert scores.confusion == Confusion(found=2, missed=1, false=1, sound=2)
    assert scores.crack == ClassScores(precision=2 / 3, recall=2 / 3, f1=2 / 3, support=3)
    assert scores.accuracy == 4 / 6


def test_balanced_accuracy_counts_both_classes_alike() -> None:
    scores = judge_verdicts(verdicts([1, 0, 0, 0, 0], [0.2, 0.1, 0.1, 0.1, 0.9]), 0.5)
    assert scores.accuracy == 3 / 5
    assert scores.balanced_accuracy == (0 + 3 / 4) / 2
    assert scores.crack == ClassScores(precision=0.0, recall=0.0, f1=0.0, support=1)
    assert scores.sound == ClassScores(precision=3 / 4, recall=3 / 4, f1=3 / 4, support=4)


def test_a_probability_equal_to_the_threshold_is_called_cracked() -> None:
    assert judge_verdicts(SIX, 0.75).confusion == Confusion(found=2, missed=1, false=1, sound=2)
    assert judge_verdicts(SIX, 0.7500001).confusion == Confusion(found=1, missed=2, false=0, sound=3)


def test_figures_of_a_class_that_does_not_occur_are_not_known() -> None:
    scores = judge_verdicts(verdicts([0, 0], [0.1, 0.3]), 0.5)
    assert scores.crack == ClassScores(precision=None, recall=None, f1=None, support=0)
    assert scores.sound == ClassScores(precision=1, recall=1, f1=1, support=2)
    assert scores.accuracy == 1
    assert (scores.balanced_accuracy, scores.roc_auc, scores.average_precision) == (None, None, None)


def test_false_alarms_alone_tell_nothing_of_the_class_that_does_not_occur() -> None:
    scores = judge_verdicts(verdicts([0, 0], [0.1, 0.8]), 0.5)
    assert scores.crack == ClassScores(precision=None, recall=None, f1=None, support=0)
    assert scores.sound == ClassScores(precision=1, recall=1 / 2, f1=2 / 3, support=2)


def test_pairs_of_equal_probability_count_half_in_the_area_under_the_roc_curve() -> None:
    # of the nine pairs: 0.95 wins three; 0.75 wins two and ties one; 0.25 wins two and loses one
    assert judge_verdicts(SIX, 0.5).roc_auc == (3 + 2.5 + 2) / 9


def test_the_area_under_the_roc_curve_is_the_share_of_pairs_in_the_right_order() -> None:
    random = np.random.default_rng(4)
    cracked, levels = random.random(60) < 0.3, random.integers(0, 8, 60) / 8
    pairs = [(a > b) + (a == b) / 2 for a in levels[cracked] for b in levels[~cracked]]
    found = judge_verdicts(verdicts(cracked.tolist(), levels.tolist()), 0.5)
    assert found.roc_auc == pytest.approx(sum(pairs) / len(pairs), abs=1e-12)


@pytest.mark.parametrize(("probability", "area"), [([0.9, 0.1], 1.0), ([0.1, 0.9], 0.0), ([0.5, 0.5], 0.5)])
def test_the_area_is_one_in_the_right_order_zero_in_the_wrong_and_a_half_without_any(
    probability: list[float], area: float
) -> None:
    assert judge_verdicts(verdicts([1, 0], probability), 0.5).roc_auc == area


def test_the_roc_curve_has_a_point_for_each_distinct_probability() -> None:
    curve = roc_curve(SIX)
    assert curve is not None
    assert curve.false_share == (0, 0, 1 / 3, 1 / 3, 2 / 3, 1)
    assert curve.found_share == (0, 1 / 3, 2 / 3, 1, 1, 1)
    assert roc_curve(verdicts([1, 1], [0.1, 0.2])) is None


def test_average_precision_adds_precision_over_recall_with_ties_taken_at_once() -> None:
    # recall 1/3 at precision 1; 2/3 at 2/3 (the tie brings a false one along); 1 at 3/4
    assert judge_verdicts(SIX, 0.5).average_precision == pytest.approx(1 / 3 * (1 + 2 / 3 + 3 / 4))


def test_the_brier_score_is_the_mean_squared_error() -> None:
    scores = judge_verdicts(verdicts([1, 0], [0.75, 0.5]), 0.5)
    assert scores.brier == (0.25**2 + 0.5**2) / 2


def test_the_calibration_error_weighs_the_gap_of_each_bin_by_its_photos() -> None:
    scores = judge_verdicts(verdicts([1, 0, 1, 1], [0.125, 0.1875, 0.75, 1.0]), 0.5)
    by_low = {one.low: one for one in scores.calibration}
    assert (by_low[0.1].count, by_low[0.1].mean_probability, by_low[0.1].cracked_share) == (2, 0.15625, 0.5)
    assert (by_low[0.9].count, by_low[0.9].high) == (1, 1.0), "1 belongs to the last bin"
    assert (by_low[0.4].count, by_low[0.4].mean_probability, by_low[0.4].cracked_share) == (0, None, None)
    assert scores.calibration_error == (2 * (0.5 - 0.15625) + 1 * 0.25 + 1 * 0.0) / 4
    assert len(scores.calibration) == 10


def test_the_best_threshold_lies_in_the_middle_between_the_classes() -> None:
    assert best_verdict_threshold(verdicts([1, 1, 0, 0], [0.875, 0.75, 0.25, 0.125])) == 0.5
    assert best_verdict_threshold(verdicts([1, 0, 0], [0.125, 0.0625, 0.0])) == (0.125 + 0.0625) / 2


def test_the_best_threshold_takes_both_classes_alike_however_many_photos_they_have() -> None:
    # 0.3125 finds the only crack and lets one of nine through; calling none cracked would be right nine times
    many = verdicts([1] + [0] * 9, [0.375, 0.625] + [0.25] * 8)
    assert best_verdict_threshold(many) == (0.375 + 0.25) / 2


def test_of_equally_good_thresholds_the_one_nearest_to_a_half_is_taken() -> None:
    # from the top: one of two found, none false (0.75); then two found and one of two false (0.1875)
    assert best_verdict_threshold(verdicts([1, 0, 1, 0], [0.875, 0.625, 0.25, 0.125])) == 0.75
    # middles 0.75, 0.5 and 0.25: the outer two are equally good and equally near
    assert best_verdict_threshold(verdicts([1, 0, 1, 0], [0.875, 0.625, 0.375, 0.125])) == 0.75


def test_equal_probabilities_leave_the_threshold_at_a_half() -> None:
    assert best_verdict_threshold(verdicts([1, 0], [0.7, 0.7])) == 0.5


def test_a_threshold_between_neighbouring_numbers_parts_them() -> None:
    low = np.float32(0.3)
    neighbours = np.array([low, np.nextafter(low, np.float32(1))], np.float32)
    close = Verdicts(("a", "b"), np.array([False, True]), neighbours)
    assert judge_verdicts(close, best_verdict_threshold(close)).accuracy == 1


@pytest.mark.parametrize("cracked", [[1, 1], [0, 0]])
def test_no_threshold_is_chosen_without_both_classes(cracked: list[int]) -> None:
    with pytest.raises(DataError, match="both with and without a crack"):
        best_verdict_threshold(verdicts(cracked, [0.2, 0.4]))


def test_nothing_to_judge_is_said() -> None:
    with pytest.raises(DataError, match="no photo with a verdict"):
        judge_verdicts(verdicts([], []), 0.5)


def test_the_json_form_has_plain_names_and_six_decimals() -> None:
    content = verdict_figures(judge_verdicts(SIX, 0.5))
    assert content["crack"] == {"precision": 0.666667, "recall": 0.666667, "f1": 0.666667, "support": 3}
    assert content["confusion"] == {"found": 2, "missed": 1, "false": 1, "sound": 2}
    assert {"no_crack", "accuracy", "balanced_accuracy", "roc_auc", "average_precision", "brier"} < set(
        content
    )
    assert content["expected_calibration_error"] == round(judge_verdicts(SIX, 0.5).calibration_error, 6)
    assert [one["low"] for one in content["calibration"]] == [n / 10 for n in range(10)]
