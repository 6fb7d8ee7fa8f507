"""What explains an overlay, in a strip below the photo: the colours of the widths and a scale bar."""

from collections.abc import Sequence

import numpy as np

from crackwise.arrays import Rgb
from crackwise.report.labels import INK, PLATE, draw_plate, put_line
from crackwise.report.round_numbers import round_down
from crackwise.report.width_colours import WidthColours
from crackwise.scale import Scale

BAR_SHARE = 0.2
"""A scale bar is at most this share of the photo's width."""

LINE_LEAST_PX = 8
"""Finer text cannot be read; a photo that leaves no room for it has no legend."""


def draw_legend(colours: WidthColours, shape: tuple[int, ...], scale: Scale | None, *, text_px: int) -> Rgb:
    """Draw the classes that occur in a photo and a scale bar, as a dark strip to stand below it.

    Parameters
    ----------
    colours
        Of the photo.
    shape
        (H, W, 3) of the photo; the strip is as wide, and at most half as high.
    scale
        None gives the bar in px.
    text_px
        Wanted height of a line; smaller where the strip would not fit.

    Returns
    -------
    (h, W, 3); h is 0 where no text would fit that can be read.
    """
    line_px = text_px
    while line_px >= LINE_LEAST_PX:
        strip = _flowing(_entries(colours, shape, scale, line_px), shape[1], line_px)
        if strip is not None and 2 * len(strip) <= shape[0]:
            return strip
        line_px = min(line_px - 1, round(0.9 * line_px))
    return np.empty((0, shape[1], 3), np.uint8)


def draw_scale_bar(shape: tuple[int, ...], scale: Scale | None, line_px: int) -> Rgb:
    """Draw a bar of a round length with its length behind it, on a dark plate of the stated height."""
    px_per_unit = 1.0 if scale is None else 1 / scale.mm_per_px
    length = round_down(BAR_SHARE * shape[1] / px_per_unit)
    bar_px, stroke_px = max(1, round(length * px_per_unit)), max(1, line_px // 9)
    bar = np.full((line_px, bar_px + 2 * stroke_px, 3), PLATE, np.uint8)
    middle = line_px // 2
    start, end = (middle, stroke_px), (middle, stroke_px + bar_px - 1)
    put_line(bar, start, end, stroke_px)
    reach_px = max(2, line_px // 4)
    for _, col in (start, end):
        tip = slice(max(0, col - stroke_px // 2), col + (stroke_px + 1) // 2)
        bar[middle - reach_px : middle + reach_px + 1, tip] = INK
    return np.hstack([bar, draw_plate(length_name(length, scale), line_px)])


def length_name(length: float, scale: Scale | None) -> str:
    """Word the length of a scale bar, mm or px."""
    if scale is None:
        return f"{length:g} px"
    return f"{length / 1000:g} m" if length >= 1000 else f"{length:g} mm"


def _entries(colours: WidthColours, shape: tuple[int, ...], scale: Scale | None, line_px: int) -> list[Rgb]:
    """Draw what the strip explains, each a line high."""
    named = [
        np.hstack([_swatch(colour, line_px), draw_plate(name, line_px)]) for colour, name in colours.legend()
    ]
    return [draw_plate("crack width", line_px), *named, draw_scale_bar(shape, scale, line_px)]


def _swatch(colour: tuple[int, int, int], line_px: int) -> Rgb:
    """Draw a square of a colour, framed: the darkest is hardly seen on a dark plate."""
    swatch = np.full((line_px, line_px, 3), PLATE, np.uint8)
    inset = max(1, line_px // 6)
    swatch[inset:-inset, inset:-inset] = INK
    inset += max(1, line_px // 20)
    swatch[inset:-inset, inset:-inset] = colour
    return swatch


def _flowing(pictures: Sequence[Rgb], width_px: int, line_px: int) -> Rgb | None:
    """Put pictures of one height beside one another, in as many lines as needed; None if one is too wide."""
    gap_px = line_px // 2
    lines: list[list[Rgb]] = [[]]
    left = gap_px
    for picture in pictures:
        if left + picture.shape[1] + gap_px > width_px:
            lines.append([])
            left = gap_px
        lines[-1].append(picture)
        left += picture.shape[1] + gap_px
        if left > width_px:
            return None
    filled = [line for line in lines if line]
    pitch_px = line_px + line_px // 4
    strip = np.full((len(filled) * pitch_px + line_px // 4, width_px, 3), PLATE, np.uint8)
    for number, line in enumerate(filled):
        top, left = line_px // 4 + number * pitch_px, gap_px
        for picture in line:
            strip[top : top + line_px, left : left + picture.shape[1]] = picture
            left += picture.shape[1] + gap_px
    return strip
