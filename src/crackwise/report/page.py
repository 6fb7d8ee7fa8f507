"""Everything that the page of a report shows, chosen and worded; the template only lays it out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from crackwise.crack.measure import CrackMeasurement
from crackwise.inspection.record import InspectionRecord
from crackwise.report.figures import (
    length_text,
    place_text,
    scale_text,
    share_text,
    short_name,
    width_order,
    width_text,
)
from crackwise.report.histogram import Histogram
from crackwise.report.pictures import embed_picture
from crackwise.report.settings import ReportSettings

EMBEDDED_PHOTOS_MOST = 100
"""More thumbnails make a page of over 25 MB that phones and mail refuse; the others are linked."""

ROWS_MOST = 2000
"""Above this a table sorts slowly and prints on over 50 pages; ``cracks.csv`` has all rows."""

ZOOMS_MOST = 12

Unit = Literal["mm", "px"]


@dataclass(frozen=True, slots=True)
class CrackRow:
    """One line of the table of cracks."""

    photo: str
    anchor: str
    crack: CrackMeasurement


@dataclass(frozen=True, slots=True)
class ZoomFigure:
    """The widest place of one photo."""

    picture: str
    photo: str
    anchor: str
    crack: CrackMeasurement


@dataclass(frozen=True, slots=True)
class PhotoCard:
    """One photo with its overlay and facts as (name, text)."""

    record: InspectionRecord
    anchor: str
    picture: str | None
    overlay_link: str | None
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The content of ``report.html``; `first` stands for what is the same in all records of a run."""

    settings: ReportSettings
    tiles: tuple[tuple[str, str, str], ...]
    units: tuple[Unit, ...]
    unscaled_count: int
    histogram: Histogram
    zooms: tuple[ZoomFigure, ...]
    rows: tuple[CrackRow, ...]
    rows_total: int
    cards: tuple[PhotoCard, ...]
    first: InspectionRecord | None
    facts: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, records: Sequence[InspectionRecord], folder: Path, settings: ReportSettings) -> "Page":
        """Choose what the page shows about a run."""
        units = _units(records)
        rows = sorted(_rows(records), key=lambda row: width_order(row.crack), reverse=True)
        return cls(
            settings=settings,
            tiles=tuple(_tiles(records, settings)),
            units=units,
            unscaled_count=sum(record.scale is None for record in records),
            histogram=_histogram(records),
            zooms=tuple(_zooms(records, folder)),
            rows=tuple(rows[:ROWS_MOST]),
            rows_total=len(rows),
            cards=tuple(_cards(records, folder)),
            first=records[0] if records else None,
            facts=tuple(_run_facts(records, settings)),
        )


def _anchors(records: Sequence[InspectionRecord]) -> Iterator[tuple[str, InspectionRecord]]:
    return ((f"photo-{number}", record) for number, record in enumerate(records, start=1))


def _units(records: Sequence[InspectionRecord]) -> tuple[Unit, ...]:
    scaled = [record.scale is not None for record in records]
    return ("mm",) if scaled and all(scaled) else ("mm", "px") if any(scaled) else ("px",)


def _rows(records: Sequence[InspectionRecord]) -> Iterator[CrackRow]:
    for anchor, record in _anchors(records):
        for crack in record.cracks:
            yield CrackRow(record.photo, anchor, crack)


def _tiles(records: Sequence[InspectionRecord], settings: ReportSettings) -> Iterator[tuple[str, str, str]]:
    """Give (figure, what it is, remark) for the summary."""
    cracked = [record for record in records if record.cracks]
    yield str(len(records)), "photos inspected", _failed_text(len(settings.failures))
    yield str(len(cracked)), "photos with cracks", f"no crack found on {len(records) - len(cracked)}"
    yield f"{sum(len(record.cracks) for record in cracked):,}", "cracks", ""
    yield _total_length(records), "total crack length", "centrelines, all branches"
    if cracked:
        widest = max(cracked, key=lambda record: width_order(_widest(record)))
        crack = _widest(widest)
        yield (
            width_text(crack.width_max_px, crack.width_max_mm),
            "largest width",
            f"{short_name(widest.photo)}, crack {crack.crack}",
        )


def _failed_text(count: int) -> str:
    return "" if count == 0 else f"{count} more could not be read"


