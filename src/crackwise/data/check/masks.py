"""Whether a mask is one: two values, black and white, one channel, the crack the smaller part.

H rows, W columns.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from crackwise.arrays import CrackMask, Grey
from crackwise.data.dataset import CRACK_ABOVE
from crackwise.data.finding import Level
from crackwise.errors import DataError
from crackwise.pixels import mask_levels

INVERTED_ABOVE = 0.5
"""Share of crack: cracks are lines, and even a dense pattern of them covers less than half of a photo."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a photo or a mask: kind, level and the sentence of the finding."""

    kind: str
    level: Level
    message: str


def read_mask_levels(path: Path) -> NDArray[np.uint8]:
    """Read a mask as it is stored, (H, W) or (H, W, channels), 16 bits brought to 8; no 1 becomes 0.

    Raises
    ------
    DataError
        If it cannot be read, is cut off or empty.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"mask {path.name} cannot be read: {error.strerror or error}; copy it again"
        ) from error
    flags = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION
    levels = cv2.imdecode(np.frombuffer(data, np.uint8), flags) if data and not _is_cut_off(data) else None
    if levels is None:
        raise DataError(f"mask {path.name} is no picture, or it is damaged or cut off; export it again")
    return mask_levels(levels) if levels.dtype == np.uint16 else np.asarray(levels.astype(np.uint8))


def judge_mask(levels: NDArray[np.uint8], grey: Grey | None) -> tuple[CrackMask, tuple[Fault, ...]]:
    """Threshold a mask as all of crackwise does, and tell what is wrong with it.

    Parameters
    ----------
    levels
        (H, W) or (H, W, channels) as stored.
    grey
        (H, W) the photo; None where it cannot be read or has another size.

    Returns
    -------
    (H, W) mask, and faults.
    """
    plain, faults = _single_channel(levels)
    mask = np.asarray(plain > CRACK_ABOVE)
    present = np.flatnonzero(np.bincount(plain.ravel(), minlength=256))
    faults = faults or _value_faults(plain, present)
    if mask.mean() > INVERTED_ABOVE:
        faults.append(_inverted(mask, grey))
    return mask, tuple(faults)


def _single_channel(levels: NDArray[np.uint8]) -> tuple[Grey, list[Fault]]:
    if levels.ndim == 2:
        return levels, []
    alpha = levels[..., 3] if levels.shape[2] == 4 else None
    colours = levels[..., :3]
    has_colour = bool((colours != colours[..., :1]).any())
    if alpha is not None and alpha.min() != alpha.max() and not has_colour:
        message = (
            "its mask is in the alpha channel, which readers of masks drop; bring it in with "
            "crackwise data import"
        )
        return alpha, [Fault("mask in alpha channel", "error", message)]
    grey = np.asarray(cv2.cvtColor(np.ascontiguousarray(colours), cv2.COLOR_BGR2GRAY))
    if not has_colour:
        return np.ascontiguousarray(colours[..., 0]), []
    count = len(np.unique(colours.reshape(-1, 3), axis=0))
    message = f"its mask is coloured ({count} colours); expected black and white, export cracks apart"
    return grey, [Fault("coloured mask", "error", message)]


def _value_faults(plain: Grey, present: NDArray[np.intp]) -> list[Fault]:
    darkest, brightest = int(present[0]), int(present[-1])
    if 0 < brightest <= CRACK_ABOVE:
        values = ", ".join(map(str, present[:4])) + (" …" if len(present) > 4 else "")
        message = (
            f"its mask holds the values {values} and reads as empty, since crack lies above "
            f"{CRACK_ABOVE}; write 0 and 255"
        )
        return [Fault("0/1 mask" if brightest == 1 else "faint mask", "error", message)]
    between = 1 - float(np.isin(plain, (darkest, brightest)).mean())
    if len(present) > 2:
        message = (
            f"its mask holds {len(present)} grey values, {between:.1%} of its pixels neither black nor "
            "white; edges move with the threshold, so export it as PNG without smoothing"
        )
        return [Fault("grey mask", "warning", message)]
    return []


def _inverted(mask: CrackMask, grey: Grey | None) -> Fault:
    share = float(mask.mean())
    is_darker = grey is not None and not mask.all() and grey[mask].mean() < grey[~mask].mean()
    if is_darker and _border_share(mask) < INVERTED_ABOVE:
        message = f"its mask covers {share:.0%} of it, though with what is darker there; look at it"
        return Fault("large label", "warning", message)
    message = f"its mask covers {share:.0%} of it; expected white cracks on black, so invert the mask"
    return Fault("inverted mask", "error", message)


def _border_share(mask: CrackMask) -> float:
    return float(np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]]).mean())


def _is_cut_off(data: bytes) -> bool:
    if data.startswith(b"\x89PNG"):
        return data.rfind(b"IEND") < 0
    return data.startswith(b"\xff\xd8") and data.rfind(b"\xff\xd9") < 0
