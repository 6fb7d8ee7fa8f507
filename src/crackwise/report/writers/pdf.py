"""``report.pdf``: the report as a document of A4 pages, for files and signatures."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import CondPageBreak, KeepTogether, SimpleDocTemplate, Spacer, Table

from crackwise.files import write_bytes
from crackwise.inspection.record import InspectionRecord
from crackwise.report.code_choice import CodeChoice
from crackwise.report.facts import Tile, card_summary
from crackwise.report.figures import (
    COLUMN_HEADS,
    Width,
    amount_text,
    between_text,
    length_text,
    widths_text,
)
from crackwise.report.lengths import Quantities
from crackwise.report.page import CrackRow, Outcome, Page, PhotoCard, ZoomFigure
from crackwise.report.pdf_parts import (
    BODY,
    FIGURE,
    FOOT_PT,
    HEADING,
    LEADING,
    LINE,
    SMALL,
    SOFT,
    SOFT_SMALL,
    SUBHEADING,
    TABLE_HEADING,
    TITLE,
    WIDTH_PT,
    Flowable,
    NumberedCanvas,
    drawing,
    facts,
    grid,
    histogram,
    note,
    picture,
    printable,
    text,
)
from crackwise.report.possible import possible_words
from crackwise.report.settings import ReportSettings
from crackwise.severity.quantities import Budget, class_name

ROWS_MOST = 200
"""More rows are no longer read on paper; ``cracks.csv`` has all."""

_PICTURE_PT, _PICTURE_HEIGHT_PT = 350.0, 320.0
"""Of the largest photo: two stand on a page, each with its name."""

_ZOOM_PT = 310.0
_ROWS_LEAST_PT = 160.0
"""Room for the heading of a long table and its first rows; with less it begins on the next page."""


def write_pdf(records: Sequence[InspectionRecord], folder: Path, settings: ReportSettings) -> None:
    """Write ``report.pdf`` into a run folder from its records, ``overlays/`` and ``zooms/``."""
    page = Page.of(records, folder, settings)
    file = io.BytesIO()
    side = (A4[0] - WIDTH_PT) / 2 - 6  # a frame has a padding of 6
    document = SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=side,
        rightMargin=side,
        topMargin=50,
        bottomMargin=50,
        title=printable(settings.heading),
        author=printable(settings.inspector),
        invariant=1,
    )
    running = " · ".join(filter(None, (settings.heading, settings.project)))

    def furnish(canvas: Any, document: Any) -> None:
        canvas.setFont("Helvetica", 7.5)
        canvas.setFillColor(SOFT)
        canvas.drawString(side + 6, FOOT_PT, printable(running)[:110])

    document.build(list(_story(page)), onFirstPage=furnish, onLaterPages=furnish, canvasmaker=NumberedCanvas)
    write_bytes(folder / "report.pdf", file.getvalue())


def _story(page: Page) -> Iterator[Flowable]:
    settings = page.settings
    yield from _heading(page)
    yield from _summary(page)
    if settings.choice:
        yield from _code(page, settings.choice)
    if page.histogram.bars:
        yield KeepTogether(
            [text("Crack widths", HEADING), text(page.histogram_words), histogram(page.histogram)]
        )
    if page.quantities:
        yield from _quantities(page.quantities, settings)
    if page.rows:
        yield from _cracks(page)
    if page.zooms:
        opening = [text("Widest cracks", HEADING), text(page.zooms_words)]
        yield from _opened(opening, [_zoom(zoom, settings) for zoom in page.zooms])
    if page.possible:
        yield from _possible(page)
    if page.cards:
        yield from _opened([text("Photos", HEADING)], [_photo(card) for card in page.cards])
    yield from _ending(page)


def _opened(opening: list[Flowable], blocks: Sequence[list[Flowable]]) -> Iterator[Flowable]:
    """Keep each block on one page, the first together with what opens the part."""
    yield KeepTogether([*opening, *blocks[0]])
    for block in blocks[1:]:
        yield KeepTogether(block)


def _heading(page: Page) -> Iterator[Flowable]:
    settings = page.settings
    yield text(settings.heading, TITLE)
    pairs = [
        ("Project", settings.project),
        ("Inspector", settings.inspector),
        ("Report made", settings.created[:16].replace("T", " ")),
        ("Photos taken", page.taken),
        ("Model", page.first.model if page.first else ""),
    ]
    yield facts([(name, words) for name, words in pairs if words], name_pt=60)
    yield Spacer(1, 8)


def _summary(page: Page) -> Iterator[Flowable]:
    cells = [
        [text(tile.figure, FIGURE), *(text(words, style) for words, style in _below(tile) if words)]
        for tile in page.tiles
    ]
    table = Table([cells], colWidths=[WIDTH_PT / len(cells)] * len(cells), spaceAfter=8)
    table.setStyle([("BOX", (0, 0), (-1, -1), 0.5, LINE), ("VALIGN", (0, 0), (-1, -1), "TOP")])
    yield table
    if page.scale:
        yield text(page.scale, lead="How the scale is known:")
    if page.unscaled_words:
        yield note(page.unscaled_words)
    if page.warnings:
        yield note(*page.warnings, lead="Warnings; the detail stands beside each photo:")
    if page.settings.failures:
        yield text("Photos that could not be inspected", SUBHEADING)
        yield grid(("Photo", "Reason"), page.settings.failures, (170, WIDTH_PT - 170))


def _below(tile: Tile) -> tuple[tuple[str, ParagraphStyle], ...]:
    return (tile.name, SMALL), (tile.remark, SOFT_SMALL), (tile.beyond, SMALL)


def _code(page: Page, choice: CodeChoice) -> Iterator[Flowable]:
    yield text("Verdict by code", HEADING)
    yield note(
        f"{choice.caveat}.", lead="A verdict is a flag to an engineer, not a judgement of the structure:"
    )
    if page.outcomes:
        rows = [(one.verdict.outcome, str(one.count), _named(one)) for one in page.outcomes]
        yield grid(("Verdict", "Cracks", "Which"), rows, (150, 50, WIDTH_PT - 200), numbers=(1,))
    yield facts(page.code)


def _named(outcome: Outcome) -> str:
    photos = "; ".join(f"{photo}: {numbers}" for photo, _, numbers in outcome.photos)
    return f"{photos}; and {outcome.more} more" if outcome.more else photos


def _quantities(quantities: Quantities, settings: ReportSettings) -> Iterator[Flowable]:
    rows = [
        (one.name, one.text, between_text(one.length_m, one.range_m))
        for one in (*quantities.rows, quantities.total)
    ]
    shown = 3 if quantities.has_ranges else 2
    head, widths = ("Width", "Length (m)", "90 % (m)"), (230, 70, 90)
    parts = [
        text("Quantities", HEADING),
        text(quantities.words),
        grid(head[:shown], rows, widths[:shown], numbers=(1, 2)),
    ]
    if quantities.rounding_words:
        parts.append(text(quantities.rounding_words, SOFT_SMALL))
    if quantities.budget:
        title = settings.prices.title if settings.prices else ""
        parts += _budget(quantities, quantities.budget, title)
    yield KeepTogether(parts)


def _budget(quantities: Quantities, budget: Budget, title: str) -> list[Flowable]:
    money = budget.currency
    head = ("Work", "Width", "Length (m)", f"Price ({money}/m)", f"Cost ({money})", f"90 % ({money})")
    widths = (130, 100, 55, 70, 70, 85)
    shown = 6 if budget.total_range else 5
    rows = [
        (
            row.name,
            class_name(row.from_mm, row.to_mm),
            amount_text(row.length_m),
            amount_text(row.price_per_m),
            amount_text(row.cost),
            between_text(row.cost, row.cost_range),
        )
        for row in budget.rows
    ]
    total = (amount_text(budget.total), between_text(budget.total, budget.total_range))
    rows.append(("Total", "", "", "", *total))
    left_out_m, left_out = quantities.unpriced
    rows.append(("Not in the total", left_out, amount_text(left_out_m), "", "no price", ""))
    return [
        text(f"Budget: {title}" if title else "Budget", SUBHEADING),
        grid(head[:shown], rows, widths[:shown], numbers=(2, 3, 4, 5)),
        text(quantities.unpriced_words, SOFT_SMALL),
    ]


def _cracks(page: Page) -> Iterator[Flowable]:
    yield CondPageBreak(_ROWS_LEAST_PT)
    yield text("Cracks", TABLE_HEADING)
    rows = page.rows[:ROWS_MOST]
    if len(rows) < page.rows_total:
        yield text(f"The {len(rows)} widest of {page.rows_total:,} cracks; all are in cracks.csv.")
    judged = ["Verdict"] if page.settings.choice else []
    head = ["Photo", "Crack", "Kind", "Length", *(COLUMN_HEADS[name] for name in page.columns), *judged]
    ends = [86.0] if judged else []
    widths = [30.0, 70.0, 42.0, *[82.0] * len(page.columns), *ends]
    body = [_crack_row(row, page) for row in rows]
    yield grid(
        head, body, [WIDTH_PT - sum(widths), *widths], numbers=(1, 3, *range(4, 4 + len(page.columns)))
    )
    reasons = " The reason of each verdict is in cracks.csv." if judged else ""
    yield text(f"{page.columns_words} In brackets: 90 % interval. {page.kinds}{reasons}", SOFT_SMALL)


def _crack_row(row: CrackRow, page: Page) -> tuple[str, ...]:
    crack = row.crack
    cells = (
        row.photo,
        str(crack.crack),
        row.kind,
        length_text(crack.length_px, crack.length_mm),
        *(Width.best(crack, name).text for name in page.columns),
    )
    return (*cells, row.verdict.outcome) if row.verdict else cells


def _possible(page: Page) -> Iterator[Flowable]:
    yield CondPageBreak(_ROWS_LEAST_PT)
    yield text("Possible cracks", TABLE_HEADING)
    yield text(possible_words(page.possible))
    rows = [(row.photo, str(row.count), row.length, row.confidence or "–") for row in page.possible]
    yield grid(("Photo", "Marks", "Longest", "Its confidence"), rows, (240, 50, 70, 80), numbers=(1, 2, 3))


def _zoom(zoom: ZoomFigure, settings: ReportSettings) -> list[Flowable]:
    crack = zoom.row.crack
    length = length_text(crack.length_px, crack.length_mm)
    caption = f"crack {crack.crack} in {zoom.row.photo}, {zoom.row.kind}, {length} long"
    beside = [text(widths_text(crack, settings.widths), LEADING), text(caption)]
    choice = settings.choice
    if zoom.row.verdict and choice:
        beside.append(text(choice.short_reason(zoom.row.verdict), SMALL, lead=f"{zoom.row.verdict.outcome}:"))
    parts = [_side_by_side(picture(zoom.picture, _ZOOM_PT, 175), beside, _ZOOM_PT)]
    if zoom.plot:
        parts += [drawing(zoom.plot), text(" ".join(zoom.plot.notes), SOFT_SMALL)]
    return [*parts, Spacer(1, 10)]


def _photo(card: PhotoCard) -> list[Flowable]:
    count = len(card.record.cracks)
    found = "No crack found" if not count else f"{count} crack{'s' if count > 1 else ''}"
    if card.record.possible:
        found = f"{found if count else 'No crack counted'}, {len(card.record.possible)} possible"
    shown = (
        picture(card.picture, _PICTURE_PT, _PICTURE_HEIGHT_PT)
        if card.picture
        else text("The overlay is not shown here.", SOFT_SMALL)
    )
    beside = [
        text("", SMALL, lead=found),
        facts(card.facts, WIDTH_PT - _PICTURE_PT - 14, 56),
        *(text(warning, SMALL, lead="Warning:") for warning in card.record.warnings),
    ]
    name = text("", BODY, lead=card.record.photo)
    return [name, _side_by_side(shown, beside, _PICTURE_PT), Spacer(1, 8)]


def _side_by_side(shown: Flowable, beside: list[Flowable], width_pt: float) -> Flowable:
    table = Table(
        [[shown, beside]], colWidths=[width_pt + 8, WIDTH_PT - width_pt - 8], hAlign="LEFT", splitInRow=1
    )
    table.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, 0), 0)])
    return table


def _ending(page: Page) -> Iterator[Flowable]:
    yield text("How this was measured, and its limits", HEADING)
    for what, words in page.method:
        yield text(words, BODY, lead=what)
    if page.facts:
        yield text("Settings", HEADING)
        yield facts(page.facts)
    card = page.card
    if card:
        yield text("Model card", HEADING)
        yield facts((*card_summary(card), ("Scores, encoder, licences", "in run.json and report.html")))
    if any(printable(words) != words for words in _words_of_users(page)):
        yield text(
            "Characters that the fonts of this file lack are written as their code point, such as [U+6A4B].",
            SOFT_SMALL,
        )


def _words_of_users(page: Page) -> Iterator[str]:
    settings = page.settings
    yield from (settings.title, settings.project, settings.inspector)
    for pair in (*settings.failures, *page.code, *page.facts):
        yield from pair
    if settings.prices:
        yield from (settings.prices.title, settings.prices.currency)
        yield from (one.name for one in settings.prices.classes)
    for card in page.cards:
        yield from (card.record.photo, *card.record.warnings)
        yield from (words for _, words in card.facts)
