"""Another scale for photos that are measured already: what is in px stays, what is in mm follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crackwise.crack.measurements import at_scale, summary_at_scale
from crackwise.errors import PhotoError
from crackwise.inspection.artefacts import earlier_record, is_mask_edited
from crackwise.inspection.batch import RunOptions
from crackwise.inspection.layout import artefact_path
from crackwise.inspection.masks import earlier_region
from crackwise.inspection.measure import read_mask
from crackwise.inspection.record import InspectionRecord
from crackwise.inspection.revised import Revised
from crackwise.inspection.runfile import read_run, write_run
from crackwise.inspection.scales import Scaled
from crackwise.inspection.sources import Failure, Source
from crackwise.photo import Photo


@dataclass(frozen=True, slots=True)
class ByScale:
    """Gives photos of a run the scale that the options say; the work of a batch."""

    options: RunOptions

    def is_done(self, source: Source) -> bool:
        """Tell that there is something to do: photos that have the scale are not given here."""
        return False

    def begin(self, source: Source) -> None:
        """Refuse a photo whose record is not of its file and mask as they are; the record stays."""
        out = self.options.out
        record = earlier_record(out, source.stem)
        path = artefact_path(out, "json", source.stem)
        if record is None or not source.is_unchanged_since(
            path, record.photo_bytes, record.photo_modified_ns
        ):
            raise PhotoError(
                f"{source.name} was changed after it was measured and keeps its scale; inspect it again, or "
                "measure it with a copy of its mask"
            )
        if is_mask_edited(out, source.stem):
            raise PhotoError(
                f"{source.name} has a mask in the run that was edited and is not measured yet, so it keeps "
                "its scale; measure it with crackwise measure"
            )

    def inspect(self, photo: Photo, source: Source) -> Revised:
        """Find the scale, and give all figures in mm by it."""
        out = self.options.out
        record = earlier_record(out, source.stem)
        assert record is not None, "begin has read it"
        mask = read_mask(artefact_path(out, "masks", source.stem))
        mask.check(photo)
        scaled = self.options.scale_rule.scale_for(photo, source)
        region = earlier_region(artefact_path(out, "regions", source.stem), photo)
        return Revised(photo, mask.pixels, _at_scale(record, scaled), region)


def keep_rescaling(out: Path, sources: Sequence[Source], failures: Sequence[Failure]) -> tuple[str, ...]:
    """Keep in ``run.json`` which photos are still to have the scale of the run, as their stems.

    Parameters
    ----------
    out
        The run folder.
    sources, failures
        The photos that were to have it, and which of them failed.
    """
    run = read_run(out)
    failed = {failure.photo for failure in failures}
    have_it = {source.stem for source in sources if source.name not in failed}
    left = tuple(stem for stem in run.rescaling if stem not in have_it)
    if left != run.rescaling:
        write_run(out, run.model_copy(update={"rescaling": left}))
    return left


def _at_scale(record: InspectionRecord, scaled: Scaled) -> InspectionRecord:
    warnings = (*scaled.warnings, *_others(record))
    return record.model_copy(
        update={
            "scale": scaled.scale,
            "cracks": tuple(at_scale(crack, scaled.scale) for crack in record.cracks),
            "summary": summary_at_scale(record.summary, scaled.scale),
            "struck": tuple(
                one.model_copy(update={"crack": at_scale(one.crack, scaled.scale)}) for one in record.struck
            ),
            "warnings": warnings,
            "scale_warnings": len(scaled.warnings),
            "given_sha256": None,
        }
    )


def _others(record: InspectionRecord) -> tuple[str, ...]:
    """Give the warnings that are not about the scale; in records of before they are known by their words."""
    if record.scale_warnings is None:
        return tuple(one for one in record.warnings if "scale" not in one and "in px only" not in one)
    return record.warnings[record.scale_warnings :]
