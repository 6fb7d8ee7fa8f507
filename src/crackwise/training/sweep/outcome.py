"""How good a training was, as its run folder says; of validation, never of test data."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crackwise.errors import DataError
from crackwise.training.runfiles import RESULT_FILE


@dataclass(frozen=True, slots=True)
class Outcome:
    """The metric at the best validation of a training, and what else its result says."""

    value: float
    facts: Mapping[str, Any] = field(default_factory=dict)


def read_outcome(run: Path) -> Outcome:
    """Read the result of a finished training.

    Raises
    ------
    DataError
        If there is none, or the metric is no number.
    """
    path = run / RESULT_FILE
    if not path.is_file():
        raise DataError(f"{run} holds no {RESULT_FILE}, which a finished training leaves; train it again")
    facts = json.loads(path.read_text(encoding="utf-8"))
    value = float(facts["best_value"])
    if not math.isfinite(value):
        raise DataError(f"{path}: best_value is {value}; lower train.learning_rate or look into the log")
    return Outcome(value, facts)
