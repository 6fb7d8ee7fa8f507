"""``crackwise draw``: photos of drawn cracks with exactly known truth."""

from pathlib import Path
from typing import Annotated

import typer

from crackwise.cli.counting import shown_count


def draw(
    out: Annotated[Path, typer.Argument(help="Folder to create: images, masks, groups.csv, truth.json.")],
    count: Annotated[int, typer.Option(help="Number of photos.")] = 20,
    size: Annotated[
        str, typer.Option(help="Width x height, 640x480, or a range for both sides, 448-640.")
    ] = "512x512",
    seed: Annotated[int, typer.Option(help="Same seed, same photos.")] = 0,
    clean: Annotated[
        float,
        typer.Option(min=0, max=1, help="Share of the photos without a crack: joints, paving, plants."),
    ] = 0.25,
    mm_per_px: Annotated[
        float | None, typer.Option(help="Scale to note in truth.json, in mm per pixel.")
    ] = None,
) -> None:
    """Draw photos of cracked and of sound surfaces with exactly known cracks."""
    from crackwise.data.draw import write_drawn  # heavy: not at the top

    with shown_count("drawing", "photos") as show:
        write_drawn(
            out,
            count,
            size,
            seed,
            clean_share=clean,
            mm_per_px=mm_per_px,
            on_scene=show,
        )
    typer.echo(f"{count} photos with masks and truth in {out}")
