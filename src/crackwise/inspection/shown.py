"""How names are shown: those that hold what is not UTF-8, such as that of a folder, too, and many of them."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator

_LISTED = 5


def shown(text: str) -> str:
    """Replace what is not UTF-8, which a path keeps as it is."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def listed(names: Sequence[str]) -> str:
    """List the first names, and say how many more there are."""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


Shown = Annotated[str, AfterValidator(shown)]
"""A field of a file that takes any text of a user."""
