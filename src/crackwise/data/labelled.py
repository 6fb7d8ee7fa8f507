"""Labelled photos on their way from one format to another: what readers give and writers take.

A reader never decodes a photo and never paints a mask: a set of 10,000 photos is a list of small objects.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from crackwise.arrays import CrackMask
from crackwise.data.finding import Finding
from crackwise.data.shapes import Shape, paint


class Label(Protocol):
    """What is known about the cracks in a photo."""

    def mask(self, size: tuple[int, int]) -> CrackMask | None:
        """Give the mask of a photo of size (H, W); None where only more or less is known than a mask.

        Raises
        ------
        DataError
            If the label cannot be read or does not belong to a photo of this size.
        """


@dataclass(frozen=True, slots=True)
class Shapes:
    """Shapes drawn over a photo.

    Parameters
    ----------
    shapes
        In the order in which they are painted; none means: looked at, no crack.
    size
        (H, W) of the photo as the annotation says; None where it does not.
    erasing
        Labels of shapes that take away what lies beneath, such as ``hole``.
    """

    shapes: tuple[Shape, ...]
    size: tuple[int, int] | None = None
    erasing: frozenset[str] = frozenset()

    def mask(self, size: tuple[int, int]) -> CrackMask:
        """Paint the shapes."""
        return paint(self.shapes, size, self.erasing)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Cracked or not, for the photo as a whole; a photo without cracks has an empty mask."""

    is_cracked: bool

    def mask(self, size: tuple[int, int]) -> CrackMask | None:
        """Give the empty mask of a photo without cracks; None where cracks are somewhere."""
        return None if self.is_cracked else np.zeros(size, bool)


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """Nobody has looked at the photo yet."""

    def mask(self, size: tuple[int, int]) -> None:
        """Give None: nothing is known."""
        return


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """One photo with what is known about it.

    Parameters
    ----------
    name
        As in its set, relative with ``/``, such as ``walls/001.jpg``; unique in a set.
    image
        The file, or the encoded bytes where the annotation carries the photo itself.
    label
        What is known about its cracks.
    split
        ``train``, ``validation``, ``test`` or empty, where the format says.
    group
        One original photo or scene; empty where the format does not say.
    """

    name: str
    image: Path | bytes
    label: Label
    split: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """What a reader found.

    Parameters
    ----------
    name
        Of the set: the source of its photos.
    photos
        Those that can be used, in the order of their names.
    findings
        What was left out or tolerated, a sentence each; a photo with an error is not among ``photos``.
    categories
        How many shapes of each category were taken as cracks.
    passed_over
        How many shapes of each category were not.
    """

    name: str
    photos: tuple[LabelledPhoto, ...]
    findings: tuple[Finding, ...] = ()
    categories: tuple[tuple[str, int], ...] = ()
    passed_over: tuple[tuple[str, int], ...] = ()


def known_clean(labelled: LabelledSet) -> LabelledSet:
    """Take photos that nobody labelled as photos without cracks."""
    photos = tuple(
        replace(photo, label=Verdict(is_cracked=False)) if isinstance(photo.label, Unlabelled) else photo
        for photo in labelled.photos
    )
    return replace(labelled, photos=photos)
