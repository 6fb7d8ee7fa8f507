"""Pieces of a PDF: texts that its fonts can show, tables, pictures and plots, in points (1/72 inch).

The fonts are those that every reader of PDF has; they know Western European letters (code page 1252).
"""

import io
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import Drawing, Polygon, PolyLine, Rect, String
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Image, Paragraph, Table

from crackwise.report.histogram import Histogram
from crackwise.report.profile_plot import SHEET, Area, Label, Line, Plot

Flowable: TypeAlias = Any

WIDTH_PT = 510.0
"""Of the text on A4."""

FOOT_PT = 28.0
"""Height of the line at the foot of a page."""

INK, SOFT, LINE, WASH = (HexColor(colour) for colour in ("#18212b", "#51606f", "#d9dfe5", "#f4f6f8"))
NOTE = HexColor("#fff7e0")
_BAR = HexColor("#14507f")

BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=9, leading=12, textColor=INK, spaceAfter=4)
SMALL = ParagraphStyle("small", BODY, fontSize=7.5, leading=9.5, spaceAfter=1)
SOFT_SMALL = ParagraphStyle("soft", SMALL, textColor=SOFT)
FIGURE = ParagraphStyle("figure", BODY, fontName="Helvetica-Bold", fontSize=14, leading=17, spaceAfter=0)
LEADING = ParagraphStyle("leading", BODY, fontName="Helvetica-Bold")
TITLE = ParagraphStyle("title", BODY, fontName="Helvetica-Bold", fontSize=20, leading=24)
HEADING = ParagraphStyle(
    "heading",
    BODY,
    fontName="Helvetica-Bold",
    fontSize=13,
    leading=16,
    spaceBefore=14,
    spaceAfter=6,
    keepWithNext=1,
)
TABLE_HEADING = ParagraphStyle("table heading", HEADING, keepWithNext=0)
"""Over a table that goes on over pages, which would else begin on a new one."""
SUBHEADING = ParagraphStyle("subheading", HEADING, fontSize=10, leading=13, spaceBefore=8, spaceAfter=3)

_ROLE_COLOURS = {
    "axis": SOFT,
    "grid": LINE,
    "joint": SOFT,
    "floor": HexColor("#e9edf1"),
    "band": Color(0.08, 0.31, 0.5, alpha=0.18),
    "width": HexColor("#14507f"),
    "limit": HexColor("#c4005f"),
    "plate": Color(1, 1, 1, alpha=0.8),
}


def printable(text: str) -> str:
    """Write what the fonts lack as its code point, such as ``[U+6A4B]``, and line breaks as spaces."""
    spaced = " ".join(text.split()) if any(c in text for c in "\r\n\t\v\f") else text
    return "".join(c if _is_printable(c) else f"[U+{ord(c):04X}]" for c in spaced)


def _is_printable(character: str) -> bool:
    if character < " " or character == "\x7f":
        return False
    try:
        character.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return not "\x80" <= character <= "\x9f"


def text(words: str, style: ParagraphStyle = BODY, *, lead: str = "") -> Flowable:
    """Give a paragraph of plain words; `lead` comes before them in bold."""
    bold = f"<b>{escape(printable(lead))}</b> " if lead else ""
    return Paragraph(bold + escape(printable(words)), style)


def note(*lines: str, lead: str = "") -> Flowable:
    """Give paragraphs that are not to be overlooked, the first after `lead` in bold."""
    leads = [lead, *[""] * len(lines)]
    rows = [[text(words, BODY, lead=first)] for words, first in zip(lines, leads)]
    box = Table(rows, colWidths=[WIDTH_PT], spaceBefore=4, spaceAfter=6, splitInRow=1)
    box.setStyle(
        [("BACKGROUND", (0, 0), (-1, -1), NOTE), ("LINEBEFORE", (0, 0), (0, -1), 4, HexColor("#b98900"))]
    )
    return box


def facts(pairs: Iterable[tuple[str, str]], width_pt: float = WIDTH_PT, name_pt: float = 110) -> Flowable:
    """Give names with their texts."""
    rows = [[text(name, SOFT_SMALL), text(words, SMALL)] for name, words in pairs]
    table = Table(rows or [["", ""]], colWidths=[name_pt, width_pt - name_pt], hAlign="LEFT", splitInRow=1)
    table.setStyle(_TIGHT)
    return table


