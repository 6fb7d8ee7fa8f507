"""The scale of a photo as reports write it."""

import pytest

from crackwise.report.figures import scale_text
from crackwise.scale import Scale


def test_an_error_of_all_of_the_scale_leaves_no_width_in_mm():
    assert scale_text(Scale(0.25, "marker", 1.0)) == (
        "0.25 mm/px ± 100 %, from the marker card in the photo; no width in mm is known"
    )
    assert scale_text(Scale(0.25, "marker", 0.034)) == "0.25 mm/px ± 3.4 %, from the marker card in the photo"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("given", "stated by the user, right only for a camera square to the surface"),
        ("table", "from the user's scale table, right only for a camera square to the surface"),
        ("camera", "from distance and focal length, right only for a camera square to the surface"),
        ("marker", "from the marker card in the photo"),
    ],
)
def test_a_scale_without_a_card_says_for_which_camera_it_holds(source, words):
    assert scale_text(Scale(0.2, source, 0.02)) == f"0.2 mm/px ± 2 %, {words}"
    assert scale_text(Scale(0.2, source)) == (
        f"0.2 mm/px, {words}; its error is not stated and not in the ranges"
    )
