"""The run folder of ``crackwise inspect``: what was found becomes labels to look through and correct.

Inspected photos were turned upright, so the masks belong to the upright photo; those of a rectified one
belong to the picture in the run folder.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from crackwise.data.dataset import files_below
from crackwise.data.finding import Finding
from crackwise.data.labelled import LabelledPhoto, LabelledSet
from crackwise.data.maskfile import MaskFile
from crackwise.data.names import safe_name, unique_names
from crackwise.data.readers.draft import set_name, without_doubles
from crackwise.data.readers.options import DEFAULTS, ReadOptions
from crackwise.data.readers.photofolder import folder_of
from crackwise.data.readers.textfile import read_json
from crackwise.data.upright import Upright
from crackwise.errors import DataError, PhotoError
from crackwise.photo import read_info

_RUN = "run.json"


def read_inspection(path: Path, options: ReadOptions = DEFAULTS) -> LabelledSet:
    """Read the photos of a run with the masks that were found, or corrected by hand.

    Raises
    ------
    DataError
        If it is no run folder, or none of its photos is found.
    """
    run = folder_of(path)
    roots = _roots(run)
    photos: list[LabelledPhoto] = []
    findings: list[Finding] = []
    files = list(files_below(run / "json", frozenset({".json"})))
    for file in files:
        try:
            photos.append(_photo(file, run, roots, options))
        except DataError as error:
            where = file.relative_to(run).as_posix()
            findings.append(Finding("inspection", "error", where, str(error)))
    if not photos:
        reason = f"first {findings[0].message}" if findings else "no photo was inspected"
        raise DataError(f"{run} holds no inspection that can be used: {reason}")
    unique, doubled = without_doubles(photos)
    return LabelledSet(set_name(run, options), unique, (*findings, *doubled))


def _roots(run: Path) -> dict[str, Path]:
    """Read the folders that photos were inspected in, by what the names of their photos begin with.

    That is nothing where there is one root, else the name of the root, numbered where two have one name, as
    `crackwise.inspection.sources` does.
    """
    if not (run / _RUN).is_file():
        raise DataError(f"{run} is no run folder: it has no {_RUN}; expected the --out of crackwise inspect")
    content = read_json(run / _RUN)
    roots = content.get("roots") if isinstance(content, dict) else None
    if not isinstance(roots, list) or not all(isinstance(root, str) for root in roots):
        raise DataError(f"{run / _RUN} names no roots of photos; expected the --out of crackwise inspect")
    unique = sorted({Path(root) for root in roots})
    if len(unique) == 1:
        return {"": unique[0]}
    return dict(zip(unique_names(root.name or "root" for root in unique), unique))


def _photo(file: Path, run: Path, roots: Mapping[str, Path], options: ReadOptions) -> LabelledPhoto:
    record = read_json(file)
    if not isinstance(record, dict):
        raise DataError(f"{file} is no record of an inspection; run crackwise inspect again")
    name, stem, size = _named(record, file)
    mask = run / "masks" / f"{stem}.png"
    if not mask.is_file():
        raise DataError(f"the mask {mask} is missing; run crackwise inspect again")
    places = chain([run / "rectified" / f"{stem}.jpg"], _places(name, roots, options.photos))
    image = next((path for path in places if _has_size(path, size)), None)
    if image is None:
        raise DataError(
            f"the photo {name} of {size[1]}×{size[0]} px is not where it was inspected; say where it is "
            "with --photos"
        )
    return LabelledPhoto(name, image, Upright(MaskFile(mask)))


def _named(record: dict[str, Any], file: Path) -> tuple[str, str, tuple[int, int]]:
    name, stem = record.get("photo"), record.get("stem")
    height, width = record.get("height_px"), record.get("width_px")
    if not isinstance(name, str) or not isinstance(stem, str):
        raise DataError(f"{file} names no photo; run crackwise inspect again")
    if not isinstance(height, int) or not isinstance(width, int):
        raise DataError(f"{file} states no size of its photo; run crackwise inspect again")
    return safe_name(name), safe_name(stem), (height, width)


def _places(name: str, roots: Mapping[str, Path], photos: Path | None) -> Iterator[Path]:
    """Give where a photo may lie: in the folder that the user named, or in the root it was inspected in."""
    first, _, below = name.partition("/")
    if photos is not None:
        yield from (photos / relative for relative in (name, below, name.rpartition("/")[2]) if relative)
    if "" in roots:
        yield roots[""] / name
    elif first in roots and below:
        yield roots[first] / below


def _has_size(path: Path, size: tuple[int, int]) -> bool:
    try:
        info = read_info(path)
    except PhotoError:
        return False
    return (info.height_px, info.width_px) == size
