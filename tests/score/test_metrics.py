"""Truth: counted by hand on masks of a few pixels."""

import numpy as np
import pytest

from crackwise.arrays import CrackMask
from crackwise.score.metrics import (
    Counts,
    centreline_counts,
    grown_overlap,
    hausdorff_95_px,
    iou,
    largest_component_px,
    mask_counts,
)

EMPTY = np.zeros((40, 40), bool)


def _pixels(*places: tuple[int, int]) -> CrackMask:
    mask = EMPTY.copy()
    for place in places:
        mask[place] = True
    return mask


def _line(row: int, length_px: int = 20) -> CrackMask:
    mask = EMPTY.copy()
    mask[row, 10 : 10 + length_px] = True
    return mask


def test_iou_is_the_common_part_of_the_united_part() -> None:
    assert iou(_pixels((0, 0), (0, 1), (0, 2)), _pixels((0, 1), (0, 2), (0, 3))) == 2 / 4


def test_iou_is_one_where_nothing_is_to_be_found_and_nothing_is_found() -> None:
    assert iou(EMPTY, EMPTY) == 1


@pytest.mark.parametrize(("predicted", "true"), [(EMPTY, _line(5)), (_line(5), EMPTY)])
def test_iou_and_f1_are_zero_where_only_one_mask_is_empty(predicted: CrackMask, true: CrackMask) -> None:
    assert iou(predicted, true) == 0
    assert mask_counts(predicted, true).f1 == 0
    assert centreline_counts(predicted, true, 5).f1 == 0


def test_counts_of_empty_masks_are_perfect() -> None:
    assert mask_counts(EMPTY, EMPTY) == Counts(0, 0, 0, 0)
    assert Counts().precision == Counts().recall == Counts().f1 == 1


def test_precision_is_of_the_marked_and_recall_of_the_true() -> None:
    counts = mask_counts(_pixels((0, 0), (0, 1), (0, 2), (0, 3)), _pixels((0, 3), (0, 4)))
    assert counts == Counts(1, 4, 1, 2)
    assert (counts.precision, counts.recall) == (1 / 4, 1 / 2)
    assert counts.f1 == pytest.approx(2 * 1 / (4 + 2))  # Dice


def test_a_line_shifted_by_one_pixel_is_missed_without_tolerance_and_found_with_one() -> None:
    assert mask_counts(_line(5), _line(6)) == Counts(0, 20, 0, 20)
    assert mask_counts(_line(5), _line(6), 1) == Counts(20, 20, 20, 20)


def test_tolerance_is_a_disk_and_no_square() -> None:
    diagonal = _pixels((5, 5)), _pixels((6, 6))  # 1.41 px apart
    assert mask_counts(*diagonal, 1).marked_right == 0
    assert mask_counts(*diagonal, 2).marked_right == 1


def test_tolerance_counts_both_sides_by_their_own_pixels() -> None:
    whole, half = _line(5, 20), _line(5, 10)
    assert mask_counts(half, whole, 2) == Counts(10, 10, 12, 20)
    assert mask_counts(whole, half, 2) == Counts(12, 20, 10, 10)


@pytest.mark.parametrize(("tolerance_px", "found"), [(1, 0), (2, 20), (5, 20)])
def test_a_centreline_two_pixels_away_is_found_from_a_tolerance_of_two(tolerance_px: int, found: int) -> None:
    assert centreline_counts(_line(10), _line(12), tolerance_px) == Counts(found, 20, found, 20)


def test_centreline_counts_do_not_punish_a_thick_mask() -> None:
    thick = EMPTY.copy()
    thick[8:13, 10:30] = True
    counts = centreline_counts(thick, _line(10), 2)
    assert counts.marked < 25, "the skeleton of the bar, not its 100 pixels"
    assert counts.precision == 1
    assert counts.recall >= 18 / 20  # a skeleton ends up to half a width early, the tolerance makes up for it
    assert mask_counts(thick, _line(10)).precision == 20 / 100


