"""How good the verdicts of ``crackwise classify`` are, where the truth is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from crackwise.cli.tables import table_lines
from crackwise.cli.tileverdicts import tile_page

if TYPE_CHECKING:
    from crackwise.data.truth import Truth
    from crackwise.inspection.sources import Failure, Source
    from crackwise.inspection.verdict import Judging, VerdictRecord
    from crackwise.report.verdict_page import VerdictPage
    from crackwise.score.verdicts import Verdicts


@dataclass(frozen=True, slots=True)
class Known:
    """A verdict, the photo that it is about, and whether that is cracked."""

    record: "VerdictRecord"
    photo: Path
    is_cracked: bool


def known_verdicts(
    truth: "Truth", sources: "Sequence[Source]", records: "Sequence[VerdictRecord]"
) -> tuple[Known, ...]:
    """Choose the verdicts on these photos whose truth is known."""
    path_of = {source.name: source.path.resolve() for source in sources}
    pairs = ((record, path_of.get(record.photo)) for record in records)
    return tuple(
        Known(record, path, truth.cracked[path])
        for record, path in pairs
        if path is not None and path in truth.cracked
    )


def judged_pages(
    truth: "Truth",
    known: Sequence[Known],
    judging: "Judging",
    out: Path,
    *,
    failures: "Sequence[Failure]",
    crack_px: int,
) -> "list[VerdictPage]":
    """Judge verdicts whose truth is known, on photos and, where masks tell, on their tiles.

    Parameters
    ----------
    truth, known
        What is true, and the verdicts of photos that it knows.
    judging
        Whose verdicts they are.
    out
        The folder.
    failures
        Photos without a verdict.
    crack_px
        From how many crack pixels on a tile of a photo with a mask is cracked.
    """
    tiles = tile_page(known, truth, crack_px)
    return [_photo_page(truth.name, known, judging, failures, out), *([] if tiles is None else [tiles])]


def write_scores(
    pages: "Sequence[VerdictPage]", judging: "Judging", out: Path, remarks: Sequence[str]
) -> None:
    """Print tables, write ``scores.json`` and ``report.html``; ``remarks`` say what limits the figures."""
    from crackwise.files import write_json, write_text
    from crackwise.report.verdict_page import render_verdicts
    from crackwise.score.scoresfile import Tool
    from crackwise.score.verdictsfile import verdicts_json

    facts = {"threshold": judging.threshold, "precision": judging.precision}
    tool = Tool(judging.kind, judging.model, judging.model_sha256, facts)
    for page in pages:
        typer.echo("\n" + "\n".join(_table(page)))
    write_text(out / "report.html", render_verdicts(tool, pages, remarks))
    write_json(out / "scores.json", verdicts_json(tool, [_figures(page) for page in pages], remarks))
    typer.echo(f"\nreport.html and scores.json in {out}")
    for remark in remarks:
        typer.echo(f"note: {remark}", err=True)


def class_table(page: "VerdictPage") -> list[str]:
    """Say precision, recall, F1 and support of each class."""
    from crackwise.report.verdict_page import share_text

    rows = [
        (name, share_text(row.precision), share_text(row.recall), share_text(row.f1), f"{row.support:,}")
        for name, row in page.classes
    ]
    return table_lines((f"{page.unit} of {page.name}", "precision", "recall", "F1", page.unit), rows)


def _photo_page(
    name: str, known: Sequence[Known], judging: "Judging", failures: "Sequence[Failure]", out: Path
) -> "VerdictPage":
    from crackwise.report.verdict_page import VerdictPage

    known_of = {one.record.photo: one for one in known}
    return VerdictPage.of(
        name,
        _verdicts(known),
        judging.threshold,
        lambda photo: _picture(known_of[photo], out),
        is_calibrated=judging.kind == "classifier",
        failures=[(failure.photo, failure.reason) for failure in failures],
    )


def _verdicts(known: Sequence[Known]) -> "Verdicts":
    import numpy as np

    from crackwise.score.verdicts import Verdicts

    return Verdicts(
        tuple(one.record.photo for one in known),
        np.array([one.is_cracked for one in known], bool),
        np.array([one.record.probability for one in known], np.float32),
    )


def _picture(known: Known, out: Path) -> bytes | None:
    """Show where a crack was seen, or else the photo."""
    from crackwise.inspection.layout import picture_path
    from crackwise.report.verdict_pictures import thumbnail

    drawn = picture_path(out, "pictures", known.record.stem)
    return thumbnail(drawn if drawn.is_file() else known.photo)


def _table(page: "VerdictPage") -> list[str]:
    return [*class_table(page), "", *table_lines((f"all {page.unit}", "value"), page.others)]


def _figures(page: "VerdictPage") -> dict[str, Any]:
    """Give what ``scores.json`` says of a set."""
    from crackwise.score.verdictsfile import verdict_figures

    return {
        "name": page.name,
        "unit": page.unit,
        page.unit: len(page.verdicts.names),
        **verdict_figures(page.scores, is_calibrated=page.is_calibrated),
        "failures": [{"photo": photo, "reason": reason} for photo, reason in page.failures],
    }
