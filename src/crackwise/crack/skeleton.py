"""From mask to skeleton graph: chains of pixels between nodes.

Two pixels of the skeleton are linked when they share a side, or a corner without a common side neighbour; a
pixel with two links belongs to a chain, all others are nodes; linked junction pixels are one node.

K pixels, E links, N nodes.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from crackwise.arrays import Floats, Ints
from crackwise.crack.blocks import around, by_block
from crackwise.crack.components import Components
from crackwise.crack.thin import thin

_KEY_STRIDE = 1 << 20
"""Rows and columns of a photo stay below it; 300 MP needs 30,000."""

_REACH_PX = 32
"""So far around skeletons their edge is sought first."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A centreline as the skeleton has it.

    Parameters
    ----------
    start, end
        Nodes it joins; equal for a loop.
    points
        (P, 3) row, column and half width in px, from node to node.
    """

    start: int
    end: int
    points: Floats

    @property
    def length_px(self) -> float:
        """Length of the pixel chain, diagonal steps as √2."""
        return float(np.hypot(*np.diff(self.points[:, :2], axis=0).T).sum())


@dataclass(frozen=True, slots=True)
class SkeletonGraph:
    """Skeletons of all regions as one graph.

    Parameters
    ----------
    nodes
        (N, 3) row, column and half width in px; a junction of several pixels has their mean.
    region_of_node
        (N,)
    chains
        The centrelines between the nodes.
    """

    nodes: Floats
    region_of_node: Ints
    chains: tuple[Chain, ...]


@dataclass(frozen=True, slots=True)
class _Pixels:
    """Skeleton pixels: (K, 3) row, column, half width; (K,) region; (K,) sorted keys, one per place."""

    points: Floats
    region: Ints
    key: Ints


def skeleton_graph(regions: Components) -> SkeletonGraph:
    """Thin every region and link its skeleton into nodes and chains."""
    pixels = _thin_all(regions)
    links = _links(pixels.key)
    number = _nodes(links, len(pixels.key))
    members = np.flatnonzero(number >= 0)
    by_node = number[members]
    size = np.bincount(by_node)
    nodes = np.stack([np.bincount(by_node, column[members]) / size for column in pixels.points.T], axis=1)
    region_of_node = np.zeros(len(size), np.int64)
    region_of_node[by_node] = pixels.region[members]
    chains = _pixel_chains(links, number, nodes, pixels.points) + _short_chains(links, number, nodes)
    return SkeletonGraph(nodes, region_of_node, tuple(chains))


def _thin_all(regions: Components) -> _Pixels:
    rows, cols, region = regions.pixels()
    stays = thin(rows, cols, regions.shape)
    rows, cols, region = rows[stays], cols[stays], region[stays]
    places = np.stack([rows, cols], axis=1)
    half_width = np.zeros(len(places))
    for near in by_block(places):
        half_width[near] = _half_width(regions, places[near])
    return _Pixels(np.column_stack([places, half_width]), region, rows * _KEY_STRIDE + cols)


def _half_width(regions: Components, places: Ints) -> Floats:
    """Distance of pixels (K, 2) from the edge of their region, half a pixel before the pixel beyond."""
    H, W = regions.shape
    reach_px = _REACH_PX
    while True:
        rows, cols = around(places, reach_px, (H, W))
        at_border = (rows.start == 0, rows.stop == H), (cols.start == 0, cols.stop == W)
        painted = np.pad(regions.mask(rows, cols), np.array(at_border, int)).view(np.uint8)
        distance = cv2.distanceTransform(painted, cv2.DIST_L2, cv2.DIST_MASK_5)
        corner = rows.start - at_border[0][0], cols.start - at_border[1][0]
        found: Floats = distance[tuple((places - corner).T)] - np.float32(0.5)
        if found.max() < reach_px or np.all(at_border):
            return found
        reach_px *= 4  # what lies beyond the part may be nearer


def _links(key: Ints) -> Ints:
    """(E, 2) pairs of linked pixels."""

    def neighbour(offset: int) -> Ints:
        position = np.minimum(np.searchsorted(key, key + offset), len(key) - 1)
        return np.where(key[position] == key + offset, position, -1)

    if not len(key):
        return np.zeros((0, 2), np.int64)
    east, south, west = neighbour(1), neighbour(_KEY_STRIDE), neighbour(-1)
    south_east = np.where((east < 0) & (south < 0), neighbour(_KEY_STRIDE + 1), -1)
    south_west = np.where((west < 0) & (south < 0), neighbour(_KEY_STRIDE - 1), -1)
    other = np.concatenate([east, south, south_east, south_west])
    pairs = np.stack([np.tile(np.arange(len(key)), 4), other], axis=1)
    return pairs[other >= 0]


def _nodes(links: Ints, count: int) -> Ints:
    """(K,) node of each pixel, -1 in chains; a ring without any gets one, where it would be cut open."""
    degree = np.bincount(links.ravel(), minlength=count)
    group = _groups(links[(degree[links] >= 3).all(axis=1)], count)
    in_chain = degree == 2
    chain = _groups(links[in_chain[links].all(axis=1)], count)
    is_ring = np.bincount(chain, weights=~in_chain | _touches(links, ~in_chain), minlength=count) == 0
    first = np.unique(chain, return_index=True)[1]
    in_chain[first[is_ring[chain[first]]]] = False
    number = np.full(count, -1)
    number[~in_chain] = np.unique(group[~in_chain], return_inverse=True)[1]
    return number


def _touches(links: Ints, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """True for pixels linked to a chosen one."""
    touches = np.zeros(len(chosen), np.bool_)
    for one, other in ((links[:, 0], links[:, 1]), (links[:, 1], links[:, 0])):
        touches[one[chosen[other]]] = True
    return touches


def _groups(links: Ints, count: int) -> Ints:
    """(K,) number of the connected group of each pixel."""
    groups: Ints = connected_components(_matrix(links, count), directed=False)[1]
    return groups


def _matrix(links: Ints, count: int) -> csr_array:
    return csr_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(count, count))


def _pixel_chains(links: Ints, node_of_pixel: Ints, nodes: Floats, points: Floats) -> list[Chain]:
    """Chains with pixels between their nodes, each ordered by its steps from one of its ends."""
    count = len(node_of_pixel)
    in_chain = node_of_pixel < 0
    if not in_chain.any():
        return []
    inner = links[in_chain[links].all(axis=1)]
    chain = _groups(inner, count)
    both_ways = np.concatenate([links, links[:, ::-1]])
    outer = both_ways[in_chain[both_ways[:, 0]] & ~in_chain[both_ways[:, 1]]]
    start = outer[np.unique(chain[outer[:, 0]], return_index=True)[1], 0]
    steps = dijkstra(_matrix(inner, count), directed=False, indices=start, unweighted=True, min_only=True)
    outer = outer[np.lexsort((steps[outer[:, 0]], chain[outer[:, 0]]))]
    pixels = np.flatnonzero(in_chain)
    pixels = pixels[np.lexsort((steps[pixels], chain[pixels]))]
    pieces = np.split(pixels, np.flatnonzero(np.diff(chain[pixels])) + 1)
    ends = node_of_pixel[outer[:, 1]].reshape(-1, 2)
    return [
        Chain(int(a), int(b), np.concatenate([nodes[a : a + 1], points[piece], nodes[b : b + 1]]))
        for (a, b), piece in zip(ends, pieces)
    ]


def _short_chains(links: Ints, node_of_pixel: Ints, nodes: Floats) -> list[Chain]:
    """Chains without a pixel between their nodes."""
    ends = node_of_pixel[links]
    ends = ends[(ends >= 0).all(axis=1) & (ends[:, 0] != ends[:, 1])]
    return [Chain(int(a), int(b), nodes[[a, b]]) for a, b in ends]
