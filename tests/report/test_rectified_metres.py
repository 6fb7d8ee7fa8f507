"""A rectified photo tells finer widths near the camera: metres, prices and colours follow the crack."""

import numpy as np
import pytest

import crackwise
from crackwise.report.lengths import Quantities
from crackwise.report.width_colours import COLOURS, WidthColours
from crackwise.report.width_profile import WidthProfile
from crackwise.scale import Scale
from obliquephotos import MM_PER_PX, Tilted


@pytest.fixture(scope="module")
def tilted():
    photo = Tilted(45.0, 0.25, 0.9)
    return crackwise.measure(photo.rectified(), photo.mask(), scale=Scale(MM_PER_PX, "marker", 0.0))


def test_metres_count_with_the_width_that_is_told_of_their_crack(tilted):
    measurable = [crack for crack in tilted.cracks if crack.is_measurable]
    finer = [crack for crack in measurable if crack.width_p95_px < tilted.summary.smallest_width_px]
    assert finer, "near the camera narrower cracks are told than at the far side"
    quantities = Quantities.of([tilted.record("a.jpg", "a")], None, None)
    told_m = sum(crack.length_mm for crack in measurable) / 1000
    assert quantities.total.length_m - quantities.too_fine.length_m > 0.8 * told_m


def test_cracks_that_are_measured_have_a_colour_and_a_profile_above_its_bound(tilted):
    colours = WidthColours.of(
        tilted.network, tilted.cracks, scale=tilted.scale, smallest_width_px=tilted.summary.smallest_width_px
    )
    lengths = [len(branch.path) for branch in tilted.network.branches]
    crack = np.repeat(tilted.network.crack_of_branch, lengths)
    record = tilted.record("a.jpg", "a")
    for one in tilted.cracks:
        has_colour = np.mean(colours.number[crack == one.crack] < len(COLOURS))
        profile = WidthProfile.of(record, one)
        assert (has_colour > 0.5) == one.is_measurable == (profile is not None)
        if profile is not None:
            assert profile.smallest == pytest.approx(one.smallest_width_px * MM_PER_PX)
            assert profile.smallest < one.width_max_mm
