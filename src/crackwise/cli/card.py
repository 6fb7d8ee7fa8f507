"""``crackwise card``: a marker card to print, which gives photos their scale."""

from pathlib import Path
from typing import Annotated

import typer

from crackwise.errors import SettingsError

Out = Annotated[Path, typer.Option(help="PDF file to write.")]
Size = Annotated[str, typer.Option(help="A4, Letter, or A6 for close-ups.")]


def card(out: Out = Path("card.pdf"), size: Size = "A4") -> None:
    """Draw a marker card to print at 100 % and photograph beside the crack."""
    from crackwise.marker.draw import write_card  # heavy: not at the top
    from crackwise.marker.layout import LAYOUTS

    layout = LAYOUTS.get(size.upper()) or LAYOUTS.get(size.capitalize())
    if layout is None:
        raise SettingsError(f"--size is {size!r}; expected one of {', '.join(sorted(LAYOUTS))}")
    if out.suffix.lower() != ".pdf":
        raise SettingsError(f"--out is {out}; expected the name of a PDF to write, ending in .pdf")
    write_card(out, layout)
    typer.echo(f"{out}: print it at 100 % and check its ruler, then inspect with --card")
