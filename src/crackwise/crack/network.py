"""The graph of a crack: nodes joined by branches, usable without an image.

N nodes, B branches, P points of a branch, C regions of the mask.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import Floats, Ints
from crackwise.crack.centreline import Centreline, Ends, arc_length_px, fit_centreline, resample
from crackwise.crack.components import Components, RegionsOrMask, as_components, fill_pores
from crackwise.crack.prune import degrees, prune
from crackwise.crack.sections import EdgeMap
from crackwise.crack.skeleton import Chain, SkeletonGraph, skeleton_graph

MAX_PORE_PX = 16
"""Enclosed holes up to this area are filled before tracing; a crack runs around larger ones."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One centreline between two nodes.

    Parameters
    ----------
    start, end
        Indices of the nodes it joins; equal for a loop.
    path
        (P, 2) smoothed centreline, row and column in px (pixel centres are whole numbers), about 1 px apart;
        in a rectified photo about 1 px of the photo as it was taken.
    width_px
        (P,) full width across the centreline; NaN where it cannot be told (near junctions).
    low_px, high_px
        (P,) ends of its 90 % interval; None as long as only the mask was measured.
    hidden_px
        (P,) how much of the upper end is for what a tone curve may hide, see `crackwise.crack.tone`.
    method
        (P,) what gave each width, an index into `crackwise.crack.widths.METHODS`; None like the interval.
    """

    start: int
    end: int
    path: Floats
    width_px: Floats
    low_px: Floats | None = None
    high_px: Floats | None = None
    method: NDArray[np.uint8] | None = None
    hidden_px: Floats | None = None


@dataclass(frozen=True, slots=True)
class CrackNetwork:
    """All cracks of one photo as a graph.

    Parameters
    ----------
    nodes
        (N, 2) row and column in px.
    branches
        B branches.
    crack_of_branch
        (B,) number of the crack, from 1, that each branch belongs to.
    """

    nodes: Floats
    branches: tuple[Branch, ...]
    crack_of_branch: Ints


def trace(regions: RegionsOrMask, *, edge: EdgeMap | None = None) -> CrackNetwork:
    """Trace cracks: smooth centrelines with widths, joined at nodes.

    Holes of up to 16 px are filled; then every 8-connected region is one crack, numbered from 1, longest
    first. A region hardly longer than wide is one straight branch along its principal axis.

    Parameters
    ----------
    regions
        Of the cracks, or their mask (H, W).
    edge
        Where the edge lies between pixels, `EdgeMap.of_levels(levels, low_threshold)`; None for the mask's
        own.

    Returns
    -------
    CrackNetwork
        Paths lie within [-0.5, side - 0.5]: a crack that leaves the photo ends on its border.
    """
    filled = fill_pores(as_components(regions), MAX_PORE_PX)
    graph = prune(skeleton_graph(filled))
    is_compact = _is_compact(graph, filled.count)
    traced = _trace_chains(graph, is_compact, edge or EdgeMap(filled.mask()))
    return _network(traced + _principal_axes(filled, is_compact))


def _is_compact(graph: SkeletonGraph, count: int) -> NDArray[np.bool_]:
    """(C,) True for regions without a branch, or with one open branch shorter than 4 half widths."""
    is_compact = np.ones(count, np.bool_)
    branches = np.bincount(graph.region_of_node[[c.start for c in graph.chains]], minlength=count)
    for chain in graph.chains:
        region = graph.region_of_node[chain.start]
        is_short = chain.start != chain.end and chain.length_px < 4 * chain.points[:, 2].max()
        is_compact[region] = branches[region] == 1 and is_short
    return is_compact


@dataclass(frozen=True, slots=True)
class _Traced:
    """A centreline before its crack has a number; nodes are known by any two integers."""

    region: int
    start: tuple[int, int]
    end: tuple[int, int]
    line: Centreline


def _trace_chains(graph: SkeletonGraph, is_compact: NDArray[np.bool_], edge: EdgeMap) -> list[_Traced]:
    degree = degrees(graph)

    def follow(chain: Chain) -> _Traced:
        is_ring = chain.start == chain.end and degree[chain.start] == 2
        ends = Ends(bool(degree[chain.start] == 1), bool(degree[chain.end] == 1), is_ring)
        line = fit_centreline(chain.points, ends, edge)
        return _Traced(int(graph.region_of_node[chain.start]), (0, chain.start), (0, chain.end), line)

    is_followed = ~is_compact[graph.region_of_node]
    return [follow(chain) for chain in graph.chains if is_followed[chain.start]]


def _principal_axes(regions: Components, is_compact: NDArray[np.bool_]) -> list[_Traced]:
    """A straight line through each compact region, from edge to edge, its width not told."""
    rows, cols, region = regions.pixels(is_compact[regions.region])
    if not len(rows):
        return []
    order = np.argsort(region, kind="stable")
    pixels, region = np.stack([rows, cols], axis=1)[order].astype(float), region[order]
    number, first, size = np.unique(region, return_index=True, return_counts=True)
    centre = np.add.reduceat(pixels, first) / size[:, None]
    offset = pixels - np.repeat(centre, size, axis=0)
    row_row, col_col = (np.add.reduceat(offset**2, first)).T
    row_col = np.add.reduceat(offset.prod(axis=1), first)
    angle = np.arctan2(2 * row_col, col_col - row_row) / 2
    axis = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    along = (offset * np.repeat(axis, size, axis=0)).sum(axis=1)
    low, high = np.minimum.reduceat(along, first) - 0.5, np.maximum.reduceat(along, first) + 0.5
    traced = []
    for i, a in enumerate(number):
        path = resample(centre[i] + np.array([[low[i]], [0.0], [high[i]]]) * axis[i])
        path = np.clip(path, -0.5, np.array(regions.shape) - 0.5)
        traced.append(_Traced(int(a), (1, i), (2, i), Centreline(path, np.full(len(path), np.nan))))
    return traced


def _network(traced: list[_Traced]) -> CrackNetwork:
    """Number cracks by length and nodes in order of appearance."""
    length: dict[int, float] = {}
    for piece in traced:
        length[piece.region] = length.get(piece.region, 0.0) + float(arc_length_px(piece.line.path)[-1])
    crack = {region: i + 1 for i, region in enumerate(sorted(length, key=lambda r: (-length[r], r)))}
    traced = sorted(traced, key=lambda piece: crack[piece.region])
    number: dict[tuple[int, int], int] = {}
    nodes: list[Floats] = []
    branches = []
    for piece in traced:
        for node, point in ((piece.start, piece.line.path[0]), (piece.end, piece.line.path[-1])):
            if number.setdefault(node, len(nodes)) == len(nodes):
                nodes.append(point)
        branches.append(Branch(number[piece.start], number[piece.end], piece.line.path, piece.line.width_px))
    crack_of_branch = np.array([crack[piece.region] for piece in traced], np.int64)
    return CrackNetwork(np.array(nodes).reshape(-1, 2), tuple(branches), crack_of_branch)
