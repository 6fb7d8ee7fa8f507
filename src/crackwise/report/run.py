"""From inspections to the files of a run folder: artefacts per photo, then reports of all records."""

from collections.abc import Collection
from pathlib import Path

from crackwise.arrays import CrackMask, Rgb
from crackwise.crack.network import CrackNetwork
from crackwise.files import encode_image, remove, sha256_of, whole_file, write_image
from crackwise.inspection.artefacts import is_in_place, record_files
from crackwise.inspection.inspect import Inspection
from crackwise.inspection.layout import artefact_path
from crackwise.inspection.record import InspectionRecord
from crackwise.inspection.revised import Revised
from crackwise.inspection.sources import Source
from crackwise.report.figures import width_order
from crackwise.report.overlay import Survey, draw_overlay
from crackwise.report.settings import ReportSettings
from crackwise.report.writers import REPORTS
from crackwise.report.writers.records import read_record, record_text, write_record
from crackwise.report.writers.struck import write_struck
from crackwise.report.zoom import draw_zoom

OVERLAY_QUALITY = 85
ZOOM_QUALITY = 90
RECTIFIED_QUALITY = 95


def write_artefacts(
    inspection: Inspection, source: Source, out: Path, *, extras: Collection[str] = ()
) -> None:
    """Write mask, overlay, zoom and, last, the record of a photo: its presence says that the photo is done.

    Of a rectified photo the photo itself is written too, as mask and places are its, and the region of one
    that was not inspected everywhere.

    Parameters
    ----------
    inspection
        The result.
    source
        Gives name and stem.
    out
        The run folder.
    extras
        ``probability`` writes the probability map as 8-bit grey, 255 = 1.

    Raises
    ------
    OutputError
        If something cannot be written; what is there is whole.
    """

    def path(kind: str) -> Path:
        return artefact_path(out, kind, source.stem)

    mask = inspection.mask
    overlay = _overlay(inspection.photo.pixels, mask, inspection.network, inspection, inspection.region)
    write_image(path("masks"), mask)
    write_image(path("overlays"), overlay, jpeg_quality=OVERLAY_QUALITY)
    if "probability" in extras and inspection.levels is not None:
        write_image(path("probability"), inspection.levels)
    if inspection.region is None:
        remove(path("regions"))  # of an earlier state of the photo
    else:
        write_image(path("regions"), inspection.region)
    if inspection.info.is_rectified:
        write_image(path("rectified"), inspection.photo.pixels, jpeg_quality=RECTIFIED_QUALITY)
    else:
        remove(path("rectified"))
    _write_zoom(inspection.photo.pixels, mask, inspection.network, inspection, path("zooms"))
    record = inspection.record(source.name, source.stem)
    write_record(record.model_copy(update={"mask_sha256": sha256_of(path("masks"))}), path("json"))


def write_rescaled(rescaled: Revised, source: Source, out: Path) -> None:
    """Draw overlay and zoom of a photo anew at its new scale and, last, write its record; its mask stays.

    Raises
    ------
    OutputError
        As :func:`write_artefacts`.
    """
    _redraw(rescaled, source, out)
    write_record(rescaled.record, artefact_path(out, "json", source.stem))


def write_struck_out(revised: Revised, source: Source, out: Path) -> None:
    """Write what changes of a photo when cracks of it are struck out or put back.

    Mask and record, which belong together, take their places when both are written.

    Raises
    ------
    OutputError
        As :func:`write_artefacts`.
    """
    _redraw(revised, source, out)
    mask_path = artefact_path(out, "masks", source.stem)
    with whole_file(artefact_path(out, "json", source.stem)) as record, whole_file(mask_path) as mask:
        encode_image(mask, mask_path, revised.mask)
        hashed = revised.record.model_copy(update={"mask_sha256": sha256_of(mask)})
        record.write_bytes(record_text(hashed).encode("utf-8"))


def read_records(out: Path) -> tuple[InspectionRecord, ...]:
    """Read all records of a run folder, by the photos' names; copies beside them do not count."""
    read = ((path, read_record(path)) for path in record_files(out))
    own = (record for path, record in read if is_in_place(out, path, record.stem))
    return tuple(sorted(own, key=lambda record: record.photo))


def write_reports(
    out: Path, settings: ReportSettings, formats: Collection[str]
) -> tuple[InspectionRecord, ...]:
    """Write tables and reports of all records in a run folder, and ``struck.csv`` whatever the formats.

    Those that an earlier command left there are written anew too, so that none says other than the records.

    Parameters
    ----------
    out
        The run folder.
    settings
        Heading and context.
    formats
        Keys of REPORTS.

    Returns
    -------
    The records.
    """
    records = read_records(out)
    write_struck(records, out)
    for name, report in REPORTS.items():
        if name in formats or report.is_in(out):
            report.write(records, out, settings)
    return records


def _redraw(revised: Revised, source: Source, out: Path) -> None:
    pixels, mask, record = revised.photo.pixels, revised.mask, revised.record
    network = record.network.network()
    overlay = _overlay(pixels, mask, network, record, revised.region)
    write_image(artefact_path(out, "overlays", source.stem), overlay, jpeg_quality=OVERLAY_QUALITY)
    _write_zoom(pixels, mask, network, record, artefact_path(out, "zooms", source.stem))


def _overlay(
    photo: Rgb,
    mask: CrackMask,
    network: CrackNetwork,
    found: Inspection | InspectionRecord,
    region: CrackMask | None,
) -> Rgb:
    survey = Survey(
        scale=found.scale,
        smallest_width_px=found.summary.smallest_width_px,
        region=region,
        possible=found.possible,
    )
    return draw_overlay(photo, mask, network, found.cracks, survey)


def _write_zoom(
    photo: Rgb, mask: CrackMask, network: CrackNetwork, found: Inspection | InspectionRecord, path: Path
) -> None:
    if not found.cracks:
        remove(path)  # of an earlier state of the photo
        return
    widest = max(found.cracks, key=width_order)
    zoom = draw_zoom(photo, mask, widest, network, scale=found.scale)
    write_image(path, zoom, jpeg_quality=ZOOM_QUALITY)
