"""Contact sheets: small pictures in rows, each with a caption, as one picture or one page for a browser.

The outline of a mask runs beside the crack, never over it, so that the photo can be judged beneath.
"""

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from crackwise.arrays import CrackMask, Floats, Rgb
from crackwise.errors import OutputError
from crackwise.files import write_image, write_text

CELL_PX = 240
OUTLINE = (220, 38, 127)
"""Magenta of IBM's colour-blind safe palette: no wall has it, and it differs from grey in lightness too."""
COLUMNS = 6

_PAPER, _INK, _FAINT = (255, 255, 255), (20, 20, 20), (90, 90, 90)
_GAP_PX, _TITLE_PX, _HEAD_PX, _TEXT_PX, _LINE_PX = 12, 20, 15, 13, 17
_COVERED = 32  # of 255: a hairline that covers an eighth of a shrunken pixel still has its outline
_MOST_SIDE_PX = 65_000
_JPEG_QUALITY = 88
_STYLE = (
    "body{font:14px/1.4 system-ui,sans-serif;margin:1.5rem;color:#141414;background:#fff}"
    "h2{font-size:1rem;margin:1.2rem 0 .4rem}figure{display:inline-block;margin:0 .8rem .8rem 0;width:240px;"
    "vertical-align:top}figcaption{color:#5a5a5a;font-size:12px;white-space:pre-line;overflow-wrap:anywhere}"
    "img{display:block}"
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A picture of any size, and what to say below it, line by line."""

    picture: Rgb
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Cells that belong together, under a headline; more than fit side by side go on below."""

    head: str
    cells: tuple[Cell, ...]


def write_sheet(path: Path, rows: Sequence[Row], title: str) -> None:
    """Write a sheet as ``.png``, ``.jpg`` or, in one file without any other, ``.html``.

    Raises
    ------
    OutputError
        If the name ends otherwise, the picture would be too large, or the file cannot be written.
    """
    check_sheet(path)
    if path.suffix.lower() == ".html":
        write_text(path, sheet_page(rows, title))
    else:
        write_image(path, draw_sheet(rows, title), jpeg_quality=_JPEG_QUALITY)


def check_sheet(path: Path) -> None:
    """Refuse a name that says no kind of sheet.

    Raises
    ------
    OutputError
        If it ends in none of ``.png``, ``.jpg``, ``.html``.
    """
    if path.suffix.lower() not in {".png", ".jpg", ".jpeg", ".html"}:
        raise OutputError(f"{path} says no kind of sheet; expected a name that ends in .png, .jpg or .html")


def outlined(image: Rgb, mask: CrackMask) -> Rgb:
    """Fit a photo into a cell and draw the outline of its mask, beside the crack and one pixel wide."""
    picture = fitted(image)
    size = picture.shape[1], picture.shape[0]
    share = cv2.resize(mask.astype(np.uint8) * 255, size, interpolation=_interpolation(mask.shape))
    covered = (share >= _COVERED).astype(np.uint8)
    beside = cv2.dilate(covered, np.ones((3, 3), np.uint8))
    rim = cv2.dilate(beside, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))) > beside
    picture[rim] = OUTLINE
    return picture


def fitted(image: Rgb) -> Rgb:
    """Shrink or enlarge a picture so that its longer side is that of a cell."""
    H, W = image.shape[:2]
    factor = CELL_PX / max(H, W)
    size = (max(1, round(W * factor)), max(1, round(H * factor)))
    return np.array(cv2.resize(image, size, interpolation=_interpolation((H, W))), dtype=np.uint8)


def grey(share: Floats | CrackMask) -> Rgb:
    """Show a mask or a map of shares (H, W) in grey: 0 black, 1 white."""
    return np.dstack([(255 * share).astype(np.uint8)] * 3)


