"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from crackwise.errors import SettingsError

Workers = Annotated[
    int | None, typer.Option(min=1, help="Photos in work at a time; default: processors + 1.")
]
NoGps = Annotated[bool, typer.Option("--no-gps", help="Leave the place of the photos out of every result.")]
Replace = Annotated[bool, typer.Option("--overwrite", help="Replace the earlier result in --out.")]
MaxMegapixels = Annotated[float, typer.Option(min=0.001, help="Larger photos are refused.")]


def refuse_earlier(path: Path, overwrite: bool) -> None:
    """Refuse to write over an earlier result, before any work is done.

    Raises
    ------
    SettingsError
        If the file is there and is not to be replaced.
    """
    if path.exists() and not overwrite:
        raise SettingsError(
            f"{path.parent} already holds {path.name}; choose another --out, or add --overwrite to replace it"
        )
