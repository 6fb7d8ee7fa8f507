"""Widths of a traced network from the photo's grey values, each with a 90 % interval and its method.

The mask says where to look and how far a neighbour is; the width comes from the photo. N points of all
branches.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import chain, groupby
from typing import Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import CrackMask, Floats, Grey, Ints, Rgb
from crackwise.crack import flanks, slot, tone
from crackwise.crack.brush import to_dark_line
from crackwise.crack.components import Components, RegionsOrMask, as_components
from crackwise.crack.network import CrackNetwork
from crackwise.crack.optics import (
    LEAST_CONTRAST,
    Looks,
    Optics,
    ProfileGroup,
    find_optics,
    look_at_cracks,
    rank_in_group,
)
from crackwise.crack.profiles import (
    Sections,
    across,
    centred,
    even_profiles,
    held,
    is_cut_off,
    is_outside,
    sample,
    smooth_along,
)
from crackwise.crack.sampling import Picture
from crackwise.crack.sections import is_ring, normals
from crackwise.crack.slot import LEVELS, fit_slots, joined, normalised, quantiles
from crackwise.crack.threads import IN_OWN_THREAD, THREADS, in_threads, parts
from crackwise.crack.tips import trim_tips

Method = Literal["none", "profile", "darkness", "contour"]
METHODS: tuple[Method, ...] = get_args(Method)
NONE, PROFILE, DARKNESS, CONTOUR = range(4)

_REACHES_PX = ((5.0, 9), (8.0, 11), (11.0, 14), (slot.MASK_PX, 16))
"""Up to this mask width, profiles of this reach."""

_EDGE_CORRELATION_PX = 18.0

_AT_ONCE = 10_000
"""Profiles that are taken together, about: what they need for a moment grows with their number."""

_CHUNK = 500
_EVERY = 2
_THINNER_PX = 2.0
"""A mask is taken to be no more than this narrower than its crack."""

_EDGE_ALONG_PX = 5.0
_WIDTH_ALONG_PX = 8.0
"""The mask's width is averaged before edges are sought around it, so that neighbours share an origin."""
_CONTOUR_LOW_PX, _CONTOUR_HIGH_PX = 3.0, 1.0
"""A contour's width may be this much too large or too small: masks of trained networks are 1 to 2 px fat."""

_Z90 = 1.645
_LEAST_WIDE_PX = 1.0


@dataclass(frozen=True, slots=True)
class _GreyLevels:
    """A photo in grey, float32, made where it is asked for: whole it would be larger than the photo."""

    photo: Rgb | Grey

    @property
    def shape(self) -> tuple[int, ...]:
        return self.photo.shape[:2]

    def __getitem__(self, part: tuple[slice, slice]) -> Floats:
        pixels = self.photo[part]
        grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        return np.asarray(grey, np.float32)


@dataclass(frozen=True, slots=True)
class _Painted:
    """The mask of regions, painted where it is asked for."""

    regions: Components

    @property
    def shape(self) -> tuple[int, ...]:
        return self.regions.shape

    def __getitem__(self, part: tuple[slice, slice]) -> CrackMask:
        return self.regions.mask(*part)


def contour_range_px(width_px: Floats) -> tuple[Floats, Floats]:
    """Give the ends of the 90 % interval of widths (N,) that only the edge of a mask tells."""
    return np.maximum(width_px - _CONTOUR_LOW_PX, 0), width_px + _CONTOUR_HIGH_PX


def measure_widths(
    photo: Rgb | Grey, regions: RegionsOrMask, network: CrackNetwork
) -> tuple[CrackNetwork, Optics | None]:
    """Replace the widths that the edges of a mask, or of its regions, gave by those that the photo shows.

    A point whose width the mask could not tell (near junctions and tips) stays without one.

    Returns
    -------
    tuple
        The network with ``width_px``, ``low_px``, ``high_px`` and ``method`` at every point, and the photo's
        optics; None without a usable profile.
    """
    if not network.branches:
        return network, None
    pictures = _GreyLevels(photo), _Painted(as_components(regions))
    sections = _seen(pictures[0], _sections(network))
    crack = np.repeat(network.crack_of_branch, [len(branch.path) for branch in network.branches])
    known = np.flatnonzero(np.isfinite(sections.width_px))
    found = _Found.contour(sections.width_px)
    optics = None
    if len(known):
        with IN_OWN_THREAD:
            taken, is_brushed = to_dark_line(pictures[0], sections[known])
            found.low_px[known[is_brushed]] = 0  # it says nothing of the crack but where to look
            found, optics = _refined(*pictures, taken, crack[known], found, known)
    return trim_tips(_with_widths(network, found), _excess(sections, found), photo.shape), optics


