"""How much wider a label is than the dark line beneath it.

Profiles are taken along the normals of the label's middle line. A pixel belongs to the dark line where it
is darker than the surface by at least 30 % of the greatest depth in the label; at half depth the shaded
flanks of wide cracks, which careful outlines include, would be lost. The width of the line is then that of
the slot which, blurred by `BLUR_PX`, is as wide at that level: a hairline seen through a lens is never
narrower than the blur, and without this step a label three times too wide looks right on it.
`crackwise.crack.slot` rests on the same model of a crack, a dark slot in a bright surface blurred by a
Gaussian; `crackwise.data.thin` tells line from rim by a related rule. Level and blur were chosen with
public sets whose labels were already judged by eye, so that those sets do not confirm them; exact labels of
drawn scenes come out at 1.29 in the median (middle half 1.12 to 1.56), more the finer the cracks. P
profiles, S samples across.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from crackwise.arrays import CrackMask, Floats, Grey, Ints
from crackwise.data.check.sections import MARGIN_PX, STEP_PX, Sections, cut_sections

DEPTH_SHARE = 0.3
"""Darker than the surface by this share of the greatest depth: part of the dark line."""

BLUR_PX = 1.1
"""Standard deviation: 1.0 px of usual cameras (`crackwise.crack.slot.USUAL_SIGMA_PX`), 0.4 px of sampling."""

LEAST_DEPTH = 12.0
"""Grey levels: a shallower dip is not told from grain."""

LEAST_PROFILES = 20
"""A photo with fewer measurable profiles has no figure."""

_LEAST_DEPTH_TO_TEXTURE = 3.0
_NARROWEST_PX = 1.0  # no label is narrower than a pixel
_WIDEST_PX = 120.0
_GAP_PX = 1.5  # between the label's edge and where the surface begins
_FEWEST_BESIDE = 4  # samples of the surface on either side


@dataclass(frozen=True, slots=True)
class Fatness:
    """Labels of one photo against the dark lines beneath them.

    Parameters
    ----------
    ratio
        Median over the profiles of label width through width of the dark line.
    label_width_px, dark_width_px
        Medians.
    measured_share
        Share of the profiles with a dip deep enough, surface on both sides, and ends.
    """

    ratio: float
    label_width_px: float
    dark_width_px: float
    measured_share: float


def measure_fatness(grey: Grey, mask: CrackMask) -> Fatness | None:
    """Compare the labels of a photo with the dark lines beneath them.

    Parameters
    ----------
    grey, mask
        (H, W) each.

    Returns
    -------
    None where fewer than `LEAST_PROFILES` profiles can be measured.
    """
    sections = cut_sections(grey, mask)
    if sections is None:
        return None
    label_px, dark_px = _widths(sections)
    is_known = np.isfinite(dark_px)
    if is_known.sum() < LEAST_PROFILES:
        return None
    label_px, dark_px = label_px[is_known], dark_px[is_known]
    return Fatness(
        float(np.median(label_px / dark_px)),
        float(np.median(label_px)),
        float(np.median(dark_px)),
        float(is_known.mean()),
    )


def _widths(sections: Sections) -> tuple[Floats, Floats]:
    """Give label width and dark width of each profile, (P,); the dark width is NaN where it is not known."""
    S = sections.label.shape[1]
    left, right = _ends(sections.label >= 0.5, np.full(len(sections.label), S // 2))
    has_ends = (left >= 0) & (right < S)
    left, right = np.clip(left, 0, S - 2), np.clip(right, 1, S - 1)
    label_px = _extent_px(sections.label, np.full(len(left), 0.5), left, right)
    darkness, texture, has_surface = _darkness(sections, left, right)
    is_inside = _between(left, right, S)
    inside = np.where(is_inside, darkness, -np.inf)
    depth = inside.max(axis=1)
    is_dip = has_ends & has_surface & (depth >= np.maximum(LEAST_DEPTH, _LEAST_DEPTH_TO_TEXTURE * texture))
    level = DEPTH_SHARE * depth
    first, last = _ends(darkness >= level[:, None], inside.argmax(axis=1))
    is_dip &= (first >= 0) & (last < S)
    seen_px = _extent_px(darkness, level, np.clip(first, 0, S - 2), np.clip(last, 1, S - 1))
    return label_px, np.where(is_dip, _sharpened(seen_px), np.nan)


def _darkness(sections: Sections, left: Ints, right: Ints) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Subtract profiles from the surface beside the label.

    Returns
    -------
    How much darker than the line from the surface on one side to that on the other, (P, S); the texture of
    the surface (standard deviation), (P,); and whether there is enough surface, (P,).
    """
    S = sections.grey.shape[1]
    gap, reach = round(_GAP_PX / STEP_PX), round(MARGIN_PX / STEP_PX)
    is_clear = (sections.label > -0.01) & (sections.label < 0.5)  # in the photo, and no other label
    sides = [
        _middle_and_spread(sections.grey, is_clear & _between(first, last, S))
        for first, last in ((left - reach, left - gap), (right + gap, right + reach))
    ]
    (level, spread, count), (other_level, other_spread, other_count) = sides
    along = (np.arange(S) - left[:, None]) / np.maximum(right - left, 1)[:, None]
    surface = level[:, None] + (other_level - level)[:, None] * along
    has_surface = (count >= _FEWEST_BESIDE) & (other_count >= _FEWEST_BESIDE)
    return surface - sections.grey, np.sqrt((spread**2 + other_spread**2) / 2), has_surface


