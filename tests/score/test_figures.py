"""Truth: counted by hand on photos of a few pixels, or by geometry."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays
from tinyphotos import counted, figure, row, stacked, truth

from crackwise.score.figures import FIGURES, known_figures
from crackwise.score.formulas import photo_columns
from crackwise.score.stack import Stack
from linewalls import line

# one photo: 2 found, 1 false, 1 missed, 4 sound; the other: 0 found, 0 false, 1 missed, 3 sound
FIRST = (row(255, 255, 255, 0, 0, 0, 0, 0), truth("##.#...."))
SECOND = (row(0, 0, 0, 0), truth("#..."))
SOUND = (row(0, 0), truth(".."))
FALSE = (row(255, 0, 0, 0), truth("...."))

BY_HAND = {
    "iou_mean": (2 / 4 + 0) / 2,
    "dice_mean": (4 / 6 + 0) / 2,
    "precision_mean": (2 / 3 + 1) / 2,
    "recall_mean": (2 / 3 + 0) / 2,
    "accuracy_mean": (6 / 8 + 3 / 4) / 2,
    "iou_with_background_mean": ((2 / 4 + 4 / 6) / 2 + (0 + 3 / 4) / 2) / 2,
    "iou_pooled": 2 / 5,
    "dice_pooled": 4 / 7,
    "precision_pooled": 2 / 3,
    "recall_pooled": 2 / 4,
    "accuracy_pooled": 9 / 12,
    "iou_with_background_pooled": (2 / 5 + 7 / 10) / 2,
    "false_px_per_photo": 1 / 2,
    "missed_px_per_photo": 2 / 2,
}


@pytest.mark.parametrize(("name", "expected"), BY_HAND.items())
def test_figures_of_pixels_are_those_counted_by_hand(name: str, expected: float) -> None:
    assert figure(name, FIRST, SECOND) == pytest.approx(expected)


@pytest.mark.parametrize("name", [name for name, one in FIGURES.items() if one.kind == "share"])
def test_a_perfect_prediction_scores_one_in_every_share(name: str) -> None:
    levels = line(10).astype(np.uint8) * 255
    expected = 1.0 if name != "aiu" else pytest.approx(1.0)
    assert figure(name, (levels, line(10)), (levels, line(10))) == expected


@pytest.mark.parametrize("name", ["false_px_per_photo", "missed_px_per_photo", "hd95_mean_px"])
def test_a_perfect_prediction_scores_nought_in_every_count(name: str) -> None:
    assert figure(name, (line(10), line(10))) == 0


OVER_THRESHOLDS = ("ods", "ois", "ois_pooled", "ap", "ods_edges", "ois_edges", "ap_edges")


@pytest.mark.parametrize(
    "name", [name for name, one in FIGURES.items() if one.kind == "share" and name not in OVER_THRESHOLDS]
)
def test_nothing_true_and_nothing_marked_scores_one(name: str) -> None:
    assert figure(name, SOUND) == 1


@pytest.mark.parametrize("name", OVER_THRESHOLDS)
def test_what_is_best_over_thresholds_is_not_defined_without_a_crack_in_the_set(name: str) -> None:
    everywhere = (np.full((2, 3), 250, np.uint8), np.zeros((2, 3), bool))
    assert np.isnan(figure(name, SOUND))
    assert np.isnan(figure(name, everywhere, SOUND))
    assert figure(name, SOUND, SURE) == 1


def test_a_photo_without_a_crack_has_an_ois_of_one_where_the_highest_threshold_marks_nothing() -> None:
    assert figure("ois", (row(251), truth(".")), SURE) == (1 + 1) / 2
    assert figure("ois", (row(255), truth(".")), SURE) == (0 + 1) / 2


RANKING = (row(255, 200, 150, 100, 50), truth("#.#.#"))  # crack is first, third and fifth


def test_average_precision_of_a_known_ranking() -> None:
    assert figure("ap", RANKING) == pytest.approx((1 / 1 + 2 / 3 + 3 / 5) / 3)


def test_ods_of_a_known_ranking_is_the_best_f1_of_its_cuts() -> None:
    cuts = [2 * 1 / (1 + 3), 2 * 1 / (2 + 3), 2 * 2 / (3 + 3), 2 * 2 / (4 + 3), 2 * 3 / (5 + 3)]
    assert figure("ods", RANKING) == pytest.approx(max(cuts))


# alone each photo is perfect at its own threshold; together a low one marks the second photo's false pixel
SURE = (row(200, 100), truth("#."))
UNSURE = (row(50, 0), truth("#."))


def test_ods_takes_one_threshold_for_all_and_ois_one_for_each_photo() -> None:
    assert figure("ods", SURE, UNSURE) == pytest.approx(2 * 2 / (3 + 2))
    assert figure("ois", SURE, UNSURE) == 1
    assert figure("ois_pooled", SURE, UNSURE) == 1


def test_pooled_ois_marks_as_little_as_it_can_where_every_threshold_is_wrong() -> None:
    everywhere = (np.array([[255, 30]], np.uint8), truth(".."))
    assert figure("ois_pooled", SURE, everywhere) == pytest.approx(2 * 1 / (2 + 1))


def test_aiu_averages_the_iou_over_99_thresholds() -> None:
    # level 128 is marked by the 50 thresholds up to 0.50
    assert figure("aiu", (row(128, 1), truth("#."))) == pytest.approx(50 / 99)


@pytest.mark.parametrize(("shift_px", "expected"), [(0, 1), (3, 1), (4, 0)])
def test_the_edge_benchmarks_forgive_three_quarters_of_a_percent_of_the_diagonal(
    shift_px: int, expected: float
) -> None:
    shape = (300, 400)  # the diagonal is 500 px, the tolerance 3.75
    levels = line(100 + shift_px, shape=shape).astype(np.uint8) * 254
    pair = (levels, line(100, shape=shape))
    assert figure("ods_edges", pair) == figure("ois_edges", pair) == expected
    # marking all of the photo finds all of the line, with a precision of the tolerated 178 of 120,000 px
    assert figure("ap_edges", pair) == pytest.approx(expected, abs=0.0015)
    assert figure("ods", pair) == (shift_px == 0)


def test_hd95_is_averaged_over_the_photos() -> None:
    assert figure("hd95_mean_px", (line(10), line(13)), (line(10), line(10))) == pytest.approx(3 / 2)


def test_false_alarms_are_counted_on_photos_without_cracks_only() -> None:
    photos = (FIRST, FALSE, SOUND)
    assert figure("false_area_share", *photos) == pytest.approx(1 / (4 + 2))
    assert figure("false_crack_share", *photos) == 1 / 2
    assert figure("false_large_share", *photos) == 0


def test_a_tool_that_counts_cracks_is_believed_and_one_that_does_not_is_judged_by_its_mask() -> None:
    silent = [counted(row(255, 0), truth(".."), cracks=0), counted(row(0, 0), truth(".."), cracks=2)]
    share = FIGURES["false_crack_share"].compute(Stack.of(silent, 50), np.ones((1, 2)))
    assert share[0] == 1 / 2
    assert Stack.of(silent, 50).reports_crack.tolist() == [0, 1]


def test_a_large_false_mark_is_above_the_stated_area() -> None:
    at_limit, above = np.zeros((10, 60), bool), np.zeros((10, 60), bool)
    at_limit[0, :50], above[0, :51] = True, True
    nothing = np.zeros((10, 60), bool)
    assert figure("false_large_share", (at_limit, nothing), (above, nothing)) == 1 / 2


def test_masks_have_no_figures_over_thresholds() -> None:
    assert "ods" not in known_figures(stacked((line(10), line(10))))
    assert "ods" in known_figures(stacked(RANKING))


def test_figures_need_what_they_are_counted_from() -> None:
    bare = Stack.of([counted(*RANKING, protocols=("pixels", "thresholds"))], 50)
    protocols = {one.protocol for one in known_figures(bare).values()}
    assert protocols == {"pixels", "thresholds"}
    assert "false_area_share" not in known_figures(bare), "no photo is without cracks"


def test_columns_of_the_photos_are_named_and_of_their_length() -> None:
    columns = photo_columns(stacked((FIRST[0] > 0, FIRST[1]), (SECOND[0] > 0, SECOND[1])))
    assert columns["iou"].tolist() == [0.5, 0]
    assert columns["recall"].tolist() == pytest.approx([2 / 3, 0])
    assert "aiu" not in columns, "the predictions are binary"


MASKS = arrays(bool, (6, 7))


@settings(max_examples=25)
@given(MASKS, MASKS)
def test_overlap_does_not_care_which_mask_is_the_truth(first: np.ndarray, second: np.ndarray) -> None:
    for name in ("iou_pooled", "dice_pooled", "accuracy_pooled", "iou_with_background_mean", "hd95_mean_px"):
        assert figure(name, (first, second)) == pytest.approx(figure(name, (second, first))), name
    assert figure("precision_pooled", (first, second)) == figure("recall_pooled", (second, first))


@settings(max_examples=25)
@given(arrays(np.uint8, (6, 7)), MASKS)
def test_every_share_lies_between_nought_and_one_and_best_is_best(
    levels: np.ndarray, true: np.ndarray
) -> None:
    values = {
        name: figure(name, (levels, true))
        for name, one in FIGURES.items()
        if one.kind == "share" and (true.any() or name not in OVER_THRESHOLDS)
    }
    assert all(0 <= value <= 1 for value in values.values())
    if true.any():
        assert values["ods"] >= values["dice_pooled"] - 1e-12
        assert values["ods_edges"] >= values["ods"] - 1e-12
    assert values["mask_f1_5px"] >= values["mask_f1_2px"] - 1e-12 >= values["dice_pooled"] - 2e-12


def test_judging_at_another_threshold_needs_no_second_look() -> None:
    low = stacked(RANKING).at(0.2)  # marks 255, 200, 150, 100
    assert low.pixels.tolist() == [[2, 2, 1, 0]]
    assert "mask_f1_2px" not in known_figures(low)


def test_the_docs_list_every_figure_with_its_definition_and_source() -> None:
    text = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text(encoding="utf-8")
    rows = [row for row in text.splitlines() if row.startswith("| `") and row.split("`")[1] in FIGURES]
    assert rows == [
        f"| `{name}` | {one.protocol} | {one.title}: {one.definition} | {one.source} |"
        for name, one in FIGURES.items()
    ]


def test_a_line_too_fat_by_less_than_the_tolerance_is_right_to_the_edge_benchmarks() -> None:
    shape = (300, 400)
    fat = sum(line(row, shape=shape).astype(np.uint8) for row in range(98, 103)) * np.uint8(254)
    assert figure("ods_edges", (fat, line(100, shape=shape))) == 1
    assert figure("ods", (fat, line(100, shape=shape))) == pytest.approx(2 * 20 / (100 + 20))
