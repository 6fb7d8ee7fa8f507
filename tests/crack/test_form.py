"""Forms with known figures: circles, stars and lines at known angles."""

import itertools
import math

import numpy as np
import pytest

from crackwise.crack.form import (
    kind,
    loops,
    on_loops,
    orientation_deg,
    path_length_px,
    point_lengths,
    tortuosity,
)
from crackwise.crack.network import Branch, trace
from drawn import between, draw_mask, ring


def branch(path, start=0, end=1):
    path = np.asarray(path, float)
    return Branch(start, end, path, np.full(len(path), 3.0))


def line(angle_deg, length_px=100.0):
    """A straight path that rises to the right for angles below 90°."""
    along = np.linspace(0, length_px, 101)
    angle = math.radians(angle_deg)
    return np.stack([-along * math.sin(angle), along * math.cos(angle)], axis=1)


def circle(turn, radius_px=50.0):
    angle = np.linspace(0, turn, 400)
    return radius_px * np.stack([np.sin(angle), np.cos(angle)], axis=1)


def test_a_half_circle_is_pi_halves_times_as_long_as_its_chord():
    assert tortuosity([branch(circle(math.pi))]) == pytest.approx(math.pi / 2, rel=1e-3)


def test_a_straight_line_is_not_winding():
    assert tortuosity([branch(line(30))]) == pytest.approx(1)
    assert tortuosity([branch(line(30)), branch(line(120))]) == pytest.approx(1)


def test_a_ring_has_no_ends_to_compare_with():
    assert tortuosity([branch(circle(2 * math.pi), 0, 0)]) is None


def test_the_length_of_a_polyline_is_that_of_its_pieces():
    assert path_length_px(np.array([[0, 0], [3, 4], [3, 10]], float)) == pytest.approx(11)


def test_a_drawn_ring_is_one_loop_and_two_that_touch_are_map_cracking():
    one = trace(draw_mask([ring((60, 60), 40)], 5, (120, 120))).branches
    two = trace(draw_mask([ring((60, 60), 40), ring((60, 130), 40)], 5, (120, 190))).branches
    assert (loops(one), loops(two)) == (1, 3)  # two circles that cut each other enclose three areas
    assert kind(two, 0) == "map"
    assert kind(one, 0) != "map"


@pytest.mark.parametrize("angle_deg", [0, 20, 45, 90, 135, 179])
def test_orientation_counts_from_the_row_counter_clockwise(angle_deg):
    off = abs((orientation_deg([branch(line(angle_deg))]) - angle_deg + 90) % 180 - 90)
    assert off == pytest.approx(0, abs=0.01)


KINDS = [
    (0, 0, "longitudinal"),
    (29, 0, "longitudinal"),
    (151, 0, "longitudinal"),
    (31, 0, "diagonal"),
    (45, 0, "diagonal"),
    (59, 0, "diagonal"),
    (61, 0, "transverse"),
    (90, 0, "transverse"),
    (90, 90, "longitudinal"),
    (0, 90, "transverse"),
    (10, -175, "longitudinal"),
    (100, 45, "diagonal"),
    (100, 20, "transverse"),
]


@pytest.mark.parametrize(("angle_deg", "axis_deg", "expected"), KINDS)
def test_the_kind_follows_from_the_angle_to_the_axis(angle_deg, axis_deg, expected):
    assert kind([branch(line(angle_deg))], axis_deg) == expected


def star(lengths_px):
    """Branches from one node, 120° apart."""
    angles = np.arange(len(lengths_px)) * 120
    return [branch(line(a, length), 0, 1 + i) for i, (a, length) in enumerate(zip(angles, lengths_px))]


def test_three_arms_are_branched_but_a_short_spur_is_not():
    assert kind(star([100, 100, 100]), 0) == "branched"
    assert kind(star([100, 100, 40]), 0) != "branched"  # a sixth of the length
    assert kind(star([100, 100, 60]), 0) == "branched"  # 23 %


def test_branches_of_a_tree_close_no_loop():
    assert loops(star([100, 100, 100])) == 0
    assert loops([branch(circle(6.28), 0, 0)]) == 1
    assert loops([branch(line(0), 0, 1), branch(circle(3), 0, 1), branch(line(9), 0, 1)]) == 2


