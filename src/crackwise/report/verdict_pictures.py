"""Pictures of a verdict: which tiles are called cracked, where cracks were found, and why.

H rows, W columns. What speaks for a crack keeps its colours; the rest of the photo is faded to light grey, so
that the surface stays to be judged. The words stand below the picture and hide nothing.
"""

from collections.abc import Collection, Sequence
from pathlib import Path

import cv2
import numpy as np

from crackwise.arrays import CrackMask, Floats, Rgb
from crackwise.errors import CrackwiseError
from crackwise.inspection.occlusion import Reason
from crackwise.inspection.verdict import TileRecord, VerdictRecord
from crackwise.photo import read_photo
from crackwise.report.labels import PLATE, draw_plate, put_plate
from crackwise.report.pictures import faded, jpeg
from crackwise.tiles import Window
from crackwise.zooms import resized

PICTURE_PX = 1600
"""Longer side of a picture at most; small tiles are enlarged to at least SMALL_PX."""

SMALL_PX = 480
THUMBNAIL_PX = 400
REASON_PX = 480
MARK = (196, 0, 95)
"""The colour of cracked tiles and outlines, as in the reports."""

FULL_TINT_FALL = 3.0
"""Fall of the log-odds, to a twentieth of the odds, where a place has the full tint; it never adapts."""

TINT_WORDS = (
    "tint: hiding this place makes a crack less probable; full tint: odds fall to a twentieth or less",
    "no tint: no single place decides",
)
"""Below every picture of why."""

_QUALITY = 80
_TINT = 0.6
_GAP_PX = 6
_LINE_PER_PX = 1 / 500
_PLATE_PER_PX = 1 / 28
_LOWEST_BAR_PX = 22
_NUMBER_PER_PX, _LOWEST_PLATE_PX = 1 / 70, 14
_FRAME_PER_PX = 1 / 800
_SOUND = (110, 118, 128)


def draw_tiles(photo: Rgb, record: VerdictRecord) -> Rgb:
    """Frame every tile of a photo and say its probability; the cracked ones keep their colours.

    Tiles that overlap meet in the middle of their overlap. Numbers are left out where a tile is too small for
    them.
    """
    cells = _cells(record.tiles)
    area = np.zeros(photo.shape[:2], bool)
    for tile in record.cracked_tiles:
        area[cells[tile].slices] = True
    small = _fitted(_kept(photo, area))
    factor = small.shape[1] / photo.shape[1]
    for tile in sorted(record.tiles, key=lambda one: one.probability):
        colour = MARK if tile.probability >= record.threshold else _SOUND
        _frame(small, cells[tile], factor, colour)
        _number(small, cells[tile], factor, tile.probability)
    return _with_words(small, verdict_words(record))


def draw_found(photo: Rgb, mask: CrackMask, record: VerdictRecord) -> Rgb:
    """Keep the surroundings of the found cracks (H, W) in colour and outline them."""
    margin_px = max(3, round(max(photo.shape[:2]) / 120))
    size = 2 * margin_px + 1
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return _marked(photo, np.asarray(cv2.dilate(mask.astype(np.uint8), disk) > 0), record)


def draw_reasons(photo: Rgb, reasons: Sequence[Reason]) -> Rgb:
    """Show the explained tiles in rows: as they are, and tinted where something speaks for a crack.

    What the tint means stands below them.
    """
    pairs = [_pair(photo[reason.window.slices], reason) for reason in reasons]
    return np.concatenate([*pairs, *(_bar(words, pairs[0].shape[1]) for words in TINT_WORDS)])


def tinted(tile: Rgb, fall: Floats) -> Rgb:
    """Tint a tile (h, w, 3) where the log-odds fall, by how much; its own shape is kept."""
    size = (tile.shape[1], tile.shape[0])
    share = cv2.resize(np.clip(fall / FULL_TINT_FALL, 0, 1).astype(np.float32), size)
    weight = _TINT * share[:, :, None]
    return np.asarray(np.rint((1 - weight) * tile + weight * np.array(MARK)), np.uint8)


def thumbnail(path: Path, window: Window | None = None) -> bytes | None:
    """Bring a photo, or a window of it, to the size for a page, as a JPEG; None where it cannot be read."""
    try:
        pixels = read_photo(path).pixels
    except CrackwiseError:
        return None
    return small_jpeg(pixels if window is None else pixels[window.slices])


def small_jpeg(pixels: Rgb) -> bytes:
    """Bring a picture to the size for a page, as a JPEG."""
    factor = THUMBNAIL_PX / max(pixels.shape[:2])
    size = (max(1, round(factor * pixels.shape[1])), max(1, round(factor * pixels.shape[0])))
    return jpeg(resized(pixels, size), _QUALITY)


