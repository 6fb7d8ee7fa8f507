"""``crackwise realism``: how near generated photos are to real ones."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from crackwise.cli.counting import shown_count
from crackwise.cli.extras import need_torch
from crackwise.cli.options import Replace, refuse_earlier
from crackwise.cli.tables import table_lines

if TYPE_CHECKING:
    from crackwise.score.generated import Realism


def realism(
    generated: Annotated[Path, typer.Argument(help="Folder of generated photos, or a set that holds them.")],
    real: Annotated[Path, typer.Option(help="Folder of real photos: those that the generator learnt from.")],
    out: Annotated[Path, typer.Option(help="Folder for scores.json and neighbours.png.")],
    weights: Annotated[Path | None, typer.Option(help="Folder of pre-trained encoder files.")] = None,
    features: Annotated[
        Literal["inception_v3", "mobilenetv2"],
        typer.Option(help="Network of the features; numbers compare within one network only."),
    ] = "inception_v3",
    most: Annotated[int, typer.Option(min=5, help="At most so many photos of each, spread by name.")] = 2000,
    overwrite: Replace = False,
) -> None:
    """Compare generated photos with real ones: FID, KID, precision, recall, and the nearest real photos."""
    need_torch("judging features")
    refuse_earlier(out / "scores.json", overwrite)
    from crackwise.files import write_json
    from crackwise.score.generated import judge_realism, realism_json
    from crackwise.training.generation.features import feature_net, features_of, photos_of, side_of, spread
    from crackwise.training.generation.neighbours import write_neighbours

    made, true = (spread(photos_of(folder), most) for folder in (generated, real))
    net, side_px = feature_net(features, weights), side_of(made)
    with shown_count("looking at", "photos") as show:
        total = len(made) + len(true)
        of_made = features_of(made, side_px, net, lambda done, _: show(done, total))
        of_true = features_of(true, side_px, net, lambda done, _: show(len(made) + done, total))
    found = judge_realism(of_made, of_true)
    about = {"generated": generated.name, "real": real.name, "features": net.name, "side_px": side_px}
    write_json(out / "scores.json", realism_json(about, found))
    write_neighbours(out / "neighbours.png", (made, of_made), (true, of_true))
    typer.echo(f"{found.generated:,} generated and {found.real:,} real photos, compared at {side_px} px")
    typer.echo(f"features: {net.name}")
    for line in table_lines(("figure", "value", "best"), _rows(found)):
        typer.echo(line)
    typer.echo(f"nearest real photos in {out / 'neighbours.png'}")


def _rows(found: "Realism") -> list[tuple[str, str, str]]:
    at_a_time = f"the same without that bias, {found.subset_photos} photos at a time"
    return [
        ("FID: distance of the two sets, too high with few photos", f"{found.fid:.2f}", "0"),
        (f"KID: {at_a_time}", f"{found.kid:.4f} ± {found.kid_spread:.4f}", "0"),
        ("precision: share of the generated photos that look real", f"{found.precision:.3f}", "1"),
        ("recall: share of the real photos that could be generated", f"{found.recall:.3f}", "1"),
        ("copies: near 0 where photos were learnt by heart", f"{found.copies:.2f}", "about 1"),
    ]
