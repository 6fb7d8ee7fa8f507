"""What a set is like: sizes, labels, light and scenes, source by source."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Grey
from crackwise.data.finding import Finding
from crackwise.data.folder import SetPhoto
from crackwise.data.labelwidths import NO_WIDTHS, LabelWidths, measure_labels
from crackwise.data.stream import OnPhoto, each_photo
from crackwise.errors import DataError

QUANTILES = (0.0, 0.05, 0.5, 0.95, 1.0)


@dataclass(frozen=True, slots=True)
class PhotoFigures:
    """One photo.

    Parameters
    ----------
    photo
        Where it is.
    shape
        (H, W) in px.
    crack_share
        Share of crack pixels; None without a mask.
    is_cracked
        None where nobody has said.
    widths
        Of its labels.
    grey, contrast
        Mean and standard deviation of its grey levels, 0 to 255.
    crack_darkness
        How many grey levels the labelled pixels are darker than the others, in the mean; None without any.
    """

    photo: SetPhoto
    shape: tuple[int, int]
    crack_share: float | None
    is_cracked: bool | None
    widths: LabelWidths
    grey: float
    contrast: float
    crack_darkness: float | None

    @property
    def area_px(self) -> int:
        """Number of pixels."""
        return self.shape[0] * self.shape[1]


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """One source; every ``*_quantiles`` holds the minimum, 5 %, median, 95 % and maximum.

    Parameters
    ----------
    source
        Name.
    photos, cracked, undamaged, unlabelled
        How many.
    sizes
        Photos by ``width×height``, the most frequent first.
    megapixels
        Of all photos together.
    crack_share
        Crack pixels among all pixels of photos with a mask; None without any, or if cracked photos lack it.
    crack_share_quantiles
        Per cracked photo with a mask; empty without any.
    label_width_median_px, label_width_p95_px
        Along all centrelines; None without any.
    label_length_px
        Of all centrelines together.
    grey_quantiles, contrast_quantiles, crack_darkness_quantiles
        Per photo; the last per cracked photo.
    groups, largest_group
        Number of groups and photos in the largest.
    parts
        Photos by part of ``split.csv``; empty without one.
    """

    source: str
    photos: int
    cracked: int
    undamaged: int
    unlabelled: int
    sizes: dict[str, int]
    megapixels: float
    crack_share: float | None
    crack_share_quantiles: tuple[float, ...]
    label_width_median_px: float | None
    label_width_p95_px: float | None
    label_length_px: float
    grey_quantiles: tuple[float, ...]
    contrast_quantiles: tuple[float, ...]
    crack_darkness_quantiles: tuple[float, ...]
    groups: int
    largest_group: int
    parts: dict[str, int]


@dataclass(frozen=True, slots=True)
class SetFigures:
    """Sources in the order given, and the photos that could not be read."""

    sources: tuple[SourceFigures, ...]
    findings: tuple[Finding, ...]


def describe(photos: Sequence[SetPhoto], on_photo: OnPhoto | None = None) -> SetFigures:
    """Look at every photo and its mask and sum up each source.

    A photo that cannot be read, or whose mask does not fit, is a finding and counts nowhere.
    """
    figures: list[PhotoFigures] = []
    findings: list[Finding] = []
    for looked in each_photo(_looked_at, photos, on_photo):
        if isinstance(looked, Finding):
            findings.append(looked)
        else:
            figures.append(looked)
    sources = dict.fromkeys(each.photo.source for each in figures)
    summed = (_source(name, [each for each in figures if each.photo.source == name]) for name in sources)
    return SetFigures(tuple(summed), tuple(findings))


def figures_of(photo: SetPhoto) -> PhotoFigures:
    """Look at one photo.

    Raises
    ------
    DataError
        If the photo or its mask cannot be read, or they differ in size.
    """
    pixels = photo.read_image()
    mask = photo.read_mask_of(pixels.shape)
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return PhotoFigures(
        photo,
        (pixels.shape[0], pixels.shape[1]),
        None if mask is None else float(mask.mean()),
        photo.is_cracked(mask),
        NO_WIDTHS if mask is None else measure_labels(mask),
        float(grey.mean()),
        float(grey.std()),
        None if mask is None else _darkness(grey, mask),
    )


def _darkness(grey: Grey, mask: CrackMask) -> float | None:
    is_both = mask.any() and not mask.all()
    return float(grey[~mask].mean() - grey[mask].mean()) if is_both else None


def _looked_at(photo: SetPhoto) -> PhotoFigures | Finding:
    try:
        return figures_of(photo)
    except DataError as error:
        return Finding("unreadable photo", "error", f"{photo.source}/{photo.file}", str(error))


def _source(name: str, figures: Sequence[PhotoFigures]) -> SourceFigures:
    widths = reduce(add, (each.widths for each in figures), NO_WIDTHS)
    verdicts = Counter(each.is_cracked for each in figures)
    groups = Counter(each.photo.group for each in figures)
    return SourceFigures(
        source=name,
        photos=len(figures),
        cracked=verdicts[True],
        undamaged=verdicts[False],
        unlabelled=verdicts[None],
        sizes=dict(Counter(f"{each.shape[1]}×{each.shape[0]}" for each in figures).most_common()),
        megapixels=_area_px(figures) / 1e6,
        crack_share=_crack_share(figures),
        crack_share_quantiles=_quantiles(each.crack_share or None for each in figures),
        label_width_median_px=widths.quantile_px(0.5),
        label_width_p95_px=widths.quantile_px(0.95),
        label_length_px=widths.length_px,
        grey_quantiles=_quantiles(each.grey for each in figures),
        contrast_quantiles=_quantiles(each.contrast for each in figures),
        crack_darkness_quantiles=_quantiles(each.crack_darkness for each in figures),
        groups=len(groups),
        largest_group=max(groups.values()),
        parts=dict(Counter(each.photo.part for each in figures if each.photo.part)),
    )


def _crack_share(figures: Sequence[PhotoFigures]) -> float | None:
    masked = [each for each in figures if each.crack_share is not None]
    if not masked or any(each.is_cracked and each.crack_share is None for each in figures):
        return None
    return sum((each.crack_share or 0) * each.area_px for each in masked) / _area_px(masked)


def _area_px(figures: Iterable[PhotoFigures]) -> int:
    return sum(each.area_px for each in figures)


def _quantiles(values: Iterable[float | None]) -> tuple[float, ...]:
    known = [value for value in values if value is not None]
    return tuple(float(value) for value in np.quantile(known, QUANTILES)) if known else ()
