"""Everything that a report shows, chosen and worded; the template and the PDF only lay it out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crackwise.crack.measurements import CrackMeasurement
from crackwise.inspection.card import ModelCard
from crackwise.inspection.layout import artefact_path
from crackwise.inspection.record import InspectionRecord
from crackwise.report.code_choice import CodeChoice
from crackwise.report.facts import (
    Tile,
    found_by_model,
    photo_facts,
    run_facts,
    scale_line,
    summary_tiles,
    taken_text,
    too_fine_count,
    warning_lines,
    widest_crack,
)
from crackwise.report.figures import Statistic, Unit, Width, kind_text, kinds_text, width_order
from crackwise.report.histogram import Histogram
from crackwise.report.lengths import Quantities, borders_mm
from crackwise.report.method import method_notes
from crackwise.report.pictures import small_jpeg
from crackwise.report.possible import PossibleRow, possible_rows
from crackwise.report.profile_plot import METHOD_WORDS, Plot, plot_profile
from crackwise.report.settings import ReportSettings
from crackwise.report.width_colours import WIDTH_BORDERS
from crackwise.report.width_profile import WidthProfile
from crackwise.severity.verdict import Verdict

EMBEDDED_PHOTOS_MOST = 100
"""More thumbnails make a page of over 25 MB that phones and mail refuse; the others are linked."""

ROWS_MOST = 2000
"""Above this a table sorts slowly and prints on over 50 pages; ``cracks.csv`` has all rows."""

FINER_MM = (0.7, 2.0, 3.0, 10.0, 20.0, 50.0)
"""Borders of bars beside those of the quantities, so that wide cracks do not all stand in one bar."""

ZOOMS_MOST = 12

PHOTOS_NAMED_MOST = 8
NUMBERS_MOST = 12
"""Of photos and of cracks in each that are named for one outcome; the table has all."""


@dataclass(frozen=True, slots=True)
class CrackRow:
    """One line of the table of cracks, its kind in words; `verdict` is None without a code."""

    photo: str
    anchor: str
    crack: CrackMeasurement
    kind: str
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One verdict, which stands for all with its outcome, how many there are, and which, the widest first.

    ``photos`` are (name, anchor, numbers of cracks), ``more`` counts the cracks that are not named.
    """

    verdict: Verdict
    count: int
    photos: tuple[tuple[str, str, str], ...]
    more: int

    @classmethod
    def of(cls, rows: Sequence[CrackRow]) -> "Outcome":
        """Sum up rows with one outcome."""
        assert rows[0].verdict is not None
        of_photo: dict[tuple[str, str], list[int]] = {}
        for row in rows if rows[0].verdict.kind != "within" else ():
            of_photo.setdefault((row.photo, row.anchor), []).append(row.crack.crack)
        named = list(of_photo.items())[:PHOTOS_NAMED_MOST]
        photos = tuple((*photo, _listed(numbers)) for photo, numbers in named)
        more = sum(len(numbers) for numbers in list(of_photo.values())[PHOTOS_NAMED_MOST:])
        return cls(rows[0].verdict, len(rows), photos, more)


@dataclass(frozen=True, slots=True)
class ZoomFigure:
    """The widest place of one photo (a JPEG), and the width along that crack; None when it cannot be told."""

    picture: bytes
    row: CrackRow
    plot: Plot | None


