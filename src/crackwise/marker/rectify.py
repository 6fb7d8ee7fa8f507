"""Warp a photo to the plane of its card, so that one scale holds all over it."""

from dataclasses import dataclass

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Floats, Rgb
from crackwise.homography import jacobian, project
from crackwise.marker.card import Card
from crackwise.photo import Photo, PhotoInfo, Taken
from crackwise.scale import Scale

MAX_GROWTH = 2.0
"""A rectified photo has at most this many times the pixels of the photo."""

COARSEST = 3.0
"""What is seen more than this many times coarser than at the card is left out: towards a horizon."""

_BLANK = 128
_GRID = 49
_THINNED = 8
_MARGIN_PX = 9


@dataclass(frozen=True, slots=True)
class Rectified:
    """A photo as seen straight on.

    Parameters
    ----------
    pixels
        (H, W, 3), grey where the photo shows nothing; upright as the photo is at the card.
    scale
        Of all of it; its error is that of lengths anywhere in the photo.
    inside
        (H, W) bool, where the photo shows the plane, its rim left out.
    taken
        The photo as it was, and the map from there to here.
    """

    pixels: Rgb
    scale: Scale
    inside: CrackMask
    taken: Taken

    @property
    def photo(self) -> Photo:
        """What `crackwise.inspect` and `measure` take: widths are measured in the photo as taken."""
        height_px, width_px = self.inside.shape
        return Photo(self.pixels, PhotoInfo(None, height_px, width_px, is_rectified=True), self.taken)

    def carried(self, mask: CrackMask) -> CrackMask:
        """Carry a mask (H, W) of the photo over."""
        height_px, width_px = self.inside.shape
        warped = cv2.warpPerspective(
            mask.astype(np.uint8), self.taken.to_rectified, (width_px, height_px), flags=cv2.INTER_NEAREST
        )
        return np.asarray(warped > 0)


def rectify(pixels: Rgb, card: Card, *, max_growth: float = MAX_GROWTH) -> Rectified:
    """Warp a photo (H, W, 3) to the plane of its card.

    The scale is the finest that the photo has at the card, coarser only where the result would grow too
    large. What lies beyond the horizon of the plane, or far towards it, is left out.
    """
    upright = _upright(card)
    kept = kept_places(card)
    surface = project(upright @ card.plane.mm_of_px, kept[:, ::-1])
    low, high = surface.min(axis=0), surface.max(axis=0)
    area_mm2 = float(np.prod(high - low))
    finest = float(np.sqrt(area_mm2 / (max_growth * pixels.shape[0] * pixels.shape[1])))
    mm_per_px = max(_finest_mm_per_px(card), finest)
    to_px = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, mm_per_px]]) / mm_per_px
    width_px, height_px = (int(length) + 1 for length in (high - low) / mm_per_px)
    from_photo = to_px @ upright @ card.plane.mm_of_px
    return Rectified(
        pixels=np.asarray(
            cv2.warpPerspective(
                pixels, from_photo, (width_px, height_px), flags=cv2.INTER_CUBIC, borderValue=(_BLANK,) * 3
            )
        ),
        scale=Scale(mm_per_px, "marker", card.error_over(kept)),
        inside=_inside(card, np.linalg.inv(from_photo), (height_px, width_px)),
        taken=Taken(pixels, from_photo / from_photo[2, 2], float(_coarse(card, kept).max()) / mm_per_px),
    )


def _upright(card: Card) -> Floats:
    """Turn the plane so that a step to the right in the photo, at the card, is one to the right on it."""
    row, col = card.centre_px
    right = jacobian(card.plane.mm_of_px, np.array([col, row]))[:, 0]
    cos, sin = right / np.linalg.norm(right)
    return np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])


def _finest_mm_per_px(card: Card) -> float:
    row, col = card.centre_px
    derivative = jacobian(card.plane.mm_of_px, np.array([col, row]))
    return float(np.linalg.svd(derivative, compute_uv=False)[-1])


def kept_places(card: Card) -> Floats:
    """Give places (P, 2) (row, col) all over the part of the photo that is kept, its corners included."""
    rows, cols = (np.linspace(-0.5, length - 0.5, _GRID) for length in card.shape)
    places = np.stack(np.meshgrid(rows, cols, indexing="ij"), axis=-1).reshape(-1, 2)
    return places[_is_kept(card, places)]


def _is_kept(card: Card, places: Floats) -> CrackMask:
    at_card = _coarse(card, np.array(card.centre_px))
    return np.asarray(card.is_before(places) & (_coarse(card, places) <= COARSEST * at_card))


def _coarse(card: Card, places: Floats) -> Floats:
    """Tell how many mm a pixel covers at places (…, 2) (row, col), in the direction in which that is most."""
    return np.asarray(np.linalg.norm(jacobian(card.plane.mm_of_px, places[..., ::-1]), ord=2, axis=(-2, -1)))


def _inside(card: Card, to_photo: Floats, shape: tuple[int, int]) -> CrackMask:
    """Tell where the result shows the photo, looked up at every eighth pixel, less a margin."""
    rows, cols = (np.arange(0, length + _THINNED, _THINNED, dtype=float) for length in shape)
    here = np.stack(np.meshgrid(cols, rows), axis=-1)
    mapped = here @ to_photo[:, :2].T + to_photo[:, 2]
    photo = np.where(mapped[..., 2:] == 0, np.inf, mapped[..., 1::-1] / mapped[..., 2:])
    height_px, width_px = card.shape
    within = (photo >= 0) & (photo <= np.array([height_px - 1, width_px - 1]))
    shown = within.all(axis=-1) & _is_kept(card, photo)
    fine = cv2.warpAffine(
        shown.astype(np.float32),
        np.array([[_THINNED, 0, 0], [0, _THINNED, 0]], float),
        (shape[1], shape[0]),
        flags=cv2.INTER_LINEAR,
    )
    kernel = np.ones((_MARGIN_PX, _MARGIN_PX), np.uint8)
    return np.asarray(cv2.erode((fine > 0.99).astype(np.uint8), kernel) > 0)
