"""``crackwise scale``: the scale of a photo from two points in it that are a known length apart."""

import math
import re
from pathlib import Path
from typing import Annotated

import typer

from crackwise.errors import SettingsError

_POINT = re.compile(r"\s*(-?\d*\.?\d+)\s*,\s*(-?\d*\.?\d+)\s*")
_ERROR = re.compile(r"\s*(\d*\.?\d+)\s*(?:px)?\s*")

Photo = Annotated[Path, typer.Argument(help="The photo, as it will be inspected.")]
Start = Annotated[
    str, typer.Option("--from", help="One end, x,y in px of the photo as it is shown upright: 120,340.")
]
End = Annotated[str, typer.Option("--to", help="The other end.")]
Length = Annotated[str, typer.Option(help="How far they are apart on the surface: 100mm, 24cm.")]
LengthError = Annotated[
    str | None, typer.Option(help="Of the length, 90 % interval, such as 1%; default: none.")
]
PointError = Annotated[str, typer.Option(help="Of either point along the line, 90 % interval.")]
Table = Annotated[
    Path | None,
    typer.Option(help="Table for --scale-table in which the photo's row is added or replaced."),
]
Folder = Annotated[
    Path | None,
    typer.Option(help="Folder that is inspected, where photos in several folders below share a name."),
]


def scale(
    photo: Photo,
    start: Start,
    end: End,
    length: Length,
    length_error: LengthError = None,
    point_error: PointError = "1px",
    table: Table = None,
    folder: Folder = None,
) -> None:
    """Tell the scale of a photo from two points in it and the length between them."""
    from crackwise.camera import parse_length_mm
    from crackwise.inspection.scaletable import put_scale
    from crackwise.inspection.twopoints import Stretch
    from crackwise.photo import read_info
    from crackwise.scale import parse_relative_error

    stretch = Stretch(
        _point("--from", start),
        _point("--to", end),
        parse_length_mm(length),
        _error_px(point_error),
        parse_relative_error(length_error) if length_error else 0.0,
    )
    names = _names(photo, folder)
    name = names[0]
    stretch.check_inside(read_info(photo), name)
    found = stretch.scale()
    known = f", the length to ± {length_error.strip()}" if length_error else ""
    typer.echo(
        f"{name}: {found.described()} ({stretch.length_px:.1f} px are {length.strip()}; either point is "
        f"known to ± {stretch.point_error_px:g} px{known}, 90 % interval)"
    )
    if table is None:
        typer.echo(f'for photos taken alike: --scale "{found.described()}"; for this one: --table scales.csv')
    else:
        replaced = put_scale(table, names, found)
        what = f"row of {name} added" if replaced is None else f"row of {replaced} replaced"
        typer.echo(f"{table}: {what}; inspect with --scale-table {table}")


def _point(option: str, text: str) -> tuple[float, float]:
    match = _POINT.fullmatch(text)
    if match is None:
        raise SettingsError(f"{option} {text!r} is not understood; write x,y in px, such as 120,340")
    return float(match[1]), float(match[2])


def _error_px(text: str) -> float:
    match = _ERROR.fullmatch(text)
    if match is None or not math.isfinite(float(match[1])):
        raise SettingsError(f"--point-error {text!r} is not understood; write a number of px, such as 2px")
    return float(match[1])


def _names(photo: Path, folder: Path | None) -> list[str]:
    """Name the photo as a scale table may; a picture that a run wrote is no photo to set points in."""
    from crackwise.inspection.layout import ARTEFACTS
    from crackwise.inspection.search import is_run_folder

    path = photo.parent.resolve() / photo.name
    for parent in path.parents:
        if parent.name in ARTEFACTS and is_run_folder(parent.parent):
            raise SettingsError(
                f"{photo} was written by a run, and is rectified, drawn on or cut out; set the points in the "
                "photo itself"
            )
    if folder is None:
        parts = path.parts[1:]
        return [*("/".join(parts[-count:]) for count in range(1, len(parts) + 1)), path.as_posix()]
    if not path.is_relative_to(folder.resolve()):
        raise SettingsError(f"{photo} does not lie in --folder {folder}")
    name = path.relative_to(folder.resolve()).as_posix()
    has_namesake = name != path.name and (folder / path.name).exists()
    return [name, path.as_posix(), *([] if has_namesake else [path.name])]
