"""``report.html`` of an evaluation: what it shows, chosen and worded; the template only lays it out.

Nothing is loaded from outside; a content security policy inside the page allows its own style and pictures.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from crackwise.report.case_pictures import case_jpeg, is_cut
from crackwise.report.evaluation_plots import plot_confusion, plot_f1, plot_precision_recall
from crackwise.report.histogram import Bar, Histogram
from crackwise.report.layout import lay_out, templates
from crackwise.report.pictures import data_uri
from crackwise.score.bootstrap import Value
from crackwise.score.evaluation import Evaluation
from crackwise.score.figure import Figure
from crackwise.score.figures import FIGURES
from crackwise.score.judge import JudgeSettings
from crackwise.score.scoresfile import Tool
from crackwise.score.tally import PhotoTally, Protocol
from crackwise.score.worst import Case, photo_iou

PROTOCOL_NAMES: dict[Protocol, str] = {
    "pixels": "Pixels of the mask",
    "thresholds": "Over all thresholds",
    "edges": "Over all thresholds, with the tolerance of the edge benchmarks",
    "tolerance": "With a tolerance, and of centrelines",
    "distance": "Distance of the outlines",
}

CHOSEN_WORDS = {
    "validation": "on validation photos",
    "given": "by whoever ran this",
    "default": "nobody: the usual 0.5",
    "binary": "by the tool that made the masks",
    "test": "on these very photos,",
}

_TILES = ("iou_mean", "dice_pooled", "centreline_f1_2px", "ods", "false_crack_share")
_DEVIATIONS = {
    "iou_mean": "iou",
    "dice_mean": "dice",
    "precision_mean": "precision",
    "recall_mean": "recall",
    "accuracy_mean": "accuracy",
    "iou_with_background_mean": "iou_with_background",
    "ois": "best_f1",
    "aiu": "aiu",
    "hd95_mean_px": "hd95_px",
}
"""Figures that are a mean over the photos, and the column that is averaged."""

_BARS = 10
_SHARE_FIGURES = ("iou_mean", "dice_pooled", "precision_pooled", "recall_pooled", "centreline_f1_2px", "ods")


@dataclass(frozen=True, slots=True)
class CaseFigure:
    """One photo of the worst, as a JPEG of four panels and a line of text."""

    name: str
    picture: bytes
    text: str


@dataclass(frozen=True, slots=True)
class SetPage:
    """What the page shows of one set: ``cracked`` and ``sound`` are the worst photos of either kind."""

    evaluation: Evaluation
    cracked: tuple[CaseFigure, ...]
    sound: tuple[CaseFigure, ...]

    @classmethod
    def of(cls, evaluation: Evaluation, cracked: Iterable[Case], sound: Iterable[Case]) -> "SetPage":
        """Draw the worst photos, one at a time."""
        return cls(evaluation, tuple(map(_case, cracked)), tuple(map(_case, sound)))

    @property
    def tiles(self) -> tuple[tuple[str, Figure, str], ...]:
        """Main figures as (value, what it is, interval)."""
        known = [
            (FIGURES[name], self.evaluation.scores[name]) for name in _TILES if name in self.evaluation.scores
        ]
        return tuple(
            (number_text(figure, value.value), figure, interval_text(figure, value))
            for figure, value in known
        )

    @property
    def protocols(self) -> tuple[tuple[str, tuple[tuple[str, Figure, Value, str], ...]], ...]:
        """Rows of figures (name, what it is, value, ± deviation) below the name of their protocol."""
        rows = [
            (name, FIGURES[name], value, "" if value.value is None else self._deviation(name))
            for name, value in self.evaluation.scores.items()
        ]
        by_protocol = {
            title: tuple(row for row in rows if row[1].protocol == key)
            for key, title in PROTOCOL_NAMES.items()
        }
        return tuple((title, found) for title, found in by_protocol.items() if found)

    @property
    def histogram(self) -> Histogram:
        """How the IoU of the photos with cracks is distributed."""
        cracked = [one for one in self.evaluation.tallies if one.pixels.found + one.pixels.missed > 0]
        ious = [photo_iou(one) for one in cracked]
        counts = np.histogram(ious, bins=_BARS, range=(0, 1))[0]
        tallest = max(1, int(counts.max()))
        bars = [
            Bar(f"{number / _BARS:.1f} – {(number + 1) / _BARS:.1f}", int(count), float(count / tallest))
            for number, count in enumerate(counts)
        ]
        return Histogram(tuple(bars) if cracked else (), "IoU")

    @property
    def robustness(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Rows (what was done, figures) below the row of the photos as they are; the figures of its head."""
        as_is = {name: value.value for name, value in self.evaluation.scores.items()}
        rows = {"as they are": as_is} | self.evaluation.robustness
        return tuple(
            (kind, tuple(number_text(FIGURES[name], row.get(name)) for name in self.robust_figures))
            for kind, row in rows.items()
        )

    @property
    def robust_figures(self) -> tuple[str, ...]:
        """Names of the figures that are shown for worse photos."""
        wanted = (*_SHARE_FIGURES, "false_area_share", "false_crack_share")
        return tuple(name for name in wanted if name in self.evaluation.scores)

    def _deviation(self, name: str) -> str:
        deviation = self.evaluation.deviations.get(_DEVIATIONS.get(name, ""))
        return "" if deviation is None else f"± {number_text(FIGURES[name], deviation)}"


