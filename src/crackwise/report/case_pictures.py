"""A photo, its truth, a prediction and their differences side by side in one picture. H rows, W columns."""

import numpy as np

from crackwise.arrays import CrackMask, Rgb
from crackwise.report.pictures import FULL_COLOUR, faded, fitted, fullest_part, jpeg
from crackwise.score.worst import Case

PANEL_PX = 320
CUT_PX = 640
"""Of a larger photo this much is shown: shrunken further, a hairline could no longer be seen."""

FOUND, MISSED, FALSE = (100, 143, 255), (255, 176, 0), (220, 38, 127)
"""Blue, amber and magenta of IBM's colour-blind safe palette."""

_GAP_PX = 8
_QUALITY = 88


def is_cut(case: Case) -> bool:
    """Tell whether only a part of the photo is shown."""
    return bool(max(case.true.shape) > CUT_PX)


def case_jpeg(case: Case) -> bytes:
    """Draw photo, truth, prediction and differences in a row; of a large photo the part with most errors."""
    part = _worst_part(case)
    photo, true, predicted = case.photo[part], case.true[part], case.predicted[part]
    panels = [photo, _mask_picture(true), _mask_picture(predicted), differences(photo, true, predicted)]
    shown = [fitted(panel, PANEL_PX) for panel in panels]
    gap = np.full((shown[0].shape[0], _GAP_PX, 3), 255, np.uint8)
    row = np.hstack([picture for panel in shown for picture in (panel, gap)][:-1])
    return jpeg(row, _QUALITY, *FULL_COLOUR)


def differences(photo: Rgb, true: CrackMask, predicted: CrackMask) -> Rgb:
    """Colour what was found, missed and falsely marked on the faded photo, (H, W, 3)."""
    picture = faded(photo)
    picture[true & predicted] = FOUND
    picture[true & ~predicted] = MISSED
    picture[predicted & ~true] = FALSE
    return picture


def _mask_picture(mask: CrackMask) -> Rgb:
    return np.repeat(mask[:, :, None], 3, axis=2).astype(np.uint8) * 255


def _worst_part(case: Case) -> tuple[slice, slice]:
    """Choose the window with most wrong pixels, or with most true ones where nothing is wrong."""
    wrong = case.true ^ case.predicted
    return fullest_part(wrong if wrong.any() else case.true, CUT_PX)
