"""Options that several commands share."""

from typing import Annotated

import typer

Workers = Annotated[
    int | None, typer.Option(min=1, help="Photos in work at a time; default: processors + 1.")
]
NoGps = Annotated[bool, typer.Option("--no-gps", help="Leave the place of the photos out of every result.")]
MaxMegapixels = Annotated[float, typer.Option(min=0.001, help="Larger photos are refused.")]
