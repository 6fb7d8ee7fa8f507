"""What is found: two photos that share content, and the photos that are compared."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

PairKind = Literal["same file", "same pixels", "near duplicate", "overlap"]


@dataclass(frozen=True, slots=True)
class NamedPhoto:
    """A photo to compare.

    Parameters
    ----------
    key
        Unique name under which it appears in pairs and groups, such as ``deck/images/0001.jpg``.
    path
        The file.
    """

    key: str
    path: Path


@dataclass(frozen=True, slots=True)
class Pair:
    """Two photos that share content.

    Parameters
    ----------
    first, second
        Their keys, in the order in which the photos were given.
    kind
        ``same file``: the same bytes. ``same pixels``: another file that decodes to the same picture.
        ``near duplicate``: the whole picture again, re-encoded, resized, brightened, flipped or turned.
        ``overlap``: crops of one photo, or photos of one scene from almost the same place.
    strength
        Share of the smaller picture that the other shows as well, 0 to 1.
    evidence
        One plain sentence that says what was compared and how well it agrees.
    """

    first: str
    second: str
    kind: PairKind
    strength: float
    evidence: str
