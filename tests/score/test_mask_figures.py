"""Truth: figures of whole masks, counted by hand on lines of one pixel's width."""

from collections.abc import Sequence

import numpy as np
import pytest
from skimage.morphology import skeletonize
from tinyphotos import figure

from crackwise.arrays import CrackMask
from crackwise.score.metrics import Counts, centreline_counts, grown_overlap, iou, mask_counts
from linewalls import line

EMPTY = np.zeros((40, 50), bool)
POOLED = ("precision_pooled", "recall_pooled", "dice_pooled", "mask_f1_2px")
OF_LINES = ("centreline_f1_2px", "centreline_f1_5px", "cliou_4px")


def test_a_perfect_prediction_scores_one_throughout() -> None:
    pairs = [(line(10), line(10)), (line(20), line(20))]
    assert {figure(name, *pairs) for name in ("iou_mean", *POOLED, *OF_LINES)} == {1}


def test_iou_is_the_mean_of_the_photos_and_f1_is_pooled() -> None:
    right = (line(10, length_px=1), line(10, length_px=1))
    wrong = (line(10, length_px=9), line(30, length_px=9))
    assert figure("iou_mean", right, wrong) == (1 + 0) / 2
    for name in ("precision_pooled", "recall_pooled", "dice_pooled"):
        assert figure(name, right, wrong) == pytest.approx(1 / 10)


def test_precision_and_recall_are_not_mixed_up() -> None:
    pair = (line(10, length_px=20), line(10, length_px=5))
    assert (figure("precision_pooled", pair), figure("recall_pooled", pair)) == (5 / 20, 1)


def test_a_photo_without_cracks_where_none_is_marked_raises_only_the_iou() -> None:
    pairs = [(line(10), line(30)), (EMPTY, EMPTY)]
    assert figure("iou_mean", *pairs) == 1 / 2
    assert figure("dice_pooled", *pairs) == figure("cliou_4px", *pairs) == 0


def test_photos_without_cracks_where_none_is_marked_score_one() -> None:
    assert {figure(name, (EMPTY, EMPTY)) for name in ("iou_mean", "dice_pooled", *OF_LINES)} == {1}


@pytest.mark.parametrize(
    ("shift_px", "mask_f1_2px", "centreline_f1_2px", "centreline_f1_5px"),
    [(1, 1, 1, 1), (2, 1, 1, 1), (3, 0, 0, 1), (5, 0, 0, 1), (6, 0, 0, 0)],
)
def test_a_shifted_line_is_found_within_the_tolerance_of_each_figure(
    shift_px: int, mask_f1_2px: float, centreline_f1_2px: float, centreline_f1_5px: float
) -> None:
    pair = (line(10), line(10 + shift_px))
    assert figure("iou_mean", pair) == figure("dice_pooled", pair) == 0
    assert figure("mask_f1_2px", pair) == mask_f1_2px
    assert figure("centreline_f1_2px", pair) == centreline_f1_2px
    assert figure("centreline_f1_5px", pair) == centreline_f1_5px


def test_centreline_iou_pools_disks_of_radius_four() -> None:
    # a disk of radius 4 has 49 pixels in 9 rows; a shift by a column costs each row one pixel
    point = line(20, length_px=1)
    shifted, same = (point, np.roll(point, 1, axis=1)), (point, point)
    assert figure("cliou_4px", shifted) == 40 / 58
    assert figure("cliou_4px", shifted, same) == (40 + 49) / (58 + 49)


def test_two_small_components_are_no_large_one() -> None:
    marked = np.zeros((10, 100), bool)
    marked[0, :40] = marked[5, :40] = True
    assert figure("false_large_share", (marked, np.zeros_like(marked))) == 0


def test_the_figures_are_those_that_the_definitions_give_photo_by_photo() -> None:
    rng = np.random.default_rng(1)
    pairs = [(rng.random((40, 50)) < 0.1, rng.random((40, 50)) < 0.05) for _ in range(4)]
    for name, expected in _plainly(pairs).items():
        assert figure(name, *pairs) == pytest.approx(expected, abs=1e-12), name


def _plainly(pairs: Sequence[tuple[CrackMask, CrackMask]]) -> dict[str, float]:
    pooled = sum((mask_counts(*pair) for pair in pairs), Counts())
    grown = [grown_overlap(skeletonize(found), skeletonize(true), 4) for found, true in pairs]
    return {
        "iou_mean": float(np.mean([iou(*pair) for pair in pairs])),
        "precision_pooled": pooled.precision,
        "recall_pooled": pooled.recall,
        "dice_pooled": pooled.f1,
        "mask_f1_2px": sum((mask_counts(*pair, 2) for pair in pairs), Counts()).f1,
        "centreline_f1_2px": sum((centreline_counts(*pair, 2) for pair in pairs), Counts()).f1,
        "centreline_f1_5px": sum((centreline_counts(*pair, 5) for pair in pairs), Counts()).f1,
        "cliou_4px": sum(common for common, _ in grown) / sum(united for _, united in grown),
    }
