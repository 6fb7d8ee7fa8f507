"""From a traced crack network to numbers: length, width, area, orientation of each crack, and of the photo.

P points of a crack's branches, C cracks, A regions of the mask.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from crackwise.arrays import Floats, Ints, Levels
from crackwise.crack.components import Components, RegionsOrMask, as_components
from crackwise.crack.form import kind, loops, orientation_deg, path_length_px, point_lengths, tortuosity
from crackwise.crack.measurements import CrackMeasurement, PhotoSummary, at_scale, summary_at_scale
from crackwise.crack.network import Branch, CrackNetwork
from crackwise.crack.statistics import Points, WidthStatistics
from crackwise.crack.widths import CONTOUR, METHODS, Method, contour_range_px
from crackwise.levels import HIGHEST
from crackwise.scale import Scale


class Sharpness(Protocol):
    """How sharp a photo is, seen around its cracks (`Optics`) or without any."""

    @property
    def blur_px(self) -> float:
        """Standard deviation of the blur."""

    @property
    def smallest_width_px(self) -> float:
        """Smallest width that can be measured."""


class Certainty(Sharpness, Protocol):
    """How fine a photo shows its cracks: `crackwise.crack.optics.Optics`, seen obliquely, or a forecast."""

    def smallest_at(self, path: Floats) -> float:
        """Give the smallest width that can be measured all along a path (P, 2)."""


def measure(
    network: CrackNetwork,
    regions: RegionsOrMask,
    *,
    scale: Scale | None = None,
    levels: Levels | None = None,
    optics: Certainty | None = None,
    axis_deg: float = 0.0,
) -> tuple[CrackMeasurement, ...]:
    """Measure each crack of a network.

    Parameters
    ----------
    network
        As `trace` made it from `regions`.
    regions
        Of the cracks, or their mask (H, W).
    scale
        Adds millimetres.
    levels
        (H, W) probability, see `crackwise.levels`; adds the confidence.
    optics
        Of the photo, or what it can show at all (`Capture`), when the network's widths come from it; decides
        what is too fine to be told.
    axis_deg
        Direction of the road or beam in the photo, counted like the orientation; decides the kind.

    Returns
    -------
    tuple
        One per crack, by number.
    """
    found = as_components(regions)
    areas, boxes = found.areas_px(), found.boxes()
    measurements = []
    for (crack, branches), region in zip(_branches_of_cracks(network), regions_of_cracks(network, found)):
        points = np.concatenate([branch.path for branch in branches])
        lengths_px = np.concatenate([point_lengths(branch.path) for branch in branches])
        shape = _Shape(crack, branches, points, lengths_px, int(areas[region]), boxes[region])
        measured = _measure_one(shape, levels, axis_deg)
        if optics:
            smallest_px = max(optics.smallest_at(branch.path) for branch in branches)
            measured = _too_fine(measured, smallest_px)
        measurements.append(at_scale(measured, scale))
    return tuple(measurements)


def summarise(
    measurements: Sequence[CrackMeasurement],
    *,
    scale: Scale | None = None,
    inspected_px: int,
    sharpness: Sharpness | None = None,
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
    sharpness
        Of the photo.
    """
    length_px = sum(m.length_px for m in measurements)
    area_px = sum(m.area_px for m in measurements)
    width_max_px = max((m.width_max_px for m in measurements if m.is_measurable), default=None)
    summary = PhotoSummary(
        crack_count=len(measurements),
        total_length_px=length_px,
        crack_area_px=area_px,
        crack_area_share=area_px / inspected_px,
        density_per_px=length_px / inspected_px,
        width_max_px=width_max_px,
        blur_px=sharpness.blur_px if sharpness else None,
        smallest_width_px=sharpness.smallest_width_px if sharpness else None,
    )
    return summary_at_scale(summary, scale)


@dataclass(frozen=True, slots=True)
class _Shape:
    """One crack, its branches, all their points (P, 2) with the length of each, and its mask region."""

    crack: int
    branches: tuple[Branch, ...]
    points: Floats
    lengths_px: Floats
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
    pairs, votes = np.unique((crack * regions.count + under)[under >= 0], return_counts=True)
    voted = pairs[np.argsort(votes, kind="stable")]
    found = dict(zip(*(part.tolist() for part in np.divmod(voted, regions.count))))  # the most votes stay
    numbers = np.unique(crack).tolist()
    return [found[n] if n in found else _nearest_region(points[crack == n], regions) for n in numbers]