@dataclass(frozen=True, slots=True)
class PhotoCard:
    """One photo with its overlay, as a small JPEG and as a file of the run, and facts as (name, text)."""

    record: InspectionRecord
    anchor: str
    picture: bytes | None
    overlay: str | None
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The content of a report; `first` stands for what is the same in all records of a run.

    ``taken`` says when the photos were taken, ``method`` is what `method_notes` says, ``outcomes`` are the
    verdicts, the most frequent first, ``method_words`` explain the lines of the plots that are shown, and
    ``kinds`` the kinds of crack, ``code`` what the code compares with what; ``is_axis_stated`` is so where it
    is of any photo.
    """

    settings: ReportSettings
    taken: str
    tiles: tuple[Tile, ...]
    units: tuple[Unit, ...]
    unscaled_count: int
    too_fine_count: int
    scale: str
    warnings: tuple[str, ...]
    code: tuple[tuple[str, str], ...]
    outcomes: tuple[Outcome, ...]
    quantities: Quantities | None
    histogram: Histogram
    zooms: tuple[ZoomFigure, ...]
    method: tuple[tuple[str, str], ...]
    method_words: tuple[str, ...]
    kinds: str
    is_axis_stated: bool
    rows: tuple[CrackRow, ...]
    rows_total: int
    possible: tuple[PossibleRow, ...]
    cards: tuple[PhotoCard, ...]
    first: InspectionRecord | None
    facts: tuple[tuple[str, str], ...]

    @property
    def card(self) -> ModelCard | None:
        """The card of the model that found cracks; None where all masks were given."""
        is_given = self.first is not None and self.first.is_mask_given
        return None if is_given else self.settings.card

    @property
    def unscaled_words(self) -> str:
        """Say how many photos have no scale; empty where all have one."""
        if not self.unscaled_count:
            return ""
        some = (
            "No scale was given, so lengths"
            if self.unscaled_count == len(self.cards)
            else f"{self.unscaled_count} of {len(self.cards)} photos have no scale; their lengths"
        )
        return (
            f"{some} and widths are in pixels of the photo. To get millimetres, run again with the size of "
            "one pixel on the surface, for example --scale 0.2mm/px."
        )

    @property
    def histogram_words(self) -> str:
        """Say which cracks the histogram counts, and by which of their widths."""
        left_out = ", without those too fine to be measured" if self.too_fine_count else ""
        name = {"max": "largest width", "mean": "mean width", "p95": "95th percentile of the width"}
        words = f"Number of cracks by the {name[self.settings.widths[0]]} of each{left_out}."
        words += " Only photos with a scale are counted here." if len(self.units) > 1 else ""
        classes = " Classes are those of the quantities below, some of them divided."
        return words + (classes if self.quantities else "")

    @property
    def columns(self) -> tuple[Statistic, ...]:
        """Which widths the table of cracks has; the mean where there is room or the code compares it."""
        has_room = self.settings.choice is None and len(self.units) == 1
        return ("mean", "p95", "max") if has_room else self.settings.widths

    @property
    def columns_words(self) -> str:
        """Say which width is which."""
        words = (
            "95th percentile: 95 % of the length of the crack is narrower. Largest: at its widest place, "
            "averaged over about 5 px, which is often a broken edge; look at it before you write it down."
        )
        return words + (
            " Mean widths and confidences are in cracks.csv." if "mean" not in self.columns else ""
        )

    @property
    def zooms_words(self) -> str:
        """Say what the close-ups show, and the plots below them."""
        words = (
            "The widest place of each photo: left as photographed, right with the outline of what was found, "
            "the width and a scale bar."
        )
        if len(self.zooms) == ZOOMS_MOST:
            words += f" The {ZOOMS_MOST} photos with the widest cracks are shown."
        if not self.method_words:
            return words
        return (
            f"{words} Below, the width along the crack, averaged over about 5 px, with its 90 % band; "
            f"{'; '.join(self.method_words)}. Gaps are places without a width, such as junctions."
        )

    @property
    def pictures_left_out(self) -> int:
        """How many photos have an overlay that is not in the page."""
        return sum(card.picture is None and card.overlay is not None for card in self.cards)

    @classmethod
    def of(cls, records: Sequence[InspectionRecord], folder: Path, settings: ReportSettings) -> "Page":
        """Choose what the report shows about a run."""
        first = settings.widths[0]
        rows = sorted(_rows(records, settings), key=lambda row: width_order(row.crack, first), reverse=True)
        zooms = tuple(_zooms(records, folder, settings))
        are_axes_stated = {settings.knows_axis_of(record) for record in records}
        return cls(
            settings=settings,
            taken=taken_text(records),
            tiles=tuple(summary_tiles(records, settings)),
            units=_units(records),
            unscaled_count=sum(record.scale is None for record in records),
            too_fine_count=too_fine_count(records),
            scale=scale_line(records),
            warnings=warning_lines(records),
            code=settings.choice.described(are_axes_stated) if settings.choice else (),
            outcomes=_outcomes(rows),
            quantities=Quantities.of(records, settings.choice, settings.prices),
            histogram=_histogram(records, settings),
            zooms=zooms,
            method=tuple(_method(records, folder)),
            method_words=tuple(_method_words(zooms)),
            kinds=kinds_text(are_axes_stated),
            is_axis_stated=True in are_axes_stated,
            rows=tuple(rows[:ROWS_MOST]),
            rows_total=len(rows),
            possible=possible_rows(list(_anchors(records))),
            cards=tuple(_cards(records, folder, settings.widths)),
            first=found_by_model(records) or (records[0] if records else None),
            facts=tuple((name, text) for name, text in run_facts(records, settings) if text),
        )


def bar_borders_mm(choice: CodeChoice | None) -> tuple[float, ...]:
    """Choose the borders of the histogram: those of the quantities, and some between."""
    return tuple(sorted({*borders_mm(choice), *FINER_MM}))


def _listed(numbers: Sequence[int]) -> str:
    words = ", ".join(map(str, numbers[:NUMBERS_MOST]))
    return f"{words}, …" if len(numbers) > NUMBERS_MOST else words


def _outcomes(rows: Sequence[CrackRow]) -> tuple[Outcome, ...]:
    of_outcome: dict[str, list[CrackRow]] = {}
    for row in rows:
        if row.verdict is not None:
            of_outcome.setdefault(row.verdict.outcome, []).append(row)
    return tuple(map(Outcome.of, sorted(of_outcome.values(), key=len, reverse=True)))


def _anchors(records: Sequence[InspectionRecord]) -> Iterator[tuple[str, InspectionRecord]]:
    return ((f"photo-{number}", record) for number, record in enumerate(records, start=1))


def _units(records: Sequence[InspectionRecord]) -> tuple[Unit, ...]:
    scaled = [record.scale is not None for record in records]
    return ("mm",) if scaled and all(scaled) else ("mm", "px") if any(scaled) else ("px",)


def _method(records: Sequence[InspectionRecord], folder: Path) -> Iterator[tuple[str, str]]:
    scaled = [record for record in records if record.scale is not None]
    rectified = sum(artefact_path(folder, "rectified", record.stem).is_file() for record in scaled)
    return method_notes(_units(records), rectified_count=rectified, scaled_count=len(scaled))


def _rows(records: Sequence[InspectionRecord], settings: ReportSettings) -> Iterator[CrackRow]:
    for anchor, record in _anchors(records):
        for crack in record.cracks:
            yield _row(record, anchor, crack, settings)


def _row(
    record: InspectionRecord, anchor: str, crack: CrackMeasurement, settings: ReportSettings
) -> CrackRow:
    kind = kind_text(crack, is_axis_stated=settings.knows_axis_of(record))
    return CrackRow(record.photo, anchor, crack, kind, settings.verdict(record, crack))


def _histogram(records: Sequence[InspectionRecord], settings: ReportSettings) -> Histogram:
    """Count the measurable cracks by the width that counts, in mm where any photo has a scale, else in px."""
    unit: Unit = "mm" if any(record.scale is not None for record in records) else "px"
    borders = bar_borders_mm(settings.choice) if unit == "mm" else WIDTH_BORDERS["px"]
    cracks = (crack for record in records for crack in record.cracks)
    widths = (Width.of(crack, settings.widths[0], unit).value for crack in cracks)
    return Histogram.of([width for width in widths if width is not None], borders, unit)


def _zooms(
    records: Sequence[InspectionRecord], folder: Path, settings: ReportSettings
) -> Iterator[ZoomFigure]:
    """Show the photos with the widest cracks, widest first; a run without ``zooms/`` shows none."""
    cracked = [(anchor, record) for anchor, record in _anchors(records) if record.cracks]
    cracked.sort(key=lambda entry: width_order(widest_crack(entry[1])), reverse=True)
    for anchor, record in cracked[:ZOOMS_MOST]:
        picture = small_jpeg(artefact_path(folder, "zooms", record.stem), (1, 1))
        if picture is not None:
            crack = widest_crack(record)
            row = _row(record, anchor, crack, settings)
            yield ZoomFigure(picture, row, _plot(record, crack, settings))


def _plot(record: InspectionRecord, crack: CrackMeasurement, settings: ReportSettings) -> Plot | None:
    profile, choice = WidthProfile.of(record, crack), settings.choice
    borders = choice.borders(crack.kind, is_axis_stated=settings.knows_axis_of(record)) if choice else ()
    return None if profile is None else plot_profile(profile, borders)


def _method_words(zooms: Sequence[ZoomFigure]) -> Iterator[str]:
    """Explain the lines of the plots that are shown."""
    used = {method for zoom in zooms if zoom.plot for method in zoom.plot.methods}
    return (words for method, words in METHOD_WORDS.items() if method in used)


def _cards(
    records: Sequence[InspectionRecord], folder: Path, widths: Sequence[Statistic]
) -> Iterator[PhotoCard]:
    ranked = sorted(
        records, key=lambda record: max(map(width_order, record.cracks), default=(-1,)), reverse=True
    )
    embedded = {record.stem for record in ranked[:EMBEDDED_PHOTOS_MOST]}
    for anchor, record in _anchors(records):
        path = artefact_path(folder, "overlays", record.stem)
        shape = (record.height_px, record.width_px)
        yield PhotoCard(
            record=record,
            anchor=anchor,
            picture=small_jpeg(path, shape) if record.stem in embedded else None,
            overlay=path.relative_to(folder).as_posix() if path.is_file() else None,
            facts=tuple((name, text) for name, text in photo_facts(record, widths) if text),
        )
