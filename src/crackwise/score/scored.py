"""What an evaluation says about one set, as far as ``scores.json`` keeps it: without the single photos."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crackwise.errors import DataError
from crackwise.score.bootstrap import Value
from crackwise.score.evaluation import Evaluation
from crackwise.score.scoresfile import SCHEMA_VERSION


@dataclass(frozen=True, slots=True)
class ScoredSet:
    """Figures on one set.

    Parameters
    ----------
    name, photos, names_sha256, photos_sha256
        Of the set; the hashes tell whether two were judged on the same photos. Empty where an earlier version
        did not hash the photos themselves.
    scores
        By name in ``FIGURES``.
    deviations
        Standard deviation over the photos, by name of what is averaged.
    operation
        How the mask came about, in words.
    """

    name: str
    photos: int
    names_sha256: str
    scores: dict[str, Value]
    deviations: dict[str, float]
    operation: str
    photos_sha256: str = ""

    @classmethod
    def of(cls, one: Evaluation) -> "ScoredSet":
        """Keep what is shown of an evaluation."""
        operation = one.points[0].name
        return cls(
            one.name,
            len(one.tallies),
            one.names_sha256,
            one.scores,
            one.deviations,
            operation,
            one.photos_sha256,
        )


def read_scores(path: Path) -> tuple[ScoredSet, ...]:
    """Read ``scores.json``.

    Raises
    ------
    DataError
        If it cannot be read, or is of another schema.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.get("task") == "classification":
            raise DataError(
                f"{path} holds verdicts of crackwise classify, not masks; expected what crackwise evaluate "
                "writes"
            )
        version = content["schema_version"]
        if version != SCHEMA_VERSION:
            raise DataError(
                f"{path} has schema_version {version!r}; expected {SCHEMA_VERSION}: write it again with "
                "crackwise evaluate"
            )
        return tuple(_scored(one) for one in content["sets"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path} is not what crackwise evaluate writes: {error or type(error).__name__}; write it again"
        ) from error


def _scored(one: dict[str, Any]) -> ScoredSet:
    return ScoredSet(
        name=one["name"],
        photos=int(one["photos"]),
        names_sha256=one["names_sha256"],
        scores={name: Value(**value) for name, value in one["scores"].items()},
        deviations=dict(one["standard_deviations"]),
        operation=one["operating_points"][0]["name"] if one["operating_points"] else "",
        photos_sha256=one.get("photos_sha256", ""),
    )
