"""From a traced crack network to numbers: length, width, area, orientation of each crack, and of the photo.

P points of a crack's branches, C cracks, A regions of the mask.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from crackwise.arrays import Floats, Ints, Levels, Range
from crackwise.crack.components import Components, RegionsOrMask, as_components
from crackwise.crack.form import Kind, kind, loops, orientation_deg, path_length_px, point_lengths, tortuosity
from crackwise.crack.network import Branch, CrackNetwork
from crackwise.crack.statistics import Points, Width, WidthStatistics
from crackwise.crack.widths import METHODS, Method
from crackwise.levels import HIGHEST
from crackwise.scale import Scale


@dataclass(frozen=True, slots=True)
class CrackMeasurement:
    """The figures of one crack; every ``*_mm`` is None exactly when the photo has no scale.

    Parameters
    ----------
    crack
        Number of the crack in its photo, from 1, longest first; one that a user struck out leaves a gap.
    length_px
        Length of the smoothed centreline, all branches together, ends corrected for the half width
        that a skeleton falls short.
    width_mean_px, width_median_px, width_p95_px, width_max_px
        Statistics of the width along the centreline, each place by its length, near junctions and tips left
        out; area by length where nothing of the profile is left.
    width_mean_range_px, width_median_range_px, width_p95_range_px, width_max_range_px
        Their 90 % intervals; None when only a mask was measured. Those in mm include the error of the scale.
    length_range_mm, area_range_mm2
        Their 90 % intervals by the error of the scale, the only one that is known of them; None when that is
        not known either.
    width_method
        What gave most of the widths, see `crackwise.crack.widths`; ``contour`` is the mask's edge.
    finer_than_px
        None when the photo can tell the width of a twentieth of its length, or that it is wide at one place;
        else the crack is finer than this everywhere, and its widths are no answer. That in mm holds the error
        of the scale.
    widest_row, widest_col
        Where the maximum width is, px.
    area_px
        Number of mask pixels of the crack; pinholes do not count.
    orientation_deg
        Main direction in [0, 180): 0 along a row of the image, 90 along a column, counter-clockwise as seen.
    branches, loops
        Number of branches after pruning, and of closed loops.
    tortuosity
        Length by distance of the ends, 1 for a straight crack; None for a ring.
    kind
        Its form, and for a single crack its direction against the axis of the settings.
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
    width_p95_px: float = 0.0
    width_p95_mm: float | None = None
    width_mean_range_px: Range | None = None
    width_median_range_px: Range | None = None
    width_p95_range_px: Range | None = None
    width_max_range_px: Range | None = None
    width_mean_range_mm: Range | None = None
    width_median_range_mm: Range | None = None
    width_p95_range_mm: Range | None = None
    width_max_range_mm: Range | None = None
    width_method: Method = "contour"
    finer_than_px: float | None = None
    finer_than_mm: float | None = None
    tortuosity: float | None = None
    loops: int = 0
    kind: Kind = "diagonal"
    length_range_mm: Range | None = None
    area_range_mm2: Range | None = None

    @property
    def is_measurable(self) -> bool:
        """False when the photo cannot tell the width."""
        return self.finer_than_px is None


class Sharpness(Protocol):
    """How sharp a photo is, seen around its cracks (`Optics`) or without any."""

    @property
    def blur_px(self) -> float:
        """Standard deviation of the blur."""

    @property
    def smallest_width_px(self) -> float:
        """Smallest width that can be measured."""


class Certainty(Sharpness, Protocol):
    """How sharp a photo is around its cracks: `crackwise.crack.optics.Optics`, or seen obliquely."""

    def smallest_at(self, path: Floats) -> float:
        """Give the smallest width that can be measured all along a path (P, 2)."""


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
        Largest width of the measurable cracks; None, as its twin in mm, without any.
    density_m_per_m2
        Total length by inspected area.
    blur_px
        Standard deviation of the photo's blur around its cracks; where none is found, of its sharpest edges.
        None without such edges or without the photo.
    smallest_width_px
        Smallest width that can be measured in it; see `crackwise.crack.optics.Optics`. Where no crack is
        found, a forecast; see `crackwise.inspection.capture`.
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
    blur_px: float | None = None
    smallest_width_px: float | None = None
    smallest_width_mm: float | None = None


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
        Of the photo, when the network's widths come from it; decides what is too fine to be told.
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


def at_scale(crack: CrackMeasurement, scale: Scale | None) -> CrackMeasurement:
    """Give the figures of a crack in mm by a scale, which may be another than before; those in px stay."""
    mm = scale.mm_per_px if scale else None
    mean = Width(crack.width_mean_px, crack.width_mean_range_px)
    median = Width(crack.width_median_px, crack.width_median_range_px)
    p95 = Width(crack.width_p95_px, crack.width_p95_range_px)
    largest = Width(crack.width_max_px, crack.width_max_range_px)
    return replace(
        crack,
        length_mm=mm and crack.length_px * mm,
        width_mean_mm=mean.mm(scale),
        width_median_mm=median.mm(scale),
        width_p95_mm=p95.mm(scale),
        width_max_mm=largest.mm(scale),
        area_mm2=mm and crack.area_px * mm**2,
        width_mean_range_mm=mean.range_mm(scale),
        width_median_range_mm=median.range_mm(scale),
        width_p95_range_mm=p95.range_mm(scale),
        width_max_range_mm=largest.range_mm(scale),
        finer_than_mm=scale.at_most_mm(crack.finer_than_px) if scale and crack.finer_than_px else None,
        length_range_mm=scale.length_range_mm(crack.length_px) if scale else None,
        area_range_mm2=scale.area_range_mm2(crack.area_px) if scale else None,
    )


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


def summary_at_scale(summary: PhotoSummary, scale: Scale | None) -> PhotoSummary:
    """Give the figures of a photo in mm by a scale, as :func:`at_scale` those of a crack."""
    mm, smallest_px = scale.mm_per_px if scale else None, summary.smallest_width_px
    return replace(
        summary,
        total_length_mm=mm and summary.total_length_px * mm,
        width_max_mm=mm and summary.width_max_px and summary.width_max_px * mm,
        density_m_per_m2=mm and summary.density_per_px / mm * 1000,
        smallest_width_mm=None if scale is None or smallest_px is None else scale.at_most_mm(smallest_px),
    )


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
        middle = shape.points[len(shape.points) // 2]
        return WidthStatistics.of_mask(np.array([shape.area_px / length_px]), np.ones(1)), middle, "contour"
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


def _too_fine(crack: CrackMeasurement, smallest_px: float) -> CrackMeasurement:
    """Say of a crack that is nowhere as wide as the smallest measurable width only what it is finer than."""
    low_px, high_px = crack.width_max_range_px or (crack.width_max_px, crack.width_max_px)
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
