"""Plots of verdicts as SVG: confusion matrix, ROC curve, and whether the probabilities can be trusted."""

from collections.abc import Iterator, Sequence

from crackwise.report.share_plot import (
    BOTTOM,
    LEFT,
    RIGHT,
    SIZE,
    Dot,
    axes,
    draw_confusion,
    draw_dot,
    line,
    place,
)
from crackwise.report.svg import circle, picture, polyline, text
from crackwise.score.verdicts import CalibrationBin, RocCurve, VerdictScores

_HALF_LETTER, _LINE, _EDGE = 4.0, 14.0, 4.0  # of the numbers
_SMALLEST_RADIUS, _LARGEST_RADIUS = 3.0, 14.0


def plot_verdict_confusion(scores: VerdictScores, unit: str = "photos") -> str:
    """Draw the confusion matrix of photos or tiles, each row shaded by its shares."""
    counts = scores.confusion
    cracked, sound = (counts.found, counts.missed), (counts.false, counts.sound)
    return draw_confusion(f"Confusion matrix of the {unit}", cracked, sound, unit=unit, verb="called")


def plot_roc(curve: RocCurve, scores: VerdictScores, unit: str = "photos") -> str:
    """Draw the share of cracks found over that of false alarms; the dot is the threshold in use."""
    counts = scores.confusion
    used = Dot(
        counts.false / max(1, counts.false + counts.sound),
        counts.found / max(1, counts.found + counts.missed),
    )
    # of ten thousand photos no more points than can be told apart
    shown = dict.fromkeys((round(x, 3), round(y, 3)) for x, y in zip(curve.false_share, curve.found_share))
    x, y = place(0.97, 0.06)
    parts = [
        *axes(f"sound {unit} called cracked", f"cracked {unit} found"),
        line((0.0, 1.0), (0.0, 1.0), "equal"),
        polyline((place(*corner) for corner in shown), "curve"),
        draw_dot(used),
        text(x, y, f"area {scores.roc_auc:.3f}", "end", "strong"),
    ]
    return picture(f"ROC curve: cracked {unit} found over false alarms", parts, SIZE)


def plot_reliability(bins: Sequence[CalibrationBin]) -> str:
    """Draw the share of cracked photos over the mean probability of each bin; dots by number of photos."""
    most = max((one.count for one in bins), default=1)
    known = [one for one in bins if one.count]
    mean = [one.mean_probability or 0.0 for one in known]
    share = [one.cracked_share or 0.0 for one in known]
    parts = [
        *axes("probability said", "share truly cracked"),
        line((0.0, 1.0), (0.0, 1.0), "equal"),
        line(mean, share, "curve"),
        *(part for one in known for part in _bin(one, most)),
    ]
    return picture("Share truly cracked over the probability", parts, SIZE)


def _bin(one: CalibrationBin, most: int) -> Iterator[str]:
    """Draw a dot whose area grows with the number of photos, and the number below it; inside the frame."""
    radius = max(_SMALLEST_RADIUS, _LARGEST_RADIUS * (one.count / most) ** 0.5)
    x, y = place(one.mean_probability or 0.0, one.cracked_share or 0.0)
    words = f"{one.count:,}"
    half = len(words) * _HALF_LETTER
    below = y + radius + _LINE
    yield circle((x, y), round(radius, 1), "chosen")
    yield text(
        min(max(x, LEFT + half), RIGHT - half),
        below if below <= BOTTOM - _EDGE else y - radius - _EDGE,
        words,
        "middle",
        "small",
    )
