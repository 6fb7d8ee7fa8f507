"""Truth: the known share of a coin, and scenes that are drawn as a whole."""

import numpy as np
import pytest
from tinyphotos import counted, row, truth

from crackwise.score.bootstrap import Bootstrap, Value, values, weightings
from crackwise.score.figures import FIGURES
from crackwise.score.stack import Stack

IOU = {"iou_mean": FIGURES["iou_mean"]}
RIGHT, WRONG = counted(row(255), truth("#"), protocols=()), counted(row(0), truth("#"), protocols=())


def interval(hits: list[bool], groups: list[str], seed: int = 0) -> Value:
    stack = Stack.of([RIGHT if hit else WRONG for hit in hits], 50)
    return values(stack, IOU, groups, Bootstrap(samples=300, seed=seed))["iou_mean"]


def test_the_interval_covers_the_true_share_about_as_often_as_it_says() -> None:
    share, photos, trials = 0.6, 60, 100
    rng = np.random.default_rng(7)
    names = [str(number) for number in range(photos)]
    covered = 0
    for trial in range(trials):
        found = interval((rng.random(photos) < share).tolist(), names, trial)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= share <= found.high
    # of 100 intervals of 95 %, below 87 or all of them happens in less than one case of a hundred
    assert 87 <= covered < 100


def test_the_value_lies_inside_and_a_larger_set_has_a_narrower_interval() -> None:
    few = interval([True, False] * 10, [str(number) for number in range(20)])
    many = interval([True, False] * 200, [str(number) for number in range(400)])
    assert few.value == many.value == 0.5
    assert few.low < many.low < 0.5 < many.high < few.high


def test_the_same_seed_gives_the_same_interval_and_another_another() -> None:
    hits, names = [True, False, True] * 9, [str(number) for number in range(27)]
    assert interval(hits, names, 3) == interval(hits, names, 3)
    assert interval(hits, names, 3) != interval(hits, names, 4)


def test_photos_of_one_scene_are_drawn_together() -> None:
    groups = ["a", "b", "a", "c", "b"]
    drawn = np.concatenate(list(weightings(groups, Bootstrap(samples=120))))
    assert drawn.shape == (120, 5)
    assert (drawn[:, 0] == drawn[:, 2]).all()
    assert (drawn[:, 1] == drawn[:, 4]).all()
    assert (drawn[:, [0, 1, 3]].sum(axis=1) == 3).all(), "as many scenes as there are"
    assert not (drawn[:, 0] == drawn[:, 1]).all()


def test_few_scenes_of_many_photos_have_a_wider_interval_than_as_many_single_photos() -> None:
    hits = [True] * 10 + [False] * 10
    single = interval(hits, [str(number) for number in range(20)])
    in_two = interval(hits, ["a"] * 10 + ["b"] * 10)
    assert (in_two.low, in_two.high) == (0, 1)
    assert single.low > 0.2


def test_one_scene_has_a_value_and_no_interval() -> None:
    assert interval([True, False], ["a", "a"]) == Value(0.5, None, None)


def test_a_figure_that_is_not_defined_has_no_value() -> None:
    stack = Stack.of([counted(row(9, 0), truth(".."))] * 3, 50)
    found = values(stack, {"ap": FIGURES["ap"]}, ["a", "b", "c"], Bootstrap(samples=20))
    assert found["ap"] == Value(None, None, None)


@pytest.mark.parametrize("samples", [1, 49, 50, 51])
def test_as_many_samples_are_drawn_as_asked(samples: int) -> None:
    assert sum(len(part) for part in weightings(["a", "b"], Bootstrap(samples=samples))) == samples
