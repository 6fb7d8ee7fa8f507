"""Cracks drawn onto their photo, in a way that never covers the crack itself.

H rows, W columns. A crack stays as it was photographed; a tinted corridor and an outline run around it,
because a hairline of 2 px painted over shows the paint and no longer the evidence. Their colour tells the
width.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from crackwise import scratch
from crackwise.arrays import CrackMask, Grey, Rgb
from crackwise.crack.measurements import CrackMeasurement
from crackwise.crack.network import CrackNetwork
from crackwise.crack.select import PossibleCrack
from crackwise.inspection.record import PossibleRecord
from crackwise.report.labels import PLATE, draw_plate, put_line, put_plate
from crackwise.report.legend import draw_legend
from crackwise.report.possible import draw_possible
from crackwise.report.region import shade
from crackwise.report.width_colours import WidthColours
from crackwise.scale import Scale

_ROWS = 512

TINT = 0.30
"""Share of colour in the corridor: visible, and the surface beside the crack can still be judged."""


@dataclass(frozen=True, slots=True)
class Pen:
    """Line sizes for one photo, px: at 800 px a line is 1 px wide and the plate of a number 25 px high."""

    gap_px: int
    line_px: int
    text_px: int

    @classmethod
    def of(cls, shape: tuple[int, ...]) -> "Pen":
        """Choose the sizes from the longer side of a photo."""
        long_px = max(shape[:2])
        return cls(
            gap_px=max(2, round(long_px / 400)),
            line_px=max(1, round(long_px / 800)),
            text_px=max(13, round(long_px / 32)),
        )


@dataclass(frozen=True, slots=True)
class Survey:
    """How a photo was looked at.

    Parameters
    ----------
    scale
        None colours and labels in px.
    smallest_width_px
        From what on widths can be measured in the photo; finer places are coloured as too fine to be told.
    region
        (H, W) bool, where it was inspected; None for all of it.
    possible
        Marks that are not counted, outlined with dashes and without a number.
    """

    scale: Scale | None = None
    smallest_width_px: float | None = None
    region: CrackMask | None = None
    possible: Sequence[PossibleCrack | PossibleRecord] = ()


def draw_overlay(
    photo: Rgb,
    mask: CrackMask,
    network: CrackNetwork,
    cracks: Sequence[CrackMeasurement],
    survey: Survey = Survey(),
) -> Rgb:
    """Outline the cracks of a photo in colours of their width, number them, and add a legend below.

    The numbers are those of the tables. Where cracks lie too close for every number to be read, the longest
    cracks have theirs. What was not inspected is dimmed. The photo keeps its size and its places; the legend
    is a strip of further rows.

    Parameters
    ----------
    photo
        (H, W, 3); not changed.
    mask
        (H, W).
    network
        Its centrelines say where the leaders of the numbers point.
    cracks
        In order of importance.
    survey
        How the photo was looked at.

    Returns
    -------
    (H + h, W, 3) with a strip of h rows; none where there is nothing to explain.
    """
    pen = Pen.of(photo.shape)
    colours = WidthColours.of(network, cracks, scale=survey.scale, smallest_width_px=survey.smallest_width_px)
    region = None if survey.region is None or survey.region.all() else survey.region
    sheet = _sheet(
        photo,
        draw_legend(
            colours if cracks else None,
            photo.shape,
            survey.scale,
            text_px=pen.text_px,
            is_shaded=region is not None,
            is_dashed=bool(survey.possible),
        ),
    )
    canvas = sheet[: len(photo)]
    if region is not None:
        shade(canvas, region, pen.line_px)
    _surround(canvas, mask, colours, pen)
    draw_possible(canvas, survey.possible, pen.gap_px, pen.line_px)
    taken: CrackMask = scratch.copy_of(mask)
    for crack in cracks:
        _number(canvas, taken, crack, _anchor(crack, network), pen)
    for rows in _bands(len(mask)):
        cracked = mask[rows]
        canvas[rows][cracked] = photo[rows][cracked]
        scratch.let_go(mask, canvas, photo)
    return sheet


def _sheet(photo: Rgb, strip: Rgb) -> Rgb:
    """Copy a photo, with a strip below it."""
    sheet: Rgb = scratch.zeros((len(photo) + len(strip), *photo.shape[1:]))
    for rows in _bands(len(photo)):
        sheet[rows] = photo[rows]
        scratch.let_go(sheet, photo)
    sheet[len(photo) :] = strip
    return sheet


def _bands(H: int) -> Iterator[slice]:
    """Give some rows at a time, so that what is made on the way stays small."""
    for top in range(0, H, _ROWS):
        yield slice(top, min(top + _ROWS, H))


def _surround(canvas: Rgb, mask: CrackMask, colours: WidthColours, pen: Pen) -> None:
    """Tint the corridor and draw the outline, both also across the crack, which the caller puts back."""
    factor = max(1, pen.gap_px // 2)
    nearest = _nearest_colours(mask.shape, colours, factor)
    for rows in _bands(len(mask)):
        kinds, band = _kinds(mask, rows, pen), canvas[rows]
        band[kinds == 3] = PLATE
        for kind, share in ((1, 1.0), (2, TINT)):
            row, col = np.nonzero(kinds == kind)
            colour = nearest[(row + rows.start) // factor, col // factor]
            band[row, col] = np.rint((1 - share) * band[row, col] + share * colour).astype(np.uint8)
        scratch.let_go(mask, canvas)


def _kinds(mask: CrackMask, rows: slice, pen: Pen) -> Grey:
    """Of some rows: 3 on the dark edge of the outline, 1 on the outline, 2 in the corridor, 0 elsewhere.

    Rows around them are looked at as far as a line reaches, so that nothing shows where bands meet.
    """
    edge_px = max(1, pen.line_px // 3)
    reach_px = pen.gap_px + pen.line_px + edge_px
    top = max(0, rows.start - 2 * reach_px)
    seen = mask[top : rows.stop + 2 * reach_px].view(np.uint8)
    kinds = np.zeros(seen.shape, np.uint8)
    if seen.any():
        contours, _ = cv2.findContours(seen, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(kinds, contours, -1, 3, 2 * reach_px)
        cv2.drawContours(kinds, contours, -1, 1, 2 * (pen.gap_px + pen.line_px))
        cv2.drawContours(kinds, contours, -1, 2, 2 * pen.gap_px)
    return kinds[rows.start - top : rows.stop - top]


def _nearest_colours(shape: tuple[int, ...], colours: WidthColours, factor: int) -> Rgb:
    """Give every place the colour of the nearest point of a centreline, (H / factor, W / factor, 3).

    Nearest in a picture reduced to the size of the corridor, which takes a tenth of the time and is as good.
    """
    small = (-(-shape[0] // factor), -(-shape[1] // factor))
    if not len(colours.points):
        return np.broadcast_to(colours.palette[-1], (*small, 3))
    cells = np.clip(np.rint(colours.points).astype(np.int64), 0, np.array(shape[:2]) - 1) // factor
    number = np.zeros(small, np.int64)
    number[cells[:, 0], cells[:, 1]] = colours.number
    is_line = np.zeros(small, bool)
    is_line[cells[:, 0], cells[:, 1]] = True
    _, label = cv2.distanceTransformWithLabels(
        (~is_line).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    number_of_label = np.zeros(int(label.max()) + 1, np.int64)
    number_of_label[label[is_line]] = number[is_line]
    return np.asarray(colours.palette[number_of_label[label]])


def _anchor(crack: CrackMeasurement, network: CrackNetwork) -> tuple[float, float]:
    """Find the point (row, col) that stands for a crack: the middle of its longest branch."""
    own = [
        branch.path
        for branch, owner in zip(network.branches, network.crack_of_branch)
        if owner == crack.crack
    ]
    if not own:
        return float(crack.widest_row), float(crack.widest_col)
    path = max(own, key=len)
    row, col = path[len(path) // 2]
    return float(row), float(col)


def _number(
    canvas: Rgb, taken: CrackMask, crack: CrackMeasurement, anchor: tuple[float, float], pen: Pen
) -> None:
    """Put the number of a crack near its anchor where it hides neither a crack nor another number."""
    plate = draw_plate(str(crack.crack), pen.text_px)
    for top, left in _places(anchor, plate.shape, pen):
        room = taken[top : top + plate.shape[0], left : left + plate.shape[1]]
        if top >= 0 and left >= 0 and room.shape == plate.shape[:2] and not room.any():
            centre = (top + plate.shape[0] / 2, left + plate.shape[1] / 2)
            start = _leader_start(taken, anchor, centre)
            if start is not None:
                put_line(canvas, start, centre, pen.line_px)
                rows, cols = put_plate(canvas, plate, top, left)
                taken[rows, cols] = True
                return


def _places(anchor: tuple[float, float], plate: tuple[int, ...], pen: Pen) -> Iterator[tuple[int, int]]:
    """Yield corners (top, left) of a plate around an anchor, near ones first."""
    for distance_px in (1.6 * pen.text_px, 2.6 * pen.text_px, 4 * pen.text_px, 6 * pen.text_px):
        for angle in np.deg2rad(np.arange(45, 405, 30)):
            row, col = anchor[0] - distance_px * np.sin(angle), anchor[1] + distance_px * np.cos(angle)
            yield round(row - plate[0] / 2), round(col - plate[1] / 2)


def _leader_start(
    taken: CrackMask, anchor: tuple[float, float], end: tuple[float, float]
) -> tuple[float, float] | None:
    """Find where a line leaves the crack that it comes from; None when it then meets anything taken."""
    rows, cols = np.linspace(anchor, end, 1 + round(np.hypot(end[0] - anchor[0], end[1] - anchor[1]))).T
    inside = (rows > -0.5) & (rows < taken.shape[0] - 0.5) & (cols > -0.5) & (cols < taken.shape[1] - 0.5)
    met = np.ones(len(rows), bool)
    met[inside] = taken[np.rint(rows[inside]).astype(int), np.rint(cols[inside]).astype(int)]
    free = np.flatnonzero(~met)
    if not len(free) or met[free[0] :].any():
        return None
    return float(rows[free[0]]), float(cols[free[0]])