def _excess(sections: Sections, found: "_Found") -> Floats:
    """How much wider the mask is than the crack, the median of each branch, (B,)."""
    told = np.isin(found.method, (PROFILE, DARKNESS))
    excess = np.where(told, sections.width_px - found.width_px, np.nan)
    branches = np.split(excess, np.flatnonzero(np.diff(sections.branch)) + 1)
    return np.array([np.nanmedian(one) if np.isfinite(one).any() else np.nan for one in branches])


@dataclass(frozen=True, slots=True)
class _Found:
    """Width, interval and method at N points, and how much of the upper end a tone curve may hide."""

    width_px: Floats
    low_px: Floats
    high_px: Floats
    method: NDArray[np.uint8]
    hidden_px: Floats

    @classmethod
    def contour(cls, width_px: Floats) -> "_Found":
        known = np.isfinite(width_px)
        low, high = contour_range_px(width_px)
        method = np.where(known, CONTOUR, NONE).astype(np.uint8)
        return cls(width_px.copy(), low, high, method, np.zeros(len(width_px)))

    def at(self, chosen: Ints) -> "_Found":
        return _Found(*(getattr(self, column)[chosen] for column in _COLUMNS))

    def put(self, at: Ints, other: "_Found") -> None:
        for column in _COLUMNS:
            getattr(self, column)[at] = getattr(other, column)


_COLUMNS = tuple(field.name for field in fields(_Found))


def _sections(network: CrackNetwork) -> Sections:
    paths = [branch.path for branch in network.branches]
    return Sections(
        np.concatenate(paths),
        np.concatenate([normals(path, is_ring(path)) for path in paths]),
        np.concatenate([branch.width_px for branch in network.branches]),
        np.repeat(np.arange(len(paths)), [len(path) for path in paths]),
    )


def _seen(grey: Picture, sections: Sections) -> Sections:
    """Leave places without a width where the photo cuts an edge of the crack off."""
    known = np.flatnonzero(np.isfinite(sections.width_px))
    width_px = sections.width_px.copy()
    width_px[known[is_cut_off(grey, sections[known])]] = np.nan
    return replace(sections, width_px=width_px)


def _refined(
    grey: Picture, mask: Picture, sections: Sections, crack: Ints, found: _Found, known: Ints
) -> tuple[_Found, Optics]:
    is_slot = sections.width_px <= slot.MASK_PX
    narrow, wide = np.flatnonzero(is_slot), np.flatnonzero(~is_slot)
    groups = _even_groups(grey, mask, sections[narrow])
    smooth_px = smooth_along(sections.width_px, sections.branch, _WIDTH_ALONG_PX)
    around = _around_edges(grey, replace(sections, width_px=smooth_px)[wide])
    looks = look_at_cracks(groups, crack[narrow])
    optics = find_optics(groups, looks, _edge_sharpness(around))
    for chosen, figures in _fit_groups(groups, looks, crack[narrow], optics):
        found.put(known[narrow[chosen]], figures)
    seen, figures = _fit_edges(around, smooth_px[wide], optics)
    found.put(known[wide[seen]], figures)
    return found, optics


def _even_groups(grey: Picture, mask: Picture, sections: Sections) -> list[ProfileGroup]:
    """Take profiles across narrow cracks, in groups of one reach; a branch of several reaches is parted."""
    number = np.searchsorted([most_px for most_px, _ in _REACHES_PX], sections.width_px)
    piece = sections.branch * len(_REACHES_PX) + number
    order = np.argsort(piece, kind="stable")
    ordered = replace(sections[order], branch=piece[order])

    def take(part: Ints) -> list[ProfileGroup]:
        some, here = centred(grey, ordered[part]), number[order[part]]
        widest_px = _REACHES_PX[here.max()][1]
        values = across(grey, mask, some, widest_px)
        groups = []
        for one in np.unique(here):
            chosen = np.flatnonzero(here == one)
            at, (most_px, reach_px) = order[part[chosen]], _REACHES_PX[one]
            near = values[chosen, widest_px - reach_px : widest_px + reach_px + 1]
            profiles = even_profiles(near, some[chosen])
            groups.append(ProfileGroup(at, sections.branch[at], profiles, most_px + _THINNER_PX))
        return groups

    taken = chain(*in_threads(take, _whole_branches(ordered.branch) if len(order) else []))
    by_reach = sorted(taken, key=lambda group: group.widest_px)  # stable: branches stay in their order
    return [_together(list(groups)) for _, groups in groupby(by_reach, lambda group: group.widest_px)]


