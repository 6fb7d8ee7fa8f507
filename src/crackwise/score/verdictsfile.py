"""``scores.json`` of verdicts, of ``crackwise classify`` and of a classifier's training: keys that stay."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import metadata
from typing import Any

from crackwise.score.scoresfile import Tool, rounded
from crackwise.score.verdicts import VerdictScores

SCHEMA_VERSION = 1
"""Rises when a key goes or changes its meaning; keys may be added without that."""

_KEYS = {"sound": "no_crack", "calibration_error": "expected_calibration_error"}
_OF_CALIBRATION = frozenset({"brier", "expected_calibration_error", "calibration"})


def verdicts_json(
    tool: Tool, sets: Sequence[Mapping[str, Any]], remarks: Sequence[str] = ()
) -> dict[str, Any]:
    """Give all of the file: what made the verdicts, and of each set what :func:`verdict_figures` gives.

    ``remarks`` say in sentences what limits the figures.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "crackwise_version": metadata.version("crackwise"),
        "task": "classification",
        "tool": asdict(tool),
        "remarks": list(remarks),
        "sets": [dict(one) for one in sets],
    }


def verdict_figures(scores: VerdictScores, *, is_calibrated: bool = True) -> dict[str, Any]:
    """Give the figures on one set; those of calibration only where the probabilities claim to be some."""
    figures = {_KEYS.get(name, name): value for name, value in rounded(asdict(scores)).items()}
    return {name: value for name, value in figures.items() if is_calibrated or name not in _OF_CALIBRATION}