def _nearest_region(points: Floats, regions: Components) -> int:
    """The region nearest to the middle of a crack; for a bent speck that has its axis beside it."""
    assert regions.count > 0, "network and mask belong together"
    rows, cols, region = regions.pixels()
    middle = points.mean(axis=0)
    return int(region[np.argmin((rows - middle[0]) ** 2 + (cols - middle[1]) ** 2)])


def _measure_one(shape: _Shape, levels: Levels | None, axis_deg: float) -> CrackMeasurement:
    length_px = sum(path_length_px(branch.path) for branch in shape.branches)
    widths, widest, method = _widths(shape, length_px)
    row, col = _pixel(widest, shape.box)
    top, left, bottom, right = (int(side) for side in shape.box)
    return CrackMeasurement(
        crack=shape.crack,
        length_px=length_px,
        width_mean_px=widths.mean.px,
        width_median_px=widths.median.px,
        width_p95_px=widths.p95.px,
        width_max_px=widths.largest.px,
        widest_row=row,
        widest_col=col,
        area_px=shape.area_px,
        orientation_deg=orientation_deg(shape.branches),
        branches=len(shape.branches),
        confidence=None if levels is None else _confidence(shape, levels),
        top=top,
        left=left,
        bottom=bottom,
        right=right,
        width_mean_range_px=widths.mean.range_px,
        width_median_range_px=widths.median.range_px,
        width_p95_range_px=widths.p95.range_px,
        width_max_range_px=widths.largest.range_px,
        width_method=method,
        tortuosity=tortuosity(shape.branches),
        loops=loops(shape.branches),
        kind=kind(shape.branches, axis_deg),
    )


def _widths(shape: _Shape, length_px: float) -> tuple[WidthStatistics, Floats, Method]:
    """The statistics of a crack's widths, the point where it is widest, and what gave most of them."""
    width_px = np.concatenate([branch.width_px for branch in shape.branches])
    known = np.isfinite(width_px)
    if not known.any():
        return _by_area(shape, length_px), shape.points[len(shape.points) // 2], "contour"
    columns = [(one.low_px, one.high_px, one.method, one.hidden_px) for one in shape.branches]
    if any(low is None for low, *_ in columns):
        statistics = WidthStatistics.of_mask(width_px[known], shape.lengths_px[known])
        return statistics, shape.points[known][statistics.widest], "contour"
    low, high, method, hidden = (np.concatenate(column)[known] for column in zip(*columns))
    branch = np.repeat(np.arange(len(shape.branches)), [len(one.path) for one in shape.branches])[known]
    lengths_px = shape.lengths_px[known]
    points = Points(width_px[known], low, high, method, hidden, branch, lengths_px)
    statistics = WidthStatistics.of(points)
    widest = shape.points[known][statistics.widest]
    return statistics, widest, METHODS[int(np.bincount(method, lengths_px).argmax())]


def _by_area(shape: _Shape, length_px: float) -> WidthStatistics:
    """Take area by length as the width of a crack that has none anywhere; in a photo as sure as a contour."""
    width_px = np.array([shape.area_px / length_px])
    if any(branch.low_px is None for branch in shape.branches):
        return WidthStatistics.of_mask(width_px, np.ones(1))
    method, branch = np.array([CONTOUR]), np.zeros(1, np.int64)
    points = Points(width_px, *contour_range_px(width_px), method, np.zeros(1), branch, np.ones(1))
    return WidthStatistics.of(points)


def _too_fine(crack: CrackMeasurement, smallest_px: float) -> CrackMeasurement:
    """Say of a crack that is nowhere as wide as the smallest measurable width only what it is finer than."""
    low_px, high_px = crack.width_max_range_px or (crack.width_max_px, crack.width_max_px)
    crack = replace(crack, smallest_width_px=smallest_px)
    if crack.width_p95_px >= smallest_px or low_px >= smallest_px:
        return crack
    return replace(crack, finer_than_px=max(smallest_px, high_px))


def _pixel(point: Floats, box: Ints) -> tuple[int, int]:
    """The pixel of a point, inside the box also where the point lies on its border."""
    row, col = np.clip(np.floor(point + 0.5).astype(np.int64), box[:2], box[2:] - 1)
    return int(row), int(col)


def _confidence(shape: _Shape, levels: Levels) -> float:
    rows, cols = np.clip(np.floor(shape.points + 0.5).astype(np.int64), shape.box[:2], shape.box[2:] - 1).T
    return float(np.average(levels[rows, cols], weights=shape.lengths_px)) / HIGHEST
