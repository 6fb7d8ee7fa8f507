"""The folder of a run: where everything lies in it, what it was made with, and what is already done."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from crackwise.errors import OutputError, SettingsError
from crackwise.files import write_text
from crackwise.inspection.card import ModelCard
from crackwise.inspection.record import MASK_GIVEN, InspectionRecord
from crackwise.inspection.settings import MeasuringSettings, ResolvedSettings
from crackwise.inspection.sources import RUN_FILE, Source

SUFFIX_OF_ARTEFACT = {
    "masks": ".png",
    "overlays": ".jpg",
    "zooms": ".jpg",
    "probability": ".png",
    "json": ".json",
}
MASKS_BY_HAND = "masks_by_hand"
"""Folder of a run for the masks that a user drew or corrected and that a new run would have removed."""
REPORT_FILES = (
    "cracks.csv",
    "photos.csv",
    "quantities.csv",
    "budget.csv",
    "coco.json",
    "report.html",
    "report.pdf",
)


class RunFile(BaseModel):
    """What ``run.json`` says: all that decides the result, and what the report is headed with.

    ``scale`` is the rule in words, as ``ScaleRule.described`` gives it. Where masks were given, the model is
    MASK_GIVEN and has no hash and no card.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    crackwise_version: str
    model: str
    model_sha256: str
    precision: str
    settings: ResolvedSettings | MeasuringSettings
    scale: str
    roi_sha256: str | None
    keep_gps: bool
    roots: tuple[str, ...]
    title: str
    project: str
    inspector: str
    card: ModelCard | None = None

    def headed(self, title: str | None, project: str | None, inspector: str | None) -> "RunFile":
        """Change what the report is headed with; None keeps it."""
        heading = {"title": title, "project": project, "inspector": inspector}
        return self.model_copy(update={name: text for name, text in heading.items() if text is not None})

    def described(self) -> dict[str, str]:
        """Say in words all that decides the result."""
        settings = {name.replace("_", " "): str(value) for name, value in self.settings.model_dump().items()}
        return {
            "crackwise": self.crackwise_version,
            "model": self.model,
            "model sha256": self.model_sha256,
            **settings,
            "precision": self.precision,
            "scale": self.scale,
            "region of interest": "none" if self.roi_sha256 is None else f"masks, sha256 {self.roi_sha256}",
            "GPS": "kept" if self.keep_gps else "left out",
            "photos": ", ".join(self.roots),
        }

    def differences(self, other: "RunFile") -> list[str]:
        """List what would make another result, as ``scale was none, is 0.2 mm/px``."""
        new = other.described()
        return [
            f"{name} was {old}, is {new[name]}" for name, old in self.described().items() if old != new[name]
        ]


def artefact_path(out: Path, kind: str, stem: str) -> Path:
    """Say where an artefact of a photo lies; ``kind`` is a key of SUFFIX_OF_ARTEFACT."""
    return out / kind / f"{stem}{SUFFIX_OF_ARTEFACT[kind]}"


def is_done(out: Path, source: Source, wanted: Sequence[str]) -> bool:
    """Tell whether a photo has its own record, of the file as it is now, and all wanted kinds of artefacts.

    A record of another photo of the same stem, inspected alone before, does not count, nor one that is older
    than the photo or of a file of another size: a copy keeps the time of what it is copied from. With a given
    mask there are no artefacts of a model to be wanted.
    """
    record = artefact_path(out, "json", source.stem)
    content = _content(record)
    return (
        content.get("photo") == source.name
        and source.is_unchanged_since(record, content.get("photo_bytes"))
        and (
            all(artefact_path(out, kind, source.stem).exists() for kind in wanted)
            or has_given_mask(out, source)
        )
    )


def has_given_mask(out: Path, source: Source) -> bool:
    """Tell whether the record of a photo was measured from a mask that a user gave."""
    content = _content(artefact_path(out, "json", source.stem))
    return content.get("photo") == source.name and content.get("model") == MASK_GIVEN


def earlier_record(out: Path, stem: str) -> InspectionRecord | None:
    """Read the record of a photo; None where there is none, or none of this version."""
    try:
        return InspectionRecord.model_validate_json(artefact_path(out, "json", stem).read_bytes())
    except (OSError, ValidationError):
        return None


def stem_of_photo(out: Path) -> dict[str, str]:
    """Give the stem of each photo that a run has a record of, by its name."""
    records = sorted((out / "json").rglob("*.json"))
    stems = (record.relative_to(out / "json").with_suffix("").as_posix() for record in records)
    return {photo: stem for record, stem in zip(records, stems) if (photo := _photo_of(record)) is not None}


def remove_record(out: Path, stem: str) -> None:
    """Mark a photo as not done."""
    _remove(artefact_path(out, "json", stem))


