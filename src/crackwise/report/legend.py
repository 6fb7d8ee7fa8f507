"""What explains an overlay in the picture itself: the colours of the widths and a scale bar."""

from collections.abc import Sequence

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Rgb
from crackwise.report.labels import INK, PLATE, draw_plate, put_line
from crackwise.report.round_numbers import round_down
from crackwise.report.width_colours import WidthColours
from crackwise.scale import Scale

BAR_SHARE = 0.2
"""A scale bar is at most this share of the photo's width."""

_MARGIN = 0.6
"""Distance of the legend to the border of the photo, in heights of its text."""


def draw_legend(colours: WidthColours, text_px: int) -> Rgb:
    """Draw the classes that occur in a photo, one a line, on a dark plate."""
    line_px = max(8, round(0.8 * text_px))
    lines = [draw_plate("crack width", line_px)]
    for colour, name in colours.legend():
        text = draw_plate(name, line_px)
        swatch = np.full((line_px, line_px, 3), PLATE, np.uint8)
        inset = max(1, line_px // 6)
        swatch[inset:-inset, inset:-inset] = colour
        lines.append(np.hstack([swatch, text]))
    return _stacked(lines, inset_px=line_px // 4)


def draw_scale_bar(shape: tuple[int, ...], scale: Scale | None, text_px: int) -> Rgb:
    """Draw a bar of a round length with its length, on a dark plate."""
    px_per_unit = 1.0 if scale is None else 1 / scale.mm_per_px
    length = round_down(BAR_SHARE * shape[1] / px_per_unit)
    bar_px, line_px = max(1, round(length * px_per_unit)), max(1, text_px // 9)
    bar = np.full((max(6, text_px // 2), bar_px + 2 * line_px, 3), PLATE, np.uint8)
    middle = bar.shape[0] // 2
    start, end = (middle, line_px), (middle, line_px + bar_px - 1)
    put_line(bar, start, end, line_px)
    for _, col in (start, end):
        bar[:, max(0, col - line_px // 2) : col + (line_px + 1) // 2] = INK
    text = draw_plate(length_name(length, scale), max(8, round(0.8 * text_px)))
    return _stacked([text, bar], inset_px=text_px // 4)


def put_in_corners(canvas: Rgb, taken: CrackMask, pictures: Sequence[Rgb], text_px: int) -> None:
    """Copy pictures into corners of a canvas, each where it hides least of what is taken, and mark its place.

    Parameters
    ----------
    canvas
        (H, W, 3); drawn on.
    taken
        (H, W) cracks and numbers; what is put is added.
    pictures
        One that is larger than half the canvas is left out: it would hide the photo.
    text_px
        Height of the text, which the margin follows.
    """
    margin = round(_MARGIN * text_px)
    for picture in pictures:
        height, width = picture.shape[0] + margin, picture.shape[1] + margin
        if 2 * height > canvas.shape[0] or 2 * width > canvas.shape[1]:
            continue
        tops, lefts = (canvas.shape[0] - height, margin), (margin, canvas.shape[1] - width)
        places = [
            (slice(top, top + picture.shape[0]), slice(left, left + picture.shape[1]))
            for top in tops
            for left in lefts
        ]
        best = min(places, key=lambda place: int(np.count_nonzero(taken[place])))
        canvas[best] = picture
        taken[best] = True


def length_name(length: float, scale: Scale | None) -> str:
    """Word the length of a scale bar, mm or px."""
    if scale is None:
        return f"{length:g} px"
    return f"{length / 1000:g} m" if length >= 1000 else f"{length:g} mm"


def _stacked(lines: Sequence[Rgb], inset_px: int) -> Rgb:
    """Put pictures below one another, on the left of a plate."""
    width = max(line.shape[1] for line in lines)
    padded = [
        cv2.copyMakeBorder(line, 0, 0, 0, width - line.shape[1], cv2.BORDER_CONSTANT, value=PLATE)
        for line in lines
    ]
    stack = np.vstack(padded)
    inset = inset_px
    framed = cv2.copyMakeBorder(stack, inset, inset, inset, inset, cv2.BORDER_CONSTANT, value=PLATE)
    return np.asarray(framed, np.uint8)
