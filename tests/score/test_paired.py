"""Truth: identical tools differ by nothing, and what is equally hard for both leaves the difference."""

import pytest
from tinyphotos import counted, row, truth

from crackwise.score.bootstrap import Bootstrap, Value
from crackwise.score.paired import differences
from crackwise.score.tally import PhotoTally

BOOTSTRAP = Bootstrap(samples=200)
NAMES = ("iou_mean", "dice_pooled")

WHOLE, HALF, NONE = (255, 255), (255, 0), (0, 0)
"""Of a crack of two pixels: IoU 1, 0.5 and 0; F1 1, 2/3 and 0."""


def tallies(*seen: tuple[int, int], names: str = "abcdefgh") -> list[PhotoTally]:
    return [counted(row(*levels), truth("##"), name=name, protocols=()) for levels, name in zip(seen, names)]


def test_identical_tools_differ_by_exactly_nothing() -> None:
    mine = tallies(WHOLE, HALF, NONE, HALF)
    found = differences(mine, tallies(WHOLE, HALF, NONE, HALF), NAMES, BOOTSTRAP)
    assert found == {name: Value(0.0, 0.0, 0.0) for name in NAMES}


def test_a_difference_is_the_tool_minus_the_reference() -> None:
    found = differences(tallies(WHOLE, WHOLE), tallies(HALF, NONE), NAMES, BOOTSTRAP)
    assert found["iou_mean"].value == pytest.approx(1 - 0.25)
    # pooled: 1 of 4 pixels is found and nothing false, F1 2 · 1 / (2 · 1 + 3)
    assert found["dice_pooled"].value == pytest.approx(1 - 0.4)


def test_what_is_hard_for_both_leaves_the_interval() -> None:
    mine = tallies(WHOLE, HALF, WHOLE, HALF, WHOLE, HALF)
    theirs = tallies(HALF, NONE, HALF, NONE, HALF, NONE)
    found = differences(mine, theirs, ["iou_mean"], BOOTSTRAP)["iou_mean"]
    better = pytest.approx((0.5, 0.5, 0.5))  # on every single photo
    assert (found.value, found.low, found.high) == better


def test_only_photos_that_both_were_judged_on_count() -> None:
    mine = tallies(WHOLE, HALF, names="ab")
    theirs = tallies(NONE, HALF, names="cb")
    assert differences(mine, theirs, NAMES, BOOTSTRAP)["iou_mean"].value == 0
    assert differences(mine, tallies(NONE, names="z"), NAMES, BOOTSTRAP) == {}


def test_photos_are_paired_by_name_and_not_by_place() -> None:
    mine = tallies(WHOLE, NONE, names="ab")
    assert differences(mine, mine[::-1], NAMES, BOOTSTRAP)["iou_mean"] == Value(0.0, 0.0, 0.0)


def test_a_figure_that_was_not_counted_for_both_is_left_out() -> None:
    mine = [counted(row(*WHOLE), truth("##"), protocols=("tolerance",))]
    theirs = [counted(row(*HALF), truth("##"), protocols=())]
    wanted = ("iou_mean", "centreline_f1_2px")
    assert differences(mine, theirs, wanted, BOOTSTRAP).keys() == {"iou_mean"}
    assert differences(mine, mine, wanted, BOOTSTRAP).keys() == set(wanted)
