"""Cracks out of a record and back, without a run folder."""

from dataclasses import replace

import numpy as np
import pytest

from crackwise.crack.components import find_components
from crackwise.crack.measure import summarise
from crackwise.crack.network import trace
from crackwise.inspection.inspect import HowFound, measure_found
from crackwise.inspection.record import InspectionRecord, NetworkRecord
from crackwise.inspection.settings import MeasuringSettings
from crackwise.inspection.struck import put_back, strike_out, struck_words
from crackwise.photo import as_photo
from crackwise.scale import Scale

NOW = "2026-03-01T10:00:00+01:00"
INSPECTED_PX = 5_000


def lines(*ends: int) -> np.ndarray:
    """Paint lines, the first the longest."""
    mask = np.zeros((120, 160), bool)
    for number, end in enumerate(ends):
        mask[20 + 30 * number : 24 + 30 * number, 10:end] = True
    return mask


def measured(mask: np.ndarray) -> InspectionRecord:
    grey = np.where(mask, 40, 170).astype(np.uint8)
    regions = find_components(mask)
    inspection = measure_found(
        as_photo(grey),
        regions,
        trace(regions),
        HowFound(MeasuringSettings()),
        scale=Scale(0.2, "given", 0.02),
        inspected_px=INSPECTED_PX,
    )
    return inspection.record("wall.png", "wall")


def test_what_stays_is_what_a_photo_without_the_struck_crack_has():
    record, mask = strike_out(measured(lines(150, 120, 90)), lines(150, 120, 90), {3: "joint"}, NOW)
    alone = measured(lines(150, 120))
    np.testing.assert_array_equal(mask, lines(150, 120))
    assert record.summary == replace(
        summarise(record.cracks, scale=record.scale, inspected_px=INSPECTED_PX),
        blur_px=record.summary.blur_px,
        smallest_width_px=record.summary.smallest_width_px,
        smallest_width_mm=record.summary.smallest_width_mm,
    )
    assert [crack.length_px for crack in record.cracks] == [crack.length_px for crack in alone.cracks]


@pytest.mark.parametrize("chosen", [{1: ""}, {2: "joint"}, {1: "a", 3: "b"}])
def test_back_and_forth_is_nothing_also_through_the_file(chosen):
    before, mask = measured(lines(150, 120, 90)), lines(150, 120, 90)
    struck, without = strike_out(before, mask, chosen, NOW)
    stored = InspectionRecord.model_validate_json(struck.model_dump_json())
    after, whole = put_back(stored, without, chosen)
    assert after == InspectionRecord.model_validate_json(before.model_dump_json())
    np.testing.assert_array_equal(whole, mask)


def test_numbers_that_are_not_struck_out_are_not_put_back():
    before, mask = measured(lines(150, 120)), lines(150, 120)
    after, same = put_back(before, mask, [1])
    assert after == before
    np.testing.assert_array_equal(same, mask)


def test_a_region_that_a_crack_that_stays_runs_through_stays():
    record, mask = measured(lines(150, 120)), lines(150, 120)
    (long, short) = record.network.branches
    beside = short.model_copy(update={"path": long.path[:20], "width_px": long.width_px[:20]})
    both = record.model_copy(
        update={"network": NetworkRecord(nodes=record.network.nodes, branches=[long, beside])}
    )
    struck, same = strike_out(both, mask, {2: ""}, NOW)
    np.testing.assert_array_equal(same, mask)
    assert [crack.crack for crack in struck.cracks] == [1]
    _, again = put_back(struck, same, [2])
    np.testing.assert_array_equal(again, mask)


def test_words_name_each_reason_once():
    reasons = {1: "bed joint", 2: "", 3: "bed joint"}
    record, _ = strike_out(measured(lines(150, 120, 90)), lines(150, 120, 90), reasons, NOW)
    assert struck_words(record.struck) == "3 marks struck out by hand: bed joint (1, 3); no reason given (2)"
