"""What lies in a set, read so tolerantly that a broken one can be told what it lacks."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crackwise.data.dataset import IMAGE_SUFFIXES, files_below, say_deeper
from crackwise.data.finding import Finding
from crackwise.data.folder import rows_of
from crackwise.data.readers.verdicts import verdict_of
from crackwise.data.table import read_table, read_table_of
from crackwise.errors import DataError

_NAMED = 3


@dataclass(frozen=True, slots=True)
class ListedPhoto:
    """One photo of a set that is checked.

    Parameters
    ----------
    set_name, file
        Together the name of the photo in findings and pairs.
    image
        The file.
    mask
        The file; None where there is none.
    group
        As ``groups.csv`` says; empty where it says nothing.
    label
        As ``labels.csv`` or the folder of a class says; empty where nothing does.
    part
        Of a split; empty where there is none.
    """

    set_name: str
    file: str
    image: Path
    mask: Path | None
    group: str = ""
    label: str = ""
    part: str = ""

    @property
    def key(self) -> str:
        """Unique name among all sets that are checked together."""
        return f"{self.set_name}/{self.file}"


@dataclass(frozen=True, slots=True)
class ListedSet:
    """One set, or a plain folder of photos.

    Parameters
    ----------
    name
        Of the folder; with its parents where two sets would have one name.
    root
        The folder.
    photos
        Sorted by name.
    findings
        Files and rows of tables that do not fit together.
    has_masks
        False for a plain folder and for a set whose labels are ``labels.csv`` alone.
    """

    name: str
    root: Path
    photos: tuple[ListedPhoto, ...]
    findings: tuple[Finding, ...]
    has_masks: bool


def list_sets(roots: Sequence[Path]) -> tuple[ListedSet, ...]:
    """List several sets, each under a name of its own.

    Raises
    ------
    DataError
        If a folder is not there, is given twice, or holds no photo.
    """
    resolved = [root.resolve() for root in roots]
    twice = [root for root, count in Counter(resolved).items() if count > 1]
    if twice:
        raise DataError(f"{twice[0]} is given twice; give each set once")
    counts = Counter(root.name for root in resolved)
    names = [root.name if counts[root.name] == 1 else root.as_posix().lstrip("/") for root in resolved]
    return tuple(list_set(root, name) for root, name in zip(roots, names))


def list_set(root: Path, name: str) -> ListedSet:
    """List a set in the canonical layout, or the photos in and below a plain folder.

    Raises
    ------
    DataError
        If the folder is not there or holds no photo.
    """
    if not root.is_dir():
        raise DataError(f"there is no folder {root}; give a data set or a folder of photos")
    images = root / "images"
    is_canonical = images.is_dir()
    photos = _canonical(root, name) if is_canonical else _plain(root, name)
    deeper = say_deeper(images, tuple(files_below(images, IMAGE_SUFFIXES))) if is_canonical else ""
    if not photos:
        place = images if is_canonical else root
        raise DataError(deeper or f"{place} holds no photo; expected .jpg or .png files")
    findings = [Finding("photo in a sub-folder", "error", name, deeper)] if deeper else []
    groups = _column(root / "groups.csv", "group", photos, findings)
    labels = _column(root / "labels.csv", "label", photos, findings)
    sources = {name, *_column(root / "groups.csv", "source", photos, []).values()}
    parts = _column(root / "split.csv", "part", photos, findings, sources)
    photos = [
        replace(
            photo,
            group=groups.get(photo.file, ""),
            label=labels.get(photo.file, photo.label),
            part=parts.get(photo.file, ""),
        )
        for photo in photos
    ]
    has_masks = is_canonical and ((root / "masks").is_dir() or not labels)
    findings += _files_that_do_not_fit(root, photos, has_masks=has_masks)
    findings += _without_group(name, photos, bool(groups))
    return ListedSet(name, root, tuple(photos), tuple(findings), has_masks)


def with_split(sets: Sequence[ListedSet], path: Path) -> tuple[ListedSet, ...]:
    """Give every photo its part by a split file: columns file and part, and source where it has one.

    Raises
    ------
    DataError
        If the file is no such table or names no photo of the sets.
    """
    rows = read_table(path, ("file", "part"))
    parts = {(row.get("source") or "", row["file"]): row["part"] for row in rows}
    parted = tuple(
        replace(each, photos=tuple(replace(photo, part=_part_of(photo, parts)) for photo in each.photos))
        for each in sets
    )
    if not any(photo.part for each in parted for photo in each.photos):
        raise DataError(
            f"{path} names no photo of these sets; expected rows of file and part, such as a.jpg,train"
        )
    return parted


def _part_of(photo: ListedPhoto, parts: Mapping[tuple[str, str], str]) -> str:
    for key in ((photo.set_name, photo.file), ("", photo.file), ("", photo.key)):
        if key in parts:
            return parts[key]
    return photo.part


def _canonical(root: Path, name: str) -> list[ListedPhoto]:
    masks: dict[str, Path] = {}
    if (root / "masks").is_dir():
        # sorted so that of a.png and a.tif the PNG, which readers take, comes last and stays
        for path in sorted(
            _pictures((root / "masks").iterdir()), key=lambda path: path.suffix.lower() == ".png"
        ):
            masks[path.stem] = path
    images = _pictures((root / "images").iterdir())
    return [ListedPhoto(name, image.name, image, masks.get(image.stem)) for image in images]


def _plain(root: Path, name: str) -> list[ListedPhoto]:
    """List photos at any depth; the first folder on the way is their class, in words of ``labels.csv``."""
    photos = []
    for image in files_below(root, IMAGE_SUFFIXES):
        inner = image.relative_to(root)
        label = _class_of(inner.parts[0]) if len(inner.parts) > 1 else ""
        photos.append(ListedPhoto(name, inner.as_posix(), image, None, label=label))
    return photos


def _class_of(folder: str) -> str:
    is_cracked = None if folder.isdigit() else verdict_of(folder)  # numbers only count
    return folder if is_cracked is None else "crack" if is_cracked else "no crack"


def _pictures(paths: Iterable[Path]) -> list[Path]:
    return sorted(
        path
        for path in paths
        if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file() and not path.name.startswith(".")
    )


def _column(
    table: Path,
    column: str,
    photos: Sequence[ListedPhoto],
    findings: list[Finding],
    sources: Collection[str] = (),
) -> dict[str, str]:
    """Read one column of a table by file, of rows of the sources if some are given; note its faults."""
    if not table.is_file():
        return {}
    try:
        rows = read_table_of(table, ("file", column), [photo.file for photo in photos])
    except DataError as error:
        findings.append(Finding("broken table", "error", str(table), str(error)))
        return {}
    values: dict[str, str] = {}
    for row in rows_of(rows, sources) if sources else rows:
        file, value = row["file"], row[column].strip()
        if values.setdefault(file, value) != value:
            message = f"is listed twice, as {values[file]!r} and {value!r}; leave one row in {table.name}"
            findings.append(Finding("contradicting rows", "error", file, message))
    unknown = sorted(set(values) - {photo.file for photo in photos})
    if unknown:
        message = (
            f"{len(unknown)} rows name no photo of the set, such as {_listed(unknown)}; remove them or "
            "restore the photos"
        )
        findings.append(Finding("row without photo", "warning", str(table), message))
    return {file: value for file, value in values.items() if value}


def _files_that_do_not_fit(root: Path, photos: Sequence[ListedPhoto], *, has_masks: bool) -> list[Finding]:
    stems = Counter(photo.image.stem for photo in photos) if has_masks else Counter[str]()
    findings = [
        Finding("two photos of one mask", "error", photo.key, "shares its stem, and so its mask; rename one")
        for photo in photos
        if stems[photo.image.stem] > 1
    ]
    if not has_masks:
        return findings
    if not (root / "masks").is_dir():
        message = f"has no folder masks: all {len(photos)} photos are without; add masks or a labels.csv"
        return [*findings, Finding("missing mask", "error", photos[0].set_name, message)]
    for photo in photos:
        if photo.mask is None and not photo.label:
            message = f"has no mask; expected masks/{photo.image.stem}.png, add it or move the photo away"
            findings.append(Finding("missing mask", "error", photo.key, message))
        elif photo.mask is not None and photo.mask.suffix.lower() != ".png":
            message = f"has the mask {photo.mask.name}; masks are read as .png only, save it as PNG"
            findings.append(Finding("mask is no PNG", "error", photo.key, message))
        elif photo.mask is not None and photo.mask.suffix != ".png":
            # where small and capital letters count as equal it is read, but not once the set has moved
            message = f"has {photo.mask.name}, but its mask is read as {photo.mask.stem}.png only; rename it"
            findings.append(Finding("missing mask", "error", photo.key, message))
    used = {photo.mask for photo in photos}
    for mask in _pictures((root / "masks").iterdir()):
        if mask not in used and mask.stem not in stems:
            where = f"{photos[0].set_name}/masks/{mask.name}"
            message = "belongs to no photo; rename it like its photo, or remove it"
            findings.append(Finding("mask without photo", "error", where, message))
    return findings


def _without_group(name: str, photos: Sequence[ListedPhoto], has_groups: bool) -> list[Finding]:
    without = [photo.file for photo in photos if not photo.group]
    if not has_groups or not without:
        return []
    message = (
        f"groups.csv says nothing of {len(without)} photos, such as {_listed(without)}; each counts as a "
        "scene of its own, add rows or use --write-groups"
    )
    return [Finding("photo without group", "warning", name, message)]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
