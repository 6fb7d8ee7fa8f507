"""What is too short or too doubtful is counted nowhere, and not lost either."""

import numpy as np
import pytest

from crackwise.inspection.inspect import find_in_map
from crackwise.inspection.record import PossibleRecord
from crackwise.inspection.settings import Settings
from crackwise.levels import to_levels
from tinymodel import tiny_card

LONG, SHORT, DOUBTFUL = (
    (slice(20, 24), slice(20, 220)),
    (slice(60, 64), slice(20, 50)),
    (slice(100, 104), slice(20, 160)),
)


@pytest.fixture
def found():
    probability = np.zeros((140, 260), np.float32)
    probability[LONG], probability[SHORT], probability[DOUBTFUL] = 0.96, 0.96, 0.6
    probability[100:104, 80:86] = 0.96  # so that it is sought at all
    settings = Settings(threshold=0.9, min_length_px=60, min_confidence=0.8)
    card = tiny_card(threshold_high=0.9, threshold_low=0.5)
    return find_in_map(to_levels(probability), settings.resolved(card))


def test_what_is_left_out_is_possible_longest_first(found):
    assert [round(crack.length_px) for crack in found.measurements] == [200]
    doubtful, short = found.possible
    assert doubtful.length_px == pytest.approx(140, abs=2)
    assert doubtful.confidence == pytest.approx(0.6, abs=0.05)
    assert short.length_px == pytest.approx(30, abs=2)
    assert short.confidence == pytest.approx(0.96, abs=0.01)
    assert doubtful.width_px == pytest.approx(4, abs=0.5)


def test_the_paths_lie_on_the_marks(found):
    rows, cols = found.possible[0].paths[0].T
    assert rows == pytest.approx(101.5, abs=0.6)
    assert (cols.min(), cols.max()) == (pytest.approx(20, abs=2), pytest.approx(160, abs=2))
    assert not found.mask[DOUBTFUL].any()


def test_a_record_keeps_them_with_few_points(found):
    record = PossibleRecord.of(found.possible[0])
    assert PossibleRecord.model_validate_json(record.model_dump_json()) == record
    assert len(record.paths[0]) < 12
    assert record.paths[0][[0, -1]] == pytest.approx(found.possible[0].paths[0][[0, -1]], abs=0.6)
    assert PossibleRecord.of(found.possible[1]) != record


def test_lower_limits_count_them_all():
    probability = np.zeros((140, 260), np.float32)
    probability[LONG], probability[SHORT] = 0.96, 0.96
    card = tiny_card(threshold_high=0.9, threshold_low=0.5)
    kept = find_in_map(to_levels(probability), Settings(min_length_px=0, min_confidence=0.0).resolved(card))
    assert len(kept.measurements) == 2
    assert kept.possible == ()
