"""Thresholds on cases whose best choice can be told by hand."""

import numpy as np
import pytest

from crackwise.training.calibrate import CLEAN, FALSELY_MARKED, QUALITY, Case, Validation, _best

SIZE = (40, 60)
CRACK = np.zeros(SIZE, bool)
CRACK[20, 5:55] = True
NOTHING = np.zeros(SIZE, bool)
SHORT = CRACK & (np.arange(60) < 15)


def case(name, line):
    return Case(name, np.zeros(SIZE, np.float32), line, NOTHING, has_exact_label=True)


def cases(clean):
    return [case("walls", CRACK), *(case("clean", NOTHING) for _ in range(clean))]


NEARLY = CRACK.copy()
NEARLY[20, 5] = False


def best(cases, tried):
    scores = {limits: [one.score(mask) for one, mask in zip(cases, masks)] for limits, masks in tried.items()}
    return _best(Validation(cases), scores)


LOOSE, STRICT = (0.5, 0.0, 0.0), (0.5, 40.0, 0.7)


@pytest.mark.parametrize(
    ("marked", "chosen"),
    [
        pytest.param(1, LOOSE, id="one of 20 photos without cracks may be marked"),
        pytest.param(2, STRICT, id="two of 20 may not"),
    ],
)
def test_the_best_limits_that_mark_few_clean_photos_are_chosen(marked, chosen):
    loose = [CRACK, *(CRACK if number < marked else NOTHING for number in range(20))]
    strict = [SHORT, *(NOTHING for _ in range(20))]
    assert best(cases(20), {LOOSE: loose, STRICT: strict}) == chosen


def test_where_every_choice_marks_too_many_the_fewest_are_chosen():
    loose = [CRACK, CRACK, CRACK, CRACK, CRACK]
    strict = [SHORT, CRACK, CRACK, NOTHING, NOTHING]
    assert best(cases(4), {LOOSE: loose, STRICT: strict}) == STRICT


def test_among_equals_the_strictest_is_chosen():
    same = [CRACK, NOTHING]
    assert best(cases(1), {LOOSE: same, STRICT: same, (0.5, 15.0, 0.4): same}) == STRICT


def test_limits_that_differ_less_than_photos_can_tell_are_equally_good():
    many = [case("walls", CRACK) for _ in range(30)]
    loose, strict = [CRACK] * 30, [NEARLY, *[CRACK] * 29]
    assert best(many, {LOOSE: loose, STRICT: strict}) == STRICT
    assert best(many, {LOOSE: loose, STRICT: [SHORT] * 30}) == LOOSE


def test_a_card_says_the_quality_that_decided():
    walls, clean = case("walls", CRACK), case("clean", NOTHING)
    scores = Validation([walls, clean]).card_scores([walls.score(CRACK), clean.score(CRACK)])
    assert (scores[QUALITY], scores[CLEAN], scores[FALSELY_MARKED]) == (1.0, 1, 1)


def test_the_quality_of_photos_without_any_crack_is_none():
    clean = case("clean", NOTHING)
    assert Validation([clean]).quality([clean.score(NOTHING)]) == 0.0
