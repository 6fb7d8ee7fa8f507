"""What form a crack has: how winding, how branched, which way it runs against an axis."""

from collections import defaultdict
from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from typing import Literal

import numpy as np

from crackwise.arrays import Floats
from crackwise.crack.network import Branch

Kind = Literal["longitudinal", "transverse", "diagonal", "branched", "map"]

ALONG_DEG = 30.0
"""Within this of the axis a crack is longitudinal, within this of its normal transverse; diagonal between."""

MAP_LOOPS = 2
"""A crack that closes this many loops is map cracking: it cuts the surface into pieces. No standard says how
large these have to be; but two sides of one lump of dirt close loops too, so that `SIDE_SHARE` holds here."""

SIDE_SHARE = 0.2
"""Side branches, and loops, that make up less of a crack's length leave it a single crack."""


def orientation_deg(branches: Sequence[Branch]) -> float:
    """Direction in which the centreline extends most, [0, 180): its first principal axis."""
    points = np.concatenate([branch.path for branch in branches])
    length = np.concatenate([point_lengths(branch.path) for branch in branches])
    offset = points - np.average(points, axis=0, weights=length)
    up, right = -offset[:, 0], offset[:, 1]
    angle = np.arctan2(2 * length @ (up * right), length @ (right**2 - up**2)) / 2
    return float(np.degrees(angle) % 180.0) % 180.0  # a tiny negative angle becomes 180.0 in the first


def path_length_px(path: Floats) -> float:
    """Length of a polyline."""
    return float(np.hypot(*np.diff(path, axis=0).T).sum())


def point_lengths(path: Floats) -> Floats:
    """Share the length of a line among its points: half of each neighbouring step; (P, 2) → (P,)."""
    half: Floats = np.hypot(*np.diff(path, axis=0).T) / 2
    return np.append(half, 0.0) + np.insert(half, 0, 0.0)


def tortuosity(branches: Sequence[Branch]) -> float | None:
    """Length by the distance of the ends, all branches together, 1 for a straight crack; None for a ring."""
    open_paths = [branch.path for branch in branches if np.hypot(*(branch.path[-1] - branch.path[0])) > 1]
    if not open_paths:
        return None
    chords = sum(float(np.hypot(*(path[-1] - path[0]))) for path in open_paths)
    return max(1.0, sum(path_length_px(path) for path in open_paths) / chords)


def loops(branches: Sequence[Branch]) -> int:
    """Closed loops of one crack: branches - nodes + 1."""
    nodes = {branch.start for branch in branches} | {branch.end for branch in branches}
    return len(branches) - len(nodes) + 1


def on_loops(branches: Sequence[Branch]) -> list[bool]:
    """Tell of each branch whether it lies on a closed loop: without it the crack would stay in one piece.

    A spanning tree leaves out one branch of each loop; the others of that loop are on the way through the
    tree between its two ends, one of which lies beyond each of them.
    """
    towards = _spanning_tree(branches, [0.0] * len(branches))  # any tree will do
    in_tree = {number for number, _ in towards.values()}
    beyond: defaultdict[int, int] = defaultdict(int)  # a bit for each branch that the tree leaves out
    for number, branch in enumerate(branches):
        if number not in in_tree:
            beyond[branch.start] ^= 1 << number
            beyond[branch.end] ^= 1 << number
    is_on_loop = [number not in in_tree for number in range(len(branches))]
    for node, (number, nearer) in reversed(towards.items()):
        is_on_loop[number] = beyond[node] != 0
        beyond[nearer] ^= beyond[node]
    return is_on_loop


def _line_px(branches: Sequence[Branch], lengths_px: Sequence[float]) -> float:
    """Length of the longest line through a crack, from tip to tip; it passes a loop on its longer side."""
    farthest_px: defaultdict[int, float] = defaultdict(float)
    longest_px = 0.0
    for node, (number, nearer) in reversed(_spanning_tree(branches, lengths_px).items()):
        way_px = farthest_px[node] + lengths_px[number]
        longest_px = max(longest_px, farthest_px[nearer] + way_px)
        farthest_px[nearer] = max(farthest_px[nearer], way_px)
    return longest_px


def _spanning_tree(branches: Sequence[Branch], lengths_px: Sequence[float]) -> dict[int, tuple[int, int]]:
    """Give the branch and the node through which each node is reached, nearer nodes first.

    Of all trees it is the longest (Prim 1957): of each loop the shortest branch is left out, so that the
    order of the branches decides nothing.
    """
    around: defaultdict[int, list[tuple[float, int, int, int]]] = defaultdict(list)
    for number, branch in enumerate(branches):
        for node, other in ((branch.start, branch.end), (branch.end, branch.start)):
            around[node].append((-lengths_px[number], -number, node, other))
    towards: dict[int, tuple[int, int]] = {}
    reached: set[int] = set()
    for root in around:
        ways = [] if root in reached else list(around[root])
        heapify(ways)
        reached.add(root)
        while ways:
            _, number, node, other = heappop(ways)
            if other not in reached:
                reached.add(other)
                towards[other] = (-number, node)
                for way in around[other]:
                    heappush(ways, way)
    return towards


def kind(branches: Sequence[Branch], axis_deg: float) -> Kind:
    """Name the form; the axis is that of the road or beam in the photo, counted like `orientation_deg`.

    A crack with side branches or loops is still single when they make up less than a fifth of its length.
    Side branches are all that its longest line leaves out, so that lumps on this line do not count.
    """
    lengths = [path_length_px(branch.path) for branch in branches]
    least_px = SIDE_SHARE * sum(lengths)
    if loops(branches) >= MAP_LOOPS and sum(np.compress(on_loops(branches), lengths)) >= least_px:
        return "map"
    if len(branches) > 2 and sum(lengths) - _line_px(branches, lengths) >= least_px:
        return "branched"
    away = abs((orientation_deg(branches) - axis_deg + 90) % 180 - 90)
    return "longitudinal" if away <= ALONG_DEG else "transverse" if away >= 90 - ALONG_DEG else "diagonal"
