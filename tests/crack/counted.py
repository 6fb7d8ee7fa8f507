"""What several tests of crack networks ask of one."""

import numpy as np

from crackwise.crack.network import CrackNetwork


def length_px(network: CrackNetwork) -> float:
    return sum(float(np.hypot(*np.diff(branch.path, axis=0).T).sum()) for branch in network.branches)


def mean_width_px(network: CrackNetwork) -> float:
    return float(np.nanmean(np.concatenate([branch.width_px for branch in network.branches])))


def degrees_of(network: CrackNetwork) -> list[int]:
    ends = [node for branch in network.branches for node in (branch.start, branch.end)]
    return sorted(np.bincount(ends, minlength=len(network.nodes)).tolist())
