"""What a report says of a run and of a photo in short facts, (name, text); empty texts are left out."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crackwise.crack.measurements import CrackMeasurement
from crackwise.inspection.card import ModelCard
from crackwise.inspection.record import InspectionRecord
from crackwise.inspection.settings import ResolvedSettings
from crackwise.inspection.struck import struck_words
from crackwise.report.figures import (
    STATISTIC_WORDS,
    Statistic,
    Width,
    density_text,
    error_text,
    length_text,
    place_text,
    scale_text,
    short_name,
    smallest_text,
    width_order,
    widths_text,
)
from crackwise.report.possible import possible_text
from crackwise.report.settings import ReportSettings
from crackwise.scale import share_text

WARNINGS_MOST = 10
REASONS_MOST = 5
PHOTOS_NAMED_MOST = 12

_FIGURE = re.compile(r"\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure of the summary, what it is, and a remark; `beyond` leads to the possible cracks."""

    figure: str
    name: str
    remark: str = ""
    beyond: str = ""


def found_by_model(records: Sequence[InspectionRecord]) -> InspectionRecord | None:
    """The first photo whose mask is a model's; it stands for what is the same in all of them."""
    return next((record for record in records if not record.is_mask_given), None)


def widest_crack(record: InspectionRecord, statistic: Statistic = "max") -> CrackMeasurement:
    """The widest crack of a cracked photo by one of its widths, a measurable one where there is any."""
    return max(record.cracks, key=lambda crack: width_order(crack, statistic))


def too_fine_count(records: Sequence[InspectionRecord]) -> int:
    """Count the cracks that are finer than their photo can show."""
    return sum(not crack.is_measurable for record in records for crack in record.cracks)


def summary_tiles(records: Sequence[InspectionRecord], settings: ReportSettings) -> Iterator[Tile]:
    """Give the figures of the summary."""
    cracked = [record for record in records if record.cracks]
    failed = len(settings.failures)
    yield Tile(
        str(len(records)), "photos inspected", f"{failed} more could not be inspected" if failed else ""
    )
    sound = [record for record in records if not record.cracks]
    doubtful = sum(bool(record.possible) for record in sound)
    remark = f", but possible ones on {doubtful}" if doubtful else ""
    yield Tile(str(len(cracked)), "photos with cracks", f"no crack found on {len(sound)}{remark}")
    count = sum(len(record.cracks) for record in cracked)
    yield Tile(f"{count:,}", "cracks", _too_fine_text(records), _beyond_text(records))
    error = _length_error(records)
    by_scale = f"{error_text(error)} by the scale; " if error else ""
    yield Tile(_total_length(records), "total crack length", f"{by_scale}centrelines, all branches")
    if cracked:
        yield widest_tile(cracked, settings.widths)


def widest_tile(cracked: Sequence[InspectionRecord], widths: Sequence[Statistic]) -> Tile:
    """Give the largest of the width that counts in photos with cracks, and the other ones of that crack."""
    first, *others = widths
    record = max(cracked, key=lambda record: width_order(widest_crack(record, first), first))
    crack = widest_crack(record, first)
    width = Width.best(crack, first)
    where = f"{short_name(record.photo)}, crack {crack.crack}"
    besides = f"; {widths_text(crack, others)}" if crack.is_measurable else ""
    remark = f"90 %: {width.interval}; {where}" if width.interval else where
    name = "largest width" if first == "max" else f"widest crack ({STATISTIC_WORDS[first]})"
    return Tile(width.figure, name, f"{remark}{besides}{_not_compared(record, cracked)}")


def longest_text(cracked: Sequence[InspectionRecord]) -> str:
    """Name the longest crack in photos with cracks, by millimetres where any of them has a scale."""
    entries = [(record, crack) for record in cracked for crack in record.cracks]
    record, crack = max(entries, key=lambda entry: (entry[1].length_mm or -1.0, entry[1].length_px))
    length = length_text(crack.length_px, crack.length_mm)
    return f"{length}; {short_name(record.photo)}, crack {crack.crack}{_not_compared(record, cracked)}"