def verdict_words(record: VerdictRecord) -> str:
    """Say the verdict in a few words."""
    said = "cracked" if record.cracked else "no crack found"
    if record.cracks is not None:
        counted = "1 crack" if record.cracks == 1 else f"{record.cracks} cracks"
        return f"{said}: {counted}" if record.cracks else said
    tiles = f", {len(record.cracked_tiles)} of {len(record.tiles)} tiles" if len(record.tiles) > 1 else ""
    return f"{said}, {record.probability:.3f}{tiles}"


def _pair(tile: Rgb, reason: Reason) -> Rgb:
    """Put a tile beside itself tinted, each REASON_PX wide, above where it lies and what it says."""
    height_px = max(1, round(REASON_PX * tile.shape[0] / tile.shape[1]))
    large = resized(tile, (REASON_PX, height_px))
    gap = np.full((height_px, _GAP_PX, 3), 255, np.uint8)
    words = f"{reason.probability:.3f}, x {reason.window.left}, y {reason.window.top} px"
    return _with_words(np.concatenate([large, gap, tinted(large, reason.fall)], axis=1), words)


def _cells(tiles: Sequence[TileRecord]) -> dict[TileRecord, Window]:
    """Give each tile of a grid the part that lies nearest to its centre."""
    rows = _parted({(tile.top, tile.bottom) for tile in tiles})
    columns = _parted({(tile.left, tile.right) for tile in tiles})
    cells = {}
    for tile in tiles:
        (top, bottom), (left, right) = rows[tile.top, tile.bottom], columns[tile.left, tile.right]
        cells[tile] = Window(top, left, bottom, right)
    return cells


def _parted(spans: Collection[tuple[int, int]]) -> dict[tuple[int, int], tuple[int, int]]:
    """Part half-open spans where they overlap, in the middle."""
    ordered = sorted(spans)
    starts, ends = [start for start, _ in ordered], [end for _, end in ordered]
    for number in range(1, len(ordered)):
        if ends[number - 1] > starts[number]:
            ends[number - 1] = starts[number] = (ends[number - 1] + starts[number]) // 2
    return dict(zip(ordered, zip(starts, ends)))


def _frame(canvas: Rgb, cell: Window, factor: float, colour: tuple[int, int, int]) -> None:
    edges = (cell.top, cell.left, cell.bottom, cell.right)
    top, left, bottom, right = (round(factor * edge) for edge in edges)
    line_px = max(1, round(_FRAME_PER_PX * max(canvas.shape[:2])))
    cv2.rectangle(canvas, (left, top), (right - 1, bottom - 1), colour, line_px)


def _number(canvas: Rgb, cell: Window, factor: float, probability: float) -> None:
    height_px = max(_LOWEST_PLATE_PX, round(_NUMBER_PER_PX * max(canvas.shape[:2])))
    plate = draw_plate(f"{probability:.2f}", height_px)
    if 2 * plate.shape[1] <= factor * (cell.right - cell.left):
        put_plate(canvas, plate, round(factor * cell.top), round(factor * cell.left))


def _kept(photo: Rgb, area: CrackMask) -> Rgb:
    """Fade what lies outside an area (H, W); nothing where it is empty."""
    canvas = faded(photo) if area.any() else photo.copy()
    canvas[area] = photo[area]
    return canvas


def _marked(photo: Rgb, area: CrackMask, record: VerdictRecord) -> Rgb:
    small = _fitted(_kept(photo, area))
    size = (small.shape[1], small.shape[0])
    _outline(small, cv2.resize(area.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0)
    return _with_words(small, verdict_words(record))


def _fitted(picture: Rgb) -> Rgb:
    long_px = max(picture.shape[:2])
    factor = min(max(1.0, SMALL_PX / long_px), PICTURE_PX / long_px)
    size = (max(1, round(factor * picture.shape[1])), max(1, round(factor * picture.shape[0])))
    return resized(picture, size)


def _outline(canvas: Rgb, area: CrackMask) -> None:
    contours, _ = cv2.findContours(area.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(canvas, contours, -1, MARK, _line_px(canvas))


def _line_px(canvas: Rgb) -> int:
    return max(1, round(_LINE_PER_PX * int(max(canvas.shape[:2]))))


def _with_words(canvas: Rgb, words: str) -> Rgb:
    height_px = max(_LOWEST_BAR_PX, round(_PLATE_PER_PX * int(max(canvas.shape[:2]))))
    return np.concatenate([canvas, _bar(words, canvas.shape[1], height_px)])


def _bar(words: str, width_px: int, height_px: int = _LOWEST_BAR_PX) -> Rgb:
    bar = np.full((height_px, width_px, 3), PLATE, np.uint8)
    put_plate(bar, draw_plate(words, height_px), 0, 0)
    return bar
