import math

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from crackwise.data.shapes import Polygon, Polyline, RunLengths, paint
from crackwise.errors import DataError

SQUARE = np.array([(2, 3), (5, 3), (5, 7), (2, 7)], float)


def square_mask(size):
    mask = np.zeros(size, bool)
    mask[3:7, 2:5] = True
    return mask


def test_a_square_on_the_edges_of_pixels_covers_exactly_these():
    assert (Polygon("crack", SQUARE).covers((10, 12)) == square_mask((10, 12))).all()


def test_the_direction_of_an_outline_does_not_matter():
    assert (Polygon("crack", SQUARE[::-1]).covers((10, 12)) == square_mask((10, 12))).all()


def test_what_lies_outside_the_photo_is_clipped():
    mask = Polygon("crack", np.array([(-5, -5), (3, -5), (3, 4), (-5, 4)], float)).covers((6, 8))
    expected = np.zeros((6, 8), bool)
    expected[:4, :3] = True
    assert (mask == expected).all()
    mask = Polygon("crack", np.array([(6, 4), (20, 4), (20, 15), (6, 15)], float)).covers((6, 8))
    assert np.argwhere(mask).tolist() == [[4, 6], [4, 7], [5, 6], [5, 7]]


def test_polygons_are_filled_as_pycocotools_fills_them():
    random = np.random.default_rng(2)
    for _ in range(40):
        size = tuple(int(side) for side in random.integers(1, 20, 2))
        points = random.uniform(-0.5, 1.5, (random.integers(3, 12), 2)) * (size[1], size[0])
        encoded = coco_mask.frPyObjects([points.ravel().tolist()], *size)
        expected = _decode(encoded[0], size)
        assert (Polygon("crack", points).covers(size) == expected).all()


def _decode(encoded, size):
    # by area and by single pixels: coco_mask.decode warns with numpy 2
    pixels = [coco_mask.encode(np.asfortranarray(_single(place, size))) for place in np.ndindex(size)]
    hits = [coco_mask.area(coco_mask.merge([encoded, pixel], intersect=True)) for pixel in pixels]
    return np.array(hits, bool).reshape(size)


def _single(place, size):
    canvas = np.zeros(size, np.uint8)
    canvas[place] = 1
    return canvas


@pytest.mark.parametrize("count", [0, 1, 2])
def test_less_than_three_points_cover_nothing(count):
    assert not Polygon("crack", SQUARE[:count].reshape(-1, 2)).covers((10, 12)).any()


def test_a_polygon_without_area_covers_nothing():
    assert not Polygon("crack", np.array([(1, 1), (8, 1), (4, 1)], float)).covers((10, 12)).any()


@pytest.mark.parametrize("width_px", [1, 2, 3, 4, 6.5, 10])
@pytest.mark.parametrize("angle_deg", [0, 17, 45, 90, 130])
def test_a_line_is_as_wide_and_long_as_it_says(width_px, angle_deg):
    along = np.array([math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))])
    phases = np.random.default_rng(3).random((20, 2))
    ends = [100 + phase + along * [[-80], [80]] for phase in phases]
    areas = [Polyline("crack", points, width_px).covers((201, 201)).sum() for points in ends]
    # points are kept on a grid of a fifth of a pixel: an edge may lie 0.1 px off, and each line has two
    assert np.mean(areas) / 160 == pytest.approx(width_px, abs=0.21)


def test_a_line_of_less_than_a_pixel_does_not_fall_apart():
    thin = Polyline("crack", np.array([(1, 2.3), (60, 31.7)]), 0.1).covers((40, 64))
    assert thin[:, 1:60].any(axis=0).all()


def test_a_bent_line_is_closed_at_its_bends():
    points = np.array([(10, 30), (30, 10), (50, 30)], float)
    mask = Polyline("crack", points, 8).covers((40, 60))
    rows, cols = np.indices(mask.shape) + 0.5
    assert mask[np.hypot(cols - 30, rows - 10) < 3.7].all()


def test_a_line_of_one_point_covers_nothing():
    assert not Polyline("crack", SQUARE[:1], 3).covers((10, 12)).any()


def test_points_that_repeat_do_no_harm():
    doubled = np.repeat(SQUARE, 2, axis=0)
    assert (Polygon("crack", doubled).covers((10, 12)) == square_mask((10, 12))).all()
    once, twice = (Polyline("crack", points, 2).covers((10, 12)) for points in (SQUARE, doubled))
    assert (once == twice).all()


@pytest.mark.parametrize("counts", [(4, 2, 4, 2), b"4240"])
def test_runs_are_decoded_where_their_box_lies(counts):
    mask = RunLengths("crack", counts, (5, 3, 6, 2)).covers((20, 10))
    assert np.argwhere(mask).tolist() == [[9, 3], [9, 4], [10, 3], [10, 4]]


@pytest.mark.parametrize("box", [(-1, 0, 6, 2), (15, 3, 6, 2), (5, 9, 6, 2), (0, 0, 10**9, 10**9)])
def test_runs_that_do_not_fit_into_the_photo_are_refused(box):
    with pytest.raises(DataError, match=r"does not fit into the photo of 10×20 px"):
        RunLengths("crack", (4, 2, 4, 2), box).covers((20, 10))


def test_later_shapes_are_painted_over_earlier_ones():
    hole = Polygon("hole", SQUARE[[0, 1, 2]])
    shapes = [Polygon("crack", SQUARE), hole]
    size, erasing = (10, 12), frozenset({"hole"})
    assert (paint(shapes, size) == square_mask(size)).all()
    assert (paint(shapes, size, erasing) == square_mask(size) & ~hole.covers(size)).all()
    assert (paint(shapes[::-1], size, erasing) == square_mask(size)).all()


def test_overlapping_shapes_are_united():
    moved = Polygon("crack", SQUARE + 1)
    assert (paint([Polygon("crack", SQUARE), moved], (10, 12)).sum()) == 2 * 12 - 2 * 3


def test_no_shape_gives_an_empty_mask():
    assert paint([], (3, 4)).tolist() == np.zeros((3, 4), bool).tolist()


@pytest.mark.parametrize("shape", [Polygon, lambda label, points: Polyline(label, points, 3)])
@pytest.mark.parametrize(
    ("point", "message"),
    [
        ((math.nan, 3), "not a number"),
        ((2, math.inf), "not a number"),
        ((1e9, 3), "far outside the photo of 12×10 px"),
        ((2, -1e300), "far outside the photo of 12×10 px"),
    ],
)
def test_points_beyond_sense_are_refused(shape, point, message):
    with pytest.raises(DataError, match=message):
        shape("crack", np.array([*SQUARE, point])).covers((10, 12))


def test_an_outline_longer_than_any_in_the_photo_is_refused_before_it_fills_the_memory():
    zigzag = np.tile([(-30.0, -20.0), (40.0, 30.0)], (20_000, 1))
    with pytest.raises(DataError, match=r"an outline of 2\.8e\+06 px in a photo of 12×10 px"):
        Polygon("crack", zigzag).covers((10, 12))