def _total_length(records: Sequence[InspectionRecord]) -> str:
    """Add lengths of one unit each; millimetres and pixels are never added up."""
    scaled = [record.summary for record in records if record.scale is not None]
    unscaled = [record.summary for record in records if record.scale is None]
    texts = []
    if scaled:
        texts.append(length_text(0, sum(summary.total_length_mm or 0 for summary in scaled)))
    if unscaled or not scaled:
        texts.append(length_text(sum(summary.total_length_px for summary in unscaled), None))
    return " + ".join(texts)


def _widest(record: InspectionRecord) -> CrackMeasurement:
    return max(record.cracks, key=width_order)


def _histogram(records: Sequence[InspectionRecord]) -> Histogram:
    """Count widths in mm where any photo has a scale, else in px."""
    cracks = [crack for record in records for crack in record.cracks]
    widths_mm = [crack.width_max_mm for crack in cracks if crack.width_max_mm is not None]
    if any(record.scale is not None for record in records):
        return Histogram.of(widths_mm, "mm")
    return Histogram.of([crack.width_max_px for crack in cracks], "px")


def _zooms(records: Sequence[InspectionRecord], folder: Path) -> Iterator[ZoomFigure]:
    """Show the photos with the widest cracks, widest first; a run without ``zooms/`` shows none."""
    cracked = [(anchor, record) for anchor, record in _anchors(records) if record.cracks]
    cracked.sort(key=lambda entry: width_order(_widest(entry[1])), reverse=True)
    for anchor, record in cracked[:ZOOMS_MOST]:
        picture = embed_picture(folder / "zooms" / f"{record.stem}.jpg", (1, 1))
        if picture is not None:
            yield ZoomFigure(picture, record.photo, anchor, _widest(record))


def _cards(records: Sequence[InspectionRecord], folder: Path) -> Iterator[PhotoCard]:
    ranked = sorted(
        records, key=lambda record: max(map(width_order, record.cracks), default=(-2, 0)), reverse=True
    )
    embedded = {record.stem for record in ranked[:EMBEDDED_PHOTOS_MOST]}
    for anchor, record in _anchors(records):
        path = folder / "overlays" / f"{record.stem}.jpg"
        shape = (record.height_px, record.width_px)
        yield PhotoCard(
            record=record,
            anchor=anchor,
            picture=embed_picture(path, shape) if record.stem in embedded else None,
            overlay_link=f"overlays/{quote(record.stem)}.jpg" if path.is_file() else None,
            facts=tuple((name, text) for name, text in _photo_facts(record) if text),
        )


def _photo_facts(record: InspectionRecord) -> Iterator[tuple[str, str]]:
    summary = record.summary
    if record.cracks:
        crack = _widest(record)
        yield "Total length", length_text(summary.total_length_px, summary.total_length_mm)
        yield "Largest width", f"{width_text(crack.width_max_px, crack.width_max_mm)} (crack {crack.crack})"
        yield "Cracked area", share_text(summary.crack_area_share)
        if summary.density_m_per_m2 is not None:
            yield "Crack density", f"{summary.density_m_per_m2:.2f} m/m²"
    yield "Size", f"{record.width_px:,} × {record.height_px:,} px"
    yield "Scale", scale_text(record)
    yield "Inspected", share_text(record.inspected_share) if record.inspected_share < 1 else ""
    yield "Taken", (record.taken_at or "").replace("T", " ")
    yield "Camera", record.camera or ""
    yield "Position", place_text(record.latitude_deg, record.longitude_deg)


def _run_facts(records: Sequence[InspectionRecord], settings: ReportSettings) -> Iterator[tuple[str, str]]:
    """Give the settings of the run as (name, text)."""
    if records:
        used = records[0].settings
        yield (
            "Probability thresholds",
            f"{used.threshold_high:.3g} to begin, {used.threshold_low:.3g} to continue",
        )
        yield "Smallest area counted", f"{used.min_area_px} px"
        yield "Smallest length counted", f"{used.min_length_px:g} px"
        yield "Least confidence counted", f"{used.min_confidence:.3g}"
        yield "Tiles", f"{used.tile_px} px, overlapping by {used.overlap_px} px"
        yield "Arithmetic", records[0].precision
        scales = {scale_text(record) for record in records}
        yield "Scale", scales.pop() if len(scales) == 1 else "differs from photo to photo, see there"
        yield "Software", ", ".join(f"{name} {version}" for name, version in records[0].versions.items())
    yield from settings.options
