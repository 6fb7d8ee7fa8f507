"""What a run keeps of each photo: where it lies, whether it is whole, and which masks a user drew."""

import itertools
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from crackwise.errors import OutputError, PhotoError
from crackwise.files import remove, sha256_of
from crackwise.inspection.layout import MASKS_BY_HAND, SUFFIX_OF_ARTEFACT, artefact_path
from crackwise.inspection.record import MASK_GIVEN, InspectionRecord
from crackwise.inspection.shown import composed
from crackwise.inspection.sources import Source
from crackwise.photo import PhotoInfo

NEEDED = ("masks", "overlays")
"""What any photo with a record has; a zoom only where it is cracked."""
_LONGEST_PX = 60_000
"""A JPEG has at most 65,500 px a side, and below the photo stands a legend."""


def check_drawable(info: PhotoInfo) -> None:
    """Refuse a photo whose overlay could not be written, before it is inspected.

    Raises
    ------
    PhotoError
        If a side is longer than a JPEG with a legend below it may be.
    """
    if max(info.height_px, info.width_px) > _LONGEST_PX:
        raise PhotoError(
            f"{info.source or 'the photo'} has {info.width_px}×{info.height_px} px, and an overlay may have "
            f"{_LONGEST_PX:,} px a side; cut the photo into parts"
        )


def is_done(out: Path, source: Source, wanted: Sequence[str]) -> bool:
    """Tell whether a photo has its own record, of the file as it is now, and all kinds of artefacts.

    A record of another photo of the same stem, inspected alone before, does not count, nor one that is older
    than the photo or of a file of another size: a copy keeps the time of what it is copied from. With a given
    mask, or after cracks were struck out by hand, no artefacts of a model are wanted.
    """
    record = artefact_path(out, "json", source.stem)
    content = _content(record)
    extras = () if _is_by_hand(content) else wanted
    return (
        content.get("photo") == source.name
        and source.is_unchanged_since(record, content.get("photo_bytes"), content.get("photo_modified_ns"))
        and has_artefacts(out, source.stem, (*NEEDED, *extras))
    )


def has_artefacts(out: Path, stem: str, kinds: Sequence[str] = NEEDED) -> bool:
    """Tell whether all these kinds of artefacts of a photo are there."""
    return all(_is_there(artefact_path(out, kind, stem)) for kind in kinds)


def has_given_mask(out: Path, source: Source) -> bool:
    """Tell whether the record of a photo was measured from a mask that a user gave."""
    content = _content(artefact_path(out, "json", source.stem))
    return content.get("photo") == source.name and content.get("model") == MASK_GIVEN


def has_struck(out: Path, source: Source) -> bool:
    """Tell whether cracks of a photo were struck out by hand."""
    content = _content(artefact_path(out, "json", source.stem))
    return content.get("photo") == source.name and bool(content.get("struck"))


def is_mask_edited(out: Path, stem: str) -> bool:
    """Tell whether the mask of a photo is another than the one its record is of.

    Records of earlier versions do not say which that is; there, a mask that is newer than its record counts.

    Raises
    ------
    OutputError
        If the mask cannot be read.
    """
    mask, record = artefact_path(out, "masks", stem), artefact_path(out, "json", stem)
    if not has_artefacts(out, stem, ("masks", "json")):
        return False
    written = _content(record).get("mask_sha256")
    try:
        if written is None:
            return mask.stat().st_mtime_ns > record.stat().st_mtime_ns
        return sha256_of(mask) != str(written)
    except OSError as error:
        raise OutputError(f"{mask} cannot be read: {error.strerror or error}") from error


def given_sha256(out: Path, stem: str) -> str | None:
    """Give the hash of the given mask that the record of a photo was measured with, if it says one."""
    found = _content(artefact_path(out, "json", stem)).get("given_sha256")
    return None if found is None else str(found)


def earlier_record(out: Path, stem: str) -> InspectionRecord | None:
    """Read the record of a photo; None where there is none.

    Raises
    ------
    PhotoError
        If it is damaged or of another version; it holds scale, inspected share and what was struck out.
    """
    path = artefact_path(out, "json", stem)
    if not _is_there(path):
        return None
    try:
        return InspectionRecord.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise PhotoError(
            f"{path} is damaged or of another version of crackwise; delete it and inspect the photo again"
        ) from error