def _together(groups: Sequence[ProfileGroup]) -> ProfileGroup:
    at, branch = (np.concatenate(column) for column in zip(*((one.at, one.branch) for one in groups)))
    return ProfileGroup(at, branch, joined([one.profiles for one in groups]), groups[0].widest_px)


def _whole_branches(branch: Ints) -> list[Ints]:
    """Part places, (P,) branches, into a part for each core, or some thousands each; no branch is cut."""
    size = min(_AT_ONCE, len(branch) // THREADS + 1)
    ends = np.r_[np.flatnonzero(np.diff(branch)) + 1, len(branch)]
    cuts = ends[np.searchsorted(ends, np.arange(size, len(branch), size))]
    return np.split(np.arange(len(branch)), np.unique(cuts[cuts < len(branch)]))


def _around_edges(grey: Picture, sections: Sections) -> tuple[Floats, Floats]:
    """Samples around both edges of wide cracks, ordered outwards, averaged along the crack."""
    x = np.arange(-flanks.REACH_PX, flanks.REACH_PX + 1.0)
    half = sections.width_px[:, None] / 2

    def one_side(side: int) -> Floats:
        offsets = side * (half + x)
        values = np.asarray(sample(grey, sections, offsets), float)
        values[is_outside(grey.shape, sections, offsets)] = np.nan
        return held(smooth_along(values, sections.branch, _EDGE_ALONG_PX))

    return one_side(1), one_side(-1)


def _edge_sharpness(around: tuple[Floats, Floats]) -> Floats:
    """Log of the evidence for each blur from the edges of wide cracks."""
    values = np.concatenate(around)
    if not len(values):
        return np.zeros(len(slot.SIGMAS_PX))
    step = max(1, len(values) // 400)
    return flanks.sharpness(values[::step]) * min(1.0, step / _EDGE_CORRELATION_PX)


def _fit_groups(
    groups: list[ProfileGroup], looks: Looks, crack: Ints, optics: Optics
) -> Iterator[tuple[Ints, _Found]]:
    """Fit all slots, with what is known of the depth of their cracks; give the places and their widths."""
    blurs, blur_weight = optics.few_blurs()

    def fit(group: ProfileGroup, at: Ints) -> Floats:
        fits = fit_slots(group.profiles[at], blurs, group.widest_px)
        depth = looks.depth(crack[group.at[at]], blurs)
        log = fits.log_evidence(depth) + np.log(blur_weight)[:, None]
        figures = quantiles(normalised(log).sum(axis=1), LEVELS)
        hidden_px = tone.hidden_px(depth.mean @ blur_weight, optics.blur_px)
        return np.vstack([figures, fits.contrast > LEAST_CONTRAST, hidden_px])

    for group in groups:
        is_fitted = rank_in_group(group.branch) % _EVERY == 0  # profiles are averaged along the crack anyway
        standing_for = np.cumsum(is_fitted) - 1
        fitted = np.flatnonzero(is_fitted)
        chunks = [fitted[part] for part in parts(len(fitted), _CHUNK)]
        results = list(in_threads(partial(fit, group), chunks))
        low, width, high, seen, hidden = np.hstack(results)[:, standing_for]
        method = np.where(width >= 2 * optics.blur_px, PROFILE, DARKNESS).astype(np.uint8)
        found = _Found(width, low, high + hidden, method, hidden)
        yield group.at[seen > 0], found.at(np.flatnonzero(seen))


def _fit_edges(around: tuple[Floats, Floats], mask_px: Floats, optics: Optics) -> tuple[Ints, _Found]:
    """Find both edges of wide cracks, (N,) wide in the mask; give those that are found and their widths."""
    right, left = (flanks.find_edges(values, *optics.few_blurs()) for values in around)
    width = mask_px + right.mean_px + left.mean_px
    half = _Z90 * np.hypot(right.spread_px, left.spread_px)
    seen = np.flatnonzero(np.isfinite(width) & (width > _LEAST_WIDE_PX))
    width, half = width[seen], half[seen]
    depth = np.mean([flanks.depth(values[seen]) for values in around], axis=0)
    hidden = tone.hidden_px(depth, optics.blur_px)
    method = np.full(len(seen), PROFILE, np.uint8)
    return seen, _Found(width, np.maximum(width - half, 0), width + half + hidden, method, hidden)


def _with_widths(network: CrackNetwork, found: _Found) -> CrackNetwork:
    ends = np.cumsum([len(branch.path) for branch in network.branches])[:-1]
    columns = [np.split(getattr(found, column), ends) for column in _COLUMNS]
    branches = tuple(
        replace(branch, **dict(zip(_COLUMNS, values))) for branch, *values in zip(network.branches, *columns)
    )
    return replace(network, branches=branches)
