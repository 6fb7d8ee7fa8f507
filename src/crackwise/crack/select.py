"""Keep the cracks that are long and certain enough, in regions, network and measurements alike."""

from dataclasses import dataclass, replace

import numpy as np

from crackwise.arrays import CrackMask, Floats
from crackwise.crack.components import Components
from crackwise.crack.measure import regions_of_cracks
from crackwise.crack.measurements import CrackMeasurement
from crackwise.crack.network import CrackNetwork


@dataclass(frozen=True, slots=True)
class PossibleCrack:
    """What may be a crack but is shorter or less certain than asked, and so is not counted.

    Parameters
    ----------
    length_px
        Of its centreline, all branches together.
    confidence
        Mean probability along the centreline, [0, 1].
    width_px
        The widest place of its mask.
    paths
        Its branches, each (P, 2) rows and columns in px.
    """

    length_px: float
    confidence: float | None
    width_px: float
    paths: tuple[Floats, ...]


@dataclass(frozen=True, slots=True)
class Cracks:
    """The cracks of one photo in their three forms; network and measurements are numbered alike.

    ``possible`` are those that were left out, longest first.
    """

    regions: Components
    network: CrackNetwork
    measurements: tuple[CrackMeasurement, ...]
    possible: tuple[PossibleCrack, ...] = ()

    @property
    def mask(self) -> CrackMask:
        """Their pixels, (H, W) bool, painted anew each time."""
        return self.regions.mask()


def keep_cracks(found: Cracks, *, min_length_px: float, min_confidence: float) -> Cracks:
    """Drop what is shorter or less certain than asked and number the rest anew, longest first.

    Parameters
    ----------
    found
        As traced and measured.
    min_length_px
        Shortest centreline, all branches together.
    min_confidence
        Least mean probability along the centreline; measurements without one are kept.
    """
    kept = [
        m
        for m in found.measurements
        if m.length_px >= min_length_px and (m.confidence is None or m.confidence >= min_confidence)
    ]
    if len(kept) == len(found.measurements):
        return found
    numbers = {m.crack: new for new, m in enumerate(kept, start=1)}
    return Cracks(
        _regions_without(found, [m.crack not in numbers for m in found.measurements]),
        _renumbered(found.network, numbers),
        tuple(replace(m, crack=numbers[m.crack]) for m in kept),
        tuple(_possible(m, found.network) for m in found.measurements if m.crack not in numbers),
    )


def _possible(crack: CrackMeasurement, network: CrackNetwork) -> PossibleCrack:
    branches = zip(network.branches, network.crack_of_branch)
    paths = tuple(branch.path for branch, number in branches if number == crack.crack)
    return PossibleCrack(crack.length_px, crack.confidence, crack.width_max_px, paths)


def _regions_without(found: Cracks, is_dropped: list[bool]) -> Components:
    dropped = np.array(regions_of_cracks(found.network, found.regions))[np.array(is_dropped)]
    return found.regions.chosen(~np.isin(np.arange(found.regions.count), dropped))


def _renumbered(network: CrackNetwork, numbers: dict[int, int]) -> CrackNetwork:
    stays = [int(crack) in numbers for crack in network.crack_of_branch]
    branches = [branch for branch, kept in zip(network.branches, stays) if kept]
    used = sorted({node for branch in branches for node in (branch.start, branch.end)})
    node = {old: new for new, old in enumerate(used)}
    cracks = [numbers[int(crack)] for crack, kept in zip(network.crack_of_branch, stays) if kept]
    return CrackNetwork(
        network.nodes[used].reshape(-1, 2),
        tuple(replace(branch, start=node[branch.start], end=node[branch.end]) for branch in branches),
        np.array(cracks, np.int64),
    )
