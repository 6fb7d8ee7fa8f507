"""What explains an overlay, in a strip below the photo: colours of widths, scale bar, what was not seen."""

from collections.abc import Sequence

import numpy as np

from crackwise.arrays import Rgb
from crackwise.report.labels import INK, PLATE, draw_plate, put_line
from crackwise.report.region import shade
from crackwise.report.round_numbers import round_down
from crackwise.report.width_colours import WidthColours
from crackwise.scale import Scale

BAR_SHARE = 0.2
"""A scale bar is at most this share of the photo's width."""

LINE_LEAST_PX = 8
"""Finer text cannot be read; a photo that leaves no room for it has no legend."""


def draw_legend(
    colours: WidthColours | None,
    shape: tuple[int, ...],
    scale: Scale | None,
    *,
    text_px: int,
    is_shaded: bool = False,
    is_dashed: bool = False,
) -> Rgb:
    """Draw what an overlay shows as a dark strip to stand below it.

    Parameters
    ----------
    colours
        Whose classes of width are named, with a scale bar; None for a photo without cracks.
    shape
        (H, W, 3) of the photo; the strip is as wide, and at most half as high.
    scale
        None gives the bar in px.
    text_px
        Wanted height of a line; smaller where the strip would not fit.
    is_shaded
        Whether a part of the photo was not inspected.
    is_dashed
        Whether marks are outlined with dashes that are not counted.

    Returns
    -------
    (h, W, 3); h is 0 where there is nothing to say, or no text would fit that can be read.
    """
    line_px = text_px if colours or is_shaded or is_dashed else 0
    while line_px >= LINE_LEAST_PX:
        entries = _widths(colours, shape, scale, line_px) if colours else []
        if is_dashed:
            entries.append(_entry(_dashed_swatch(line_px), "possible crack, not counted"))
        if is_shaded:
            entries.append(_entry(_shaded_swatch(line_px), "dimmed: not inspected"))
        strip = _flowing(entries, shape[1], line_px)
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


def _widths(colours: WidthColours, shape: tuple[int, ...], scale: Scale | None, line_px: int) -> list[Rgb]:
    """Draw the classes of width and the scale bar, each a line high."""
    named = [_entry(_swatch(colour, line_px), name) for colour, name in colours.legend()]
    return [draw_plate("crack width", line_px), *named, draw_scale_bar(shape, scale, line_px)]


def _entry(swatch: Rgb, name: str) -> Rgb:
    return np.hstack([swatch, draw_plate(name, len(swatch))])


def _swatch(colour: tuple[int, int, int], line_px: int) -> Rgb:
    """Draw a square of a colour, framed: the darkest is hardly seen on a dark plate."""
    swatch = np.full((line_px, line_px, 3), PLATE, np.uint8)
    inset = max(1, line_px // 6)
    swatch[inset:-inset, inset:-inset] = INK
    inset += max(1, line_px // 20)
    swatch[inset:-inset, inset:-inset] = colour
    return swatch


def _dashed_swatch(line_px: int) -> Rgb:
    swatch = np.full((line_px, line_px, 3), PLATE, np.uint8)
    middle, half = line_px // 2, max(1, line_px // 16)
    dash_px = max(2, line_px // 4)
    for left in (0, 2 * dash_px):
        swatch[middle - half : middle + half, left : left + dash_px] = INK
    return swatch


def _shaded_swatch(line_px: int) -> Rgb:
    """Draw a border with dimmed grey beyond it."""
    swatch = np.full((line_px, line_px, 3), PLATE, np.uint8)
    inset = max(1, line_px // 6)
    photo = swatch[inset:-inset, inset:-inset]
    photo[:] = 190
    inside = np.zeros(photo.shape[:2], bool)
    inside[:, : len(photo) // 2] = True
    shade(photo, inside, max(1, line_px // 10))
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
