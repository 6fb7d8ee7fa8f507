"""What a user leaves open comes from the card; what follows from a threshold follows it."""

import pytest

from crackwise.inspection.settings import Settings
from tinymodel import tiny_card

CARD = tiny_card(threshold_high=0.8, threshold_low=0.4, min_confidence=0.6)


@pytest.mark.parametrize(
    ("threshold", "low", "confidence"),
    [(None, 0.4, 0.6), (0.8, 0.4, 0.6), (0.4, 0.2, 0.3), (0.96, 0.48, 0.6)],
)
def test_below_the_threshold_of_the_card_all_levels_fall_with_it(threshold, low, confidence):
    found = Settings(threshold=threshold).resolved(CARD)
    assert (found.threshold_low, found.min_confidence) == (pytest.approx(low), pytest.approx(confidence))


def test_a_stated_confidence_stays():
    assert Settings(threshold=0.4, min_confidence=0.5).resolved(CARD).min_confidence == 0.5
