"""Folders of mask files: beside the photos, in a folder of their own, in grey levels or an alpha channel."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from crackwise.data.dataset import files_below
from crackwise.data.finding import Finding
from crackwise.data.labelled import LabelledPhoto, LabelledSet
from crackwise.data.maskfile import Channel, MaskFile
from crackwise.data.readers.draft import set_name, without_doubles
from crackwise.data.readers.options import DEFAULTS, ReadOptions
from crackwise.data.readers.photofolder import folder_of, photos_below
from crackwise.data.readers.splitnames import PARTS
from crackwise.errors import DataError, SettingsError

MASK_FOLDERS = ("masks", "mask", "labels", "label", "annotations", "ground_truth", "groundtruth", "gt")
PHOTO_FOLDERS = ("images", "image", "imgs", "img", "photos")
MASK_SUFFIXES = (".png", ".bmp", ".tif", ".tiff", ".gif", ".jpg", ".jpeg")

_JOINED = (
    ("{part}_img", "{part}_lab"),
    ("{part}_images", "{part}_masks"),
    ("{part}_images", "{part}_labels"),
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the photos of one part and their masks lie."""

    photos: Path
    masks: Path
    part: str = ""


def read_masks(path: Path, options: ReadOptions = DEFAULTS) -> LabelledSet:
    """Read masks in grey levels: above ``options.threshold`` is crack, colours mixed to grey.

    Photos and masks lie in ``images/`` and ``masks/`` (or ``labels/``, ``gt/`` …), in such folders below
    ``train/``, ``valid/``, ``test/`` or with these below them, in ``train_img/`` and ``train_lab/``, or side
    by side; or the photos in ``options.photos`` and the masks in ``path``.

    Raises
    ------
    DataError
        If no photo has a mask.
    SettingsError
        If the pattern of names has no ``{stem}`` or ``{name}``.
    """
    return _read(path, options, "grey")


def read_alpha(path: Path, options: ReadOptions = DEFAULTS) -> LabelledSet:
    """Read masks whose alpha channel says where the crack is; see :func:`read_masks`."""
    return _read(path, options, "alpha")


def _read(path: Path, options: ReadOptions, channel: Channel) -> LabelledSet:
    _check(options)
    root = folder_of(path)
    photos: list[LabelledPhoto] = []
    findings: list[Finding] = []
    for layout in find_layouts(root, options):
        pairs = _pairs(layout, options.mask_names)
        for name, photo, mask in pairs:
            if mask is None:
                message = f"has no mask {_wanted(name, options.mask_names)} in {layout.masks}; add it"
                findings.append(Finding("missing mask", "error", _named(layout, name), message))
            else:
                label = MaskFile(mask, options.threshold, channel)
                photos.append(LabelledPhoto(_named(layout, name), photo, label, split=layout.part))
        findings.extend(_without_photo(layout, {mask for _, _, mask in pairs if mask}))
    if not photos:
        raise DataError(_nothing_found(root, findings))
    unique, doubled = without_doubles(photos)
    return LabelledSet(set_name(root, options), unique, (*findings, *doubled))


def find_layouts(root: Path, options: ReadOptions) -> tuple[Layout, ...]:
    """Find where photos and masks lie: one place, or one for each part of a split."""
    if options.photos is not None:
        return (Layout(options.photos, _folder(root, MASK_FOLDERS) or root),)
    found = (*_beside(root), *_split(root))
    return found or (Layout(root, root),)


def _beside(folder: Path, part: str = "") -> Iterator[Layout]:
    """Find ``images`` and ``masks`` in a folder."""
    photos, masks = _folder(folder, PHOTO_FOLDERS), _folder(folder, MASK_FOLDERS)
    if photos is not None and masks is not None and not (part == "" and _is_split(photos)):
        yield Layout(photos, masks, part)


