"""``report.html`` of judged verdicts: what it shows, chosen and worded; the template only lays it out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from crackwise.report.figures import counted
from crackwise.report.layout import lay_out, templates
from crackwise.report.pictures import data_uri
from crackwise.report.verdict_plots import plot_reliability, plot_roc, plot_verdict_confusion
from crackwise.score.scoresfile import Tool
from crackwise.score.verdicts import ClassScores, Verdicts, VerdictScores, judge_verdicts, roc_curve

WORST = 12
"""Pictures of mistakes of either kind."""

Unit = Literal["photos", "tiles"]
Picture = Callable[[str], bytes | None]
"""From the name of a photo or tile to a small JPEG; None where there is none any more."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A photo whose verdict is wrong, as a JPEG and a line of text."""

    name: str
    picture: bytes | None
    text: str


@dataclass(frozen=True, slots=True)
class VerdictPage:
    """What the page shows of the verdicts on one set.

    Parameters
    ----------
    name
        Of the set.
    verdicts, scores
        What was said and how good that is.
    unit
        What is judged: ``photos`` or ``tiles``.
    is_calibrated
        Whether the probabilities claim to be those of a crack in the photo.
    missed, false
        The most confident mistakes of either kind, the worst first.
    remark
        A sentence on how the truth was told.
    failures
        Photo and reason of those that could not be judged.
    """

    name: str
    verdicts: Verdicts
    scores: VerdictScores
    unit: Unit = "photos"
    is_calibrated: bool = True
    missed: tuple[Mistake, ...] = ()
    false: tuple[Mistake, ...] = ()
    remark: str = ""
    failures: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(
        cls,
        name: str,
        verdicts: Verdicts,
        threshold: float,
        picture: Picture,
        *,
        unit: Unit = "photos",
        is_calibrated: bool = True,
        failures: Sequence[tuple[str, str]] = (),
    ) -> "VerdictPage":
        """Judge verdicts and fetch the pictures of the worst mistakes."""
        called, certain = verdicts.called_cracked(threshold), verdicts.exact_probability
        word = "probability" if is_calibrated else "pixel confidence"
        return cls(
            name=name,
            verdicts=verdicts,
            scores=judge_verdicts(verdicts, threshold),
            unit=unit,
            is_calibrated=is_calibrated,
            missed=tuple(_mistakes(verdicts, verdicts.cracked & ~called, certain, picture, word)),
            false=tuple(_mistakes(verdicts, ~verdicts.cracked & called, -certain, picture, word)),
            failures=tuple(failures),
        )

    def with_remark(self, remark: str) -> "VerdictPage":
        """Say how the truth was told."""
        return replace(self, remark=remark)

    @property
    def tiles(self) -> tuple[tuple[str, str, str], ...]:
        """Main figures as (value, name, remark)."""
        scores, counts = self.scores, self.scores.confusion
        false_share = counts.false / scores.sound.support if scores.sound.support else None
        return (
            (share_text(scores.roc_auc), "ROC AUC", "right order of cracked and sound"),
            (share_text(scores.balanced_accuracy), "balanced accuracy", "both classes count alike"),
            (share_text(scores.crack.f1), "F1 of cracks", f"at threshold {scores.threshold:.3g}"),
            (
                percent_text(scores.crack.recall),
                f"cracked {self.unit} found",
                f"{counted(counts.missed, self.unit)} missed",
            ),
            (
                percent_text(false_share),
                "false alarms",
                f"on {counted(scores.sound.support, f'sound {self.unit}')}",
            ),
        )

    @property
    def classes(self) -> tuple[tuple[str, ClassScores], ...]:
        """Rows of the table by class."""
        return ("crack", self.scores.crack), ("no crack", self.scores.sound)

    @property
    def others(self) -> tuple[tuple[str, str], ...]:
        """Further figures as (name, value); those of calibration only where that is claimed."""
        scores = self.scores
        rows = (
            ("Accuracy", share_text(scores.accuracy)),
            ("Balanced accuracy", share_text(scores.balanced_accuracy)),
            ("ROC AUC", share_text(scores.roc_auc)),
            ("Average precision", share_text(scores.average_precision)),
        )
        calibration = (
            ("Brier score", share_text(scores.brier)),
            ("Expected calibration error", share_text(scores.calibration_error)),
        )
        return rows + calibration if self.is_calibrated else rows

    @property
    def plots(self) -> tuple[tuple[Markup, str], ...]:
        """Plots with a caption."""
        return tuple((Markup(svg), caption) for svg, caption in self._plots())  # noqa: S704 (texts are escaped)

    def _plots(self) -> Iterator[tuple[str, str]]:
        yield plot_verdict_confusion(self.scores, self.unit), "Confusion matrix"
        curve = roc_curve(self.verdicts)
        if curve is not None:
            yield plot_roc(curve, self.scores, self.unit), "ROC curve; the dot is the threshold in use"
        if self.is_calibrated:
            caption = f"Reliability; dots by number of {self.unit}, on the dashed line they would be right"
            yield plot_reliability(self.scores.calibration), caption


def render_verdicts(tool: Tool, pages: Sequence[VerdictPage], remarks: Sequence[str] = ()) -> str:
    """Lay out judged verdicts as one HTML file; ``remarks`` say in sentences what limits the figures."""
    style = templates().get_template("report.css").render(running_title='"Verdicts"')
    style += templates().get_template("evaluation.css").render()
    style += templates().get_template("verdicts.css").render()
    return lay_out(
        "verdicts.html",
        style,
        tool=tool,
        pages=pages,
        remarks=remarks,
        share_text=share_text,
        counted=counted,
        data_uri=data_uri,
    )


def share_text(value: float | None) -> str:
    """Write a share with three decimals; a dash where it is not known."""
    return "–" if value is None else f"{value:.3f}"


def percent_text(value: float | None) -> str:
    """Write a share in percent with one decimal; a dash where it is not known."""
    return "–" if value is None else f"{100 * value:.1f} %"


def _mistakes(
    verdicts: Verdicts, wrong: NDArray[np.bool_], order: NDArray[np.float64], picture: Picture, word: str
) -> Iterator[Mistake]:
    numbers = np.flatnonzero(wrong)
    for number in numbers[np.argsort(order[numbers], kind="stable")][:WORST]:
        name = verdicts.names[number]
        yield Mistake(name, picture(name), f"{word} {verdicts.exact_probability[number]:.3f}")
