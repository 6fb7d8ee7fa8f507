"""``crackwise data augment``: versions of the training photos, and sheets to check them by eye."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crackwise.cli.counting import shown_count
from crackwise.cli.extras import need_torch
from crackwise.errors import SettingsError

if TYPE_CHECKING:
    from crackwise.data.augment import AugmentSettings, Plan
    from crackwise.data.sheet import Row

Set = Annotated[Path, typer.Argument(help="Data set in the canonical layout: images/, masks/.")]
Out = Annotated[
    Path | None, typer.Option(help="New folder for the set with its versions; not needed for a sheet alone.")
]
Kind = Annotated[
    str, typer.Option(help="classical: turn, size, light, noise; strong: part of the photo, mirrored, …")
]
Split = Annotated[Path | None, typer.Option(help="Which photos are for training; default: SET/split.csv.")]
Sheet = Annotated[Path | None, typer.Option(help="Contact sheet to write, .png, .jpg or .html.")]
Sees = Annotated[
    str | None,
    typer.Option(help="A recipe: the sheet shows what its training feeds the network, not the versions."),
]


def augment(
    data: Set,
    out: Out = None,
    kind: Kind = "classical",
    versions: Annotated[int, typer.Option(help="Versions of each training photo.")] = 5,
    seed: Annotated[int, typer.Option(help="Same seed, same versions.")] = 0,
    split: Split = None,
    sheet: Sheet = None,
    sees: Sees = None,
) -> None:
    """Add versions of the training photos to a set; validation and test photos stay as they are."""
    from crackwise.data.augment import AugmentSettings, read_plan, write_augmented
    from crackwise.data.sheet import check_sheet, write_sheet

    _check_targets(out, sheet, sees)
    if sheet is not None:
        check_sheet(sheet)
    settings = AugmentSettings(kind, versions, seed)
    plan = read_plan(data, split)
    _warn_of_split(plan)
    if out is not None:
        with shown_count("augmenting", "photos") as show:
            done = write_augmented(plan, out, settings, on_photo=show)
        typer.echo(f"{done.copied} photos and {done.versions} versions of {done.augmented} of them in {out}")
    if sheet is not None:
        rows = _version_rows(plan, settings) if sees is None else _seen_rows(plan, sees)
        write_sheet(sheet, *rows)
        typer.echo(f"sheet: {sheet}")


def _check_targets(out: Path | None, sheet: Path | None, sees: str | None) -> None:
    if sees is not None and sheet is None:
        raise SettingsError("--sees has nowhere to show it; add --sheet sheet.png")
    if out is None and sheet is None:
        raise SettingsError("nothing to write; give --out for a new set or --sheet for a contact sheet")


def _warn_of_split(plan: "Plan") -> None:
    if not plan.split:
        typer.echo(
            f"warning: {plan.root} has no split.csv, so that every photo is augmented; split first, "
            "or versions of one photo may end up in training and test",
            err=True,
        )


def _version_rows(plan: "Plan", settings: "AugmentSettings") -> "tuple[tuple[Row, ...], str]":
    from crackwise.data.augment.sheet import version_rows

    return version_rows(plan.training, settings), f"{plan.name}: {settings.kind} versions"


def _seen_rows(plan: "Plan", name: str) -> "tuple[tuple[Row, ...], str]":
    from crackwise.recipe import load_recipe

    recipe = load_recipe(name)
    need_torch("showing what a training sees")
    from crackwise.training.sees import seen_rows

    title = f"{plan.name}, as {recipe.name} sees it: {recipe.data.augment}, {recipe.data.crop_px} px"
    return seen_rows(plan.training, recipe), title
