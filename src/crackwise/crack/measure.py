"""From a traced crack network to numbers: length, width, area, orientation of each crack, and of the photo.

P points of a crack's branches, C cracks, A regions of the mask.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crackwise.arrays import CrackMask, Floats, Ints, ProbabilityMap
from crackwise.crack.components import Components, find_components
from crackwise.crack.network import Branch, CrackNetwork
from crackwise.scale import Scale


@dataclass(frozen=True, slots=True)
class CrackMeasurement:
    """The figures of one crack; every ``*_mm`` is None exactly when the photo has no scale.

    Parameters
    ----------
    crack
        Number of the crack in its photo, from 1, longest first.
    length_px
        Length of the smoothed centreline, all branches together, ends corrected for the half width
        that a skeleton falls short.
    width_mean_px, width_median_px, width_max_px
        Statistics of the width profile along the centreline, near junctions and tips left out; area by length
        where nothing of the profile is left.
    widest_row, widest_col
        Where the maximum width is, px.
    area_px
        Number of mask pixels of the crack; pinholes do not count.
    orientation_deg
        Main direction in [0, 180): 0 along a row of the image, 90 along a column, counter-clockwise as seen.
    branches
        Number of branches after pruning.
    confidence
        Mean probability along the centreline, [0, 1]; None when only a mask was given.
    top, left, bottom, right
        Bounding box, half-open, px.
    """

    crack: int
    length_px: float
    width_mean_px: float
    width_median_px: float
    width_max_px: float
    widest_row: int
    widest_col: int
    area_px: int
    orientation_deg: float
    branches: int
    confidence: float | None
    top: int
    left: int
    bottom: int
    right: int
    length_mm: float | None = None
    width_mean_mm: float | None = None
    width_median_mm: float | None = None
    width_max_mm: float | None = None
    area_mm2: float | None = None


@dataclass(frozen=True, slots=True)
class PhotoSummary:
    """The figures of one photo; those in mm and m are None exactly when it has no scale.

    Parameters
    ----------
    crack_count
        Number of cracks.
    total_length_px
        Length of all cracks.
    crack_area_px
        Mask pixels of all cracks.
    crack_area_share
        Crack area by inspected area, [0, 1].
    density_per_px
        Total length by inspected area, px / px².
    width_max_px
        Largest width in the photo; None, as its twin in mm, without cracks.
    density_m_per_m2
        Total length by inspected area.
    """

    crack_count: int
    total_length_px: float
    crack_area_px: int
    crack_area_share: float
    density_per_px: float
    width_max_px: float | None
    total_length_mm: float | None = None
    width_max_mm: float | None = None
    density_m_per_m2: float | None = None


def measure(
    network: CrackNetwork,
    mask: CrackMask,
    *,
    scale: Scale | None = None,
    probability: ProbabilityMap | None = None,
) -> tuple[CrackMeasurement, ...]:
    """Measure each crack of a network.

    Parameters
    ----------
    network
        As `trace` made it from `mask`.
    mask
        (H, W)
    scale
        Adds millimetres.
    probability
        (H, W); adds the confidence.

    Returns
    -------
    tuple
        One per crack, by number.
    """
    regions = find_components(mask)
    areas, boxes = regions.areas_px(), regions.boxes()
    measurements = []
    for (crack, branches), region in zip(_branches_of_cracks(network), regions_of_cracks(network, regions)):
        points = np.concatenate([branch.path for branch in branches])
        shape = _Shape(crack, branches, points, int(areas[region]), boxes[region])
        measurements.append(_measure_one(shape, scale, probability))
    return tuple(measurements)


def summarise(
    measurements: Sequence[CrackMeasurement], *, scale: Scale | None = None, inspected_px: int
) -> PhotoSummary:
    """Sum up the cracks of one photo.

    Parameters
    ----------
    measurements
        Its cracks.
    scale
        The scale that they were measured with.
    inspected_px
        Inspected area in pixels, > 0: of the photo, or of the region of interest.
    """
    length_px = sum(m.length_px for m in measurements)
    area_px = sum(m.area_px for m in measurements)
    width_max_px = max((m.width_max_px for m in measurements), default=None)
    mm_per_px = scale.mm_per_px if scale else None
    return PhotoSummary(
        crack_count=len(measurements),
        total_length_px=length_px,
        crack_area_px=area_px,
        crack_area_share=area_px / inspected_px,
        density_per_px=length_px / inspected_px,
        width_max_px=width_max_px,
        total_length_mm=mm_per_px and length_px * mm_per_px,
        width_max_mm=mm_per_px and width_max_px and width_max_px * mm_per_px,
        density_m_per_m2=mm_per_px and length_px / inspected_px / mm_per_px * 1000,
    )


@dataclass(frozen=True, slots=True)
class _Shape:
    """One crack, its branches, all their points (P, 2), and the mask region that it runs through."""

    crack: int
    branches: tuple[Branch, ...]
    points: Floats
    area_px: int
    box: Ints


def _branches_of_cracks(network: CrackNetwork) -> list[tuple[int, tuple[Branch, ...]]]:
    by_crack: dict[int, list[Branch]] = {}
    for crack, branch in zip(network.crack_of_branch, network.branches):
        by_crack.setdefault(int(crack), []).append(branch)
    return [(crack, tuple(by_crack[crack])) for crack in sorted(by_crack)]


def regions_of_cracks(network: CrackNetwork, regions: Components) -> list[int]:
    """The region under most points of each crack, by number of the crack."""
    if not network.branches:
        return []
    points = np.concatenate([branch.path for branch in network.branches])
    crack = np.repeat(network.crack_of_branch, [len(branch.path) for branch in network.branches])
    under = regions.region_at(*np.floor(points + 0.5).astype(np.int64).T)
    pairs, votes = np.unique(np.stack([crack, under])[:, under >= 0], axis=1, return_counts=True)
    order = np.argsort(votes, kind="stable")
    found = dict(zip(pairs[0, order].tolist(), pairs[1, order].tolist()))  # the most votes come last and stay
    numbers = np.unique(crack).tolist()
    return [found[n] if n in found else _nearest_region(points[crack == n], regions) for n in numbers]


def _nearest_region(points: Floats, regions: Components) -> int:
    """The region nearest to the middle of a crack; for a bent speck that has its axis beside it."""
    assert regions.count > 0, "network and mask belong together"
    rows, cols, region = regions.pixels()
    middle = points.mean(axis=0)
    return int(region[np.argmin((rows - middle[0]) ** 2 + (cols - middle[1]) ** 2)])


def _measure_one(shape: _Shape, scale: Scale | None, probability: ProbabilityMap | None) -> CrackMeasurement:
    length_px = sum(_length_px(branch.path) for branch in shape.branches)
    width_px = np.concatenate([branch.width_px for branch in shape.branches])
    is_known = np.isfinite(width_px)
    if is_known.any():
        points, width_px = shape.points[is_known], width_px[is_known]
    else:
        points, width_px = shape.points[[len(shape.points) // 2]], np.array([shape.area_px / length_px])
    mean, median, largest = float(width_px.mean()), float(np.median(width_px)), float(width_px.max())
    row, col = _pixel(points[width_px.argmax()], shape.box)
    top, left, bottom, right = (int(side) for side in shape.box)
    mm = scale.mm_per_px if scale else None
    return CrackMeasurement(
        crack=shape.crack,
        length_px=length_px,
        width_mean_px=mean,
        width_median_px=median,
        width_max_px=largest,
        widest_row=row,
        widest_col=col,
        area_px=shape.area_px,
        orientation_deg=_orientation_deg(shape.branches),
        branches=len(shape.branches),
        confidence=None if probability is None else _confidence(shape, probability),
        top=top,
        left=left,
        bottom=bottom,
        right=right,
        length_mm=mm and length_px * mm,
        width_mean_mm=mm and mean * mm,
        width_median_mm=mm and median * mm,
        width_max_mm=mm and largest * mm,
        area_mm2=mm and shape.area_px * mm**2,
    )


def _length_px(path: Floats) -> float:
    return float(np.hypot(*np.diff(path, axis=0).T).sum())


def _pixel(point: Floats, box: Ints) -> tuple[int, int]:
    """The pixel of a point, inside the box also where the point lies on its border."""
    row, col = np.clip(np.floor(point + 0.5).astype(np.int64), box[:2], box[2:] - 1)
    return int(row), int(col)


def _orientation_deg(branches: Sequence[Branch]) -> float:
    """Direction in which the centreline extends most: first principal axis of its points."""
    offset = np.concatenate([branch.path for branch in branches])
    offset = offset - offset.mean(axis=0)
    up, right = -offset[:, 0], offset[:, 1]
    angle = np.arctan2(2 * (up * right).sum(), (right**2).sum() - (up**2).sum()) / 2
    return float(np.degrees(angle) % 180.0) % 180.0  # a tiny negative angle becomes 180.0 in the first


def _confidence(shape: _Shape, probability: ProbabilityMap) -> float:
    rows, cols = np.clip(np.floor(shape.points + 0.5).astype(np.int64), shape.box[:2], shape.box[2:] - 1).T
    return float(probability[rows, cols].mean())
