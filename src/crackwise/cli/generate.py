"""``crackwise generate``: labelled photos from a trained generator, or drawn ones."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crackwise.cli.counting import shown_count
from crackwise.cli.extras import need_torch
from crackwise.errors import SettingsError

if TYPE_CHECKING:
    from crackwise.training.generation.produce import Wanted

DRAWN = "drawn"

_DRAWN_SIZE = "256x256"


def generate(
    generator: Annotated[
        str, typer.Argument(help="Run folder or generator.ckpt of crackwise train, or the word drawn.")
    ],
    out: Annotated[Path, typer.Option(help="Folder of the set to write, or to go on with.")],
    n: Annotated[int, typer.Option("--n", help="Number of pictures.")] = 500,
    seed: Annotated[int, typer.Option(help="Same seed, same pictures.")] = 0,
    data: Annotated[
        Path | None,
        typer.Option(help="Sources of the training, for a generator that paints in their photos."),
    ] = None,
    size: Annotated[
        str, typer.Option(help="Of drawn photos, 640x480 or a range, 448-640; of painted ones, 256x256.")
    ] = "",
) -> None:
    """Write a labelled set of pictures that nobody took.

    A set of a trained generator can be interrupted; the same command goes on.
    """
    if generator == DRAWN:
        if data is not None:
            raise SettingsError("drawn photos are made without any of yours; omit --data")
        _write_drawn(out, n, seed, size or _DRAWN_SIZE)
        return
    need_torch("generating")
    from crackwise.training.generation.produce import Wanted

    _write_generated(Path(generator), out, Wanted(n, seed, data, _side_px(size)))


def _side_px(size: str) -> int:
    """Read the side of a square, 0 where none is given."""
    from crackwise.data.draw.files import parse_size

    if not size:
        return 0
    sides = {*parse_size(size).smallest, *parse_size(size).largest}
    if len(sides) > 1:
        raise SettingsError(f"size {size!r} is no square; generators make squares, such as 256x256")
    return sides.pop()


def _write_drawn(out: Path, count: int, seed: int, size: str) -> None:
    from crackwise.data.draw import write_drawn
    from crackwise.data.draw.provenance import write_provenance
    from crackwise.files import new_folder

    with new_folder(out) as folder, shown_count("drawing", "photos") as show:
        write_drawn(folder, count, size, seed, on_scene=show)
        write_provenance(folder, count, size, seed)
    typer.echo(f"{count} drawn photos with masks and truth in {out}")


def _write_generated(generator: Path, out: Path, wanted: "Wanted") -> None:
    from crackwise.training.generation.produce import write_generated
    from crackwise.training.generation.saved import read_generator

    saved = read_generator(generator)
    paints = saved.recipe.model.paints
    if wanted.data is not None and not paints:
        raise SettingsError(f"{saved.recipe.name} makes pictures of noise and reads no photos; omit --data")
    with shown_count("generating", "pictures") as show:
        write_generated(saved, out, wanted, show)
    what = "pairs of photo and mask" if paints else "pictures of cracks"
    typer.echo(f"{wanted.count} {what} by {saved.recipe.name}, step {saved.step:,}, in {out}")
    licences = sorted({one.licence or "not stated" for one in saved.recipe.data.sources})
    typer.echo(f"learnt from photos under these licences: {', '.join(licences)}")
