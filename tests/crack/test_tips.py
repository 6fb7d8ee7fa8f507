"""A fat mask is too long as well as too wide: its tips are cut back by half the excess."""

import numpy as np
import pytest

from crackwise.crack.network import Branch, CrackNetwork
from crackwise.crack.tips import trim_tips

SHAPE = (60, 100)


def branch(start, end, first, last):
    path = np.stack([np.full(last - first + 1, 9.0), np.arange(first, last + 1.0)], axis=1)
    return Branch(start, end, path, np.full(len(path), 5.0))


def ends(network):
    return [(b.path[0, 1], b.path[-1, 1]) for b in network.branches]


def test_a_free_crack_loses_half_the_excess_at_either_tip():
    network = CrackNetwork(np.array([[9.0, 10], [9, 60]]), (branch(0, 1, 10, 60),), np.array([1]))
    trimmed = trim_tips(network, np.array([3.0]), SHAPE)
    assert ends(trimmed) == [(pytest.approx(11.5), pytest.approx(58.5))]
    assert trimmed.nodes[:, 1] == pytest.approx([11.5, 58.5])
    assert len(trimmed.branches[0].width_px) == len(trimmed.branches[0].path)


def test_an_end_at_a_junction_stays():
    nodes = np.array([[9.0, 2], [9, 42], [9, 82], [39, 42]])
    down = np.stack([np.arange(9, 40.0), np.full(31, 42.0)], axis=1)
    branches = (branch(0, 1, 2, 42), branch(1, 2, 42, 82), Branch(1, 3, down, np.full(31, 5.0)))
    trimmed = trim_tips(CrackNetwork(nodes, branches, np.array([1, 1, 1])), np.full(3, 2.0), SHAPE)
    assert ends(trimmed)[:2] == [(3, 42), (42, 81)]
    assert trimmed.branches[2].path[[0, -1], 0] == pytest.approx([9, 38])


@pytest.mark.parametrize("excess", [np.nan, -2.0, 0.0])
def test_without_excess_nothing_changes(excess):
    network = CrackNetwork(np.array([[9.0, 10], [9, 60]]), (branch(0, 1, 10, 60),), np.array([1]))
    assert ends(trim_tips(network, np.array([excess]), SHAPE)) == [(10, 60)]


def test_a_ring_and_a_stub_stay():
    network = CrackNetwork(
        np.array([[9.0, 2], [9, 6]]), (branch(0, 0, 2, 52), branch(0, 1, 2, 6)), np.array([1, 1])
    )
    assert ends(trim_tips(network, np.array([8.0, 8.0]), SHAPE)) == [(2, 52), (2, 6)]


def test_where_a_crack_leaves_the_photo_it_has_no_tip():
    network = CrackNetwork(np.array([[9.0, 0], [9, 60]]), (branch(0, 1, 0, 60),), np.array([1]))
    assert ends(trim_tips(network, np.array([4.0]), SHAPE)) == [(0, 58)]
    assert ends(trim_tips(network, np.array([4.0]), (60, 61))) == [(0, 60)]
