"""Where the scale of each photo comes from: ways in order of preference, each with what it cannot do."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Protocol

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Floats
from crackwise.camera import Distance, resizing_doubt, scale_from_distance, sensor_doubt, wide_lens_doubt
from crackwise.errors import PhotoError
from crackwise.homography import project
from crackwise.inspection.scaletable import ScaleTable
from crackwise.inspection.sources import Source
from crackwise.marker.card import Card
from crackwise.marker.find import look_for_card
from crackwise.marker.rectify import MAX_GROWTH, Rectified, kept_places, rectify
from crackwise.photo import Photo
from crackwise.scale import Scale, share_text, stated_number

VARIATION_WARNED = 0.02
"""A scale that varies more than this over the photo, as that of a tilted surface does, is said to."""

RECTIFYING_HELPS = 0.5
"""Rectifying is advised where it leaves at most this share of the error: a lens may feign a tilt."""

FAR_WARNED = 0.045
"""A card in the middle states at most 4.0 %, unless its corners show a lens that distorts (docs/scale.md)."""

_BENT_PX, _BENT_SHARE = 0.5, 0.0004
"""Corners that miss the plane by more than both, the second a share of the card's long side, are no noise."""

_CARD_MARGIN_MM = 3.0

_NOTHING_KNOWN = 1.0
"""From this relative error on a scale says nothing, and none is given."""

WayKind = Literal["given", "table", "camera", "card", "rectified card"]
"""How the scale of a photo is known: by which of the ways below."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """A photo with its scale.

    Parameters
    ----------
    photo
        As it is to be inspected: rectified or as it was.
    scale
        None when unknown.
    warnings
        Sentences for the user.
    card
        The card in the photo as it was, which is no place to look for cracks.
    rectified
        How the photo was rectified; None when it was not.
    """

    photo: Photo
    scale: Scale | None
    warnings: tuple[str, ...] = ()
    card: Card | None = None
    rectified: Rectified | None = None

    def region(self, roi: CrackMask | None) -> CrackMask | None:
        """Give where to inspect, at the size of ``photo``; None for all of it.

        Parameters
        ----------
        roi
            (H, W) bool of the photo as it was; None for all of it.
        """
        if self.card is None:
            return roi
        free = np.ones(self.card.shape, bool) if roi is None else roi
        free = free & ~_covered(self.card)
        return free if self.rectified is None else self.rectified.carried(free) & self.rectified.inside


@dataclass(frozen=True, slots=True)
class Unscaled:
    """Why a card that lies in the photo, and is no place to look for cracks, gives no scale."""

    reason: str
    card: Card


class Way(Protocol):
    """One way to know the scale of a photo."""

    kind: ClassVar[WayKind]

    def scaled(self, photo: Photo, source: Source) -> "Scaled | Unscaled | str":
        """Give the photo with its scale, or say why this way has none for it."""

    def described(self) -> str:
        """Say in words all that decides the result."""


@dataclass(frozen=True, slots=True)
class GivenScale:
    """One scale for all photos, as the user states it."""

    kind: ClassVar[WayKind] = "given"
    scale: Scale

    def scaled(self, photo: Photo, source: Source) -> Scaled | str:
        """Give the scale; there is nothing it could lack."""
        return Scaled(photo, self.scale)

    def described(self) -> str:
        """Give the scale with its error."""
        return self.scale.stated()


@dataclass(frozen=True, slots=True)
class TabledScale:
    """A scale per photo from a table of the user's."""

    kind: ClassVar[WayKind] = "table"
    table: ScaleTable

    def scaled(self, photo: Photo, source: Source) -> Scaled | str:
        """Look the photo up."""
        scale = self.table.scale_of.get(source.name)
        return f"the scale table has no row for {source.name}" if scale is None else Scaled(photo, scale)

    def described(self) -> str:
        """Name the table by its content."""
        return f"table of {len(self.table.scale_of)} photos, sha256 {self.table.sha256}"


@dataclass(frozen=True, slots=True)
class CameraScale:
    """The distance of the camera with the focal length that the photo states."""

    kind: ClassVar[WayKind] = "camera"
    distance: Distance

    def scaled(self, photo: Photo, source: Source) -> Scaled | str:
        """Compute the scale."""
        try:
            scale = scale_from_distance(photo.info, self.distance)
        except PhotoError as error:
            return f"no scale from the camera's distance, since {error}"
        doubts = (resizing_doubt(photo.info), sensor_doubt(photo.info, self.distance))
        return Scaled(photo, scale, tuple(doubt for doubt in doubts if doubt))

    def described(self) -> str:
        """Give distance, its error and the sensor's width."""
        distance_mm, error_percent = self.distance.distance_mm, 100 * self.distance.relative_error
        sensor_mm = self.distance.sensor_width_mm
        width = "" if sensor_mm is None else f", sensor {stated_number(sensor_mm)} mm wide"
        return f"camera at {stated_number(distance_mm)} mm ± {stated_number(error_percent)} %{width}"


@dataclass(frozen=True, slots=True)
class CardScale:
    """The marker card; the scale at it is used for the whole photo."""

    kind: ClassVar[WayKind] = "card"

    def scaled(self, photo: Photo, source: Source) -> Scaled | Unscaled | str:
        """Find the card; the error holds how the scale varies over the photo."""
        card = look_for_card(photo.pixels)
        if isinstance(card, str):
            return card
        error = card.error_of_one_scale()
        if error >= _NOTHING_KNOWN:
            reason = _too_tilted(card, "with one scale for all of the photo", "add --rectify, or ")
            return Unscaled(reason, card)
        scale = replace(card.scale, relative_error=error)
        warnings = [*_card_warnings(card), *_tilt_warnings(card, scale)]
        return Scaled(photo, scale, tuple(warnings), card)

    def described(self) -> str:
        """Name the way."""
        return "marker card"