def _split(root: Path) -> Iterator[Layout]:
    """Find ``train/images``, ``images/train`` and ``train_img``, each with its masks."""
    whole = [(p, m) for p in _each(root, PHOTO_FOLDERS) for m in _each(root, MASK_FOLDERS)]
    for name, part in PARTS.items():
        for own in _each(root, (name,)):
            yield from _beside(own, part)
        pairs = [(_folder(photos, (name,)), _folder(masks, (name,))) for photos, masks in whole]
        for joined in _JOINED:
            photos, masks = (_folder(root, (form.format(part=name),)) for form in joined)
            pairs.append((photos, masks))
        yield from (Layout(photos, masks, part) for photos, masks in pairs if photos and masks)


def _is_split(folder: Path) -> bool:
    return _folder(folder, tuple(PARTS)) is not None


def _folder(parent: Path, names: Sequence[str]) -> Path | None:
    """Find the first of some folders."""
    return next(iter(_each(parent, names)), None)


def _each(parent: Path, names: Sequence[str]) -> list[Path]:
    """Find those of some folders that are there, also in capitals; of two, that in small letters."""
    if not parent.is_dir():
        return []
    with os.scandir(parent) as entries:
        found = sorted(entry.name for entry in entries if entry.name.lower() in names and entry.is_dir())
    own = {name.lower(): parent / name for name in found}  # small letters sort last
    return [own[name] for name in names if name in own]


def _pairs(layout: Layout, pattern: str) -> list[tuple[str, Path, Path | None]]:
    """List (name, photo, mask); a file that is the mask of another is no photo."""
    files = dict(photos_below(layout.photos))
    if layout.masks != layout.photos:
        files = {name: path for name, path in files.items() if not path.is_relative_to(layout.masks)}
    masks = {name: _mask(layout, name, pattern) for name in files}
    are_masks = {mask for mask in masks.values() if mask is not None}
    return [(name, path, masks[name]) for name, path in files.items() if path not in are_masks]


def _mask(layout: Layout, name: str, pattern: str) -> Path | None:
    """Find the mask of a photo by its name, in a folder of its own also with another suffix."""
    wanted = layout.masks / _wanted(name, pattern)
    if layout.masks == layout.photos:
        return wanted if wanted != layout.photos / name and wanted.is_file() else None
    suffixes = (*MASK_SUFFIXES, *(suffix.upper() for suffix in MASK_SUFFIXES))
    others = (wanted.with_suffix(suffix) for suffix in suffixes)
    return next((path for path in (wanted, *others) if path.is_file()), None)


def _wanted(name: str, pattern: str) -> str:
    path = PurePosixPath(name)
    filled = pattern.replace("{stem}", path.stem).replace("{name}", path.name)
    return (path.parent / filled).as_posix()


def _named(layout: Layout, name: str) -> str:
    """Name a photo; the part comes first, since parts may share names."""
    return f"{layout.part}/{name}" if layout.part else name


def _without_photo(layout: Layout, used: set[Path]) -> Iterator[Finding]:
    if layout.masks == layout.photos:
        return
    lost = [path for path in files_below(layout.masks, frozenset(MASK_SUFFIXES)) if path not in used]
    for path in lost:
        message = f"is a mask without a photo in {layout.photos}; add the photo or remove the mask"
        yield Finding("missing photo", "warning", path.relative_to(layout.masks).as_posix(), message)


def _nothing_found(root: Path, findings: Iterable[Finding]) -> str:
    photos = [finding for finding in findings if finding.kind == "missing mask"]
    masks = [finding for finding in findings if finding.kind == "missing photo"]
    if not photos:
        return (
            f"{root} holds no photos with masks; expected images/ and masks/, or name a folder with --photos"
        )
    hint = f"; the masks are named like {masks[0].where}: say so with --masks" if masks else ""
    return f"no photo in {root} has a mask, first {photos[0]}{hint}"


def _check(options: ReadOptions) -> None:
    if "{stem}" not in options.mask_names and "{name}" not in options.mask_names:
        raise SettingsError(
            f"mask names are {options.mask_names!r}; expected {{stem}} or {{name}} in it, such as "
            "{stem}_mask.png"
        )
    if not 0 <= options.threshold <= 254:
        raise SettingsError(f"threshold is {options.threshold}; expected a grey level from 0 to 254")
    if options.photos is not None and not options.photos.is_dir():
        raise DataError(f"there is no folder {options.photos}; check --photos")
