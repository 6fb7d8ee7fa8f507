"""Inspect photos of known kinds and lay the results out for a person to judge: right, missed or false alarm.

Run it in the root of the repository::

    PYTHONPATH=src python benchmarks/cases.py --data DIR --out FOLDER

The kind of a photo is its file name without the number: ``like_crack_07.jpg`` is a ``like_crack``. FOLDER
gets ``cases.csv``, ``cases.md`` and ``sheet_01.jpg`` …: overlays with their names, 20 a sheet.
"""

import argparse
import csv
import io
import re
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np

from crackwise.arrays import Rgb
from crackwise.errors import PhotoError
from crackwise.files import write_image, write_text
from crackwise.inspection.inspect import Inspection, inspect_photo
from crackwise.inspection.model import load_model
from crackwise.inspection.sources import find_photos
from crackwise.photo import read_photo
from crackwise.report.labels import draw_plate, put_plate
from crackwise.report.overlay import draw_overlay

CELL_PX = 400
CAPTION_PX = 24
GAP_PX = 8
COLUMNS, ROWS = 5, 4
JPEG_QUALITY = 88


@dataclass(frozen=True, slots=True)
class Case:
    """The result on one photo, a row of the table."""

    kind: str
    photo: str
    cracks: int
    total_length_px: float
    width_max_px: float
    area_share: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the photos")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to, outside the repository")
    parser.add_argument("--model", type=Path, help="model file; default: the shipped one")
    options = parser.parse_args()
    if options.out.resolve().is_relative_to(Path(__file__).resolve().parents[1]):
        sys.exit(f"--out {options.out} lies in the repository, where other people's photos must never be")
    model = load_model(options.model)
    cases, cells = [], []
    for source in find_photos([str(options.data)], out=options.out).photos:
        try:
            inspection = inspect_photo(read_photo(source.path), model)
        except PhotoError as error:
            print(f"failed: {error}", file=sys.stderr)
            continue
        cases.append(_case(source.name, inspection))
        cells.append(_cell(inspection, f"{Path(source.name).name}: {cases[-1].cracks} cracks"))
        print(f"{source.name}: {cases[-1].cracks} cracks", file=sys.stderr, flush=True)
    _write(options.out, cases, cells)
    print(_summary(cases))


def _case(name: str, inspection: Inspection) -> Case:
    summary = inspection.summary
    return Case(
        kind=re.sub(r"[_-]?\d+$", "", Path(name).stem),
        photo=name,
        cracks=summary.crack_count,
        total_length_px=round(summary.total_length_px, 1),
        width_max_px=round(summary.width_max_px or 0.0, 2),
        area_share=round(summary.crack_area_share, 6),
    )


def _cell(inspection: Inspection, caption: str) -> Rgb:
    """Draw the overlay into a square of ``CELL_PX`` with its caption above."""
    overlay = draw_overlay(inspection.photo.pixels, inspection.mask, inspection.network, inspection.cracks)
    factor = CELL_PX / max(overlay.shape[:2])
    size = [max(1, round(side * factor)) for side in overlay.shape[1::-1]]
    small = cv2.resize(overlay, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_NEAREST)
    cell = np.full((CELL_PX + CAPTION_PX, CELL_PX, 3), 255, np.uint8)
    put_plate(cell, draw_plate(caption, CAPTION_PX), 0, 0)
    cell[CAPTION_PX : CAPTION_PX + small.shape[0], : small.shape[1]] = small
    return cell


def _write(out: Path, cases: Sequence[Case], cells: Sequence[Rgb]) -> None:
    write_text(out / "cases.csv", _csv(cases))
    write_text(out / "cases.md", f"{_table(cases)}\n\n{_summary(cases)}\n")
    per_sheet = COLUMNS * ROWS
    for number, first in enumerate(range(0, len(cells), per_sheet), 1):
        sheet = _sheet(cells[first : first + per_sheet])
        write_image(out / f"sheet_{number:02d}.jpg", sheet, jpeg_quality=JPEG_QUALITY)


def _sheet(cells: Sequence[Rgb]) -> Rgb:
    rows = -(-len(cells) // COLUMNS)
    height_px, width_px = CELL_PX + CAPTION_PX + GAP_PX, CELL_PX + GAP_PX
    sheet = np.full((rows * height_px, COLUMNS * width_px, 3), 255, np.uint8)
    for number, cell in enumerate(cells):
        row, col = divmod(number, COLUMNS)
        top, left = row * height_px, col * width_px
        sheet[top : top + cell.shape[0], left : left + cell.shape[1]] = cell
    return sheet


def _csv(cases: Sequence[Case]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([field.name for field in fields(Case)])
    writer.writerows(astuple(case) for case in cases)
    return text.getvalue()


def _table(cases: Sequence[Case]) -> str:
    lines = [
        "| case | photo | cracks | total length, px | width max, px | area, % | verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {case.kind} | {case.photo} | {case.cracks} | {case.total_length_px:.0f} "
        f"| {case.width_max_px:.1f} | {100 * case.area_share:.2f} | |"
        for case in cases
    ]
    return "\n".join(lines)


def _summary(cases: Sequence[Case]) -> str:
    lines = ["| case | photos | with a crack | cracks | mean area, % |", "|---|---|---|---|---|"]
    for kind, group in groupby(sorted(cases, key=lambda case: case.kind), key=lambda case: case.kind):
        own = list(group)
        area = 100 * sum(case.area_share for case in own) / len(own)
        cracked = sum(case.cracks > 0 for case in own)
        lines.append(f"| {kind} | {len(own)} | {cracked} | {sum(case.cracks for case in own)} | {area:.2f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