def continue_run(out: Path, run: RunFile, sources: Sequence[Source]) -> list[Path]:
    """Begin a run in a folder, or go on with the same run in it.

    Returns
    -------
    Where masks by hand lie now that lay where a photo of another name is inspected; see :func:`begin_again`.

    Raises
    ------
    SettingsError
        If the folder holds a run that was made with something else; the message says what differs.
    OutputError
        If it holds folders of our names but no ``run.json``, or cannot be written.
    """
    if (out / RUN_FILE).exists():
        differences = read_run(out).differences(run)
        if differences:
            raise SettingsError(
                f"{out} holds a run that differs: {'; '.join(differences)}; "
                "choose another --out, or add --overwrite to begin again"
            )
        _remove_leftovers(out)
        kept = _remove_renamed(out, sources)
    else:
        _check_foreign(out)
        kept = []
    _write_run(out, run)
    return kept


def correct_run(out: Path, run: RunFile) -> None:
    """Go on with a run of any kind, as it says itself, or begin one where there is none.

    Raises
    ------
    OutputError
        As :func:`continue_run`.
    """
    if (out / RUN_FILE).exists():
        _remove_leftovers(out)
    else:
        _check_foreign(out)
    _write_run(out, run)


def begin_again(out: Path, run: RunFile) -> list[Path]:
    """Remove the artefacts of an earlier run, never a file that it did not make, and begin a new one.

    Returns
    -------
    The masks that a user drew or corrected, moved to MASKS_BY_HAND, where no run writes anything else.

    Raises
    ------
    OutputError
        As :func:`continue_run`.
    """
    kept = []
    if (out / RUN_FILE).exists():
        _remove_leftovers(out)
        for record in sorted((out / "json").rglob("*.json")):
            kept += _remove_artefacts(out, record.relative_to(out / "json").with_suffix("").as_posix())
        for name in (*REPORT_FILES, RUN_FILE):
            _remove(out / name)
        _remove_empty_folders(out)
    else:
        _check_foreign(out)
    _write_run(out, run)
    return kept


def read_run(out: Path) -> RunFile:
    """Read ``run.json``.

    Raises
    ------
    SettingsError
        If it is damaged or of another version of crackwise.
    """
    path = out / RUN_FILE
    try:
        return RunFile.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise SettingsError(
            f"{path} is damaged or of another version of crackwise; "
            "choose another --out, or add --overwrite to begin again"
        ) from error


def _write_run(out: Path, run: RunFile) -> None:
    write_text(out / RUN_FILE, run.model_dump_json(indent=2) + "\n")


def _check_foreign(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise OutputError(f"--out {out} is a file; expected a folder")
    ours = [name for name in (*SUFFIX_OF_ARTEFACT, *REPORT_FILES) if (out / name).exists()]
    if ours:
        raise OutputError(
            f"{out} already holds {', '.join(ours)} but no {RUN_FILE}, so it was not made by crackwise; "
            "choose another --out"
        )


def _remove_leftovers(out: Path) -> None:
    """Remove what a killed run left half-written."""
    for name in (*REPORT_FILES, RUN_FILE):
        for leftover in out.glob(f".{name}.*.part"):
            _remove(leftover)
    for kind in SUFFIX_OF_ARTEFACT:
        for leftover in (out / kind).rglob(".*.part"):
            _remove(leftover)


def _remove_renamed(out: Path, sources: Sequence[Source]) -> list[Path]:
    """Remove the earlier artefacts of a photo that now keeps its extension, or no longer does."""
    kept = []
    stems = {source.stem for source in sources}
    for source in sources:
        for earlier in {source.name, source.name.rpartition(".")[0]} - stems:
            record = artefact_path(out, "json", earlier)
            if record.is_file() and _photo_of(record) == source.name:
                kept += _remove_artefacts(out, earlier)
    return kept


def _photo_of(record: Path) -> str | None:
    photo = _content(record).get("photo")
    return None if photo is None else str(photo)


def _content(record: Path) -> dict[str, Any]:
    try:
        content = json.loads(record.read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _remove_artefacts(out: Path, stem: str) -> list[Path]:
    kept = _keep_mask_by_hand(out, stem)
    for kind in SUFFIX_OF_ARTEFACT:
        _remove(artefact_path(out, kind, stem))
    return kept


def _keep_mask_by_hand(out: Path, stem: str) -> list[Path]:
    """Move a mask away that was given, or changed since the run wrote it: the record is written after it."""
    mask, record = artefact_path(out, "masks", stem), artefact_path(out, "json", stem)
    if not mask.is_file() or not (
        _content(record).get("model") == MASK_GIVEN or mask.stat().st_mtime_ns > record.stat().st_mtime_ns
    ):
        return []
    kept = out / MASKS_BY_HAND / mask.relative_to(out / "masks")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        mask.replace(kept)
    except OSError as error:
        raise OutputError(f"{mask} cannot be moved to {kept}: {error.strerror or error}") from error
    return [kept]


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path} cannot be removed: {error.strerror or error}") from error


def _remove_empty_folders(out: Path) -> None:
    for kind in SUFFIX_OF_ARTEFACT:
        folders = [path for path in (out / kind).rglob("*") if path.is_dir()]
        for folder in [*sorted(folders, reverse=True), out / kind]:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
