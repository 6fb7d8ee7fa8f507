"""A photo, its truth, a prediction and their differences side by side in one picture. H rows, W columns."""

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Rgb
from crackwise.score.worst import Case

PANEL_PX = 320
CUT_PX = 640
"""Of a larger photo this much is shown: shrunken further, a hairline could no longer be seen."""

FOUND, MISSED, FALSE = (100, 143, 255), (255, 176, 0), (220, 38, 127)
"""Blue, amber and magenta of IBM's colour-blind safe palette."""

_GAP_PX = 8
# full colour resolution, or the colours of thin lines would run into each other
_JPEG = (
    *(cv2.IMWRITE_JPEG_QUALITY, 88),
    *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
)
_FADED = 0.45  # how much of the photo's contrast is left below the differences


def is_cut(case: Case) -> bool:
    """Tell whether only a part of the photo is shown."""
    return bool(max(case.true.shape) > CUT_PX)


def case_jpeg(case: Case) -> bytes:
    """Draw photo, truth, prediction and differences in a row; of a large photo the part with most errors."""
    part = _worst_part(case)
    photo, true, predicted = case.photo[part], case.true[part], case.predicted[part]
    panels = [photo, _mask_picture(true), _mask_picture(predicted), differences(photo, true, predicted)]
    fitted = [_fitted(panel) for panel in panels]
    gap = np.full((fitted[0].shape[0], _GAP_PX, 3), 255, np.uint8)
    row = np.hstack([picture for panel in fitted for picture in (panel, gap)][:-1])
    return cv2.imencode(".jpg", row[:, :, ::-1], _JPEG)[1].tobytes()


def differences(photo: Rgb, true: CrackMask, predicted: CrackMask) -> Rgb:
    """Colour what was found, missed and falsely marked on the faded photo, (H, W, 3)."""
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY).astype(np.float32)
    faded = 255 - _FADED * (255 - grey)
    picture = np.repeat(faded[:, :, None], 3, axis=2).astype(np.uint8)
    picture[true & predicted] = FOUND
    picture[true & ~predicted] = MISSED
    picture[predicted & ~true] = FALSE
    return picture


def _mask_picture(mask: CrackMask) -> Rgb:
    return np.repeat(mask[:, :, None], 3, axis=2).astype(np.uint8) * 255


def _worst_part(case: Case) -> tuple[slice, slice]:
    """Choose the window with most wrong pixels, or with most true ones where nothing is wrong."""
    H, W = case.true.shape
    height, width = min(H, CUT_PX), min(W, CUT_PX)
    wrong = case.true ^ case.predicted
    sums = cv2.integral((wrong if wrong.any() else case.true).astype(np.uint8))
    inside = sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]
    top, left = (int(place) for place in np.unravel_index(int(inside.argmax()), inside.shape))
    return slice(top, top + height), slice(left, left + width)


def _fitted(panel: Rgb) -> Rgb:
    factor = PANEL_PX / max(panel.shape[:2])
    size = (max(1, round(factor * panel.shape[1])), max(1, round(factor * panel.shape[0])))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(panel, size, interpolation=how), np.uint8)