def render_evaluation(
    tool: Tool, settings: JudgeSettings, pages: Sequence[SetPage], remarks: Sequence[str] = ()
) -> str:
    """Lay out an evaluation as one HTML file; ``remarks`` say in sentences what limits the figures."""
    style = templates().get_template("report.css").render(running_title='"Evaluation"')
    style += templates().get_template("evaluation.css").render()
    return lay_out(
        "evaluation.html",
        style,
        tool=tool,
        settings=settings,
        pages=pages,
        remarks=remarks,
        figures=FIGURES,
        chosen_words=CHOSEN_WORDS,
        number_text=number_text,
        interval_text=interval_text,
        data_uri=data_uri,
        plots=_plots,
    )


def number_text(figure: Figure, value: float | None) -> str:
    """Write a value: shares with 3 decimals, shares of errors in percent, pixels with 1 decimal."""
    if value is None:
        return "–"
    if figure.kind == "error share":
        return f"{100 * value:.3g} %"
    return f"{value:,.1f} px" if figure.kind == "px" else f"{value:.3f}"


def interval_text(figure: Figure, value: Value) -> str:
    """Write the interval of a value; empty without one."""
    if value.low is None or value.high is None:
        return ""
    return f"{number_text(figure, value.low).partition(' ')[0]} to {number_text(figure, value.high)}"


def _plots(page: SetPage) -> tuple[Markup, ...]:
    one = page.evaluation
    confusion = plot_confusion(one.pixels)
    curves = (
        []
        if one.curve is None
        else [plot_precision_recall(one.curve, one.points), plot_f1(one.curve, one.points)]
    )
    return tuple(Markup(svg) for svg in (*curves, confusion))  # noqa: S704 (texts are escaped where they are put)


def _case(case: Case) -> CaseFigure:
    tally = case.tally
    size = f"{tally.size[1]}×{tally.size[0]}"
    part = "; the part with most errors is shown" if is_cut(case) else ""
    return CaseFigure(tally.file, case_jpeg(case), f"{_verdict(tally)}; {size} px{part}")


def _verdict(tally: PhotoTally) -> str:
    pixels = tally.pixels
    if pixels.found + pixels.missed == 0:
        share = pixels.false / (tally.size[0] * tally.size[1])
        return f"no crack, {pixels.false:,} px marked, {100 * share:.2f} % of the photo"
    counts = f"{pixels.found:,} px found, {pixels.missed:,} missed, {pixels.false:,} false"
    return f"IoU {photo_iou(tally):.3f}: {counts}"
