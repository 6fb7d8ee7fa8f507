"""Small texts on pictures, legible at any size and on any surface: light on a dark plate."""

from functools import cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from crackwise.arrays import Rgb

INK = (255, 255, 255)
PLATE = (22, 27, 34)  # contrast 17:1 with INK


def draw_plate(text: str, height_px: int) -> Rgb:
    """Draw one line of text on a dark plate of the stated height; the width follows from the text."""
    text = text.replace("–", "-")  # the font has no dash
    font = _font(max(6, round(0.72 * height_px)))
    left, _, right, _ = font.getbbox(text)
    width_px = max(height_px, round(right - left + 0.6 * height_px))
    plate = Image.new("RGB", (width_px, height_px), PLATE)
    ImageDraw.Draw(plate).text((width_px / 2, height_px / 2), text, fill=INK, font=font, anchor="mm")
    return np.asarray(plate)


def put_plate(canvas: Rgb, plate: Rgb, top: int, left: int) -> tuple[slice, slice]:
    """Copy a plate onto a canvas, moved inwards and cut where it would leave it; return the place it took."""
    top = max(0, min(top, canvas.shape[0] - plate.shape[0]))
    left = max(0, min(left, canvas.shape[1] - plate.shape[1]))
    rows, cols = slice(top, top + plate.shape[0]), slice(left, left + plate.shape[1])
    room = canvas[rows, cols]
    room[:] = plate[: room.shape[0], : room.shape[1]]
    return rows, cols


def put_line(canvas: Rgb, start: tuple[float, float], end: tuple[float, float], line_px: int) -> None:
    """Draw a light line with dark edges between two points (row, col) onto a canvas."""
    first, last = [(round(col), round(row)) for row, col in (start, end)]
    cv2.line(canvas, first, last, PLATE, line_px + 2 * max(1, line_px // 2), cv2.LINE_AA)
    cv2.line(canvas, first, last, INK, line_px, cv2.LINE_AA)


@cache
def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size_px)
