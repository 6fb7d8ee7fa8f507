"""The figures of a crack and of a photo: those in px are measured, those in mm follow by a scale."""

from dataclasses import dataclass, replace

from crackwise.arrays import Range
from crackwise.crack.form import Kind
from crackwise.crack.statistics import Width
from crackwise.crack.widths import Method
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
    smallest_width_px
        The finest width that the photo tells at this crack; None when only a mask was measured.
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
    smallest_width_px: float | None = None
    tortuosity: float | None = None
    loops: int = 0
    kind: Kind = "diagonal"
    length_range_mm: Range | None = None
    area_range_mm2: Range | None = None

    @property
    def is_measurable(self) -> bool:
        """False when the photo cannot tell the width."""
        return self.finer_than_px is None

    def bound_px(self, of_photo_px: float | None) -> float | None:
        """Give the finest width that is told at this crack; where it is not kept, that of its photo."""
        return of_photo_px if self.smallest_width_px is None else self.smallest_width_px


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
        Smallest width that can be measured in it; see `crackwise.crack.optics.Optics`. Where no crack has
        a usable profile, a forecast; see `crackwise.inspection.capture`.
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