def grid(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths_pt: Sequence[float],
    *,
    numbers: Sequence[int] = (),
) -> Flowable:
    """Give a table with a heading that is repeated on every page.

    Parameters
    ----------
    head, rows
        Texts.
    widths_pt
        Of the columns.
    numbers
        Columns that are aligned to the right.
    """
    bold = ParagraphStyle("head", SMALL, fontName="Helvetica-Bold")
    right = ParagraphStyle("right", SMALL, alignment=2)
    styles = [right if column in numbers else SMALL for column in range(len(head))]
    heads = [
        text(name, ParagraphStyle("head right", bold, alignment=style.alignment))
        for name, style in zip(head, styles)
    ]
    body = [[text(cell, style) for cell, style in zip(row, styles)] for row in rows]
    table = Table([heads, *body], colWidths=widths_pt, repeatRows=1, hAlign="LEFT", spaceAfter=6)
    table.setStyle(
        [*_TIGHT, ("LINEBELOW", (0, 0), (-1, 0), 1, INK), ("LINEBELOW", (0, 1), (-1, -1), 0.4, LINE)]
    )
    return table


def histogram(counted: Histogram, bar_pt: float = 260.0) -> Flowable:
    """Give a bar per class of width, with its borders before it and its count behind."""
    height_pt = 8.0
    rows = [[text(f"Width ({counted.unit})", SOFT_SMALL), "", text("Cracks", SOFT_SMALL)]]
    for bar in counted.bars:
        sheet = Drawing(bar_pt, height_pt)
        if bar.count:  # a rectangle without any width is shown as a line
            sheet.add(Rect(0, 0, bar.share * bar_pt, height_pt, fillColor=_BAR, strokeColor=None))
        rows.append([text(bar.name, SMALL), sheet, text(str(bar.count), SMALL)])
    table = Table(rows, colWidths=[80, bar_pt + 8, 50], hAlign="LEFT", spaceAfter=6)
    table.setStyle(_TIGHT)
    return table


def picture(jpeg: bytes, width_pt: float, height_pt: float) -> Flowable:
    """Give a JPEG, as large as fits."""
    width_px, height_px = ImageReader(io.BytesIO(jpeg)).getSize()
    factor = min(width_pt / width_px, height_pt / height_px)
    return Image(io.BytesIO(jpeg), factor * width_px, factor * height_px, hAlign="LEFT")


def drawing(plot: Plot, width_pt: float = WIDTH_PT) -> Flowable:
    """Draw a plot; upwards is the positive direction of a PDF."""
    factor = width_pt / SHEET[0]
    sheet = Drawing(width_pt, factor * SHEET[1])
    for shape in plot.shapes:
        sheet.add(_drawn(shape, factor, sheet.height))
    return sheet


def _drawn(shape: Line | Area | Label, factor: float, height_pt: float) -> Any:
    colour = _ROLE_COLOURS[shape.role]
    if isinstance(shape, Label):
        x, y = factor * shape.x, height_pt - factor * shape.y
        return String(
            x,
            y,
            printable(shape.text),
            fontName="Helvetica",
            fontSize=7,
            fillColor=colour,
            textAnchor=shape.anchor,
        )
    points = [value for x, y in shape.points for value in (factor * x, height_pt - factor * y)]
    if isinstance(shape, Area):
        return Polygon(points, fillColor=colour, strokeColor=None)
    dash = [factor * float(length) for length in shape.dash.split()] or None
    return PolyLine(
        points, strokeColor=colour, strokeWidth=_WEIGHTS.get(shape.role, 0.4), strokeDashArray=dash
    )


_WEIGHTS = {"width": 1.0, "limit": 0.9}
_TIGHT = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("TOPPADDING", (0, 0), (-1, -1), 1.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 6),
]


class NumberedCanvas(Canvas):  # type: ignore[misc]  # reportlab has no types
    """Pages with their number and how many there are, which is known at the end only."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 (reportlab's name)
        """Keep a page until all are known."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Number the pages and write them."""
        for page in self._pages:
            self.__dict__.update(page)
            self.setFont("Helvetica", 7.5)
            self.setFillColor(SOFT)
            right = (self._pagesize[0] + WIDTH_PT) / 2
            self.drawRightString(right, FOOT_PT, f"page {self._pageNumber} of {len(self._pages)}")
            super().showPage()
        super().save()
