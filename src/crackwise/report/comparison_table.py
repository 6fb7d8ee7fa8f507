"""The table of a comparison: on the terminal, as CSV and as JSON.

``SCHEMA_VERSION`` of the JSON rises when a key goes or changes its meaning; keys may be added without that.
"""

from collections.abc import Iterator
from dataclasses import asdict
from importlib import metadata
from typing import Any

from crackwise.report.comparison_facts import ComparedSet, Comparison, Contender, Cost, Quality
from crackwise.report.evaluation import interval_text, number_text
from crackwise.score.bootstrap import Value
from crackwise.score.figures import FIGURES
from crackwise.score.scoresfile import csv_text, rounded

SCHEMA_VERSION = 1

QUALITY: dict[str, str] = {
    "iou_mean": "IoU ± std",
    "dice_pooled": "F1",
    "precision_pooled": "precision",
    "recall_pooled": "recall",
    "centreline_f1_2px": "centreline F1",
    "cliou_4px": "clIoU",
}
"""Figures of the table and their short heads; ``FIGURES`` defines them."""

DIFFERENCES = ("iou_mean", "dice_pooled", "centreline_f1_2px", "cliou_4px")
"""Figures of which the difference to the first is told."""

COST_HEADS = ("parameters", "GFLOP", "ms", "ratio", "MB")
STEP_HEADS = ("steps", "best")

_UNKNOWN = "–"


def heads() -> tuple[str, ...]:
    """Give the heads of the columns."""
    return ("", *QUALITY.values(), *COST_HEADS, *STEP_HEADS)


def cells(quality: Quality, contender: Contender) -> tuple[str, ...]:
    """Give a row of the table as texts."""
    figures = (quality_text(quality, name) for name in QUALITY)
    return (contender.name, *figures, *cost_texts(contender), *step_texts(contender))


def quality_text(quality: Quality, name: str) -> str:
    """Write a figure; the IoU with its standard deviation over the photos."""
    if quality.scored is None or name not in quality.scored.scores:
        return _UNKNOWN
    text = number_text(FIGURES[name], quality.scored.scores[name].value)
    deviation = quality.scored.deviations.get("iou") if name == "iou_mean" else None
    return text if deviation is None else f"{text} ± {deviation:.3f}"


def quality_interval(quality: Quality, name: str) -> str:
    """Write the interval of a figure; empty where there is none."""
    value = None if quality.scored is None else quality.scored.scores.get(name)
    return "" if value is None else interval_text(FIGURES[name], value)


def cost_texts(contender: Contender) -> tuple[str, ...]:
    """Write the cost of a contender, one text for each of ``COST_HEADS``."""
    cost = contender.cost
    return (
        _text(cost.parameters, ","),
        _text(cost.gflop, ".3g"),
        _text(cost.tile_ms, ".1f" if (cost.tile_ms or 0) < 100 else ",.0f"),
        _text(cost.ratio, ".2f"),
        _text(cost.file_mb, ".1f" if (cost.file_mb or 0) >= 1 else ".2f"),
    )


def step_texts(contender: Contender) -> tuple[str, str]:
    """Write the steps of a contender, one text for each of ``STEP_HEADS``."""
    return _text(contender.steps, ","), _text(contender.best_step, ",")


def difference_rows(one: ComparedSet) -> tuple[tuple[str, ...], ...]:
    """Write the differences to the first, a row for each other contender."""
    return tuple(
        (
            quality.contender,
            *(difference_text(quality.difference.get(name)) for name in shown_differences(one)),
        )
        for quality in one.qualities
        if quality.difference
    )


def shown_differences(one: ComparedSet) -> tuple[str, ...]:
    """Name the figures of which any difference is known."""
    return tuple(name for name in DIFFERENCES if any(name in quality.difference for quality in one.qualities))


def difference_text(value: Value | None) -> str:
    """Write a difference with its sign and its interval."""
    if value is None or value.value is None:
        return _UNKNOWN
    if value.low is None or value.high is None:
        return _signed(value.value)
    return f"{_signed(value.value)} ({_signed(value.low)} to {_signed(value.high)})"


def comparison_csv(comparison: Comparison) -> str:
    """Give a line for each set and contender; a cell is empty where nothing is known."""
    return csv_text([row for one in comparison.sets for row in _rows(one, comparison)])


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Give everything but the pictures; decimals are rounded to 6 places."""
    content = {
        "schema_version": SCHEMA_VERSION,
        "crackwise_version": metadata.version("crackwise"),
        "timing": comparison.timing,
        "intervals": comparison.intervals,
        "contenders": [asdict(one) for one in comparison.contenders],
        "sets": [
            {
                "name": one.name,
                "reference": one.reference,
                "qualities": [asdict(row) for row in one.qualities],
            }
            for one in comparison.sets
        ],
        "left_out": [asdict(one) for one in comparison.left_out],
        "remarks": list(comparison.remarks),
    }
    return dict(rounded(content))


def _rows(one: ComparedSet, comparison: Comparison) -> Iterator[dict[str, Any]]:
    for quality, contender in zip(one.qualities, comparison.contenders):
        scored = quality.scored
        known = {} if scored is None else scored.scores
        yield (
            {"set": one.name, "name": contender.name, "kind": contender.kind}
            | {"photos": None if scored is None else scored.photos}
            | {"iou_std": None if scored is None else rounded(scored.deviations.get("iou"))}
            | _values("", QUALITY, known)
            | _values("difference_", DIFFERENCES, quality.difference)
            | _cost(contender.cost)
            | {
                "sees": contender.sees,
                "steps": contender.steps,
                "best_step": contender.best_step,
                "sha256": contender.sha256,
            }
        )


def _values(prefix: str, names: Any, known: dict[str, Value]) -> dict[str, float | None]:
    cells: dict[str, float | None] = {}
    for name in names:
        value = known.get(name, Value(None))
        ends = {"": value.value, "_low": value.low, "_high": value.high}
        cells |= {f"{prefix}{name}{end}": rounded(number) for end, number in ends.items()}
    return cells


def _cost(cost: Cost) -> dict[str, Any]:
    return {
        "parameters": cost.parameters,
        "gflop_256px": rounded(cost.gflop),
        "ms_512px": rounded(cost.tile_ms),
        "ms_ratio": rounded(cost.ratio),
        "engine": cost.engine,
        "file_mb": rounded(cost.file_mb),
    }


def _text(number: float | None, form: str) -> str:
    return _UNKNOWN if number is None else format(number, form)


def _signed(number: float) -> str:
    """Write with a sign, and a true minus; a difference that is nothing has none."""
    return "0" if number == 0 else f"{number:+.3f}".replace("-", "−")
