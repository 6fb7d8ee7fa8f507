"""Exact copies: the same bytes, or the same pixels in another file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from crackwise.data.duplicates.portrait import Portrait, Unreadable


@dataclass(frozen=True, slots=True)
class Copy:
    """A photo (by number) and the first one that it is a copy of."""

    original: int
    copy: int
    kind: Literal["same file", "same pixels"]


def find_copies(portraits: Sequence[Portrait | Unreadable]) -> list[Copy]:
    """Pair each copy with the first photo that has the same bytes, or else the same pixels."""
    files: dict[bytes, int] = {}
    pixels: dict[bytes, int] = {}
    found = []
    for number, portrait in enumerate(portraits):
        original = files.setdefault(portrait.file_digest, number)
        if original != number:
            found.append(Copy(original, number, "same file"))
        elif isinstance(portrait, Portrait):
            original = pixels.setdefault(portrait.pixel_digest, number)
            if original != number:
                found.append(Copy(original, number, "same pixels"))
    return found
