"""What is noticed about a data set: one clear sentence each, for people and for machines."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "note"]

LEVELS: tuple[Level, ...] = ("note", "warning", "error")
"""From harmless to serious."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is noticed about a data set or an annotation file.

    Parameters
    ----------
    kind
        Short name of what it is, such as ``missing mask``; findings of one kind are listed together.
    level
        ``error``: the photo cannot be used as it is; ``warning``: look at it; ``note``: good to know.
    where
        Photo, file or set, as the user knows it.
    message
        One sentence: what is wrong, what was expected, what to do; lower case, no full stop.
    other
        The second photo, where it is about two.
    """

    kind: str
    level: Level
    where: str
    message: str
    other: str | None = None

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


def at_least(findings: Iterable[Finding], level: Level) -> tuple[Finding, ...]:
    """Choose the findings that are as serious as ``level`` or more."""
    least = LEVELS.index(level)
    return tuple(finding for finding in findings if LEVELS.index(finding.level) >= least)
