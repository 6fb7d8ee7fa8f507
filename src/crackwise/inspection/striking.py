"""Striking cracks out of many photos of a run folder, or putting them back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from crackwise.arrays import CrackMask
from crackwise.errors import PhotoError, SettingsError
from crackwise.inspection.artefacts import earlier_record, has_artefacts, is_mask_edited, stem_of_photo
from crackwise.inspection.layout import artefact_path
from crackwise.inspection.masks import earlier_region
from crackwise.inspection.measure import read_mask
from crackwise.inspection.record import InspectionRecord
from crackwise.inspection.revised import Revised
from crackwise.inspection.shown import photo_meant
from crackwise.inspection.sources import Source, path_in
from crackwise.inspection.striketable import Strike
from crackwise.photo import Photo

Chosen: TypeAlias = Mapping[str, Mapping[int, str]]
"""The reason of each crack that is meant, by the name of its photo and its number."""

Revise: TypeAlias = Callable[
    [InspectionRecord, CrackMask, Mapping[int, str]], tuple[InspectionRecord, CrackMask]
]
"""What becomes of record and mask of a photo, of which these cracks are meant."""


@dataclass(frozen=True, slots=True)
class Striking:
    """Revises the photos of a run; the work of a batch.

    Doing it twice is doing it once, so that a command that was interrupted can be run again.
    """

    out: Path
    chosen: Chosen
    revise: Revise

    def is_done(self, source: Source) -> bool:
        """Tell that a photo is always revised: its overlay may be of before."""
        return False

    def begin(self, source: Source) -> None:
        """Do nothing: what is asked is checked for all photos before the first is changed."""

    def inspect(self, photo: Photo, source: Source) -> Revised:
        """Revise one photo."""
        earlier = earlier_record(self.out, source.stem)
        assert earlier is not None, "chosen_cracks has read it"
        mask = read_mask(artefact_path(self.out, "masks", source.stem)).pixels
        if not photo.pixels.shape[:2] == mask.shape == (earlier.height_px, earlier.width_px):
            raise PhotoError(
                f"{source.name}, its mask and its record are of different sizes; inspect or measure it again"
            )
        record, revised = self.revise(earlier, mask, self.chosen[source.name])
        region = earlier_region(artefact_path(self.out, "regions", source.stem), photo)
        return Revised(photo, revised, record, region)


def chosen_cracks(out: Path, strikes: Iterable[Strike]) -> Chosen:
    """Find the cracks that are meant in a run, those that are struck out already among them.

    Raises
    ------
    SettingsError
        If the run has no such photo, the photo no such crack, or it lies elsewhere than a table says.
    PhotoError
        If a record is damaged or of another version.
    """
    stems = stem_of_photo(out)
    records: dict[str, InspectionRecord] = {}
    chosen: dict[str, dict[int, str]] = {}
    for strike in strikes:
        try:
            photo = photo_meant(strike.photo, sorted(stems))
        except SettingsError as error:
            raise SettingsError(f"{strike.where}{error}") from error
        if photo not in records:
            records[photo] = _record(out, stems[photo])
        _check_number(strike, records[photo])
        chosen.setdefault(photo, {})[strike.crack] = strike.reason
    return chosen


def sources_in(out: Path, roots: Sequence[Path], photos: Iterable[str]) -> tuple[Source, ...]:
    """Find what photos of a run are drawn on: their files, or of rectified ones the pictures in the run.

    Raises
    ------
    SettingsError
        If a photo is gone or was changed since its record was written, or its mask is gone or not measured.
    """
    stems = stem_of_photo(out)
    return tuple(_source(out, roots, photo, stems[photo]) for photo in sorted(photos))


def _record(out: Path, stem: str) -> InspectionRecord:
    record = earlier_record(out, stem)
    assert record is not None, "stem_of_photo names those that are there"
    return record


def _check_number(strike: Strike, record: InspectionRecord) -> None:
    cracks = {crack.crack: crack for crack in (*record.cracks, *(one.crack for one in record.struck))}
    if strike.crack in cracks:
        strike.check_place(cracks[strike.crack])
        return
    struck = ", ".join(str(one.crack.crack) for one in record.struck)
    stays = ", ".join(str(crack.crack) for crack in record.cracks) or "none"
    out_already = f", and {struck} struck out already" if struck else ""
    raise SettingsError(
        f"{strike.where}{record.photo} has no crack {strike.crack}; it has {stays}{out_already}"
    )


def _source(out: Path, roots: Sequence[Path], photo: str, stem: str) -> Source:
    path = path_in(photo, roots)
    if path is None:
        raise SettingsError(
            f"{photo} is no longer in {', '.join(map(str, roots))}; put it back, its overlay is drawn anew"
        )
    source, record = Source(path, photo, stem, path.parent), _record(out, stem)
    file = artefact_path(out, "json", stem)
    if not source.is_unchanged_since(file, record.photo_bytes, record.photo_modified_ns):
        raise SettingsError(
            f"{photo} was changed after its cracks were measured; inspect or measure it again"
        )
    if not has_artefacts(out, stem, ("masks",)) or is_mask_edited(out, stem):
        raise SettingsError(
            f"the mask of {photo} in the run is gone, or was edited and is not measured yet; "
            "measure it with crackwise measure"
        )
    flat = artefact_path(out, "rectified", stem)
    return Source(flat, photo, stem, path.parent) if flat.is_file() else source
