"""CVAT for images 1.1: ``annotations.xml`` and ``images/``, as the tool exports and imports it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO
from xml.sax.saxutils import escape, quoteattr

from crackwise.arrays import CrackMask
from crackwise.data.finding import Finding
from crackwise.data.labelled import LabelledSet
from crackwise.data.names import tree_stems
from crackwise.data.outlines import trace_outlines
from crackwise.data.runs import connected_parts, run_lengths
from crackwise.data.stream import OnPhoto
from crackwise.data.writers.options import DEFAULTS, WriteOptions
from crackwise.data.writers.placed import PlacedPhoto, Placing, write_photo
from crackwise.files import new_folder

_SUBSETS = {"train": "Train", "validation": "Validation", "test": "Test"}


def write_cvat(
    labelled: LabelledSet, out: Path, options: WriteOptions = DEFAULTS, on_photo: OnPhoto | None = None
) -> tuple[Finding, ...]:
    """Write each crack as a mask, exactly, or as a polygon where outlines may be simplified.

    A photo of which no mask is known is not listed: an image without shapes would say that there is no crack.

    Returns
    -------
    What was left out, a photo each.

    Raises
    ------
    DataError
        If no photo at all can be used.
    OutputError
        If ``out`` is in use or cannot be written.
    """
    placing = Placing(labelled, on_photo)
    stems = tree_stems(photo.name for photo in labelled.photos)
    with new_folder(out) as folder, (folder / "annotations.xml").open("w", encoding="utf-8") as file:
        file.write(_head(len(labelled.photos), options.category))
        for number, (photo, stem, placed) in enumerate(placing.each(stems)):
            if options.with_photos:
                write_photo(placed, folder / "images", stem)
            _write_image(file, number, f"{stem}{placed.suffix}", placed, _SUBSETS.get(photo.split), options)
        file.write("</annotations>\n")
    return tuple(placing.findings)


def _head(count: int, category: str) -> str:
    """Say what the tool says before the images; some readers need the size and the labels of the task."""
    label = f"<label><name>{escape(category)}</name><attributes></attributes></label>"
    task = f"<name>crackwise</name><size>{count}</size><mode>annotation</mode><labels>{label}</labels>"
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n'
        f"  <meta><task>{task}</task></meta>\n"
    )


def _write_image(
    file: TextIO, number: int, name: str, placed: PlacedPhoto, subset: str | None, options: WriteOptions
) -> None:
    if placed.mask is None:
        return
    height, width = placed.size
    part = "" if subset is None else f" subset={quoteattr(subset)}"
    file.write(f'  <image id="{number}" name={quoteattr(name)}{part} width="{width}" height="{height}">\n')
    shapes = _polygons(placed.mask, options) if options.simplify_px > 0 else _masks(placed.mask, options)
    file.writelines(f"    {shape}\n" for shape in shapes)
    file.write("  </image>\n")


def _polygons(mask: CrackMask, options: WriteOptions) -> Iterator[str]:
    for outline in trace_outlines(mask, options.simplify_px):
        points = ";".join(f"{x:.2f},{y:.2f}" for x, y in outline)
        yield (
            f'<polygon label={quoteattr(options.category)} source="auto" occluded="0" points="{points}" '
            'z_order="0"></polygon>'
        )


def _masks(mask: CrackMask, options: WriteOptions) -> Iterator[str]:
    """Give each connected crack in its box, with its runs row by row as CVAT has them."""
    for box, rows, cols in connected_parts(mask):
        runs = run_lengths(cols, rows, (box.width, box.height))  # sides changed: row by row
        yield (
            f'<mask label={quoteattr(options.category)} source="auto" occluded="0" '
            f'rle="{", ".join(map(str, runs))}" left="{box.left}" top="{box.top}" width="{box.width}" '
            f'height="{box.height}" z_order="0"></mask>'
        )
