"""What ``crackwise classify`` writes of each photo and of all: pictures, ``verdicts.csv``, ``tiles.csv``."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from crackwise.arrays import Rgb
from crackwise.files import remove, write_image, write_text
from crackwise.inspection.classifier import Classifier
from crackwise.inspection.layout import picture_path
from crackwise.inspection.occlusion import explain
from crackwise.inspection.sources import Source
from crackwise.inspection.verdict import Judging, Look, TileRecord, VerdictRecord, record_of
from crackwise.inspection.verdictfolder import write_verdict
from crackwise.report.verdict_pictures import draw_found, draw_reasons, draw_tiles
from crackwise.report.writers.tables import Cell, table_text

PICTURE_QUALITY = 85
PROBABILITY_DIGITS = 6

Failures = Sequence[tuple[str, str]]
"""Photo and reason."""


def write_look(
    look: Look, judging: Judging, source: Source, out: Path, *, explained_by: Classifier | None = None
) -> None:
    """Write the pictures and, last, the record of a photo; one that was taken whole needs no ``pictures/``.

    Parameters
    ----------
    look, judging
        What was seen, by whom.
    source
        Gives name and stem.
    out
        The folder.
    explained_by
        Adds ``why/`` for a photo that is called cracked.
    """
    record = record_of(look, judging, source.name, source.stem)
    photo = look.photo.pixels
    if look.mask is not None:
        _write(draw_found(photo, look.mask, record), "pictures", record, out)
    elif len(record.tiles) > 1:
        _write(draw_tiles(photo, record), "pictures", record, out)
    if explained_by is not None and look.tiles is not None and record.cracked:
        reasons = explain(explained_by, photo, look.tiles)
        _write(draw_reasons(photo, reasons), "why", record, out)
    write_verdict(record, out)


def write_verdict_tables(
    records: Sequence[VerdictRecord], failures: Failures, judging: Judging, out: Path
) -> None:
    """Write a line for each photo, and by a classifier one for each tile of photos cut into several."""
    columns = COLUMNS_OF_KIND[judging.kind]
    rows = [[column(record) for column in columns.values()] + [None] for record in records]
    rows += [_failed(columns, *failure) for failure in failures]
    rows.sort(key=lambda row: str(row[0]))
    write_text(out / "verdicts.csv", table_text([*columns, "error"], rows))
    if any(len(record.tiles) > 1 for record in records):
        write_text(out / "tiles.csv", table_text(TILE_COLUMNS, _tile_rows(records)))
    else:
        remove(out / "tiles.csv")


_COMMON: dict[str, Callable[[VerdictRecord], Cell]] = {
    "photo": lambda record: record.photo,
    "cracked": lambda record: "yes" if record.cracked else "no",
}
_MODEL: dict[str, Callable[[VerdictRecord], Cell]] = {
    "threshold": lambda record: round(record.threshold, PROBABILITY_DIGITS),
    "model": lambda record: record.model,
    "model_sha256": lambda record: record.model_sha256,
}
COLUMNS_OF_KIND: dict[str, dict[str, Callable[[VerdictRecord], Cell]]] = {
    "classifier": _COMMON
    | {
        "probability": lambda record: round(record.probability, PROBABILITY_DIGITS),
        "tiles": lambda record: len(record.tiles),
        "cracked_tiles": lambda record: len(record.cracked_tiles),
    }
    | _MODEL,
    "cracks found": _COMMON
    | {
        "cracks": lambda record: record.cracks,
        "pixel_probability": lambda record: round(record.probability, PROBABILITY_DIGITS),
    }
    | _MODEL,
}
TILE_COLUMNS = ("photo", "tile", "x_px", "y_px", "width_px", "height_px", "cracked", "probability")


def _failed(columns: dict[str, Callable[[VerdictRecord], Cell]], photo: str, reason: str) -> list[Cell]:
    return [photo, *[None] * (len(columns) - 1), reason]


def _tile_rows(records: Sequence[VerdictRecord]) -> Iterator[list[Cell]]:
    for record in records:
        if len(record.tiles) > 1:
            for number, tile in enumerate(record.tiles, start=1):
                yield [record.photo, number, *_tile_cells(tile, record.threshold)]


def _tile_cells(tile: TileRecord, threshold: float) -> Iterator[Cell]:
    yield from (tile.left, tile.top, tile.right - tile.left, tile.bottom - tile.top)
    yield "yes" if tile.probability >= threshold else "no"
    yield round(tile.probability, PROBABILITY_DIGITS)


def _write(picture: Rgb, kind: str, record: VerdictRecord, out: Path) -> None:
    write_image(picture_path(out, kind, record.stem), picture, jpeg_quality=PICTURE_QUALITY)
