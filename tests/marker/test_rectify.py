"""A rectified photo has one scale: lengths known on the plane come out right all over it."""

import itertools

import numpy as np
import pytest

import crackwise
from cardphotos import View, concrete, photograph, px_of_plane
from crackwise.marker.rectify import MAX_GROWTH, rectify

BACKGROUND = concrete(600, 800)
TILTED = View(0.25, tilt_deg=35, tilt_axis_deg=20, turn_deg=25, at_px=(320.0, 380.0))
STRAIGHT = View(0.25, turn_deg=25, at_px=(300.0, 400.0))


def rectified(view: View, **options):
    photo = photograph(BACKGROUND, view)
    card = crackwise.find_card(photo)
    assert card is not None
    return photo, card, rectify(photo, card, **options)


def mapped(homography, points):
    points = np.column_stack([points, np.ones(len(points))]) @ homography.T
    return points[:, :2] / points[:, 2:]


def test_lengths_far_from_the_card_come_out_right_in_every_direction():
    _, _, flat = rectified(TILTED)
    # corners of a square of 40 mm, away from the card
    for centre in [(-90, -50), (95, 0), (0, 70)]:
        corners = np.array(centre) + 20 * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
        places = mapped(flat.taken.to_rectified, mapped(px_of_plane(TILTED), corners)) * flat.scale.mm_per_px
        for (one, first), (other, second) in itertools.combinations(enumerate(places), 2):
            true = 40 * (np.sqrt(2) if (other - one) == 2 else 1)
            assert np.linalg.norm(first - second) == pytest.approx(true, rel=0.01)


def test_a_card_found_again_in_the_rectified_photo_is_straight_and_of_its_scale():
    _, _, flat = rectified(TILTED)
    card = crackwise.find_card(flat.pixels)
    assert card.tilt_deg < 4
    assert card.mm_per_px == pytest.approx(flat.scale.mm_per_px, rel=3e-3)
    assert card.variation() < 0.01


def test_the_photo_stays_upright_whatever_the_turn_of_the_card():
    photo, _, flat = rectified(STRAIGHT)
    assert flat.scale.mm_per_px == pytest.approx(0.25, rel=3e-3)
    assert flat.pixels.shape == pytest.approx(photo.shape, abs=4)
    shift = mapped(flat.taken.to_rectified, [(0, 0), (799, 0), (0, 599)])
    np.testing.assert_allclose(shift, [(0, 0), (799, 0), (0, 599)], atol=3)
    assert np.abs(flat.pixels[50:550, 50:750].astype(float) - photo[50:550, 50:750]).mean() < 8


def test_the_finest_resolution_at_the_card_is_kept():
    _, card, flat = rectified(TILTED)
    # across the tilt the scale at the card is 0.25 mm/px, along it 1 / cos(35°) times that
    assert flat.scale.mm_per_px == pytest.approx(0.25, rel=0.01)
    assert card.mm_per_px == pytest.approx(0.25 / np.sqrt(np.cos(np.radians(35))), rel=0.01)


def test_the_size_is_bounded_and_then_the_scale_coarser():
    photo, _, free = rectified(TILTED)
    _, _, bounded = rectified(TILTED, max_growth=0.5)
    limit_px = photo.shape[0] * photo.shape[1]
    assert free.inside.size <= 1.02 * MAX_GROWTH * limit_px
    assert bounded.inside.size <= 1.02 * 0.5 * limit_px
    assert bounded.scale.mm_per_px > free.scale.mm_per_px


def test_what_lies_beyond_the_horizon_is_left_out():
    # the horizon of a plane tilted by 60° lies 500 px / tan 60° = 289 px from the line of sight: at row 439
    view = View(0.3, tilt_deg=60, at_px=(150.0, 400.0), focal_px=500.0)
    photo = photograph(BACKGROUND, view)
    card = crackwise.find_card(photo)
    assert card is not None
    np.testing.assert_array_equal(card.is_before(np.array([(0, 400.0), (420, 400), (460, 400)])), [1, 1, 0])
    flat = rectify(photo, card)
    assert flat.inside.mean() > 0.2
    beyond = np.zeros(photo.shape[:2], bool)
    beyond[450:] = True
    assert not (flat.carried(beyond) & flat.inside).any()
    assert flat.inside.size <= 1.02 * MAX_GROWTH * photo[..., 0].size


def test_inside_is_where_the_photo_shows_the_plane():
    photo, _, flat = rectified(TILTED)
    corners = mapped(flat.taken.to_rectified, [(30, 30), (769, 30), (769, 569), (30, 569)])
    for x, y in np.round(corners).astype(int):
        assert flat.inside[y, x]
    everywhere = flat.carried(np.ones(photo.shape[:2], bool))
    assert not (flat.inside & ~everywhere).any()
    assert not everywhere.all()


def test_a_mask_is_carried_to_the_place_of_its_photo():
    photo, _, flat = rectified(TILTED)
    mask = np.zeros(photo.shape[:2], bool)
    mask[90:111, 190:211] = True
    rows, cols = np.nonzero(flat.carried(mask))
    ((x, y),) = mapped(flat.taken.to_rectified, [(200, 100)])
    assert (rows.mean(), cols.mean()) == pytest.approx((y, x), abs=2)
