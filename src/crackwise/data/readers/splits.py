"""What the names of folders and files say: the part of a split, and the original of an augmented photo."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from crackwise.data.finding import Finding
from crackwise.data.labelled import LabelledPhoto
from crackwise.data.readers.draft import without_doubles
from crackwise.data.readers.splitnames import PARTS

_ROBOFLOW = re.compile(r"(?P<original>.+)\.rf\.[0-9A-Za-z]{16,}$")


def split_of(name: str) -> str:
    """Read ``train``, ``validation`` or ``test`` from a name such as ``instances_val2017``; else empty."""
    words = re.findall("[a-z]+", name.casefold())
    return next((PARTS[word] for word in words if word in PARTS), "")


def original_of(name: str) -> str:
    """Name the original of a photo that Roboflow wrote, which augments before it exports; else empty.

    ``walls/07_jpg.rf.41b7f364ede29fe7df7f39e2199d5af5.jpg`` comes from ``walls/07_jpg``.
    """
    found = _ROBOFLOW.match(str(PurePosixPath(name).with_suffix("")))
    return found["original"] if found else ""


def with_unique_names(
    photos: Sequence[LabelledPhoto],
) -> tuple[tuple[LabelledPhoto, ...], tuple[Finding, ...]]:
    """Sort by name; names in several parts get their part in front, other doubles are left out."""
    parts: dict[str, set[str]] = {}
    for photo in photos:
        parts.setdefault(photo.name, set()).add(photo.split)
    return without_doubles(
        replace(photo, name=f"{photo.split}/{photo.name}")
        if len(parts[photo.name]) > 1 and photo.split
        else photo
        for photo in photos
    )
