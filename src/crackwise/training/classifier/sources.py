"""The tiles of a training: found, labelled, parted by group."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from crackwise.arrays import CrackMask, Rgb
from crackwise.data.dataset import Sample, list_samples, place_of, read_negatives, set_of
from crackwise.data.folder import PhotoLabel, SetPhoto
from crackwise.data.labelled import LabelledPhoto, LabelledSet, Unlabelled, Verdict
from crackwise.data.labelledtiles import even_windows, verdict_of_mask
from crackwise.data.pictures import read_header, read_upright
from crackwise.data.readers import READERS
from crackwise.data.readers.options import ReadOptions
from crackwise.data.readers.table import TABLE_FILE
from crackwise.data.split import Split, SplitRow, hash_of
from crackwise.errors import DataError
from crackwise.recipe import ClassifierRecipe, ClassifierSource
from crackwise.recipe.classifier import ClassifierDataRecipe
from crackwise.tiles import Window, is_one_tile
from crackwise.training.folder import Folders
from crackwise.training.painted import apart, for_training, painted_sources
from crackwise.training.readiness import notes_on_groups
from crackwise.training.runfiles import SPLIT_FILE
from crackwise.training.sources import (
    begun_split,
    drawn_samples,
    label_of,
    parts_begun,
    published_parts,
    set_photo,
)


@dataclass(frozen=True, slots=True)
class Tile:
    """A photo or a part of one, cracked or sound.

    Parameters
    ----------
    photo
        With its source and group.
    name
        Of the photo in its source, such as ``crack/001.jpg``.
    window
        The part; None for the whole photo.
    is_cracked
        True or False, never unknown.
    part
        ``train``, ``validation``, ``test``, or empty where the source does not say.
    """

    photo: SetPhoto
    name: str
    window: Window | None
    is_cracked: bool
    part: str = ""

    def is_one(self, tile_px: int) -> bool:
        """Tell whether it is in use what it is here; a whole photo may be cut."""
        header = None if self.window else read_header(self.photo.image, str(self.photo.image))
        return header is None or is_one_tile(header.upright_size, tile_px)

    @property
    def group(self) -> str:
        """Name the scene of the photo; tiles of one group never part."""
        return self.photo.group

    @property
    def label(self) -> str:
        """Name the tile: the photo, and where in it."""
        if self.window is None:
            return self.name
        return f"{self.name} at {self.window.top}, {self.window.left}"

    def read(self) -> Rgb:
        """Read a whole photo as programs show it, a part as it is stored: to that its mask belongs."""
        if self.window is None:
            return read_upright(self.photo.image, str(self.photo.image))
        return self.photo.read_image()[self.window.slices]


@dataclass(frozen=True, slots=True)
class SourceTiles:
    """The tiles of one source, parted by group; ``test`` is kept away from the training.

    ``notes`` are sentences on what the user should know about the source.
    """

    recipe: ClassifierSource
    training: tuple[Tile, ...]
    validation: tuple[Tile, ...]
    test: tuple[Tile, ...] = ()
    notes: tuple[str, ...] = ()


Found: TypeAlias = tuple[tuple[Tile, ...], tuple[str, ...]]
"""The tiles of a source, and what the user should know about it."""

_LOOKED_AT = 200  # photos of a source, for their sizes
_WORDS: dict[bool, PhotoLabel] = {True: "crack", False: "no crack"}


def gather_tiles(
    recipe: ClassifierRecipe, data: Path, drawn: Path, begun: Split | None = None
) -> tuple[SourceTiles, ...]:
    """Find the tiles of every source of a recipe.

    A photo whose source says its part (``split.csv``, a column, a folder ``train``) keeps it; others are
    parted by a hash of their groups. Once a training has begun, each photo stays where it was. A set that is
    painted in training photos is for training only, without the tiles in photos kept for validation or test.

    Parameters
    ----------
    recipe
        Its ``data`` section says which sources.
    data
        Folder that holds the sources.
    drawn
        Folder for drawn scenes; they are drawn once and kept.
    begun
        Where each photo went when the training began; photos that are new since then are left out.

    Raises
    ------
    DataError
        If a source is missing or incomplete, training or validation lack one of the classes, or a photo is
        gone since the training began.
    """
    painted = painted_sources(recipe.data.sources, data) if begun is None else set()
    asked = [for_training(one) if one.name in painted else one for one in recipe.data.sources]
    sources = apart([_gather(source, recipe, data, drawn, begun) for source in asked], painted)
    for part, tiles in (
        ("training", [tile for source in sources for tile in source.training]),
        ("validation", [tile for source in sources for tile in source.validation]),
    ):
        _check_classes(part, tiles)
    return sources


def gather_tiles_of_run(recipe: ClassifierRecipe, folders: Folders) -> tuple[SourceTiles, ...]:
    """Find the tiles of a run, each photo where its ``split.csv`` has it once the run has begun."""
    return gather_tiles(recipe, folders.data, folders.scenes, begun_split(folders.run))


def split_of_tiles(sources: Sequence[SourceTiles]) -> Split:
    """List where each photo of a training went, with hashes; of many tiles of a photo, one row."""
    rows = {
        (source.recipe.name, tile.name): SplitRow(
            source.recipe.name, tile.name, tile.photo.group, part, hash_of(tile.photo)
        )
        for source in sources
        for part, tiles in (
            ("train", source.training),
            ("validation", source.validation),
            ("test", source.test),
        )
        for tile in {tile.name: tile for tile in tiles}.values()
    }
    return Split(tuple(rows[key] for key in sorted(rows)))


def labels_of_tiles(sources: Sequence[SourceTiles]) -> dict[tuple[str, str], str]:
    """Give the label of each photo of a training, by source and file."""
    photos = {
        (source.recipe.name, tile.name): tile.photo
        for source in sources
        for tile in (*source.training, *source.validation, *source.test)
    }
    return {name: label_of(photo) for name, photo in photos.items()}


def choose_some(tiles: Sequence[Tile], most: int, seed: int) -> tuple[Tile, ...]:
    """Choose at most ``most`` tiles by a hash of their names, in their given order; 0 means all.

    Fewer of the same seed are among the more.
    """
    if not most or len(tiles) <= most:
        return tuple(tiles)
    ranked = sorted(tiles, key=lambda tile: place_of(f"{seed}/{tile.photo.source}/{tile.label}"))
    kept = {(tile.name, tile.window) for tile in ranked[:most]}
    return tuple(tile for tile in tiles if (tile.name, tile.window) in kept)


def _gather(
    source: ClassifierSource, recipe: ClassifierRecipe, data: Path, drawn: Path, begun: Split | None
) -> SourceTiles:
    found, notes = _FIND[source.kind](source, recipe, drawn if source.kind == "drawn" else data)
    tiles = _without(found, source)
    if begun is not None:
        part = parts_begun(begun, source.name, {tile.name for tile in tiles})
        tiles = tuple(replace(tile, part=part[tile.name]) for tile in tiles if tile.name in part)
    if source.training_only:
        own = [tile for tile in tiles if tile.part in {"", "train"}]
        return SourceTiles(source, _few(own, source, recipe.seed), (), (), notes)
    by_part = {
        part: tuple(tile for tile in tiles if (tile.part or _part(tile, recipe)) == part)
        for part in ("train", "validation", "test")
    }
    return SourceTiles(
        source,
        _few(by_part["train"], source, recipe.seed),
        choose_some(by_part["validation"], recipe.data.validation_tiles, recipe.seed),
        by_part["test"],
        notes,
    )


def _few(tiles: Sequence[Tile], source: ClassifierSource, seed: int) -> tuple[Tile, ...]:
    """Keep no more of each class than the source may give."""
    cracked = choose_some([tile for tile in tiles if tile.is_cracked], source.cracked, seed)
    sound = choose_some([tile for tile in tiles if not tile.is_cracked], source.sound, seed)
    return (*cracked, *sound)


def _part(tile: Tile, recipe: ClassifierRecipe) -> str:
    """Choose a part by the hash of a group, so that it stays the same when photos are added."""
    place = place_of(f"{recipe.seed}/{tile.photo.source}/{tile.photo.group}")
    if place < recipe.data.validation_share:
        return "validation"
    return "test" if place < recipe.data.validation_share + recipe.data.test_share else "train"


def _without(tiles: Sequence[Tile], source: ClassifierSource) -> tuple[Tile, ...]:
    missing = sorted(set(source.leave_out) - {tile.photo.group for tile in tiles})
    if missing:
        raise DataError(
            f"{source.name} has no group {missing[0]!r} to leave out; mend leave_out of the source: it takes "
            "names of groups, or stems of photos where there are none"
        )
    return tuple(tile for tile in tiles if tile.photo.group not in source.leave_out)


def _check_classes(part: str, tiles: Sequence[Tile]) -> None:
    cracked = sum(tile.is_cracked for tile in tiles)
    sound = len(tiles) - cracked
    if not cracked or not sound:
        raise DataError(
            f"the {part} part holds {cracked} cracked and {sound} sound tiles; expected some of each: add "
            "sources or groups, or change data.validation_share, data.test_share or seed"
        )


def _find_verdicts(source: ClassifierSource, recipe: ClassifierRecipe, data: Path) -> Found:
    """Find photos with a label each: a table, a folder per class, or the canonical layout."""
    path = data / source.name
    if not path.exists():
        raise DataError(f"there is no folder or table {path}; check --data and the name of the source")
    labelled = READERS[_form(path)](path, ReadOptions(name=source.name))
    tiles = tuple(tile for photo in labelled.photos for tile in _verdict_tiles(photo, source))
    if not tiles:
        raise DataError(f"{path} holds no photo with a label; expected crack or no crack for each")
    return tiles, (*_notes_on_verdicts(labelled, tiles, source), *_notes_on_sizes(tiles, source, recipe.data))


def _form(path: Path) -> str:
    if path.is_dir() and (path / "images").is_dir():
        return "canonical"
    return "table" if path.is_file() or (path / TABLE_FILE).is_file() else "classfolders"


def _verdict_tiles(photo: LabelledPhoto, source: ClassifierSource) -> Iterator[Tile]:
    """Give a labelled photo as one tile; none where nobody has said."""
    assert isinstance(photo.image, Path)  # of these formats none carries photos inside
    label = photo.label
    if isinstance(label, Unlabelled):
        return
    is_cracked = label.is_cracked if isinstance(label, Verdict) else _mask_of(photo).any()
    found = SetPhoto(photo.image, None, source.name, photo.group or photo.name, _WORDS[bool(is_cracked)])
    yield Tile(found, photo.name, None, bool(is_cracked), photo.split)


def _mask_of(photo: LabelledPhoto) -> CrackMask:
    assert isinstance(photo.image, Path)
    mask = photo.label.mask(read_header(photo.image, str(photo.image)).size)
    assert mask is not None  # of a label that is no verdict
    return mask


def _notes_on_verdicts(
    labelled: LabelledSet, tiles: Sequence[Tile], source: ClassifierSource
) -> Iterator[str]:
    left_out = [finding for finding in labelled.findings if finding.level == "error"]
    if left_out:
        yield f"{source.name}: {len(left_out)} rows or photos are left out, first {left_out[0]}"
    own = [tile for tile in tiles if not tile.part]
    alone = [tile for tile in own if tile.photo.group == tile.name]
    if alone and not source.training_only:
        named = "no groups, so" if len(alone) == len(own) else "the groups of some only:"
        yield (
            f"{source.name} names {named} {len(alone)} photos are parted by file: photos of one wall "
            "may lie on both sides, and figures on its own parts can be too good"
        )


def _notes_on_sizes(
    tiles: Sequence[Tile], source: ClassifierSource, data: ClassifierDataRecipe
) -> Iterator[str]:
    """Say that photos are learnt whole which are more than a tile, as their parts have no label."""
    some = choose_some(tiles, _LOOKED_AT, seed=0)
    large = next((tile for tile in some if not tile.is_one(data.tile_px)), None)
    if large is None:
        return
    used = "the model file takes photos whole, too"
    if not data.takes_whole_photos:
        used = (
            "in use they are cut: bring masks, which label tiles, or train on them in a recipe of their own"
        )
    yield (
        f"{source.name}: photos of more than 1.5 tiles of data.tile_px = {data.tile_px} px, such as "
        f"{large.name}, are learnt whole, since their tiles have no label; {used}"
    )


def _find_masks(source: ClassifierSource, recipe: ClassifierRecipe, data: Path) -> Found:
    root = data / source.name
    return _of_set(_cut(list_samples(root, source.name), recipe.data), source, root)


def _find_negatives(source: ClassifierSource, recipe: ClassifierRecipe, data: Path) -> Found:
    folder = data / source.name
    return _of_set(_cut(read_negatives(folder, source.name), recipe.data), source, set_of(folder))


def _of_set(tiles: tuple[Tile, ...], source: ClassifierSource, root: Path | None) -> Found:
    """Part tiles as the ``split.csv`` of their set says; without one, note what its groups leave out."""
    if root is None or not (root / SPLIT_FILE).is_file():
        return tiles, () if source.training_only else notes_on_groups(root, source.name)
    parts = published_parts(root)
    return tuple(replace(tile, part=parts.get(tile.name, "")) for tile in tiles), ()


def _find_drawn(source: ClassifierSource, recipe: ClassifierRecipe, drawn: Path) -> Found:
    return _cut(drawn_samples(source, recipe.seed, drawn / source.name), recipe.data), ()


_FIND: dict[str, Callable[[ClassifierSource, ClassifierRecipe, Path], Found]] = {
    "verdicts": _find_verdicts,
    "masks": _find_masks,
    "negatives": _find_negatives,
    "drawn": _find_drawn,
}


def _cut(samples: Sequence[Sample], data: ClassifierDataRecipe) -> tuple[Tile, ...]:
    """Cut photos into tiles and label each by its mask; those that are neither are left out."""
    return tuple(tile for sample in samples for tile in _tiles(sample, data))


def _tiles(sample: Sample, data: ClassifierDataRecipe) -> Iterator[Tile]:
    size = read_header(sample.image, str(sample.image)).size
    mask = sample.read_mask(size)
    for window in even_windows(size, data.tile_px):
        is_cracked = verdict_of_mask(mask[window.slices], data.crack_px)
        if is_cracked is not None:
            yield Tile(set_photo(sample), sample.image.name, window, is_cracked)
