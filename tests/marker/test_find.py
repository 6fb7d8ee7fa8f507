"""The card in photos whose camera is known: scale, place and tilt against geometry."""

import cv2
import numpy as np
import pytest

import crackwise
from cardphotos import View, concrete, photograph, px_of_plane
from crackwise.marker.find import fitted_card, look_for_card
from crackwise.marker.layout import LAYOUTS, PRINT_TOLERANCE

BACKGROUND = concrete(600, 800)
MIDDLE = (300.0, 400.0)


def seen(view: View, points_mm) -> np.ndarray:
    """Project (x, y) mm from the card's middle to (x, y) px."""
    mapped = np.column_stack([points_mm, np.ones(len(points_mm))]) @ px_of_plane(view).T
    return mapped[:, :2] / mapped[:, 2:]


def true_mm_per_px(view: View, at_mm=(0.0, 0.0)) -> float:
    """Compare the area of a small square with that of its image."""
    square = np.asarray(at_mm) + 0.1 * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    return float(np.sqrt(0.04 / cv2.contourArea(seen(view, square).astype(np.float32))))


VIEWS = {
    "straight on": View(0.25, at_px=MIDDLE),
    "turned": View(0.33, turn_deg=130, at_px=MIDDLE),
    "tilted": View(0.25, tilt_deg=30, tilt_axis_deg=70, turn_deg=20, at_px=(280.0, 430.0)),
    "steep": View(0.25, tilt_deg=45, tilt_axis_deg=10, turn_deg=300, at_px=MIDDLE),
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_card_in_a_clean_photo_gives_the_true_scale_place_and_tilt(name):
    view = VIEWS[name]
    card = crackwise.find_card(cv2.GaussianBlur(photograph(BACKGROUND, view), (0, 0), 1.0))
    assert card is not None
    assert len(card.markers) == 4
    assert card.layout.name == "A6"
    assert card.mm_per_px == pytest.approx(true_mm_per_px(view), rel=2e-3)
    np.testing.assert_allclose(card.centre_px, view.at_px, atol=0.3)
    assert card.tilt_deg == pytest.approx(view.tilt_deg, abs=4)
    assert card.reprojection_px < 0.3
    assert PRINT_TOLERANCE <= card.relative_error < 0.01
    assert card.scale.source == "marker"


def test_the_scale_elsewhere_is_that_of_the_tilted_plane_there():
    view = VIEWS["tilted"]
    card = crackwise.find_card(photograph(BACKGROUND, view))
    for at_mm in [(-70.0, 20.0), (60.0, -50.0)]:
        ((x, y),) = seen(view, [at_mm])
        assert card.scale_at(y, x).mm_per_px == pytest.approx(true_mm_per_px(view, at_mm), rel=3e-3)


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_the_large_cards_are_told_from_the_small_one_and_each_other(size):
    view = View(0.6, at_px=MIDDLE)
    card = crackwise.find_card(photograph(BACKGROUND, view, size))
    assert card.layout.name == size
    assert len(card.markers) == 4
    assert card.mm_per_px == pytest.approx(0.6, rel=2e-3)


def test_one_marker_is_enough_for_a_scale_that_is_known_less_well():
    view = VIEWS["straight on"]
    whole = photograph(BACKGROUND, view)
    cut = whole.copy()
    cut[:, 330:] = BACKGROUND[:, 330:]
    cut[300:] = BACKGROUND[300:]
    card = crackwise.find_card(cut)
    assert len(card.markers) == 1
    assert abs(card.mm_per_px / 0.25 - 1) < card.relative_error
    assert card.relative_error > 3 * crackwise.find_card(whole).relative_error


def test_bloom_that_narrows_black_alike_on_all_sides_does_not_change_the_scale():
    view = VIEWS["straight on"]
    photo = cv2.dilate(photograph(BACKGROUND, view), np.ones((3, 3), np.uint8))
    assert crackwise.find_card(photo).mm_per_px == pytest.approx(0.25, rel=1e-3)


def test_a_card_printed_too_small_cannot_be_noticed_and_falsifies_the_scale():
    card = crackwise.find_card(photograph(BACKGROUND, VIEWS["straight on"], print_scale=0.98))
    assert card.mm_per_px == pytest.approx(0.25 / 0.98, rel=1e-3)
    assert card.reprojection_px < 0.2


def test_a_marker_out_of_its_place_is_left_out():
    photo = photograph(BACKGROUND, VIEWS["straight on"])
    # cut out the lower right quarter of the card with its marker, and lay it 20 px farther right
    moved = photo.copy()
    moved[310:520, 450:720] = photo[310:520, 430:700]
    card = crackwise.find_card(moved)
    assert len(card.markers) == 3
    assert card.mm_per_px == pytest.approx(0.25, rel=3e-3)


def test_without_a_card_there_is_none():
    assert crackwise.find_card(BACKGROUND) is None


def test_two_cards_of_one_size_are_none():
    first = photograph(BACKGROUND, View(0.6, at_px=(300, 200)))
    assert crackwise.find_card(photograph(first, View(0.6, at_px=(300, 600)))) is None


def marker_of(view: View, number: int):
    """Give where a marker of the A6 card and its white rim lie in a photo taken straight on, as slices."""
    left, top = (np.array(LAYOUTS["A6"].markers[number]) - LAYOUTS["A6"].centre - 4) / view.mm_per_px
    row, col, side = view.at_px[0] + top, view.at_px[1] + left, 36 / view.mm_per_px
    return slice(int(row), int(row + side)), slice(int(col), int(col + side))


def without(photo, view: View, *numbers: int):
    bare = photo.copy()
    for number in numbers:
        bare[marker_of(view, number)] = BACKGROUND[marker_of(view, number)]
    return bare


ONE, OTHER = View(0.4, at_px=(300, 200)), View(0.46, at_px=(300, 600))


@pytest.mark.parametrize(
    "hidden",
    [((), (20, 21, 23)), ((23,), (20, 21)), ((22, 23), (20, 21)), ((22,), (20, 21, 22))],
    ids=["a marker of another", "three and two", "two and two", "three and one elsewhere"],
)
def test_a_foreign_marker_is_never_taken_for_one_of_the_card(hidden):
    one = without(photograph(BACKGROUND, ONE), ONE, *hidden[0])
    both = photograph(one, OTHER)
    for number in hidden[1]:
        both[marker_of(OTHER, number)] = BACKGROUND[marker_of(OTHER, number)]
    found = look_for_card(both)
    if isinstance(found, str):
        assert "two marker cards of one size" in found
    else:
        assert set(found.markers) == {20, 21, 23}
        assert found.mm_per_px == pytest.approx(0.4, rel=3e-3)


@pytest.mark.parametrize("shift", [0.2, 0.5, 1.0, 3.0])
def test_the_marker_that_moved_is_the_one_left_out(shift):
    rng = np.random.default_rng(0)
    layout = LAYOUTS["A6"]
    for _ in range(20):
        view = View(0.3, rng.uniform(0, 25), rng.uniform(0, 360), rng.uniform(0, 360), (450, 600))
        corners = {
            marker: seen(view, layout.corners_mm(marker) - layout.centre) + rng.normal(0, 0.05, (4, 2))
            for marker in layout.markers
        }
        moved, angle = int(rng.choice(list(corners))), rng.uniform(0, 2 * np.pi)
        corners[moved] = corners[moved] + shift * 28 / 0.3 * np.array([np.cos(angle), np.sin(angle)])
        card = fitted_card(corners, layout, (900, 1200))
        assert set(card.markers) == set(layout.markers) - {moved}
        assert card.mm_per_px == pytest.approx(true_mm_per_px(view), rel=3e-3)


def test_two_cards_are_none_in_a_photo_that_is_searched_at_half_its_size_too():
    one = photograph(concrete(900, 2100), View(mm_per_px=0.4, at_px=(300.0, 500.0)))
    two = photograph(one, View(mm_per_px=1.1, at_px=(600.0, 1600.0)))
    assert crackwise.find_card(one) is not None
    assert crackwise.find_card(two) is None


def test_the_scale_varies_over_a_photo_of_a_tilted_plane_only():
    assert crackwise.find_card(photograph(BACKGROUND, VIEWS["straight on"])).variation() < 0.005
    assert 0.15 < crackwise.find_card(photograph(BACKGROUND, VIEWS["tilted"])).variation() < 0.6


@pytest.mark.parametrize("angle_deg", range(0, 360, 45))
def test_a_marker_that_curls_up_a_little_widens_the_error_of_the_scale(angle_deg):
    layout, angle = LAYOUTS["A6"], np.radians(angle_deg)
    corners = {
        marker: seen(VIEWS["straight on"], layout.corners_mm(marker) - layout.centre)
        for marker in layout.markers
    }
    corners[22] = corners[22] + 0.08 * 28 / 0.25 * np.array([np.cos(angle), np.sin(angle)])
    card = fitted_card(corners, layout, (600, 800))
    assert len(card.markers) == 4
    assert abs(card.mm_per_px / 0.25 - 1) < card.relative_error
