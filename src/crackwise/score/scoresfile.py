"""``scores.json`` and ``scores.csv``: an evaluation for machines, with keys that stay.

``SCHEMA_VERSION`` rises when a key goes or changes its meaning; keys may be added without that.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from math import isfinite
from typing import Any, Literal, TypeAlias

from crackwise.score.evaluation import Evaluation, stack_of
from crackwise.score.formulas import photo_columns
from crackwise.score.judge import JudgeSettings
from crackwise.score.metrics import Counts
from crackwise.score.tally import PhotoTally

SCHEMA_VERSION = 1

ToolKind: TypeAlias = Literal["model", "run", "predictions", "classifier", "cracks found"]

_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Tool:
    """What made the predictions or the verdicts.

    Parameters
    ----------
    kind
        ``model``, ``run`` or ``predictions``; of verdicts ``run``, ``classifier`` or ``cracks found``.
    name
        With its version where it has one.
    sha256
        Of the model file, of the checkpoint, or of the names and contents of the predictions.
    facts
        How it was run, by name: thresholds, zooms, precision.
    """

    kind: ToolKind
    name: str
    sha256: str
    facts: dict[str, Any]


def scores_json(
    tool: Tool, settings: JudgeSettings, evaluations: Sequence[Evaluation], remarks: Sequence[str] = ()
) -> dict[str, Any]:
    """Give everything but the counts of single photos; shares are rounded to 6 decimals.

    ``remarks`` say in sentences what limits the figures.
    """
    content = {
        "schema_version": SCHEMA_VERSION,
        "crackwise_version": metadata.version("crackwise"),
        "tool": asdict(tool),
        "settings": {"protocols": list(settings.protocols), "bootstrap": asdict(settings.bootstrap)},
        "remarks": list(remarks),
        "sets": [_set(one) for one in evaluations],
    }
    return dict(rounded(content))


def rounded(content: Any) -> Any:
    """Round every decimal number inside; None for one that is not finite, for which JSON has no word."""
    if isinstance(content, dict):
        return {key: rounded(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [rounded(value) for value in content]
    if isinstance(content, float):
        return round(content, _DIGITS) if isfinite(content) else None
    return content


def _set(one: Evaluation) -> dict[str, Any]:
    return {
        "name": one.name,
        "photos": len(one.tallies),
        "names_sha256": one.names_sha256,
        "photos_sha256": one.photos_sha256,
        "scenes": one.scenes,
        "crack_free_photos": one.crack_free,
        "empty_empty_photos": one.empty_empty,
        "cracked_photos_without_mark": one.unmarked,
        "confusion_px": asdict(one.pixels),
        "scores": {name: asdict(value) for name, value in one.scores.items()},
        "standard_deviations": one.deviations,
        "operating_points": [asdict(point) | {"is_optimistic": point.is_optimistic} for point in one.points],
        "curve": None if one.curve is None else asdict(one.curve),
        "robustness": one.robustness,
        "failures": [asdict(failure) for failure in one.failures],
    }


def scores_csv(evaluations: Sequence[Evaluation]) -> str:
    """Give a line for each photo of each set; a cell is empty where a figure was not counted."""
    return csv_text([row for one in evaluations for row in _rows(one)])


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write rows as CSV, with a column for each of their names; what a row lacks is empty."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _rows(one: Evaluation) -> Iterator[dict[str, Any]]:
    columns = photo_columns(stack_of(one.tallies))
    for number, tally in enumerate(one.tallies):
        shares = {name: round(float(column[number]), _DIGITS) for name, column in columns.items()}
        yield {"set": one.name} | _counts(tally) | shares | _tolerant(tally)


def _counts(tally: PhotoTally) -> dict[str, Any]:
    pixels = tally.pixels
    return {
        "file": tally.file,
        "group": tally.group,
        "height_px": tally.size[0],
        "width_px": tally.size[1],
        "found_px": pixels.found,
        "false_px": pixels.false,
        "missed_px": pixels.missed,
        "sound_px": pixels.sound,
        "cracks_reported": "" if tally.cracks is None else tally.cracks,
    }


def _tolerant(tally: PhotoTally) -> dict[str, float]:
    counted = tally.tolerant
    if counted is None:
        return {}
    pairs: dict[str, Counts] = {
        "mask_f1_2px": counted.mask_2px,
        "mask_f1_5px": counted.mask_5px,
        "centreline_f1_2px": counted.centreline_2px,
        "centreline_f1_5px": counted.centreline_5px,
    }
    shares = {name: round(counts.f1, _DIGITS) for name, counts in pairs.items()}
    overlap = counted.common_px / counted.united_px if counted.united_px else 1.0
    return shares | {"cliou_4px": round(overlap, _DIGITS)}
