"""Cracks that are given as a mask: drawn by hand, corrected after an inspection, or from another tool."""

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import CrackMask, Grey, Rgb
from crackwise.crack.components import Components, find_components
from crackwise.crack.network import trace
from crackwise.data.dataset import CRACK_ABOVE
from crackwise.errors import SettingsError
from crackwise.inspection.inspect import HowFound, Inspection, measure_found
from crackwise.inspection.settings import DEFAULTS, MeasuringSettings, Settings
from crackwise.photo import Photo, as_photo
from crackwise.pixels import mask_levels
from crackwise.scale import Scale, as_scale

SPECK_PX = 10
"""Regions of fewer pixels are hardly cracks; they are measured all the same, and counted in a warning."""


@dataclass(frozen=True, slots=True)
class GivenMask:
    """A mask as a user gave it.

    Parameters
    ----------
    pixels
        (H, W), upright as its photo.
    name
        How messages call it.
    warnings
        Sentences on how it was read.
    """

    pixels: CrackMask
    name: str = "the mask"
    warnings: tuple[str, ...] = ()

    def check(self, photo: Photo) -> None:
        """Refuse a mask that is not of its photo's size."""
        height_px, width_px = photo.pixels.shape[:2]
        if self.pixels.shape == (height_px, width_px):
            return
        is_turned = self.pixels.shape == (width_px, height_px)
        hint = "draw it on the photo as it is shown upright" if is_turned else "re-export the mask"
        raise SettingsError(
            f"{self.name} is {self.pixels.shape[1]}×{self.pixels.shape[0]} but its photo is "
            f"{width_px}×{height_px}; {hint}"
        )

    def check_cracked(self) -> None:
        """Refuse an empty mask."""
        if not self.pixels.any():
            raise SettingsError(f"{self.name} is empty; expected at least one pixel that is crack")


def measure(
    photo: str | Path | Rgb | Grey | Photo,
    mask: str | Path | CrackMask | Grey,
    *,
    scale: Scale | str | None = None,
    settings: Settings = DEFAULTS,
) -> Inspection:
    """Measure the cracks in one photo whose mask is given; no model is loaded.

    Every connected region of the mask is a crack, however small, so that ``confidence``, ``card`` and
    ``probability`` are None. The mask says where to look; the widths come from the photo.

    Parameters
    ----------
    photo
        A file, pixels (H, W, 3) uint8 RGB or (H, W) uint8 grey, or a photo that was read or rectified.
    mask
        (H, W) bool, (H, W) uint8 with crack above 127, or a picture file of that; upright as the photo shows.
    scale
        Millimetres per pixel, or text such as ``"0.2mm/px"``; without it there are only pixels.
    settings
        Only ``axis_deg`` applies: nothing is found, thresholded or left out.

    Raises
    ------
    PhotoError, SettingsError
        If the photo, the mask or an argument cannot be used.
    """
    read = as_photo(photo)
    given = read_mask(Path(mask)) if isinstance(mask, str | Path) else mask_of(mask)
    given.check_cracked()
    chosen = MeasuringSettings(axis_deg=settings.axis_deg)
    return measure_photo(read, given, chosen, scale=as_scale(scale))


def measure_photo(
    photo: Photo,
    mask: GivenMask,
    settings: MeasuringSettings,
    *,
    scale: Scale | None = None,
    inspected_px: int | None = None,
) -> Inspection:
    """Measure a photo that is already read; its mask may be empty. See :func:`measure`."""
    mask.check(photo)
    regions = find_components(mask.pixels)
    measured = measure_found(
        photo, regions, trace(regions), HowFound(settings), scale=scale, inspected_px=inspected_px
    )
    return replace(measured, warnings=(*mask.warnings, *_inverted(mask), *_specks(mask.name, regions)))


def read_mask(path: Path) -> GivenMask:
    """Read a mask from a picture file.

    Raises
    ------
    SettingsError
        If it cannot be read, is coloured where it is not transparent, or has no pixel above 127 though it is
        not empty.
    """
    try:
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise SettingsError(f"the mask {path} cannot be read: {error.strerror or error}") from error
    stored = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data.size else None
    if stored is None or stored.dtype not in (np.uint8, np.uint16):
        raise SettingsError(f"the mask {path} is no picture; expected a PNG, crack white on black")
    levels = mask_levels(stored)
    if levels.ndim == 3:
        levels = _grey(levels, path)
    return mask_of(levels, str(path))


def _grey(levels: NDArray[np.uint8], path: Path) -> Grey:
    """Take one of equal channels (H, W, 3 or 4); what is wholly transparent is background, of any colour."""
    seen = levels[:, :, 3:].any(axis=2) if levels.shape[2] == 4 else np.ones(levels.shape[:2], bool)
    if (levels[:, :, :3] != levels[:, :, :1])[seen].any():
        raise SettingsError(f"the mask {path} is coloured; expected crack white (255) on black (0)")
    return np.where(seen, levels[:, :, 0], np.uint8(0))


def mask_of(levels: CrackMask | Grey, name: str = "the mask") -> GivenMask:
    """Take an array (H, W), bool or uint8, as a mask.

    Raises
    ------
    SettingsError
        If type or shape is another, or no pixel is above 127 though some are above 0.
    """
    if levels.ndim != 2 or levels.dtype not in (np.bool_, np.uint8):
        raise SettingsError(
            f"{name} is {levels.dtype} of shape {levels.shape}; expected bool or uint8, (H, W): mask > 0"
        )
    if levels.dtype == np.bool_:
        return GivenMask(np.asarray(levels, np.bool_), name)
    pixels = levels > CRACK_ABOVE
    marked = int(np.count_nonzero(levels))
    if marked and not pixels.any():
        raise SettingsError(
            f"{name} has no pixel above {CRACK_ABOVE}, its largest value is {levels.max()}; expected 255 on "
            "cracks"
        )
    soft = int(np.count_nonzero((levels > 0) & (levels < 255)))
    is_soft = soft > marked / 2
    said = f"{name} has grey levels between 0 and 255; those above {CRACK_ABOVE} were taken as crack"
    return GivenMask(pixels, name, (said,) if is_soft else ())


def _inverted(mask: GivenMask) -> tuple[str, ...]:
    if mask.pixels.mean() <= 0.5:
        return ()
    return (f"more than half of the photo is marked as crack; is {mask.name} inverted?",)


def _specks(name: str, regions: Components) -> tuple[str, ...]:
    areas = regions.areas_px()
    count = int((areas < SPECK_PX).sum())
    if not count:
        return ()
    return (f"{count} of {len(areas)} regions of {name} have fewer than {SPECK_PX} px; each is a crack here",)
