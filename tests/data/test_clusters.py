"""Groups that follow from pairs."""

import itertools

import pytest

from crackwise.data.duplicates import Pair, cluster


def pair(first: str, second: str) -> Pair:
    return Pair(first, second, "overlap", 0.5, "drawn by hand")


CHAIN = [("b.png", "d.png"), ("d.png", "e.png"), ("f.png", "e.png")]


@pytest.mark.parametrize("pairs", list(itertools.permutations(CHAIN)))
def test_photos_in_a_chain_are_one_group_whatever_the_order_of_the_pairs(pairs) -> None:
    groups = cluster([pair(*each) for each in pairs], ["a.png", "b.png", "c.png", "d.png", "e.png", "f.png"])
    assert groups == {"a.png": "a", "b.png": "b", "c.png": "c", "d.png": "b", "e.png": "b", "f.png": "b"}


def test_without_pairs_each_photo_is_its_own_group() -> None:
    assert cluster([], ["x/2.jpg", "x/1.jpg"]) == {"x/2.jpg": "2", "x/1.jpg": "1"}


def test_groups_come_in_the_order_of_the_keys() -> None:
    assert list(cluster([pair("c.jpg", "a.jpg")], ["b.jpg", "c.jpg", "a.jpg"])) == ["b.jpg", "c.jpg", "a.jpg"]


def test_a_group_is_named_after_its_first_member_in_the_order_of_the_keys() -> None:
    assert cluster([pair("a.jpg", "z.jpg")], ["z.jpg", "a.jpg"]) == {"z.jpg": "z", "a.jpg": "z"}


def test_groups_of_equal_stems_keep_names_of_their_own() -> None:
    keys = ["one/7.jpg", "two/7.jpg", "two/7-2.jpg", "three/7.jpg"]
    assert list(cluster([], keys).values()) == ["7", "7-2", "7-2-2", "7-3"]


def test_a_ring_of_pairs_is_one_group() -> None:
    keys = [f"{number}.png" for number in range(500)]
    ring = [pair(first, second) for first, second in zip(keys, keys[1:] + keys[:1])]
    assert set(cluster(ring[::-1], keys).values()) == {"0"}


def test_nothing_has_no_groups() -> None:
    assert cluster([], []) == {}
