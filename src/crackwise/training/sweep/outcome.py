"""How good a training was, as its run folder says; of validation, never of test data."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crackwise.errors import DataError
from crackwise.training.runfiles import RESULT_FILE, number_in, read_result


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
    facts = read_result(run)
    value = number_in(facts, "best_value", run)
    if not math.isfinite(value):
        raise DataError(
            f"{run / RESULT_FILE}: best_value is {value}; lower train.learning_rate or look into the log"
        )
    return Outcome(value, facts)