def photo_of(record: Path) -> str | None:
    """Name the photo that a record is of; None where it says nothing."""
    photo = _content(record).get("photo")
    return None if photo is None else str(photo)


def record_files(out: Path) -> list[Path]:
    """List the records of a run, sorted, without the hidden files that systems put beside them."""
    found = sorted((out / "json").rglob("*.json"))
    return [path for path in found if not path.name.startswith(".") or _is_own(out, path)]


def is_in_place(out: Path, record: Path, stem: str) -> bool:
    """Tell whether a file lies where the record of this stem does; a copy that a tool put beside it does not.

    Some file systems and archives change the form of accented letters in names.
    """
    return composed(_stem(out, record)) == composed(stem)


def photo_of_stem(out: Path) -> dict[str, str]:
    """Name the photo of each record of a run, by its stem."""
    found = ((path, _content(path)) for path in record_files(out))
    return {
        _stem(out, path): str(content["photo"])
        for path, content in found
        if content.get("photo") is not None and is_in_place(out, path, str(content.get("stem")))
    }


def stem_of_photo(out: Path) -> dict[str, str]:
    """Give the stem of each photo that a run has a record of, by its name."""
    return {photo: stem for stem, photo in photo_of_stem(out).items()}


def remove_artefacts(out: Path, stem: str) -> list[Path]:
    """Remove all that a run wrote of a photo, its record first; without a record nothing is the run's.

    Returns
    -------
    Where a mask lies now that a user drew or corrected, or of which cracks were struck out.
    """
    if not has_artefacts(out, stem, ("json",)):
        return []
    kept = _keep_mask_by_hand(out, stem)
    for kind in reversed(SUFFIX_OF_ARTEFACT):
        remove(artefact_path(out, kind, stem))
    return kept


def remove_leftovers(out: Path, files: Iterable[str], folders: Iterable[str]) -> None:
    """Remove what a killed run left half-written of files in a folder, and of any in folders in it."""
    for name in files:
        for leftover in out.glob(f".{name}.*.part*"):
            remove(leftover)
    for folder in folders:
        for leftover in (out / folder).rglob(".*.part*"):
            remove(leftover)


def _keep_mask_by_hand(out: Path, stem: str) -> list[Path]:
    mask, record = artefact_path(out, "masks", stem), artefact_path(out, "json", stem)
    content = _content(record)
    is_by_hand = _is_by_hand(content) or is_mask_edited(out, stem)
    return [keep_by_hand(out, mask, mask.relative_to(out / "masks"))] if mask.is_file() and is_by_hand else []


def keep_by_hand(out: Path, file: Path, name: Path) -> Path:
    """Move a user's work to where no run writes anything else; give the place, numbered when it is taken.

    Raises
    ------
    OutputError
        If it cannot be moved.
    """
    kept = _free(out / MASKS_BY_HAND / name)
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        file.replace(kept)
    except OSError as error:
        raise OutputError(f"{file} cannot be moved to {kept}: {error.strerror or error}") from error
    return kept


def _is_by_hand(content: dict[str, Any]) -> bool:
    """Tell of a record whether a user gave its mask, or struck cracks out of it."""
    return content.get("model") == MASK_GIVEN or bool(content.get("struck"))


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long: what cannot be written is not there
        return False


def _free(path: Path) -> Path:
    """Number a file that is there already: ``wall-kept-2.png``, which is hardly the name of another photo."""
    numbered = (path.with_stem(f"{path.stem}-kept-{count}") for count in itertools.count(2))
    return next(each for each in itertools.chain([path], numbered) if not each.exists())


def _is_own(out: Path, record: Path) -> bool:
    return is_in_place(out, record, str(_content(record).get("stem")))


def _stem(out: Path, record: Path) -> str:
    return record.relative_to(out / "json").with_suffix("").as_posix()


def _content(record: Path) -> dict[str, Any]:
    try:
        content = json.loads(record.read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