def _not_compared(largest: InspectionRecord, cracked: Sequence[InspectionRecord]) -> str:
    """Say of how many photos the figures, in px, stand beside no millimetres and may be larger."""
    count = sum(record.scale is None for record in cracked)
    if largest.scale is None or not count:
        return ""
    return f"; {count} cracked photo{'s' if count > 1 else ''} without a scale not compared"


def _too_fine_text(records: Sequence[InspectionRecord]) -> str:
    count = too_fine_count(records)
    return f"{count:,} too fine to be measured" if count else ""


def _beyond_text(records: Sequence[InspectionRecord]) -> str:
    count = sum(len(record.possible) for record in records)
    if not count:
        return ""
    return (
        f"{count:,} possible cracks are not counted: look at each"
        if count > 1
        else ("1 possible crack is not counted: look at it")
    )


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


def _length_error(records: Sequence[InspectionRecord]) -> float | None:
    """Give the relative error of all millimetres added up, as if all scales missed the same way.

    None where that of a photo with cracks is not known.
    """
    scaled = [(r.scale, r.summary.total_length_mm or 0.0) for r in records if r.scale and r.cracks]
    errors = [None if scale.relative_error is None else scale.relative_error * mm for scale, mm in scaled]
    known = [error for error in errors if error is not None]
    return sum(known) / sum(mm for _, mm in scaled) if known and len(known) == len(errors) else None


def taken_text(records: Sequence[InspectionRecord]) -> str:
    """Write the first and the last day on which photos were taken; empty where none of them says it."""
    days = sorted(record.taken_at[:10] for record in records if record.taken_at)
    if not days:
        return ""
    between = days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}"
    known = "" if len(days) == len(records) else f" ({len(days)} of {len(records)} photos say when)"
    return f"{between}{known}"


def photo_facts(record: InspectionRecord, widths: Sequence[Statistic]) -> Iterator[tuple[str, str]]:
    """Give the facts of one photo, of its widest crack by the first of some widths all of these."""
    summary = record.summary
    if record.cracks:
        crack = widest_crack(record, widths[0])
        error = error_text(record.scale.relative_error if record.scale else None)
        yield (
            "Total length",
            f"{length_text(summary.total_length_px, summary.total_length_mm)} {error}".strip(),
        )
        yield "Widest crack", f"{crack.crack}: {widths_text(crack, widths)}"
        yield "Cracked area", share_text(summary.crack_area_share)
        yield "Crack density", density_text(record)
    yield "Possible cracks", possible_text(record)
    yield "Size", f"{record.width_px:,} × {record.height_px:,} px"
    yield "Scale", scale_text(record.scale)
    yield "Measurable from" if record.cracks else "A width could be told from", smallest_text(record)
    yield "Mask", "given or corrected by a user, not found by the model" if record.is_mask_given else ""
    yield "Left out", struck_words(record.struck) if record.struck else ""
    yield "Inspected", share_text(record.inspected_share) if record.inspected_share < 1 else ""
    yield "Taken", (record.taken_at or "").replace("T", " ")
    yield "Camera", record.camera or ""
    yield "Position", place_text(record.latitude_deg, record.longitude_deg)


def scale_line(records: Sequence[InspectionRecord]) -> str:
    """Say how the scale of a run is known; empty without photos."""
    texts = list(dict.fromkeys(scale_text(record.scale) for record in records))
    if len(texts) < 2:
        return texts[0] if texts else ""
    sources = {"no scale" if record.scale is None else record.scale.source for record in records}
    return f"differs from photo to photo ({', '.join(sorted(sources))}); it stands beside each photo"


def warning_lines(records: Sequence[InspectionRecord]) -> tuple[str, ...]:
    """Give the warnings of a run by kind, each with its photos; at most some, and how many more there are."""
    of_kind: dict[str, list[tuple[str, str]]] = {}
    for record in records:
        for text in record.warnings:
            of_kind.setdefault(_kind(text), []).append((short_name(record.photo), text))
    lines = [_warning_line(kind, of_kind[kind]) for kind in of_kind]
    more = len(lines) - WARNINGS_MOST
    return (*lines[:WARNINGS_MOST], *([f"{more} more, beside their photos"] if more > 0 else []))


