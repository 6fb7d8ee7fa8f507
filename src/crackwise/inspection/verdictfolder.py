"""The folder that ``crackwise classify`` fills: what it was made with, and which photos are done."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from crackwise.errors import OutputError, SettingsError
from crackwise.files import remove, write_text
from crackwise.inspection.artefacts import is_in_place, photo_of_stem, record_files, remove_leftovers
from crackwise.inspection.layout import CLASSIFY_FILE, SUFFIX_OF_PICTURE, artefact_path, picture_path
from crackwise.inspection.runfile import is_of_crackwise, unreadable
from crackwise.inspection.shown import Shown
from crackwise.inspection.sources import Source
from crackwise.inspection.verdict import Judge, Look, LookKind, VerdictRecord
from crackwise.photo import Photo

SCORES = ("scores.json", "report.html")
TABLES = ("verdicts.csv", "tiles.csv", *SCORES)


class ClassifyFile(BaseModel):
    """What ``classify.json`` says: all that decides the verdicts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    crackwise_version: str
    kind: LookKind
    model: str
    model_sha256: str
    precision: str
    threshold: float
    roots: tuple[Shown, ...]

    def differences(self, other: "ClassifyFile") -> list[str]:
        """List what would make other verdicts, as ``threshold was 0.5, is 0.4``."""
        old, new = self.model_dump(), other.model_dump()
        return [
            f"{name.replace('_', ' ')} was {_said(old[name])}, is {_said(new[name])}"
            for name in old
            if old[name] != new[name]
        ]


def record_path(out: Path, stem: str) -> Path:
    """Say where the record of a photo lies."""
    return artefact_path(out, "json", stem)


def begin(out: Path, run: ClassifyFile) -> None:
    """Begin in a folder, or go on with the same in it.

    Raises
    ------
    SettingsError
        If the folder holds verdicts that were made with something else; the message says what differs.
    OutputError
        If it holds files of our names that are of something else, or cannot be written.
    """
    path = out / CLASSIFY_FILE
    if path.exists():
        differences = _read(path).differences(run)
        if differences:
            raise SettingsError(
                f"{out} holds verdicts that differ: {'; '.join(differences)}; "
                "choose another --out, or add --overwrite to begin again"
            )
        remove_leftovers(out, (*TABLES, CLASSIFY_FILE), ("json", *SUFFIX_OF_PICTURE))
    else:
        _check_foreign(out)
    _write(path, run)


def begin_again(out: Path, run: ClassifyFile) -> None:
    """Remove the verdicts in a folder, never a file that crackwise did not make, and begin anew.

    Raises
    ------
    OutputError
        As :func:`begin`.
    """
    if is_of_crackwise(out / CLASSIFY_FILE):
        for stem in photo_of_stem(out):
            pictures = (picture_path(out, kind, stem) for kind in SUFFIX_OF_PICTURE)
            for path in (record_path(out, stem), *pictures):
                remove(path)
        for name in TABLES:
            remove(out / name)
    else:
        _check_foreign(out)
    _write(out / CLASSIFY_FILE, run)


def remove_scores(out: Path) -> bool:
    """Remove what an earlier command said of how good the verdicts are; tell whether there was anything."""
    found = [out / name for name in SCORES if (out / name).exists()]
    for path in found:
        remove(path)
    return bool(found)


def is_classified(out: Path, source: Source, *, with_why: bool) -> bool:
    """Tell whether a photo has its own verdict, of the file as it is, and the picture of why if wanted."""
    path = record_path(out, source.stem)
    record = _record(path)
    if (
        record is None
        or record.photo != source.name
        or not source.is_unchanged_since(path, record.photo_bytes, record.photo_modified_ns)
    ):
        return False
    return not (with_why and record.cracked) or picture_path(out, "why", source.stem).is_file()


class Classifying:
    """What a batch does with each photo: a judge looks at it.

    Parameters
    ----------
    judge
        Who looks.
    out
        The folder of the verdicts.
    with_why
        Whether a photo that is called cracked needs its picture of why to count as done.
    """

    def __init__(self, judge: Judge, out: Path, *, with_why: bool) -> None:
        self._judge, self._out, self._with_why = judge, out, with_why

    def is_done(self, source: Source) -> bool:
        """Tell whether there is nothing left to do."""
        return is_classified(self._out, source, with_why=self._with_why)

    def begin(self, source: Source) -> None:
        """Remove what there is of an earlier state of the photo."""
        remove(record_path(self._out, source.stem))
        for kind in SUFFIX_OF_PICTURE:
            remove(picture_path(self._out, kind, source.stem))

    def inspect(self, photo: Photo, source: Source) -> Look:
        """Look at the photo."""
        return self._judge.look(photo)


def write_verdict(record: VerdictRecord, out: Path) -> None:
    """Write the record of a photo, last of all: its presence says that the photo is done."""
    write_text(record_path(out, record.stem), record.model_dump_json() + "\n")


def read_verdicts(out: Path) -> tuple[VerdictRecord, ...]:
    """Read all verdicts in a folder, in the order of the photos' names.

    Raises
    ------
    OutputError
        If one is damaged or of another version.
    """
    found = {path: _record(path) for path in record_files(out)}
    damaged = [path for path, record in found.items() if record is None]
    own = [record for path, record in found.items() if record and is_in_place(out, path, record.stem)]
    if damaged:
        raise OutputError(f"{damaged[0]} is no verdict of this version; delete it and run again")
    return tuple(sorted(own, key=lambda record: record.photo))


def _record(path: Path) -> VerdictRecord | None:
    try:
        return VerdictRecord.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _read(path: Path) -> ClassifyFile:
    try:
        return ClassifyFile.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise unreadable(path) from error


def _write(path: Path, run: ClassifyFile) -> None:
    write_text(path, run.model_dump_json(indent=2) + "\n")


def _check_foreign(out: Path) -> None:
    if (out / CLASSIFY_FILE).exists():
        _read(out / CLASSIFY_FILE)  # says that it is none of ours
    ours = [name for name in ("json", *SUFFIX_OF_PICTURE, *TABLES) if (out / name).exists()]
    if ours:
        raise OutputError(
            f"{out} already holds {', '.join(ours)} but no {CLASSIFY_FILE}, so it was not made by crackwise "
            "classify; choose another --out"
        )


def _said(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else json.dumps(value).strip('"')
