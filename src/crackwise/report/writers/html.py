"""``report.html``: one file that shows a run to a reader who has nothing but a browser.

Nothing is loaded from outside. A content security policy inside the page allows its own style and script,
named by their hash, and embedded pictures; a text that got past the escaping could still neither run nor
load anything.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from crackwise.files import write_text
from crackwise.inspection.record import InspectionRecord
from crackwise.report.facts import card_facts, card_summary
from crackwise.report.figures import (
    COLUMN_HEADS,
    Width,
    amount_text,
    between_text,
    length_cell,
    length_text,
    short_name,
    widths_text,
)
from crackwise.report.layout import content_hash, lay_out, templates
from crackwise.report.page import Page, ZoomFigure
from crackwise.report.pictures import data_uri
from crackwise.report.possible import possible_words
from crackwise.report.settings import ReportSettings
from crackwise.severity.quantities import class_name


def write_html(records: Sequence[InspectionRecord], folder: Path, settings: ReportSettings) -> None:
    """Write ``report.html`` into a run folder from its records, ``overlays/`` and ``zooms/``."""
    write_text(folder / "report.html", render(Page.of(records, folder, settings)))


def render(page: Page) -> str:
    """Lay out a page as HTML."""
    running_title = " · ".join(filter(None, (page.settings.heading, page.settings.project)))
    quoted_title = Markup(_css_string(running_title))  # noqa: S704 (escaped for CSS, where HTML escapes mean nothing)
    style = templates().get_template("report.css").render(running_title=quoted_title)
    script = templates().get_template("report.js").render()
    return lay_out(
        "report.html.j2",
        style,
        page=page,
        settings=page.settings,
        card=page.card,
        script=Markup(script),  # noqa: S704 (our own file, without variables)
        script_hash=content_hash(script),
        length_cell=length_cell,
        length_text=length_text,
        amount_text=amount_text,
        between_text=between_text,
        width_in=Width.of,
        widths_text=widths_text,
        column_heads=COLUMN_HEADS,
        plot_svg=_plot_svg,
        possible_words=possible_words,
        data_uri=data_uri,
        short_name=short_name,
        breakable=_breakable,
        class_name=class_name,
        card_facts=card_facts,
        card_summary=card_summary,
    )


def _plot_svg(zoom: ZoomFigure) -> Markup:
    assert zoom.plot is not None
    title = f"Width along crack {zoom.row.crack.crack} in {zoom.row.photo}"
    return Markup(zoom.plot.svg(title))  # noqa: S704 (its texts are escaped where they are put)


def _breakable(name: str) -> Markup:
    """Let the name of a photo break behind its folders and words only."""
    return Markup("<wbr>").join(re.findall(r"[^/_ -]*[/_ -]*", name))


def _css_string(text: str) -> str:
    """Quote a text for CSS (css-syntax-3, 4.3.7): what is no letter or digit becomes its code point."""
    return '"' + "".join(c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in text) + '"'
