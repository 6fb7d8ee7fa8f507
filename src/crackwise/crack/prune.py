"""Take from a skeleton graph what thinning put there and the crack did not.

The rule, in lengths along the skeleton, with h the half width at the junction (docs/lengths.md):

1. A branch with a free end at a junction is a spur when it is shorter than 1.75 h + 2 px: it then sticks out
   of the crack's side by less than 0.75 h + 2 px. All spurs of a junction go at once (the two tines that
   thinning draws into the corners of a blunt end), but of a junction of nothing else the two longest stay.
2. Branches that meet at a node of two become one branch. Repeat from 1 until nothing changes.
3. Two junctions nearer to each other than 2 h + 2 px are one (thinning splits a crossing into two forks),
   each junction once, the nearest pairs first; loops shorter than 6 h + 8 px, which only pinholes leave, go.
4. Once more 1 and 2.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import Floats, Ints
from crackwise.crack.skeleton import Chain, SkeletonGraph


def prune(graph: SkeletonGraph) -> SkeletonGraph:
    """Remove spurs, join what they had split, and unite split junctions."""
    return _without_spurs(_unite_junctions(_without_spurs(graph)))


def degrees(graph: SkeletonGraph) -> Ints:
    """Count the branch ends at each node, (N,)."""
    return np.bincount(_ends(graph.chains).ravel(), minlength=len(graph.nodes))


def _without_spurs(graph: SkeletonGraph) -> SkeletonGraph:
    while True:
        graph = _join(graph)
        spurs = _spurs(graph)
        if not spurs:
            return graph
        graph = replace(graph, chains=tuple(c for i, c in enumerate(graph.chains) if i not in spurs))


def _ends(chains: Sequence[Chain]) -> Ints:
    return np.array([(chain.start, chain.end) for chain in chains], np.int64).reshape(-1, 2)


def _spurs(graph: SkeletonGraph) -> set[int]:
    degree = degrees(graph)
    ends = _ends(graph.chains)
    free = degree[ends] == 1
    has_free_end = (free.sum(axis=1) == 1) & (degree[ends].max(axis=1, initial=0) >= 3)
    root = np.where(free[:, 0], ends[:, 1], ends[:, 0])
    candidates = np.flatnonzero(has_free_end)
    limit = 1.75 * graph.nodes[root, 2] + 2
    spurs = {int(i): graph.chains[i].length_px for i in candidates if graph.chains[i].length_px < limit[i]}
    return set(spurs) - _last_two(spurs, root, degree)


def _last_two(spurs: dict[int, float], root: Ints, degree: Ints) -> set[int]:
    """The two longest of the spurs at each junction that has nothing else."""
    by_root: dict[int, list[int]] = {}
    for i in sorted(spurs, key=lambda i: -spurs[i]):
        by_root.setdefault(int(root[i]), []).append(i)
    return {i for node, members in by_root.items() if len(members) == degree[node] for i in members[:2]}


def _join(graph: SkeletonGraph) -> SkeletonGraph:
    """Make one branch of the two at every node of degree 2."""
    chains: dict[int, Chain] = dict(enumerate(graph.chains))
    at_node: dict[int, list[int]] = {int(node): [] for node in np.flatnonzero(degrees(graph) == 2)}
    for i, chain in chains.items():
        for node in (chain.start, chain.end):
            if node in at_node:
                at_node[node].append(i)
    for node, (one, other) in at_node.items():
        if one == other:  # a ring
            continue
        joined = _joined(chains.pop(one), chains.pop(other), node)
        chains[one] = joined
        far = joined.end
        if far in at_node:
            at_node[far][at_node[far].index(other)] = one
    return replace(graph, chains=tuple(chains.values()))


def _joined(one: Chain, other: Chain, node: int) -> Chain:
    """Run along `one` to `node` and on along `other`."""
    one = one if one.end == node else _turned(one)
    other = other if other.start == node else _turned(other)
    return Chain(one.start, other.end, np.concatenate([one.points, other.points[1:]]))


def _turned(chain: Chain) -> Chain:
    return Chain(chain.end, chain.start, chain.points[::-1])


def _unite_junctions(graph: SkeletonGraph) -> SkeletonGraph:
    ends = _ends(graph.chains)
    is_inner = (degrees(graph)[ends] >= 3).all(axis=1) & (ends[:, 0] != ends[:, 1])
    target = np.arange(len(graph.nodes))
    nodes = graph.nodes.copy()
    for i in _nearest_pairs(graph, np.flatnonzero(is_inner)):
        a, b = ends[i]
        target[b] = a
        nodes[a] = (*graph.nodes[[a, b], :2].mean(axis=0), graph.nodes[[a, b], 2].max())
    return _retarget(graph, nodes, target)


def _nearest_pairs(graph: SkeletonGraph, candidates: Ints) -> list[int]:
    """Chains whose two junctions are one, shortest first, no junction twice."""
    length = {int(i): graph.chains[i].length_px for i in candidates}
    chosen: list[int] = []
    taken: set[int] = set()
    for i in sorted(length, key=length.__getitem__):
        pair = {graph.chains[i].start, graph.chains[i].end}
        if not pair & taken and length[i] < 2 * graph.nodes[list(pair), 2].max() + 2:
            chosen.append(i)
            taken |= pair
    return chosen


def _retarget(graph: SkeletonGraph, nodes: Floats, target: NDArray[np.int64]) -> SkeletonGraph:
    """Lead every chain to the node that took the place of its own; drop the loops that this closes."""
    chains = []
    for chain in graph.chains:
        start, end = int(target[chain.start]), int(target[chain.end])
        if start != end or chain.length_px >= 6 * nodes[start, 2] + 8:
            points = np.concatenate([nodes[[start]], chain.points[1:-1], nodes[[end]]])
            chains.append(Chain(start, end, points))
    return replace(graph, nodes=nodes, chains=tuple(chains))
