"""Tips of cracks whose mask is too fat: cut back by as much as the mask is too wide on either side."""

from dataclasses import replace

import numpy as np

from crackwise.arrays import Floats
from crackwise.crack.network import Branch, CrackNetwork

_MOST_PX = 4.0
_LEAST_POINTS = 6
_AT_BORDER_PX = 0.5  # from the middle of the outermost pixels


def trim_tips(network: CrackNetwork, excess_px: Floats, shape: tuple[int, ...]) -> CrackNetwork:
    """Shorten the free ends of each branch, but those at which the crack leaves the photo.

    Parameters
    ----------
    network
        As traced from the mask.
    excess_px
        (B,) how much wider the mask is than the crack, per branch; NaN where that is not known. A mask that
        is too wide by e on both sides together is too long by e / 2 at a tip.
    shape
        (H, W) of the photo.
    """
    count = np.bincount([end for branch in network.branches for end in (branch.start, branch.end)])
    nodes, branches = network.nodes.copy(), []
    for branch, excess in zip(network.branches, excess_px):
        by_px = float(np.clip(np.nan_to_num(excess) / 2, 0, _MOST_PX))
        for end in ("start", "end"):
            node = getattr(branch, end)
            is_tip = count[node] == 1 and not _is_at_border(nodes[node], shape)
            if is_tip and by_px > 0 and len(branch.path) > by_px + _LEAST_POINTS:
                branch = _trimmed(branch, by_px, at_start=end == "start")
                nodes[node] = branch.path[0 if end == "start" else -1]
        branches.append(branch)
    return replace(network, nodes=nodes, branches=tuple(branches))


def _is_at_border(node: Floats, shape: tuple[int, ...]) -> bool:
    return bool(((node < _AT_BORDER_PX) | (node > np.array(shape[:2]) - 1 - _AT_BORDER_PX)).any())


def _trimmed(branch: Branch, by_px: float, *, at_start: bool) -> Branch:
    """Drop whole points, about 1 px apart, and move the last one by what remains."""
    whole = int(by_px)
    kept = slice(whole, None) if at_start else slice(None, len(branch.path) - whole)
    path = branch.path[kept].copy()
    first, second = (0, 1) if at_start else (-1, -2)
    path[first] += (by_px - whole) * (path[second] - path[first])
    return replace(
        branch,
        path=path,
        width_px=branch.width_px[kept],
        low_px=None if branch.low_px is None else branch.low_px[kept],
        high_px=None if branch.high_px is None else branch.high_px[kept],
        method=None if branch.method is None else branch.method[kept],
        hidden_px=None if branch.hidden_px is None else branch.hidden_px[kept],
    )
