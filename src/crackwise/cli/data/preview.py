"""``crackwise data preview``: photos of a set with the outlines of their labels, on one sheet."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from crackwise.cli.counting import shown_count

Roots = Annotated[list[Path], typer.Argument(metavar="SET...", help="Folders in the canonical layout.")]
Out = Annotated[Path, typer.Option(help="Sheet to write: .png, .jpg, or .html in a single file.")]
Count = Annotated[int, typer.Option(min=1, help="Photos of each set.")]
Seed = Annotated[int, typer.Option(min=0, help="Same seed, same photos.")]
Sort = Annotated[
    Literal["random", "fullest", "thinnest", "empty"],
    typer.Option(help="By chance, most crack first, thinnest labels first, or only photos without a crack."),
]


def preview(roots: Roots, out: Out, count: Count = 24, seed: Seed = 0, sort: Sort = "random") -> None:
    """Show photos of each set with the outlines of their labels, crack share and label width."""
    from crackwise.data.folder import read_folders
    from crackwise.data.preview import PreviewSettings, preview
    from crackwise.data.sheet import check_sheet, write_sheet

    check_sheet(out)
    photos = read_folders(roots)
    with shown_count("reading", "photos") as show:
        seen = preview(photos, PreviewSettings(count, sort, seed), show)
    if seen.rows:
        write_sheet(out, seen.rows, f"{len(photos):,} photos, {sort}")
        typer.echo(f"{sum(len(row.cells) for row in seen.rows)} of {len(photos)} photos: {out}")
    for finding in seen.findings:
        typer.echo(f"{finding.level}: {finding}", err=True)
    if seen.findings:
        raise typer.Exit(1)
