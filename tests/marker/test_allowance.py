"""The error stated for lengths far from the card, against lenses that distort and cards not quite flat."""

import numpy as np
import pytest

from crackwise.homography import project
from crackwise.marker.allowance import LIFT_ALLOWED_MM, mistakes
from crackwise.marker.card import Card
from crackwise.marker.layout import LAYOUTS, PRINT_TOLERANCE
from crackwise.marker.plane import fit_plane
from crackwise.marker.rectify import kept_places

HEIGHT_PX, WIDTH_PX, FOCAL_PX, DISTANCE_MM = 3000, 4000, 2800.0, 600.0
MIDDLE = np.array([(WIDTH_PX - 1) / 2, (HEIGHT_PX - 1) / 2])
PLACES_MM = {"middle": (0.0, 0.0), "corner": (-330.0, -240.0)}


def seen(places_mm, lens: float, height_mm=0.0):
    """See places of a wall, straight before the camera, at a height above it."""
    offset = FOCAL_PX * np.asarray(places_mm) / (DISTANCE_MM - np.asarray(height_mm))
    radius = np.linalg.norm(offset, axis=-1, keepdims=True) / np.linalg.norm(MIDDLE)
    return MIDDLE + offset * (1 + lens * radius**2)


def card_seen(size: str, where: str, lens: float = 0.0, lift_mm: float = 0.0) -> Card:
    layout = LAYOUTS[size]
    corners = {}
    for marker in layout.markers:
        on_card = layout.corners_mm(marker) - layout.centre
        height_mm = lift_mm * (on_card[:, :1] / layout.page_mm[0] + 0.5)
        corners[marker] = seen(on_card + PLACES_MM[where], lens, height_mm)
    return Card(layout, fit_plane(corners, layout), (HEIGHT_PX, WIDTH_PX))


def length_errors(card: Card, lens: float, *, rectified: bool = True):
    """Measure steps of 1 mm all over the photo, in four directions."""
    x, y = (np.linspace(-0.98, 0.98, 21) * half * DISTANCE_MM / FOCAL_PX for half in MIDDLE)
    starts = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 1, 2)
    angles = np.pi * np.arange(4) / 4
    ends = starts + np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    places = [np.broadcast_to(seen(mm, lens), ends.shape) for mm in (starts, ends)]
    if rectified:
        places = [project(card.plane.mm_of_px, place) for place in places]
    lengths = np.linalg.norm(places[1] - places[0], axis=-1)
    return np.abs(lengths * (1 if rectified else card.mm_per_px) - 1)


FAULTS = {"barrel": (-0.02, 0.0), "cushion": (0.02, 0.0), "lifted edge": (0.0, 1.0), "none": (0.0, 0.0)}


@pytest.mark.parametrize("size", ["A6", "A4"])
@pytest.mark.parametrize("where", PLACES_MM)
@pytest.mark.parametrize("fault", FAULTS)
def test_nine_tenths_of_the_lengths_lie_in_the_stated_error_as_far_as_is_allowed(size, where, fault):
    lens, lift_mm = FAULTS[fault]
    card = card_seen(size, where, lens, lift_mm)
    stated = card.error_over(kept_places(card))
    assert np.mean(length_errors(card, lens) <= stated) > 0.87
    stated = card.error_of_one_scale()
    assert np.mean(length_errors(card, lens, rectified=False) <= stated) > 0.87


def test_the_error_of_a_good_photo_is_that_of_the_lens_that_is_allowed():
    # a lens of k₁ = 0.02 stretches by 1 + 0.06 r² outwards, so by 6 % in the corners
    card = card_seen("A6", "middle")
    assert 0.02 < card.error_over(kept_places(card)) < 0.06
    assert 0.02 < card.error_of_one_scale() < 0.06


def test_far_from_the_card_less_is_known():
    errors = {
        where: card.error_over(kept_places(card)) for where in PLACES_MM for card in [card_seen("A6", where)]
    }
    assert errors["corner"] > 1.5 * errors["middle"]
    assert card_seen("A6", "corner").relative_error < 0.01


def test_the_reach_is_counted_in_lengths_of_the_card():
    # the far corner of the photo lies (428.6 + 330, 321.4 + 240) mm away
    card = card_seen("A6", "corner")
    assert card.reach(kept_places(card)) == pytest.approx(np.hypot(758.6, 561.4) / 148, rel=0.01)


def test_more_distortion_than_is_allowed_is_stated_where_the_corners_show_it():
    card = card_seen("A4", "middle", lens=-0.06)
    stated = card.error_over(kept_places(card))
    assert stated > 2 * card_seen("A4", "middle").error_over(kept_places(card))
    assert np.mean(length_errors(card, -0.06) <= stated) > 0.87


def test_a_single_marker_shows_no_distortion():
    whole = card_seen("A6", "middle")
    corners = {20: project(whole.plane.px_of_mm, whole.layout.corners_mm(20))}
    card = Card(whole.layout, fit_plane(corners, whole.layout), whole.shape)
    assert PRINT_TOLERANCE < card.relative_error < 0.1


@pytest.mark.parametrize("size", ["A6", "A4"])
def test_a_lifted_edge_is_allowed_for_as_geometry_has_it(size):
    flat, lifted = card_seen(size, "middle"), card_seen(size, "middle", lift_mm=LIFT_ALLOWED_MM)
    _, across, _ = mistakes(flat.plane, flat.layout, flat.shape)
    far_px = np.array([(0.0, 0.0), (WIDTH_PX, 0.0), (WIDTH_PX, HEIGHT_PX)])
    true, seen_mm, allowed_mm = (
        project(plane.mm_of_px, far_px) for plane in (flat.plane, lifted.plane, across.plane)
    )
    # the lens assumed, 24 mm on film, is 2773 px, that of the photo 2800 px
    np.testing.assert_allclose(allowed_mm - true, seen_mm - true, atol=0.05 * np.abs(seen_mm - true).max())
