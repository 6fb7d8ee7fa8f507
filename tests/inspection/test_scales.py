"""The rule for the scale of each photo: the first way that has one counts, and what was missed is said."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from cardphotos import View, concrete, photograph
from crackwise.camera import Distance
from crackwise.inspection.scales import (
    CameraScale,
    CardScale,
    GivenScale,
    RectifiedCardScale,
    ScaleRule,
    TabledScale,
)
from crackwise.inspection.scaletable import ScaleTable
from crackwise.inspection.sources import Source
from crackwise.marker.card import Card
from crackwise.photo import Photo, PhotoInfo, photo_of
from crackwise.scale import Scale

BARE = photo_of(concrete(300, 400))
SOURCE = Source(Path("/photos/wall.jpg"), "wall.jpg", "wall", Path("/photos"))
GIVEN = GivenScale(Scale(0.5))
TABLE = TabledScale(ScaleTable({"wall.jpg": Scale(0.3, "table")}, "0a1b"))
CAMERA = CameraScale(Distance(1050, 0.03, 24.0))


def shot(view: View) -> Photo:
    return photo_of(photograph(concrete(600, 800), view))


@pytest.fixture(scope="module")
def straight():
    return shot(View(0.3, turn_deg=5, at_px=(300, 400)))


@pytest.fixture(scope="module")
def tilted():
    return shot(View(0.3, tilt_deg=30, turn_deg=5, at_px=(300, 400)))


def test_without_any_way_there_is_no_scale_and_nothing_to_say():
    assert ScaleRule().scale_for(BARE, SOURCE).scale is None
    assert ScaleRule().scale_for(BARE, SOURCE).warnings == ()
    assert ScaleRule().described() == "none"


def test_the_first_way_that_has_a_scale_counts_silently():
    scaled = ScaleRule((TABLE, GIVEN)).scale_for(BARE, SOURCE)
    assert (scaled.scale, scaled.warnings) == (Scale(0.3, "table"), ())


def test_a_photo_that_is_not_in_the_table_gets_the_next_way_and_a_sentence():
    scaled = ScaleRule((TABLE, GIVEN)).scale_for(BARE, replace(SOURCE, name="roof.jpg"))
    assert scaled.scale == Scale(0.5)
    assert scaled.warnings == ("the scale table has no row for roof.jpg; the scale is taken from: 0.5 mm/px",)


def test_a_photo_that_no_way_has_a_scale_for_is_measured_in_px_and_says_why():
    scaled = ScaleRule((CardScale(), CAMERA)).scale_for(BARE, SOURCE)
    assert scaled.scale is None
    assert scaled.warnings == (
        "no marker card found in the photo; no scale from the camera's distance, since its EXIF data state "
        "no focal length; measured in px only",
    )


def test_the_camera_gives_the_scale_where_the_photo_states_a_focal_length():
    info = replace(BARE.info, focal_length_mm=50.0)
    # 24 mm on the sensor are 480 mm on the surface, seen by the long side of 400 px
    scale = ScaleRule((CAMERA,)).scale_for(Photo(BARE.pixels, info), SOURCE).scale
    assert scale.mm_per_px == pytest.approx(480 / 400)
    assert scale.source == "camera"


def test_a_photo_of_another_size_than_its_camera_wrote_warns_with_the_scale_of_the_camera():
    height_px, width_px = BARE.pixels.shape[:2]
    info = replace(BARE.info, focal_length_mm=50.0, stated_size_px=(2 * height_px, 2 * width_px))
    small = Photo(BARE.pixels, info)
    assert "holds if it was resized" in ScaleRule((CAMERA,)).scale_for(small, SOURCE).warnings[0]
    assert ScaleRule((GIVEN,)).scale_for(small, SOURCE).warnings == ()


def test_a_wide_lens_warns_only_where_there_is_a_scale():
    wide = Photo(BARE.pixels, replace(BARE.info, focal_length_35mm=13.0))
    assert "distorts" in ScaleRule((GIVEN,)).scale_for(wide, SOURCE).warnings[0]
    assert ScaleRule().scale_for(wide, SOURCE).warnings == ()


def test_a_card_seen_straight_on_gives_its_scale_without_a_warning(straight):
    scaled = ScaleRule((CardScale(),)).scale_for(straight, SOURCE)
    assert scaled.scale.mm_per_px == pytest.approx(0.3, rel=2e-3)
    assert scaled.scale.source == "marker"
    # a lens of k₁ = 0.02, which is allowed for, stretches the corners by 3 k₁
    assert 0.02 < scaled.scale.relative_error < 0.06
    assert scaled.warnings == ()
    assert scaled.photo is straight


def test_a_tilted_card_says_that_the_scale_varies_and_widens_its_error(tilted):
    scaled = ScaleRule((CardScale(),)).scale_for(tilted, SOURCE)
    (warning,) = scaled.warnings
    assert "tilted by about 30°" in warning
    assert warning.endswith("add --rectify")
    # at the card alone the two directions differ by cos 30°: 7 % from their mean
    assert scaled.scale.relative_error > 0.07


def test_a_rectified_photo_has_a_scale_of_a_small_error_and_its_own_size(tilted):
    scaled = ScaleRule((RectifiedCardScale(),)).scale_for(tilted, SOURCE)
    assert scaled.scale.relative_error < 0.04
    assert scaled.photo.pixels.shape[:2] == (scaled.photo.info.height_px, scaled.photo.info.width_px)
    assert scaled.photo.pixels.shape != tilted.pixels.shape
    (warning,) = scaled.warnings
    assert warning.startswith("rectified from a tilt of about 30°")


def test_the_card_is_no_place_to_look_for_cracks(straight):
    region = ScaleRule((CardScale(),)).scale_for(straight, SOURCE).region(None)
    assert not region[300, 400]
    # the card of 148 × 105 mm and 3 mm around it, at 0.3 mm/px
    assert (~region).sum() == pytest.approx(154 * 111 / 0.3**2, rel=0.02)


def test_a_region_of_interest_loses_the_card_and_is_carried_into_the_rectified_photo(tilted):
    roi = np.zeros(tilted.pixels.shape[:2], bool)
    roi[:, :200] = True
    scaled = ScaleRule((RectifiedCardScale(),)).scale_for(tilted, SOURCE)
    region = scaled.region(roi)
    assert region.shape == scaled.photo.pixels.shape[:2]
    assert region.any()
    assert not (region & ~scaled.region(None)).any()
    assert not region[:, region.shape[1] // 2 :].any()


def test_without_a_card_a_region_of_interest_stays_what_it_is():
    scaled = ScaleRule((GIVEN,)).scale_for(BARE, SOURCE)
    roi = np.ones(BARE.pixels.shape[:2], bool)
    assert scaled.region(roi) is roi
    assert scaled.region(None) is None


def test_a_card_of_which_little_is_seen_says_so():
    photo = shot(View(0.3, at_px=(300, 800)))
    (warning,) = ScaleRule((CardScale(),)).scale_for(photo, SOURCE).warnings
    assert warning.startswith("2 of the card's 4 markers found")


def test_a_lens_that_distorts_shows_in_the_corners_of_a_large_card_and_in_the_error():
    photo = photograph(concrete(600, 800), View(0.21, at_px=(299.5, 399.5)))
    # barrel: a place at radius r (1 at the corner of the photo) was at r · (1 + 0.08 r²)
    rows, cols = np.mgrid[:600, :800] - np.array([299.5, 399.5])[:, None, None]
    stretch = 1 + 0.08 * (rows**2 + cols**2) / 500**2
    places = [(middle + axis * stretch).astype(np.float32) for middle, axis in ((399.5, cols), (299.5, rows))]
    scaled = ScaleRule((CardScale(),)).scale_for(photo_of(cv2.remap(photo, *places, cv2.INTER_CUBIC)), SOURCE)
    assert "the card is bent or the lens distorts" in scaled.warnings[0]
    error = abs(scaled.scale.mm_per_px / 0.21 - 1)
    assert 0.01 < error < scaled.scale.relative_error
    # that lens stretches the corners of the photo by 3 · 8 %
    assert 0.05 < scaled.scale.relative_error < 0.24


def in_a_corner(barrel: float) -> Photo:
    """See a small card in a corner; a place at radius r (corner: 1) was at r · (1 + barrel · r²)."""
    photo = photograph(concrete(900, 1200), View(0.5, at_px=(130, 170)))
    rows, cols = np.mgrid[:900, :1200] - np.array([449.5, 599.5])[:, None, None]
    stretch = 1 + barrel * (rows**2 + cols**2) / 750**2
    places = [(middle + axis * stretch).astype(np.float32) for middle, axis in ((599.5, cols), (449.5, rows))]
    return photo_of(cv2.remap(photo, *places, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT))


def test_a_card_far_from_much_of_the_photo_says_how_far_and_what_to_do():
    scaled = ScaleRule((RectifiedCardScale(),)).scale_for(in_a_corner(0.0), SOURCE)
    # the far corner lies (1030, 770) px away, the card is 296 px long
    assert "the photo reaches 4.3 lengths of the card from it" in scaled.warnings[0]
    assert "lay the card in the middle of the photo" in scaled.warnings[0]


def test_a_tilt_that_the_lens_may_feign_is_no_reason_to_rectify():
    scaled = ScaleRule((CardScale(),)).scale_for(in_a_corner(0.03), SOURCE)
    (warning,) = [warning for warning in scaled.warnings if "tilted by about" in warning]
    assert "or its lens distorts" in warning
    assert "--rectify" not in " ".join(scaled.warnings)


def test_a_rule_says_in_words_all_that_decides_the_result():
    ways = (TABLE, RectifiedCardScale(), CAMERA, GivenScale(Scale(0.2, "given", 0.02)))
    assert ScaleRule(ways).described() == (
        "table of 1 photos, sha256 0a1b, else marker card, rectified, else camera at 1050 mm ± 3 %, "
        "sensor 24 mm wide, else 0.2 mm/px ± 2 %"
    )
    described = [ScaleRule((way,)).described() for way in (*ways, CardScale(), CameraScale(Distance(1050)))]
    assert len(set(described)) == len(described)


@pytest.mark.parametrize(
    ("way", "other"),
    [
        (GivenScale(Scale(0.2, "given", 0.124)), GivenScale(Scale(0.2, "given", 0.116))),
        (GivenScale(Scale(0.1234567)), GivenScale(Scale(0.1234568))),
        (CameraScale(Distance(1050, 0.124)), CameraScale(Distance(1050, 0.116))),
        (CameraScale(Distance(1050.001)), CameraScale(Distance(1050.002))),
        (CameraScale(Distance(1050, 0.05, 6.174321)), CameraScale(Distance(1050, 0.05, 6.174322))),
    ],
)
def test_two_ways_that_differ_in_any_digit_that_was_stated_have_other_words(way, other):
    assert way.described() != other.described()


def test_only_rectifying_makes_photos_larger():
    assert ScaleRule((CardScale(), GIVEN)).growth == 1.0
    assert ScaleRule((RectifiedCardScale(), GIVEN)).growth > 1.0


def test_the_place_and_time_of_a_rectified_photo_are_kept(tilted):
    info = PhotoInfo(Path("wall.jpg"), *tilted.pixels.shape[:2], camera="Acme", latitude_deg=1.5)
    scaled = ScaleRule((RectifiedCardScale(),)).scale_for(Photo(tilted.pixels, info), SOURCE)
    assert (scaled.photo.info.camera, scaled.photo.info.latitude_deg) == ("Acme", 1.5)


@pytest.fixture(scope="module")
def from_the_side():
    view = View(0.25, tilt_deg=65, at_px=(450, 400), focal_px=400)
    return photo_of(photograph(concrete(600, 800), view))


def test_a_card_seen_almost_from_the_side_gives_no_scale_but_its_reason(from_the_side):
    scaled = ScaleRule((CardScale(),)).scale_for(from_the_side, SOURCE)
    assert scaled.scale is None
    (warning,) = scaled.warnings
    assert warning.startswith("the surface is tilted by about 65° to the camera")
    assert "no width in mm is known; add --rectify" in warning
    assert warning.endswith("measured in px only")


@pytest.mark.parametrize("ways", [(), (GIVEN,)])
def test_a_card_that_gives_no_scale_is_still_no_place_to_look_for_cracks(from_the_side, ways):
    scaled = ScaleRule((CardScale(), *ways)).scale_for(from_the_side, SOURCE)
    assert not scaled.region(None)[450, 400]
    assert scaled.region(None)[20, 20]


def test_after_a_card_that_gives_no_scale_the_next_way_counts(from_the_side):
    scaled = ScaleRule((CardScale(), GIVEN)).scale_for(from_the_side, SOURCE)
    assert scaled.scale == Scale(0.5)
    assert scaled.warnings[0].endswith("the scale is taken from: 0.5 mm/px")


def test_a_photo_that_rectifying_does_not_help_is_not_rectified(from_the_side, monkeypatch):
    monkeypatch.setattr(Card, "error_over", lambda card, places: 1.0)
    scaled = ScaleRule((RectifiedCardScale(),)).scale_for(from_the_side, SOURCE)
    assert (scaled.scale, scaled.rectified) == (None, None)
    assert scaled.photo is from_the_side
    assert "even rectified no width in mm is known; photograph it straight on" in scaled.warnings[0]