@dataclass(frozen=True, slots=True)
class RectifiedCardScale:
    """The marker card; the photo is warped to its plane, so that one scale holds all over it."""

    kind: ClassVar[WayKind] = "rectified card"

    def scaled(self, photo: Photo, source: Source) -> Scaled | Unscaled | str:
        """Find the card and rectify."""
        card = look_for_card(photo.pixels)
        if isinstance(card, str):
            return f"{card}, so it is not rectified"
        if card.error_over(kept_places(card)) >= _NOTHING_KNOWN:
            return Unscaled(f"{_too_tilted(card, 'even rectified')}, so it is not rectified", card)
        flat = rectify(photo.pixels, card)
        height_px, width_px = flat.inside.shape
        warnings = (
            *_card_warnings(card),
            f"rectified from a tilt of about {card.tilt_deg:.0f}°: mask and places are those of the "
            f"rectified photo, {width_px}×{height_px} px",
        )
        info = replace(photo.info, height_px=height_px, width_px=width_px, is_rectified=True)
        return Scaled(Photo(flat.pixels, info, flat.taken), flat.scale, warnings, card, flat)

    def described(self) -> str:
        """Name the way."""
        return "marker card, rectified"


@dataclass(frozen=True, slots=True)
class ScaleRule:
    """Ways to know the scale; of each photo the first that has one for it counts.

    Parameters
    ----------
    ways
        The most particular first; none for px only.
    """

    ways: tuple[Way, ...] = ()

    @property
    def growth(self) -> float:
        """How many times its pixels a photo may have when it is inspected."""
        return 1 + MAX_GROWTH if "rectified card" in self.kinds else 1.0

    def scale_for(self, photo: Photo, source: Source) -> Scaled:
        """Find the scale of a photo; what was asked for and is not to be had becomes a warning."""
        missing: list[str] = []
        card = None
        for way in self.ways:
            found = way.scaled(photo, source)
            if isinstance(found, Scaled):
                reasons = f"{'; '.join(missing)}; the scale is taken from: {way.described()}"
                warnings = [*([reasons] if missing else []), *found.warnings]
                lens = wide_lens_doubt(photo.info)
                warnings += [lens] if lens else []
                return replace(found, warnings=tuple(warnings), card=found.card or card)
            if isinstance(found, Unscaled):
                card, found = found.card, found.reason
            missing.append(found)
        return Scaled(photo, None, (f"{'; '.join(missing)}; measured in px only",) if missing else (), card)

    @property
    def kinds(self) -> tuple[WayKind, ...]:
        """The kinds of the ways, as ``run.json`` keeps them beside the words."""
        return tuple(way.kind for way in self.ways)

    def described(self) -> str:
        """Say in words all that decides the scale of any photo, as ``run.json`` keeps it."""
        return ", else ".join(way.described() for way in self.ways) or "none"


def _card_warnings(card: Card) -> Iterator[str]:
    seen, drawn = len(card.markers), len(card.layout.markers)
    if seen < drawn:
        yield (
            f"{seen} of the card's {drawn} markers found, so its scale is known to "
            f"{_percent(card.relative_error)}; keep all four in view, clean and sharp"
        )
    if card.reprojection_px > _BENT_PX and card.misfit > _BENT_SHARE:
        yield (
            f"the card's corners miss a plane by {card.reprojection_px:.1f} px: the card is bent or the lens "
            "distorts; press it flat, or correct the photo's lens distortion first"
        )
    places = kept_places(card)
    error = card.error_over(places)
    if error > FAR_WARNED:
        yield (
            f"the photo reaches {card.reach(places):.1f} lengths of the card from it, where a lens that "
            f"distorts a little or a card not quite flat falsifies lengths by {_percent(error)}; lay the "
            "card in the middle of the photo, print a larger one, or correct the lens distortion first"
        )


def _tilt_warnings(card: Card, scale: Scale) -> Iterator[str]:
    variation, error = card.variation(), scale.relative_error
    if variation <= VARIATION_WARNED or error is None:
        return
    if card.error_over(kept_places(card)) <= RECTIFYING_HELPS * error:
        cause, advice = "", "add --rectify"
    else:
        cause, advice = ", or its lens distorts", "photograph it straight on, with the card in the middle"
    yield (
        f"the surface is tilted by about {card.tilt_deg:.0f}° to the camera{cause}, so the scale varies by "
        f"{_percent(variation)} over the photo, which every mm carries as its error; {advice}"
    )


def _too_tilted(card: Card, how: str, advice: str = "") -> str:
    return (
        f"the surface is tilted by about {card.tilt_deg:.0f}° to the camera, so far that {how} no width "
        f"in mm is known; {advice}photograph it straight on"
    )


def _covered(card: Card) -> CrackMask:
    """Give where the card and a small margin lie in the photo."""
    outline_mm = card.layout.outline_mm()
    away = np.sign(outline_mm - np.asarray(card.layout.centre))
    outline: Floats = project(card.plane.px_of_mm, outline_mm + _CARD_MARGIN_MM * away)
    covered = np.zeros(card.shape, np.uint8)
    cv2.fillConvexPoly(covered, np.round(outline).astype(np.int32), 1)
    return np.asarray(covered > 0)


def _percent(share: float) -> str:
    return f"± {share_text(share)}"
