"""The marker card as a PDF page that is true to scale."""

import io
from importlib import metadata
from pathlib import Path

from reportlab.lib.colors import Color, black
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from crackwise.files import write_bytes
from crackwise.marker.layout import GAUGE_MM, RULER_MM, CardLayout, Point, marker_bits

STEPS = (
    "Print at 100 % (“actual size”), never “fit to page”, and check the ruler: 100 mm.",
    "Lay the card flat on the surface, beside the crack and in its plane.",
    "Photograph card and crack together: sharp, all four markers in view, as straight on as you can.",
    "Then run: crackwise inspect PHOTOS --card --out RESULTS",
)

_GREY = Color(0.45, 0.45, 0.45)
_ACCENT = Color(0.72, 0.20, 0.12)
_REGULAR, _BOLD = "Helvetica", "Helvetica-Bold"
_LEADING = 1.45


def write_card(path: Path, layout: CardLayout) -> None:
    """Write the card, whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    write_bytes(path, card_pdf(layout))


def card_pdf(layout: CardLayout) -> bytes:
    """Draw the card; the same layout gives the same bytes."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=tuple(length * mm for length in layout.page_mm), invariant=1)
    canvas.setTitle(f"crackwise marker card {layout.name}")
    canvas.setAuthor(f"crackwise {metadata.version('crackwise')}")
    page = _Page(canvas, layout)
    _draw_outline(page)
    _draw_markers(page)
    _draw_words(page)
    _draw_gauge(page)
    _draw_ruler(page)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


class _Page:
    """A canvas that is spoken to in mm, from the upper left corner, y down."""

    def __init__(self, canvas: Canvas, layout: CardLayout) -> None:
        self.canvas = canvas
        self.layout = layout

    def box(self, corner: Point, width_mm: float, height_mm: float, colour: Color = black) -> None:
        """Fill a rectangle given by its upper left corner."""
        x, y = corner
        self.canvas.setFillColor(colour)
        bottom = self.layout.page_mm[1] - y - height_mm
        self.canvas.rect(x * mm, bottom * mm, width_mm * mm, height_mm * mm, stroke=0, fill=1)

    def words(self, place: Point, text: str, *, size_mm: float, font: str = _REGULAR) -> None:
        """Write a line in the current colour; ``place`` is the left end of its base line."""
        self.canvas.setFont(font, size_mm * mm)
        self.canvas.drawString(place[0] * mm, (self.layout.page_mm[1] - place[1]) * mm, text)

    def centred_words(self, place: Point, text: str, *, size_mm: float, font: str = _REGULAR) -> None:
        """Write a line in the current colour; ``place`` is the middle of its base line."""
        self.canvas.setFont(font, size_mm * mm)
        self.canvas.drawCentredString(place[0] * mm, (self.layout.page_mm[1] - place[1]) * mm, text)


def _draw_outline(page: _Page) -> None:
    """Draw a hairline just inside the page: where to cut when the printer's paper is larger."""
    width_mm, height_mm = page.layout.page_mm
    page.canvas.setStrokeColor(_GREY)
    page.canvas.setLineWidth(0.1 * mm)
    page.canvas.setDash(1 * mm, 1 * mm)
    page.canvas.rect(0.1 * mm, 0.1 * mm, (width_mm - 0.2) * mm, (height_mm - 0.2) * mm)
    page.canvas.setDash()


def _draw_markers(page: _Page) -> None:
    for marker, (left, top) in page.layout.markers.items():
        side_mm = page.layout.marker_mm
        bits = marker_bits(marker)
        module_mm = side_mm / len(bits)
        # white modules on one black square: black modules side by side would show hairlines on a screen
        page.box((left, top), side_mm, side_mm)
        for row, line in enumerate(bits):
            for col, is_black in enumerate(line):
                if not is_black:
                    corner = (left + col * module_mm, top + row * module_mm)
                    page.box(corner, module_mm, module_mm, Color(1, 1, 1))


def _draw_words(page: _Page) -> None:
    layout = page.layout
    size_mm = layout.text_mm
    left, top = layout.title
    page.canvas.setFillColor(black)
    page.words((left, top + 1.5 * size_mm), "crackwise marker card", size_mm=2.1 * size_mm, font=_BOLD)
    page.canvas.setFillColor(_GREY)
    page.words((left, top + 3.1 * size_mm), f"{_signature(layout)}", size_mm=size_mm)
    (left, y), column_mm = layout.sentence
    for number, step in enumerate(STEPS, 1):
        lines = simpleSplit(step, _REGULAR, size_mm * mm, (column_mm - 1.6 * size_mm) * mm)
        page.canvas.setFillColor(_ACCENT)
        page.words((left, y + size_mm), f"{number}", size_mm=size_mm, font=_BOLD)
        page.canvas.setFillColor(black)
        for line in lines:
            page.words((left + 1.6 * size_mm, y + size_mm), line, size_mm=size_mm)
            y += _LEADING * size_mm


def _signature(layout: CardLayout) -> str:
    return f"{layout.name} · markers of {layout.marker_mm:g} mm · crackwise {metadata.version('crackwise')}"


def _draw_gauge(page: _Page) -> None:
    layout = page.layout
    left, top = layout.gauge
    height_mm = 4.3 * layout.text_mm
    for number, width_mm in enumerate(GAUGE_MM):
        x = left + number * layout.gauge_step_mm
        page.box((x - width_mm / 2, top), width_mm, height_mm)
        page.canvas.setFillColor(black)
        below = top + height_mm + 1.3 * layout.text_mm
        page.centred_words((x, below), f"{width_mm:g}", size_mm=layout.text_mm)
    page.canvas.setFillColor(_GREY)
    middle = layout.page_mm[0] / 2
    below = top + height_mm + 2.7 * layout.text_mm
    page.centred_words((middle, below), "crack width in mm", size_mm=0.9 * layout.text_mm)


def _draw_ruler(page: _Page) -> None:
    left, top = page.layout.ruler
    size_mm = page.layout.text_mm
    page.box((left, top), RULER_MM, 0.2)
    for tick in range(int(RULER_MM) + 1):
        height_mm = size_mm * (1.4 if tick % 10 == 0 else 1.0 if tick % 5 == 0 else 0.6)
        page.box((left + tick - 0.05, top), 0.1, height_mm)
        if tick % 10 == 0:
            page.canvas.setFillColor(black)
            page.centred_words((left + tick, top + 2.5 * size_mm), f"{tick}", size_mm=0.9 * size_mm)
    page.canvas.setFillColor(_GREY)
    words = "check ruler: 100 mm"
    page.words((left, top - 0.5 * size_mm), words, size_mm=0.9 * size_mm)
