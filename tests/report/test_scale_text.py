"""The scale of a photo as reports write it."""

from crackwise.report.figures import scale_text
from crackwise.scale import Scale


def test_an_error_of_all_of_the_scale_leaves_no_width_in_mm():
    assert scale_text(Scale(0.25, "marker", 1.0)) == (
        "0.25 mm/px ± 100 %, from the marker card in the photo; no width in mm is known"
    )
    assert scale_text(Scale(0.25, "marker", 0.034)) == "0.25 mm/px ± 3.4 %, from the marker card in the photo"
