"""How names are shown and understood: those that hold what is not UTF-8, many of them, and one of a user."""

import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator

from crackwise.errors import SettingsError

_LISTED = 5


def shown(text: str) -> str:
    """Replace what is not UTF-8, which a path keeps as it is."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def listed(names: Sequence[str]) -> str:
    """List the first names, and say how many more there are."""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def photo_meant(name: str, names: Sequence[str]) -> str:
    """Find the photo of a run that a user means: by its whole name first, by its last part, by its path.

    Accented letters may be composed in another way than in the photo's name, as file systems differ in it.

    Raises
    ------
    SettingsError
        If it is none of them, or the last part of two.
    """
    whole, bare = spellings(name)
    for wanted in (whole, bare):
        if wanted in names:
            return wanted
    whole, bare = composed(whole), composed(bare)
    named = [(each, composed(each)) for each in names]
    meant = [each for each, text in named if text in {whole, bare}]
    meant = meant or [each for each, text in named if PurePosixPath(text).name in {whole, bare}]
    meant = meant or sorted((each for each, text in named if whole.endswith(f"/{text}")), key=len)[-1:]
    if not meant:
        raise SettingsError(f"{name!r} is none of the photos of the run, which are {listed(names)}")
    if len(meant) > 1:
        raise SettingsError(f"{name!r} may be {listed(meant)}; write the path")
    return meant[0]


def spellings(name: str) -> tuple[str, str]:
    """Give how a photo may be named that a user wrote: as it stands, and as in our own tables.

    They put an apostrophe before what a spreadsheet would take for a formula.
    """
    whole = name.replace("\\", "/").removeprefix("./")
    return whole, whole.removeprefix("'")


def composed(name: str) -> str:
    """Compose accented letters (NFC), so that names can be compared."""
    return unicodedata.normalize("NFC", name)


def accented(name: str) -> tuple[str, str, str]:
    """Give a name as it is, and as other file systems compose its accented letters."""
    return name, composed(name), unicodedata.normalize("NFD", name)


Shown = Annotated[str, AfterValidator(shown)]
"""A field of a file that takes any text of a user."""
