"""Text that may hold what is not UTF-8, such as the name of a folder, and that goes into JSON and HTML."""

from typing import Annotated

from pydantic import AfterValidator


def shown(text: str) -> str:
    """Replace what is not UTF-8, which a path keeps as it is."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


Shown = Annotated[str, AfterValidator(shown)]
"""A field of a file that takes any text of a user."""
