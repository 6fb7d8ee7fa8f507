"""Which of the categories that an annotation tool knows are cracks."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crackwise.errors import DataError

CRACK_WORDS = ("crack", "fissure", "riss", "grieta", "fissura", "crepa", "trinca")
"""A category is a crack when its name holds one of these: "crack" in six languages."""

_WORD = f"(?:{'|'.join(CRACK_WORDS)})"
_DENIED = re.compile(
    r"(?<![a-z])(?:"
    r"(?:no|non|not|without|negative|ohne|keine?n?|sin|sans|pas de|aucune?|sem|senza|nessuna|nenhuma)"
    rf"[-_ ]*(?:(?:an?|any|visible)[-_ ]+)?|un){_WORD}|{_WORD}[-_ ]*(?:free|less|frei)"
)
"""Of names that say that there is none: ``no_crack``, ``uncracked``, ``crack-free``."""


@dataclass(frozen=True, slots=True)
class Categories:
    """What the user said about categories.

    Parameters
    ----------
    crack
        Names to take as cracks; empty: by `choose_categories`.
    erasing
        Names of shapes that take away what lies beneath them, such as ``hole``.
    """

    crack: tuple[str, ...] = ()
    erasing: tuple[str, ...] = ()


ALL_CRACKS = Categories()
"""Nothing said: whatever is named crack."""


def choose_categories(counts: Mapping[str, int], wanted: Categories, where: str) -> frozenset[str]:
    """Choose the categories that are cracks.

    Named ones; else those whose name holds a word for crack; else the only one that has shapes.

    Parameters
    ----------
    counts
        How many shapes each category has; those without any are listed too.
    wanted
        What the user said.
    where
        The file, for messages.

    Raises
    ------
    DataError
        If a named category does not exist, or nothing says which one is the crack.
    """
    unknown = [name for name in (*wanted.crack, *wanted.erasing) if name not in counts]
    if unknown:
        raise DataError(f"{where} has no category {unknown[0]!r}; it has {_listed(counts)}")
    if wanted.crack:
        return frozenset(wanted.crack)
    open_to = [name for name in counts if not _DENIED.search(name.casefold())]
    named = [name for name in open_to if any(word in name.casefold() for word in CRACK_WORDS)]
    if any(counts[name] for name in named):
        return frozenset(named)
    used = [name for name in open_to if counts[name] and name not in wanted.erasing]
    if len(used) > 1:
        raise DataError(
            f"{where} has several categories and none is named crack: {_listed(counts)}; "
            "choose with --category"
        )
    return frozenset(used or named)


def _listed(counts: Mapping[str, int]) -> str:
    names: Sequence[str] = [f"{name} ({count} shapes)" for name, count in sorted(counts.items())]
    return ", ".join(names) or "none"