def _middle_and_spread(values: Floats, is_chosen: NDArray[np.bool_]) -> tuple[Floats, Floats, Ints]:
    """Give median, standard deviation and number of the chosen samples of each row; 0 where there is none."""
    count = is_chosen.sum(axis=1)
    ordered = np.sort(np.where(is_chosen, values, np.inf), axis=1)
    middle = np.take_along_axis(ordered, np.maximum(count - 1, 0)[:, None] // 2, axis=1)[:, 0]
    middle = np.where(count > 0, middle, 0)
    kept = np.where(is_chosen, values, 0)
    mean = kept.sum(axis=1) / np.maximum(count, 1)
    square = (kept**2).sum(axis=1) / np.maximum(count, 1)
    return middle, np.sqrt(np.maximum(square - mean**2, 0)), count


def _between(first: Ints, last: Ints, count: int) -> NDArray[np.bool_]:
    """Mark the samples from first to last of each row, (P, S)."""
    number = np.arange(count)
    return np.asarray((number >= first[:, None]) & (number <= last[:, None]))


def _ends(is_part: NDArray[np.bool_], start: Ints) -> tuple[Ints, Ints]:
    """Find the nearest samples left and right of a start that are not part; -1 and S where all are."""
    S = is_part.shape[1]
    number = np.arange(S)
    left = np.where(~is_part & (number <= start[:, None]), number, -1).max(axis=1)
    right = np.where(~is_part & (number >= start[:, None]), number, S).min(axis=1)
    return left, right


def _extent_px(values: Floats, level: Floats, left: Ints, right: Ints) -> Floats:
    """Measure from crossing to crossing of a level, just inside the ends, (P,)."""
    first = _crossing(values, level, left + 1, left)
    last = _crossing(values, level, right - 1, right)
    return np.asarray((last - first) * STEP_PX)


def _crossing(values: Floats, level: Floats, inner: Ints, outer: Ints) -> Floats:
    rows = np.arange(len(values))
    high, low = values[rows, inner], values[rows, outer]
    share = (high - level) / np.where(high == low, 1, high - low)
    return np.asarray(inner + (outer - inner) * np.clip(share, 0, 1))


def _sharpened(seen_px: Floats) -> Floats:
    """Give the width of the slot that looks as wide as seen at `DEPTH_SHARE` of its depth."""
    true_px, wide_px = _seen_widths()
    return np.asarray(np.interp(seen_px, wide_px, true_px))


@lru_cache(maxsize=1)
def _seen_widths() -> tuple[Floats, Floats]:
    """Tabulate widths of slots and what is seen of them after the blur."""
    true_px = np.arange(_NARROWEST_PX, _WIDEST_PX, 0.1)
    x = np.arange(0, _WIDEST_PX, 0.02)
    wide_px = np.empty(len(true_px))
    for number, half_px in enumerate(true_px / 2):
        depth = ndtr((x + half_px) / BLUR_PX) - ndtr((x - half_px) / BLUR_PX)
        wide_px[number] = 2 * x[np.argmax(depth < DEPTH_SHARE * depth[0])]
    return true_px, wide_px
