"""Pictures of a training: samples in rows, and how they changed as a short film."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from crackwise.arrays import Rgb
from crackwise.files import whole_file

_GAP_PX = 2
_FRAMES = 40
_FRAME_MS = 200
_LAST_MS = 3000
_FILM_PX = 560  # 64 photos of 64 px are not shrunk
_STEP_PER_PX = 1 / 28
_LEAST_STEP_PX = 12
_COLOURS = 128


def tiled(photos: Sequence[Rgb], columns: int) -> Rgb:
    """Lay photos of one size (H, W, 3) in rows, on white."""
    H, W = photos[0].shape[:2]
    rows = -(-len(photos) // columns)
    sheet = np.full((rows * (H + _GAP_PX) + _GAP_PX, columns * (W + _GAP_PX) + _GAP_PX, 3), 255, np.uint8)
    for number, photo in enumerate(photos):
        row, column = divmod(number, columns)
        top, left = _GAP_PX + row * (H + _GAP_PX), _GAP_PX + column * (W + _GAP_PX)
        sheet[top : top + H, left : left + W] = photo
    return sheet


def stepped(sheet: Rgb, step: int) -> Rgb:
    """Say the step above a sheet (H, W, 3), so large that it is read in a film, too."""
    height_px = max(_LEAST_STEP_PX, round(_STEP_PER_PX * max(sheet.shape[:2])))
    strip = Image.new("RGB", (sheet.shape[1], height_px), (255, 255, 255))
    font = ImageFont.load_default(round(0.75 * height_px))
    ImageDraw.Draw(strip).text((2 * _GAP_PX, height_px / 2), f"step {step:,}", (0, 0, 0), font, anchor="lm")
    return np.concatenate([np.asarray(strip), sheet])


def write_film(path: Path, sheets: Sequence[Path]) -> None:
    """Show sheets one after the other, at most 40 spread over all, the last one longer."""
    chosen = sorted({round(place) for place in np.linspace(0, len(sheets) - 1, min(_FRAMES, len(sheets)))})
    frames = [_frame(sheets[number]) for number in chosen]
    times = [_FRAME_MS] * (len(frames) - 1) + [_LAST_MS]
    with whole_file(path) as temporary:
        frames[0].save(
            temporary, format="GIF", save_all=True, append_images=frames[1:], duration=times, loop=0
        )


def _frame(sheet: Path) -> Image.Image:
    with Image.open(sheet) as opened:
        picture = opened.convert("RGB")
    picture.thumbnail((_FILM_PX, _FILM_PX))
    return picture.quantize(_COLOURS)
