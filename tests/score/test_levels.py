"""Truth: by hand on a few pixels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tinyphotos import row, truth

from crackwise.levels import lowest_marked, marked, to_levels, to_probability
from crackwise.score.levels import (
    THRESHOLD_LEVELS,
    THRESHOLDS,
    count_levels,
    from_each_level_on,
    spread,
)


@pytest.mark.parametrize(("probability", "level"), [(0, 0), (1, 255), (0.5, 128), (0.2, 51), (0.001, 0)])
def test_a_level_is_the_probability_times_255_rounded(probability: float, level: int) -> None:
    assert to_levels(np.full((1, 1), probability, np.float32))[0, 0] == level


def test_levels_give_the_probability_back_within_half_a_level() -> None:
    probability = np.linspace(0, 1, 1001, dtype=np.float32)[None]
    assert to_probability(to_levels(probability)) == pytest.approx(probability, abs=0.5 / 255 + 1e-6)


@given(st.floats(0.01, 0.99), st.floats(0, 1))
def test_a_threshold_acts_within_two_thousandths_of_its_place(threshold: float, probability: float) -> None:
    is_marked = marked(to_levels(np.full((1, 1), probability, np.float32)), threshold)[0, 0]
    if abs(probability - threshold) > 0.0021:
        assert is_marked == (probability > threshold)


def test_a_threshold_of_a_half_marks_from_level_128() -> None:
    assert lowest_marked(0.5) == 128
    assert marked(row(127, 128), 0.5).tolist() == [[False, True]]


def test_the_standard_thresholds_are_99_and_differ_in_what_they_mark() -> None:
    assert (THRESHOLDS[0], THRESHOLDS[-1], len(THRESHOLDS)) == (0.01, 0.99, 99)
    assert len(set(THRESHOLD_LEVELS.tolist())) == 99


def test_pixels_are_counted_at_their_level_and_summed_from_it_on() -> None:
    counts = count_levels(row(0, 3, 3, 255), truth("##.#"))
    assert (counts[0], counts[3], counts[255], counts.sum()) == (1, 1, 1, 3)
    summed = from_each_level_on(counts)
    assert (summed[0], summed[1], summed[3], summed[4], summed[255]) == (3, 2, 2, 1, 1)


def test_levels_spread_within_a_disk() -> None:
    levels = np.zeros((7, 7), np.uint8)
    levels[3, 3] = 9
    assert int((spread(levels, 1.9) == 9).sum()) == 9  # the square: corners are 1.41 px away
    assert int((spread(levels, 1.0) == 9).sum()) == 5
    assert int((spread(levels, 0.5) == 9).sum()) == 1
