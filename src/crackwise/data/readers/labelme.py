"""LabelMe: one JSON file beside each photo; the program shows photos upright, so shapes belong to that."""

import base64
import binascii
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crackwise.data.dataset import files_below
from crackwise.data.finding import Finding
from crackwise.data.labelled import LabelledSet
from crackwise.data.names import find_photo, safe_name
from crackwise.data.pictures import read_header
from crackwise.data.readers.draft import Draft, settle
from crackwise.data.readers.labelmeshapes import read_shapes
from crackwise.data.readers.options import DEFAULTS, ReadOptions
from crackwise.data.readers.photofolder import folder_of, photos_below
from crackwise.data.readers.textfile import read_json
from crackwise.errors import DataError, PhotoError


def read_labelme(path: Path, options: ReadOptions = DEFAULTS) -> LabelledSet:
    """Read one file, or all files of a folder and its sub-folders.

    A file without shapes says that there is no crack; a photo without a file has not been labelled and is
    left out. The photo embedded in a file is used where there is none beside it, and is then held in memory.

    Raises
    ------
    DataError
        If there is no LabelMe file, the one given is broken, or nothing says which category is the crack.
    """
    root = folder_of(path)
    files = [path] if path.is_file() else list(files_below(root, frozenset({".json"})))
    drafts: list[Draft] = []
    findings: list[Finding] = []
    for file in files:
        try:
            draft, notes = _read_file(file, root, options)
        except DataError as error:
            findings.append(Finding("annotation", "error", _shown(file, root), str(error)))
        else:
            drafts.append(draft)
            findings.extend(notes)
    if not drafts:
        reason = (
            f"the first of {len(findings)}: {findings[0].message}" if findings else "there is no .json in it"
        )
        raise DataError(
            str(findings[0].message) if path.is_file() else f"{path} holds no LabelMe file; {reason}"
        )
    return settle(drafts, [*findings, *_unlabelled(root, files)], path, options)


def _read_file(file: Path, root: Path, options: ReadOptions) -> tuple[Draft, tuple[Finding, ...]]:
    content = read_json(file)
    if not isinstance(content, dict) or not isinstance(content.get("shapes"), list):
        raise DataError(f"{file} has no list of shapes; expected a file that LabelMe has written")
    size = _size(content)
    try:
        shapes, notes = read_shapes(content["shapes"], size, options.line_width_px)
    except DataError as error:
        raise DataError(f"{file}: {error}") from error
    name, image = _photo(content, file, root, options)
    name = (file.parent.relative_to(root) / name).as_posix()
    if not content["shapes"]:
        notes = ("has no shapes: taken as a photo without cracks",)
    return Draft(name, image, shapes, size), _findings(notes, name)


def _findings(notes: Sequence[str], name: str) -> tuple[Finding, ...]:
    counted = Counter(notes)
    return tuple(
        Finding("shape", "note", name, note if count == 1 else f"{note} ({count} times)")
        for note, count in counted.items()
    )


def _size(content: Mapping[str, Any]) -> tuple[int, int] | None:
    """Read (H, W); the program writes None where it could not open the photo."""
    height, width = content.get("imageHeight"), content.get("imageWidth")
    if isinstance(height, int) and isinstance(width, int) and min(height, width) > 0:
        return height, width
    return None


def _photo(
    content: Mapping[str, Any], file: Path, root: Path, options: ReadOptions
) -> tuple[str, Path | bytes]:
    """Find the photo: in the folder that the user named, in its sub-folder first, beside, or embedded."""
    stated = content.get("imagePath")
    name = safe_name(stated if isinstance(stated, str) and stated.strip() else f"{file.stem}.jpg")
    folders = [file.parent]
    if options.photos is not None:
        folders = [options.photos / file.parent.relative_to(root), options.photos, file.parent]
    found = find_photo(name, folders)
    if found is not None:
        return found.name, found
    if not content.get("imageData"):
        raise DataError(
            f"{file} belongs to the photo {name}, which is not beside it, and embeds none; copy it there or "
            "say where it is with --photos"
        )
    return Path(name).name, _embedded(content["imageData"], file)


def _embedded(text: object, file: Path) -> bytes:
    try:
        data = base64.b64decode(str(text).encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise DataError(
            f"{file} embeds a photo that is damaged or cut off (no base64); put the photo beside it"
        ) from error
    try:
        read_header(data, str(file))
    except PhotoError as error:
        raise DataError(f"{file} embeds data that is no picture; put the photo beside it") from error
    return data


def _unlabelled(root: Path, files: Sequence[Path]) -> tuple[Finding, ...]:
    labelled = {file.with_suffix("") for file in files}
    left = [name for name, path in photos_below(root) if path.with_suffix("") not in labelled]
    if not left or len(files) == 1:
        return ()
    message = f"{len(left)} photos have no .json and are left out as not labelled, first {left[0]}"
    return (Finding("photo without label", "note", root.name, message),)


def _shown(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix()
