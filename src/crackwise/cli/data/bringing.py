"""``crackwise data import`` and ``export``: from what an annotation tool wrote to a set, and back."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crackwise.cli.counting import shown_count
from crackwise.cli.data.findings import end_with, print_findings

if TYPE_CHECKING:
    from crackwise.data.labelled import LabelledSet
    from crackwise.data.readers.options import ReadOptions

FORMATS_IN = (
    "coco, labelme, cvat, yolo, masks, alpha, crackforest, table, classfolders, canonical, inspection, photos"
)
FORMATS_OUT = "coco, labelme, cvat, yolo, masks, canonical"

Categories = Annotated[
    list[str] | None,
    typer.Option("--category", help="Take this category as cracks; again for another. Default: *crack*."),
]
Erasing = Annotated[
    list[str] | None,
    typer.Option("--erase", help="Shapes of this category take away what lies beneath, such as hole."),
]
Photos = Annotated[Path | None, typer.Option(help="Folder of the photos, when they lie elsewhere.")]
Masks = Annotated[str, typer.Option(help="Name of the mask of a photo: {stem}_mask.png.")]
Threshold = Annotated[
    int, typer.Option(min=0, max=254, help="Grey levels above this are crack in a mask file.")
]
LineWidth = Annotated[
    float, typer.Option(min=1, max=100, help="Width in px of lines drawn along cracks; tools store none.")
]


def import_(
    path: Annotated[Path, typer.Argument(help="Annotation file, or the folder that a tool exported.")],
    out: Annotated[Path, typer.Option(help="New folder for the set.")],
    form: Annotated[
        str | None, typer.Option("--format", help=f"Instead of recognising it: {FORMATS_IN}.")
    ] = None,
    photos: Photos = None,
    category: Categories = None,
    erase: Erasing = None,
    masks: Masks = "{stem}.png",
    threshold: Threshold = 127,
    line_width: LineWidth = 3.0,
    name: Annotated[str | None, typer.Option(help="Name of the set; default: that of --out.")] = None,
    no_cracks: Annotated[
        bool, typer.Option("--no-cracks", help="Photos without label are known to show no crack.")
    ] = False,
) -> None:
    """Make a data set of what an annotation tool wrote: images, masks and a list of what was left out."""
    from dataclasses import replace

    from crackwise.data.categories import Categories as Chosen
    from crackwise.data.labelled import known_clean
    from crackwise.data.readers.options import ReadOptions
    from crackwise.data.writers.canonical import write_canonical

    chosen = Chosen(tuple(category or ()), tuple(erase or ()))
    options = ReadOptions(photos, chosen, line_width, masks, threshold, name or out.resolve().name)
    labelled = _read(path, form, options, _given(options))
    labelled = known_clean(labelled) if no_cracks else labelled
    with shown_count("importing", "photos") as show:
        findings = write_canonical(labelled, out, on_photo=show)
    findings = (*labelled.findings, *findings)
    print_findings(findings)
    _print_set(replace(labelled, findings=findings), out)
    end_with(findings)


def export(
    path: Annotated[
        Path, typer.Argument(help="A set, the results of crackwise inspect, or anything that import reads.")
    ],
    out: Annotated[Path, typer.Option(help="New folder for the annotations.")],
    form: Annotated[str, typer.Option("--format", help=f"One of {FORMATS_OUT}.")],
    read_as: Annotated[
        str | None, typer.Option("--from", help=f"Format of PATH, instead of recognising it: {FORMATS_IN}.")
    ] = None,
    category: Annotated[str, typer.Option(help="Name of the category that cracks get.")] = "crack",
    simplify: Annotated[
        float,
        typer.Option(min=0, max=50, help="How far in px outlines may leave the mask, for fewer points."),
    ] = 0.0,
    without_photos: Annotated[
        bool, typer.Option("--without-photos", help="Write the annotations only.")
    ] = False,
) -> None:
    """Take a set, or predictions of crackwise inspect, to an annotation tool."""
    from crackwise.data.readers.options import ReadOptions
    from crackwise.data.writers import WRITERS
    from crackwise.data.writers.options import WriteOptions
    from crackwise.errors import SettingsError

    if form not in WRITERS:
        raise SettingsError(f"--format {form} is unknown; expected one of: {', '.join(WRITERS)}")
    labelled = _read(path, read_as, ReadOptions())
    options = WriteOptions(category, not without_photos, simplify)
    with shown_count("exporting", "photos") as show:
        findings = (*labelled.findings, *WRITERS[form](labelled, out, options, show))
    print_findings(findings)
    typer.echo(f"{len(labelled.photos)} photos as {form} in {out}")
    end_with(findings)


def _given(options: "ReadOptions") -> list[str]:
    """Name the options that say something else than nothing."""
    from crackwise.data.readers.options import DEFAULTS

    said = {
        "--photos": options.photos is not None,
        "--category": bool(options.categories.crack),
        "--erase": bool(options.categories.erasing),
        "--masks": options.mask_names != DEFAULTS.mask_names,
        "--threshold": options.threshold != DEFAULTS.threshold,
        "--line-width": options.line_width_px != DEFAULTS.line_width_px,
    }
    return [name for name, is_said in said.items() if is_said]


def _read(path: Path, form: str | None, options: "ReadOptions", given: Sequence[str] = ()) -> "LabelledSet":
    from crackwise.data.readers import OPTIONS_OF, READERS
    from crackwise.data.readers.recognise import recognise
    from crackwise.errors import DataError, SettingsError

    if form is not None and form not in READERS:
        raise SettingsError(f"--format {form} is unknown; expected one of: {', '.join(READERS)}")
    name = form or recognise(path)
    idle = next((option for option in given if option not in OPTIONS_OF[name]), None)
    if idle is not None:
        others = ", ".join(other for other, takes in OPTIONS_OF.items() if idle in takes)
        raise SettingsError(
            f"{idle} plays no part where {path} is read as {name}; leave it out, or name another --format, "
            f"such as {others}"
        )
    labelled = READERS[name](path, options)
    if not labelled.photos:
        print_findings(labelled.findings)
        raise DataError(f"nothing usable was found in {path}, read as {name}; name another --format")
    typer.echo(f"read as {name}: {len(labelled.photos)} photos")
    return labelled


def _print_set(labelled: "LabelledSet", out: Path) -> None:
    if labelled.categories:
        typer.echo(f"taken as cracks: {_counted(labelled.categories)}")
    if labelled.passed_over:
        typer.echo(f"passed over: {_counted(labelled.passed_over)}; choose with --category")
    typer.echo(f"set in {out}\nnext: crackwise data check {out}")


def _counted(counts: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in counts)
