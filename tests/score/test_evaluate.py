"""Truth: counted by hand on masks of a few pixels."""

from collections.abc import Iterator

import numpy as np
import pytest

from crackwise.arrays import CrackMask
from crackwise.errors import DataError
from crackwise.score.evaluate import LARGE_COMPONENT_PX, evaluate, false_alarms

EMPTY = np.zeros((40, 50), bool)


def _line(row: int, length_px: int = 20) -> CrackMask:
    mask = EMPTY.copy()
    mask[row, 10 : 10 + length_px] = True
    return mask


def _block(area_px: int, shape: tuple[int, int] = (10, 100)) -> CrackMask:
    mask = np.zeros(shape, bool)
    mask[0, :area_px] = True
    return mask


def test_a_perfect_prediction_scores_one_throughout() -> None:
    scores = evaluate([(_line(10), _line(10)), (_line(20), _line(20))])
    assert scores.photos == 2
    figures = (scores.iou, scores.precision, scores.recall, scores.f1, scores.mask_f1_2px)
    assert figures == (1, 1, 1, 1, 1)
    assert (scores.centreline_f1_2px, scores.centreline_f1_5px, scores.centreline_iou) == (1, 1, 1)


def test_iou_is_the_mean_of_the_photos_and_f1_is_pooled() -> None:
    right, wrong = (_line(10, 1), _line(10, 1)), (_line(10, 9), _line(30, 9))
    scores = evaluate([right, wrong])
    assert scores.iou == (1 + 0) / 2
    assert (scores.precision, scores.recall) == (1 / 10, 1 / 10)
    assert scores.f1 == pytest.approx(1 / 10)


def test_precision_and_recall_are_not_mixed_up() -> None:
    scores = evaluate([(_line(10, 20), _line(10, 5))])
    assert (scores.precision, scores.recall) == (5 / 20, 1)


def test_a_photo_without_cracks_where_none_is_marked_raises_only_the_iou() -> None:
    missed = (_line(10), _line(30))
    scores = evaluate([missed, (EMPTY, EMPTY)])
    assert scores.iou == 1 / 2
    assert (scores.f1, scores.centreline_iou) == (0, 0)


def test_photos_without_cracks_where_none_is_marked_score_one() -> None:
    scores = evaluate([(EMPTY, EMPTY)])
    assert (scores.iou, scores.f1, scores.centreline_f1_2px, scores.centreline_iou) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("shift_px", "mask_f1_2px", "centreline_f1_2px", "centreline_f1_5px"),
    [(1, 1, 1, 1), (2, 1, 1, 1), (3, 0, 0, 1), (5, 0, 0, 1), (6, 0, 0, 0)],
)
def test_a_shifted_line_is_found_within_the_tolerance_of_each_figure(
    shift_px: int, mask_f1_2px: float, centreline_f1_2px: float, centreline_f1_5px: float
) -> None:
    scores = evaluate([(_line(10), _line(10 + shift_px))])
    assert (scores.iou, scores.f1) == (0, 0)
    assert scores.mask_f1_2px == mask_f1_2px
    assert (scores.centreline_f1_2px, scores.centreline_f1_5px) == (centreline_f1_2px, centreline_f1_5px)


def test_centreline_iou_pools_disks_of_radius_four() -> None:
    # a disk of radius 4 has 49 pixels in 9 rows; a shift by a column costs each row one pixel
    shifted = (_line(20, 1), np.roll(_line(20, 1), 1, axis=1))
    same = (_line(20, 1), _line(20, 1))
    assert evaluate([shifted]).centreline_iou == 40 / 58
    assert evaluate([shifted, same]).centreline_iou == (40 + 49) / (58 + 49)


def test_photos_are_taken_one_at_a_time() -> None:
    def pairs() -> Iterator[tuple[CrackMask, CrackMask]]:
        yield _line(10), _line(10)
        yield np.ones((5, 5), bool), np.ones((5, 5), bool)

    assert evaluate(pairs()).photos == 2


def test_no_photo_is_refused() -> None:
    with pytest.raises(DataError, match="there are no photos to score"):
        evaluate([])
    with pytest.raises(DataError, match="no photos without cracks"):
        false_alarms([])


def test_false_alarms_are_counted_by_area_by_crack_and_by_component() -> None:
    at_limit, above = _block(LARGE_COMPONENT_PX), _block(LARGE_COMPONENT_PX + 1)
    alarms = false_alarms([(at_limit, 1), (above, 3), (_block(0), 0), (_block(0), 0)])
    assert alarms.photos == 4
    assert alarms.area_share == 101 / 4000
    assert alarms.with_crack == 2 / 4
    assert alarms.with_large_component == 1 / 4


def test_two_small_components_are_no_large_one() -> None:
    mask = _block(40)
    mask[5, :40] = True
    assert false_alarms([(mask, 2)]).with_large_component == 0


def test_false_area_is_pooled_over_photos_of_different_size() -> None:
    alarms = false_alarms([(np.ones((10, 10), bool), 1), (np.zeros((30, 30), bool), 0)])
    assert alarms.area_share == 100 / 1000