def draw_sheet(rows: Sequence[Row], title: str, columns: int = COLUMNS) -> Rgb:
    """Draw a sheet as one picture, (H, W, 3), at most so many cells wide.

    Raises
    ------
    OutputError
        If it would be higher than pictures can be.
    """
    columns = min(columns, max(len(row.cells) for row in rows))
    blocks = [_draw_row(row, columns) for row in rows]
    height = 3 * _GAP_PX + _TITLE_PX + sum(block.height for block in blocks)
    if height > _MOST_SIDE_PX:
        raise OutputError(f"the sheet would be {height:,} px high; show fewer photos, or write it as .html")
    sheet = Image.new("RGB", (_width_px(columns), height), _PAPER)
    _write(sheet, (_GAP_PX, _GAP_PX), title, _TITLE_PX, _INK)
    top = 2 * _GAP_PX + _TITLE_PX
    for block in blocks:
        sheet.paste(block, (0, top))
        top += block.height
    return np.asarray(sheet)


def sheet_page(rows: Sequence[Row], title: str) -> str:
    """Write a sheet as a page that holds its pictures."""
    sections = "\n".join(
        f"<section><h2>{html.escape(row.head)}</h2>\n{''.join(_figure(cell) for cell in row.cells)}</section>"
        for row in rows
    )
    heading = html.escape(title)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{heading}</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>{heading}</h1>\n{sections}\n</body></html>\n"
    )


def _figure(cell: Cell) -> str:
    picture = cv2.cvtColor(fitted(cell.picture), cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    data = base64.b64encode(encoded.tobytes()).decode("ascii")
    caption = html.escape(cell.caption)
    name = caption.partition("\n")[0]
    return (
        f'<figure><img src="data:image/jpeg;base64,{data}" width="{picture.shape[1]}" '
        f'height="{picture.shape[0]}" alt="{name}"><figcaption>{caption}</figcaption></figure>\n'
    )


def _draw_row(row: Row, columns: int) -> Image.Image:
    lines = [row.cells[first : first + columns] for first in range(0, len(row.cells), columns)]
    heights = [max(_height_px(cell) for cell in line) for line in lines]
    top = (_HEAD_PX + _GAP_PX) if row.head else 0
    block = Image.new("RGB", (_width_px(columns), top + sum(heights)), _PAPER)
    _write(block, (_GAP_PX, 0), row.head, _HEAD_PX, _INK)
    for line, height in zip(lines, heights):
        for column, cell in enumerate(line):
            _draw_cell(block, cell, (_GAP_PX + column * (CELL_PX + _GAP_PX), top))
        top += height
    return block


def _draw_cell(block: Image.Image, cell: Cell, corner: tuple[int, int]) -> None:
    picture = fitted(cell.picture)
    block.paste(Image.fromarray(picture), corner)
    for number, line in enumerate(cell.caption.split("\n")):
        top = corner[1] + picture.shape[0] + 3 + number * _LINE_PX
        _write(block, (corner[0], top), _shortened(line), _TEXT_PX, _FAINT)


def _height_px(cell: Cell) -> int:
    picture_px: int = fitted(cell.picture).shape[0]
    return picture_px + (1 + cell.caption.count("\n")) * _LINE_PX + _GAP_PX


def _width_px(columns: int) -> int:
    return _GAP_PX + columns * (CELL_PX + _GAP_PX)


def _shortened(line: str) -> str:
    """Cut a line that is wider than a cell in its middle: both ends of a file name matter."""
    for kept in range(len(line), 1, -1):
        shown = line if kept == len(line) else f"{line[: kept - kept // 2]}...{line[-(kept // 2) :]}"
        if _font(_TEXT_PX).getlength(shown) <= CELL_PX:
            return shown
    return "..." if line else ""


def _write(
    sheet: Image.Image, place: tuple[int, int], text: str, size_px: int, ink: tuple[int, int, int]
) -> None:
    shown = text.replace("×", "x")  # the font has ASCII only
    ImageDraw.Draw(sheet).text(place, shown, fill=ink, font=_font(size_px))


def _interpolation(shape: tuple[int, ...]) -> int:
    is_large = max(shape[:2]) > CELL_PX
    return int(cv2.INTER_AREA) if is_large else int(cv2.INTER_NEAREST_EXACT)


@cache
def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size_px)