def _kind(warning: str) -> str:
    """Reduce a warning to what it can share with those of other photos: its beginning, without figures."""
    return _FIGURE.sub("…", _beginning(warning))


def _beginning(warning: str) -> str:
    return re.split("[:;] ", warning, maxsplit=1)[0]


def _warning_line(kind: str, warned: Sequence[tuple[str, str]]) -> str:
    photos = list(dict.fromkeys(photo for photo, _ in warned))
    if len(photos) == 1:
        return f"{photos[0]}: {'; '.join(text for _, text in warned)}"
    texts, beginnings = {text for _, text in warned}, {_beginning(text) for _, text in warned}
    what = texts.pop() if len(texts) == 1 else beginnings.pop() if len(beginnings) == 1 else kind
    left_out = len(photos) - PHOTOS_NAMED_MOST
    more = f" and {left_out} more" if left_out > 0 else ""
    return f"{len(photos)} photos: {what} – {', '.join(photos[:PHOTOS_NAMED_MOST])}{more}"


def run_facts(records: Sequence[InspectionRecord], settings: ReportSettings) -> Iterator[tuple[str, str]]:
    """Give the settings of the run."""
    found = found_by_model(records)
    if found is not None and isinstance(found.settings, ResolvedSettings):
        used = found.settings
        yield (
            "Probability thresholds",
            f"{used.threshold_high:.3g} to begin, {used.threshold_low:.3g} to continue",
        )
        yield "Smallest area counted", f"{used.min_area_px} px"
        yield "Smallest length counted", f"{used.min_length_px:g} px"
        yield "Least confidence counted", f"{used.min_confidence:.3g}"
        yield "Tiles", f"{used.tile_px} px, overlapping by {used.overlap_px} px"
        yield "Arithmetic", found.precision
    if records:
        yield "Axis for kinds of crack", _axis_text(records, settings)
        yield "Scale", scale_line(records)
        versions = (found or records[0]).versions
        yield "Software", ", ".join(f"{name} {version}" for name, version in versions.items())
    yield "Left out", _struck_text(records)
    yield from settings.options


def _axis_text(records: Sequence[InspectionRecord], settings: ReportSettings) -> str:
    """Tell the axis; a photo that was measured by its mask may have another than the run."""
    counts = Counter(record.settings.axis_deg for record in records)
    if len(counts) > 1:
        return ", ".join(f"{axis:g}° ({counts[axis]} of {len(records)} photos)" for axis in sorted(counts))
    by_rows = "" if settings.knows_axis_of(records[0]) else ", the rows of the photo, as --axis was not given"
    return f"{next(iter(counts)):g}°{by_rows}"


def _struck_text(records: Sequence[InspectionRecord]) -> str:
    photos = [record for record in records if record.struck]
    if not photos:
        return ""
    marks = sum(len(record.struck) for record in photos)
    reasons = list(dict.fromkeys(one.reason for record in photos for one in record.struck if one.reason))
    more = ", …" if len(reasons) > REASONS_MOST else ""
    why = f": {', '.join(reasons[:REASONS_MOST])}{more}" if reasons else ""
    plural = "s" if marks > 1 else ""
    return f"{marks} mark{plural} struck out by hand in {len(photos)} of {len(records)} photos{why}"


def card_summary(card: ModelCard) -> tuple[tuple[str, str], ...]:
    """Give what every reader needs of a model card."""
    images, sets = sum(one.images for one in card.training_data), len(card.training_data)
    return (
        ("Name", f"{card.name} {card.version} ({card.task}), licence {card.licence}"),
        ("Limits", card.limits),
        ("Trained on", f"{images:,} images of {sets} set{'' if sets == 1 else 's'}"),
    )


def card_facts(card: ModelCard) -> tuple[tuple[str, str], ...]:
    """Give what else a model card says, without its training data."""
    return (
        ("Encoder", card.encoder),
        ("Size", f"{card.parameters:,} parameters, {card.precision}"),
        (
            "Training",
            f"{card.steps:,} steps, exported {card.trained_on} with crackwise {card.crackwise_version}",
        ),
        *((name, f"{score:.3g}") for name, score in card.scores.items()),
    )