def joined(*ends, length_px=10.0):
    """Branches of one length between the numbered nodes."""
    return [branch(line(0, length_px), start, end) for start, end in ends]


def test_what_lies_on_a_loop_is_told_apart_from_what_only_leads_to_one():
    # a triangle, a bridge, two branches between one pair of nodes, a tip, a ring on it, and a crack apart
    ends = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (3, 4), (4, 5), (5, 5), (6, 7)]
    assert on_loops(joined(*ends)) == [True, True, True, False, True, True, False, True, False]


def test_a_lump_on_a_long_crack_makes_no_map_of_it():
    lump = joined((1, 2), (1, 2), (1, 2))  # both sides of a stone, and a crack across it: two loops
    long = [branch(line(90, 200), 0, 1), branch(line(90, 200), 2, 3)]
    assert loops(lump + long) == 2
    assert kind(lump + long, 0) == "transverse"
    short = [branch(line(90, 20), 0, 1), branch(line(90, 20), 2, 3)]
    assert kind(lump + short, 0) == "map"


def test_two_lumps_on_a_crack_do_not_make_it_branched():
    """Each lump parts the crack in two, so that it has three long pieces and none is a side branch."""
    pieces = [between((40, col), (40, col + 120)) for col in (20, 152, 284)]
    lumps = [ring((40, col), 6) for col in (146, 278)]
    crack = trace(draw_mask([*pieces, *lumps], 3, (80, 430))).branches
    assert (len(crack), loops(crack)) == (7, 2)
    assert kind(crack, 0) == "longitudinal"


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
@pytest.mark.parametrize("is_turned", [False, True])
def test_a_crack_around_a_stone_is_single_in_whichever_order_its_branches_come(order, is_turned):
    """Past the longer side of its loop the line leaves out 100 of 750 px, past the shorter one 170."""
    pieces = [(0, 1, 250), (1, 2, 100), (1, 2, 170), (2, 3, 230)]
    crack = [branch(line(0, length_px), *sorted(ends, reverse=is_turned)) for *ends, length_px in pieces]
    assert kind([crack[number] for number in order], 0) == "longitudinal"


def test_a_drawn_crack_around_a_stone_has_one_kind_whichever_way_the_photo_is_turned():
    corners = [(110, 270), (60, 285), (60, 355), (110, 370)]
    around = [between(*ends) for ends in itertools.pairwise(corners)]
    mask = draw_mask([between((110, 20), (110, 600)), *around], 5, (220, 640))
    turned = [mask, mask[::-1, ::-1], mask[:, ::-1], mask[::-1]]
    kinds = [kind(trace(np.ascontiguousarray(one)).branches, 0) for one in turned]
    assert kinds == ["longitudinal"] * 4


@pytest.mark.parametrize(
    "sides",
    [[((120, 40), (120, 200)), ((280, 40), (280, 200))], [((150, 120), (210, 40)), ((250, 120), (310, 200))]],
    ids=["two across", "one to each side"],
)
def test_side_branches_of_a_drawn_crack_make_it_branched(sides):
    lines = [between((20, 120), (380, 120)), *(between(*side) for side in sides)]
    crack = trace(draw_mask(lines, 3, (240, 400))).branches
    assert (loops(crack), kind(crack, 0)) == (0, "branched")


def test_the_points_of_a_line_share_its_whole_length():
    path = np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 6.0]])
    assert point_lengths(path).tolist() == [2.5, 3.5, 1.0]


def test_a_point_alone_has_no_length():
    assert point_lengths(np.array([[2.0, 3.0]])).tolist() == [0.0]


def test_where_points_lie_closer_does_not_turn_a_crack():
    """An L of two equal arms runs diagonally, also when one arm has three times as many points."""
    upright, along = np.linspace(-10, 0, 301), np.linspace(0, 10, 101)
    dense = np.concatenate([np.stack([upright, 0 * upright], 1), np.stack([0 * along, along], 1)[1:]])
    assert orientation_deg([branch(dense)]) == pytest.approx(135, abs=0.2)
