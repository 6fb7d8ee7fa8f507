"""Groups of photos that belong together."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import PurePosixPath

from crackwise.data.duplicates.pair import Pair


def cluster(pairs: Iterable[Pair], keys: Sequence[str]) -> dict[str, str]:
    """Name the group of each photo: photos that are joined by pairs, however many lie between, are one group.

    Parameters
    ----------
    pairs
        As found by :func:`crackwise.data.duplicates.find_duplicates`.
    keys
        All photos, also those without a pair; no key twice.

    Returns
    -------
    Group by key, in the order of ``keys``; a group is named after the stem of its first member, with ``-2``,
    ``-3`` … where another group has that name.
    """
    parents = {key: key for key in keys}
    order = {key: number for number, key in enumerate(keys)}
    for pair in pairs:
        ends = sorted((_root(parents, pair.first), _root(parents, pair.second)), key=order.__getitem__)
        parents[ends[1]] = ends[0]  # so that a root is the first member
    names: dict[str, str] = {}
    taken: set[str] = set()
    groups = {}
    for key in keys:
        root = _root(parents, key)
        if root not in names:
            names[root] = free_name(PurePosixPath(root).stem, taken)
            taken.add(names[root])
        groups[key] = names[root]
    return groups


def _root(parents: dict[str, str], key: str) -> str:
    """Follow parents to the first member, halving the path on the way."""
    while parents[key] != key:
        parents[key] = parents[parents[key]]
        key = parents[key]
    return key


def free_name(stem: str, taken: Collection[str]) -> str:
    """Number a name from -2 upwards until it is free."""
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    return name
