import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage

from crackwise.data.outlines import trace_outlines
from crackwise.data.shapes import Polygon, paint
from drawn import draw_mask, ring, straight, wave

ALL_EIGHT = np.ones((3, 3))


def repainted(mask, simplify_px=0.0):
    outlines = trace_outlines(mask, simplify_px)
    return paint([Polygon("crack", outline) for outline in outlines], mask.shape)


def picture(*rows):
    return np.array([[character == "#" for character in row] for row in rows])


def test_a_single_pixel_has_its_four_corners():
    [outline] = trace_outlines(picture("...", ".#."))
    assert outline.tolist() == [[1, 1], [2, 1], [2, 2], [1, 2]]


def test_an_outline_has_points_at_corners_only():
    [outline] = trace_outlines(np.ones((30, 40), bool))
    assert outline.tolist() == [[0, 0], [40, 0], [40, 30], [0, 30]]


def test_a_ring_is_one_outline_with_a_bridge_to_its_hole():
    [outline] = trace_outlines(picture("####", "#..#", "####"))
    # around, but at (1, 0) down to the hole, around it the other way, and up again
    assert outline.tolist() == [
        [0, 0], [1, 0], [1, 1], [1, 2], [3, 2], [3, 1], [1, 1], [1, 0], [4, 0], [4, 3], [0, 3],
    ]  # fmt: skip


def test_pixels_that_touch_at_a_corner_are_one_crack():
    for mask in (picture("#.", ".#"), picture(".#", "#.")):
        assert len(trace_outlines(mask)) == 1
        assert (repainted(mask) == mask).all()


def test_holes_that_touch_at_a_corner_are_both_left_open():
    mask = picture("####", "#.##", "##.#", "####")
    assert len(trace_outlines(mask)) == 1
    assert (repainted(mask) == mask).all()


def test_several_holes_below_one_edge_are_all_joined_to_it():
    mask = np.ones((9, 21), bool)
    mask[3:5, 2:20:3] = mask[6, 3:20:3] = False
    assert (repainted(mask) == mask).all()
    assert (repainted(mask[:, ::-1]) == mask[:, ::-1]).all()


def test_holes_side_by_side_are_joined_without_walking_an_edge_twice():
    mask = np.ones((9, 21), bool)
    mask[3:5, 2:20:3] = False  # 6 holes of 2 x 1 px, 3 px below the edge
    for seen in (mask, mask[:, ::-1]):
        [outline] = trace_outlines(seen)
        walked_px = np.abs(outline - np.roll(outline, 1, axis=0)).sum()
        assert walked_px == 2 * (9 + 21) + 6 * 2 * (2 + 1) + 6 * 2 * 3


def test_a_crack_inside_the_hole_of_another_is_an_outline_of_its_own():
    mask = picture("#####", "#...#", "#.#.#", "#...#", "#####")
    assert len(trace_outlines(mask)) == 2
    assert (repainted(mask) == mask).all()


def test_an_empty_mask_has_no_outline():
    assert trace_outlines(np.zeros((5, 6), bool)) == []


@settings(max_examples=300)
@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=14)))
def test_outlines_of_any_mask_give_it_back(mask):
    outlines = trace_outlines(mask)
    assert len(outlines) == ndimage.label(mask, ALL_EIGHT)[1]
    assert (repainted(mask) == mask).all()


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.floats(0.05, 0.95))
def test_outlines_of_noise_give_it_back(seed, share):
    mask = np.random.default_rng(seed).random((61, 83)) < share
    assert (repainted(mask) == mask).all()


def test_bridges_lie_inside_the_crack():
    # programs that also draw the line of an outline must not paint anything beside the crack
    mask = draw_mask([ring((60, 60), 40), ring((60, 60), 20), straight(90, 30) + 60], 5.0, (130, 150))
    lines = np.zeros((mask.shape[0] * 4 + 1, mask.shape[1] * 4 + 1), np.uint8)
    for outline in trace_outlines(mask):
        cv2.polylines(lines, [np.round(outline * 4).astype(np.int32)], True, 1)
    centres = lines[2::4, 2::4].astype(bool)  # an outline runs between pixels, never through their centres
    assert not centres.any()
    beside = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0
    pixels = lines[:-1, :-1].reshape(mask.shape[0], 4, mask.shape[1], 4).max(axis=(1, 3)).astype(bool)
    assert not (pixels & beside).any()


def test_the_mask_of_a_large_photo_is_traced_exactly():
    canvas = np.zeros((2000, 3000), np.uint8)
    for line in (wave(2500, 80, 400, 20), ring((1000, 2000), 300), straight(1500, 60)):
        points = np.round(line - line.min(axis=0) + (300, 100)).astype(np.int32)[:, ::-1]
        cv2.polylines(canvas, [points], False, 1, 5)
    mask = canvas.astype(bool)
    outlines = trace_outlines(mask)
    assert (repainted(mask) == mask).all()
    assert len(outlines) == ndimage.label(mask, ALL_EIGHT)[1]


@pytest.mark.parametrize("tolerance_px", [0.8, 1.5, 3.0])
def test_a_simplified_outline_stays_within_its_tolerance(tolerance_px):
    mask = draw_mask([wave(250, 20, 90, 20) + 40, ring((90, 200), 50)], 14.0, (260, 330))
    exact, simple = trace_outlines(mask), trace_outlines(mask, tolerance_px)
    assert len(exact) == len(simple)
    assert sum(map(len, simple)) < sum(map(len, exact)) / 2.5
    canvas = np.ones((mask.shape[0] * 8, mask.shape[1] * 8), np.uint8)
    for outline in simple:
        cv2.polylines(canvas, [np.round(outline * 8).astype(np.int32)], True, 0)
    distance_px = cv2.distanceTransform(canvas, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) / 8
    corners = np.minimum(np.concatenate(exact) * 8, np.array(canvas.shape[::-1]) - 1).astype(int)
    assert distance_px[corners[:, 1], corners[:, 0]].max() <= tolerance_px + 0.2


def test_a_simplified_ring_keeps_its_hole():
    mask = draw_mask([ring((60, 60), 40)], 8.0, (120, 120))
    simple = repainted(mask, 1.5)
    [outline] = trace_outlines(mask, 1.5)
    assert len(np.unique(outline, axis=0)) == len(outline) - 2  # the ends of the bridge, there and back
    assert not simple[55:65, 55:65].any()
    assert (simple & mask).sum() / (simple | mask).sum() > 0.8


@settings(max_examples=100)
@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=10)), st.floats(0.1, 20))
def test_no_crack_is_simplified_away(mask, tolerance_px):
    simple = trace_outlines(mask, tolerance_px)
    assert len(simple) == ndimage.label(mask, ALL_EIGHT)[1]
    assert all(len(outline) >= 3 for outline in simple)
    areas = [cv2.contourArea(outline.astype(np.float32)) for outline in simple]
    assert all(area > 0 for area in areas)