def test_the_grown_overlap_is_of_a_disk_of_49_pixels() -> None:
    # rows of a disk of radius 4: 1 + 5 + 7 + 7 + 9 + 7 + 7 + 5 + 1
    assert grown_overlap(_pixels((20, 20)), _pixels((20, 20)), 4) == (49, 49)


def test_the_grown_overlap_of_disks_shifted_by_one_pixel_loses_one_pixel_a_row() -> None:
    assert grown_overlap(_pixels((20, 20)), _pixels((20, 21)), 4) == (49 - 9, 49 + 9)


def test_the_grown_overlap_of_distant_and_of_empty_masks() -> None:
    assert grown_overlap(_pixels((10, 10)), _pixels((30, 30)), 4) == (0, 98)
    assert grown_overlap(EMPTY, EMPTY, 4) == (0, 0)
    assert grown_overlap(_pixels((10, 10)), EMPTY, 4) == (0, 49)


def test_pixels_that_touch_at_a_corner_are_one_component() -> None:
    assert largest_component_px(_pixels((1, 1), (2, 2), (3, 1), (10, 10), (10, 11))) == 3


def test_an_empty_mask_has_no_component() -> None:
    assert largest_component_px(EMPTY) == 0


def test_pooling_weighs_pixels_and_not_photos() -> None:
    right, wrong = Counts(1, 1, 1, 1), Counts(0, 9, 0, 4)
    pooled = right + wrong
    assert pooled == Counts(1, 10, 1, 5)
    assert pooled.precision == 1 / 10  # the mean of the two photos would be 1/2
    assert pooled.recall == 1 / 5


def test_f1_is_zero_where_nothing_is_right() -> None:
    assert Counts(0, 3, 0, 4).f1 == 0


def test_hd95_of_shifted_lines_is_the_shift() -> None:
    assert hausdorff_95_px(_line(10), _line(17)) == pytest.approx(7)


def test_hd95_is_the_distance_that_95_of_100_outline_pixels_keep() -> None:
    # 95 pixels lie on each other and 5 at rising distances; the larger ones are above the percentile
    first, second = np.zeros((40, 120), bool), np.zeros((40, 120), bool)
    first[5, :100] = True
    second[5, :96] = True
    # distances: first to second 0 for 96, then 1, 2, 3, 4; second to first 0 for 96; of 196 the 95 % are 0
    assert hausdorff_95_px(first, second) == 0
    second[5, 80:96] = False
    # first to second: 80 times 0, then 1 … 20; second to first: 80 times 0; the percentile of 180 numbers
    # is at place 0.95 · 179 = 170.05 of the sorted ones: 160 zeros, then 1 … 20 at places 160 … 179
    assert hausdorff_95_px(first, second) == pytest.approx(11.05)


def test_hd95_is_of_outlines_and_not_of_areas() -> None:
    block, hollow = np.zeros((40, 40), bool), np.zeros((40, 40), bool)
    block[10:30, 10:30] = True
    hollow[10:30, 10:30] = True
    hollow[11:29, 11:29] = False
    assert hausdorff_95_px(block, hollow) == pytest.approx(0, abs=1e-6)


def test_hd95_of_empty_masks_is_nought_and_of_one_empty_mask_the_diagonal() -> None:
    assert hausdorff_95_px(EMPTY, EMPTY) == 0
    assert hausdorff_95_px(EMPTY, _line(5)) == pytest.approx(40 * 2**0.5)
    assert hausdorff_95_px(_line(5), EMPTY) == pytest.approx(40 * 2**0.5)


def test_a_mask_at_the_border_of_the_photo_has_its_outline_there() -> None:
    whole = np.ones((10, 10), bool)
    corner = np.zeros((10, 10), bool)
    corner[0, 0] = True
    # of the 36 border pixels of the whole photo the farthest corner is 9·√2 away
    assert 9 < hausdorff_95_px(whole, corner) < 9 * 2**0.5
