"""Labelled sets made by a trained generator.

Picture number i depends on the generator, the seed and i alone, a painted one also on the photos and masks
behind it: it is the same whether 10 or 10,000 are made, in one go or in several. Pictures are made in blocks
of fixed numbers, as a network rounds otherwise with another batch.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
import torch
from torch.utils.data import default_collate

from crackwise.arrays import CrackMask, Rgb
from crackwise.data.draw.settings import SMALLEST_SIDE_PX
from crackwise.data.provenance import PROVENANCE, read_provenance
from crackwise.data.table import write_table
from crackwise.errors import OutputError, SettingsError
from crackwise.files import write_image, write_json
from crackwise.locks import LOCK_FILE, alone_in
from crackwise.nets.conditional import Noise, Scene, build_conditional
from crackwise.nets.dcgan import build_dcgan
from crackwise.recipe import dump_recipe
from crackwise.training.generation.games import normal
from crackwise.training.generation.painting import draw_noise
from crackwise.training.generation.photos import GeneratorPhotos, digest_of, gather_photos
from crackwise.training.generation.saved import SavedGenerator
from crackwise.training.generation.scenes import PaintedScenes, as_photos

SCHEMA_VERSION = 1
UNFINISHED = "unfinished.json"
"""Becomes ``provenance.json`` last of all: where that is, the set is complete."""

BACKGROUNDS = "background_photos"

_BLOCK = 16
_STRIDE_PX = 32
_NETWORKS = 2**31
_JPEG_QUALITY = 92

_NAME = re.compile(r"generated_(\d+)")

OnPhoto = Callable[[int, int], None]
Picture: TypeAlias = tuple[Rgb, CrackMask | None]
"""Photo and mask."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What set is wanted.

    Parameters
    ----------
    count, seed
        How many pictures, by which seed.
    data
        Holds the training sources, to paint in their photos.
    size_px
        Side of the pictures, 0 for that of the training; only what is painted in photos can have another.
    """

    count: int
    seed: int = 0
    data: Path | None = None
    size_px: int = 0

    def __post_init__(self) -> None:
        if self.count < 1 or self.seed < 0:
            raise SettingsError(
                f"{self.count} pictures with seed {self.seed}; expected 1 or more, and a seed of 0 or more"
            )
        if self.size_px % _STRIDE_PX:
            raise SettingsError(
                f"size is {self.size_px} px; expected a multiple of {_STRIDE_PX}, such as 256"
            )


def write_generated(
    saved: SavedGenerator, out: Path, wanted: Wanted, on_photo: OnPhoto | None = None
) -> None:
    """Write a labelled set, or go on with one that was interrupted, is to grow, or has lost files since.

    A generator of pairs gives ``images/``, ``masks/`` and ``groups.csv``, where pictures painted in one photo
    share its group; another one gives ``crack/`` and ``labels.csv``. ``provenance.json`` says what made them.

    Parameters
    ----------
    on_photo
        Called with (done, wanted) pictures.

    Raises
    ------
    OutputError
        If ``out`` holds another set, more pictures of the same, or some that were painted in other photos.
    DataError, SettingsError
        If the photos to paint in are missing.
    """
    maker = MAKERS[saved.recipe.model.net](saved, wanted)
    with alone_in(out):
        claim_set(out, provenance_of(saved, wanted, maker.backgrounds))
        _check_count(out, wanted.count)
        missing = _missing(out, maker, wanted.count)
        if missing and (out / PROVENANCE).is_file():
            (out / PROVENANCE).replace(out / UNFINISHED)
        for number, picture in _make(missing, maker, wanted.count, on_photo):
            _write_picture(out, maker.files(number), picture)
        maker.write_tables(out)
        if not (out / PROVENANCE).is_file():
            (out / UNFINISHED).replace(out / PROVENANCE)


def provenance_of(
    saved: SavedGenerator, wanted: Wanted, backgrounds: Sequence[GeneratorPhotos] = ()
) -> dict[str, Any]:
    """Say what made a set, from which photos it was learnt, their licences, and what it is painted in."""
    recipe = saved.recipe
    count = sum(len(one.samples) for one in backgrounds)
    return {
        "schema_version": SCHEMA_VERSION,
        "made_by": f"crackwise {metadata.version('crackwise')}",
        "generator": {"name": recipe.name, "sha256": saved.sha256, "step": saved.step},
        "seed": wanted.seed,
        "size_px": wanted.size_px or recipe.data.size_px,
        "training_sources": [
            {"name": one.name, "licence": one.licence, "source": one.source} for one in recipe.data.sources
        ],
        "holds_training_photos": recipe.model.paints,
        **({BACKGROUNDS: {"count": count, "sha256": digest_of(backgrounds)}} if backgrounds else {}),
        "recipe": dump_recipe(recipe),
    }


def claim_set(out: Path, provenance: dict[str, Any]) -> None:
    """Take a folder for a set, or find that it is the same one.

    Raises
    ------
    OutputError
        If it holds another set, one that was painted in other photos, or files of something else.
    """
    path = next((out / name for name in (PROVENANCE, UNFINISHED) if (out / name).is_file()), None)
    if path:
        _check_same(out, read_provenance(path), provenance)
    elif out.is_dir() and any(path.name != LOCK_FILE for path in out.iterdir()):
        raise OutputError(f"{out} holds files already; choose a new folder as --out")
    else:
        write_json(out / UNFINISHED, provenance)


def _check_same(out: Path, held: dict[str, Any], provenance: dict[str, Any]) -> None:
    if held == provenance:
        return
    before, now = held.get(BACKGROUNDS), provenance.get(BACKGROUNDS)
    if before and now and {**held, BACKGROUNDS: now} == provenance:
        raise OutputError(
            f"{out} was painted so far in other photos or masks than those in --data now ({before['count']} "
            f"photos then, {now['count']} now); put them back, or choose another --out"
        )
    raise OutputError(f"{out} holds another generated set; choose another --out, or delete it")


class Maker(Protocol):
    """Makes the pictures of a set; ``backgrounds`` are the photos that it paints in."""

    backgrounds: tuple[GeneratorPhotos, ...]

    def files(self, number: int) -> tuple[str, ...]:
        """Name the files of a picture, with their folders: the photo, then the mask if there is one."""

    def make(self, first: int) -> list[Picture]:
        """Make the block of pictures from ``first`` on, with masks where there are any."""

    def write_tables(self, out: Path) -> None:
        """List the pictures of the set."""


class PlainMaker:
    """Pictures from noise, all of which show a crack, as the training photos did."""

    def __init__(self, saved: SavedGenerator, wanted: Wanted) -> None:
        if wanted.size_px not in {0, saved.recipe.data.size_px}:
            raise SettingsError(
                f"{saved.recipe.name} makes pictures of {saved.recipe.data.size_px} px alone; omit --size"
            )
        self.recipe, self.wanted = saved.recipe, wanted
        self.backgrounds: tuple[GeneratorPhotos, ...] = ()
        self.generator, _ = build_dcgan(saved.recipe)
        self.generator.load_state_dict(saved.weights)
        self.generator.eval()

    def files(self, number: int) -> tuple[str, ...]:
        """Name the photo."""
        return (f"crack/generated_{number:05d}.png",)

    @torch.no_grad()
    def make(self, first: int) -> list[Picture]:
        """Make a block."""
        noise = [
            normal(np.random.default_rng((self.wanted.seed, number)), self.recipe.model.latent)
            for number in range(first, first + _BLOCK)
        ]
        return [(photo, None) for photo in as_photos(self.generator(torch.stack(noise)))]

    def write_tables(self, out: Path) -> None:
        """Write ``labels.csv``."""
        rows = [(self.files(number)[0], "crack") for number in range(self.wanted.count)]
        write_table(out / "labels.csv", ("file", "label"), rows)


class PairMaker:
    """Photos of the training with drawn cracks in place of their own."""

    def __init__(self, saved: SavedGenerator, wanted: Wanted) -> None:
        if wanted.data is None:
            raise SettingsError(
                f"{saved.recipe.name} paints cracks into photos; give the folder of its sources as --data"
            )
        size_px = wanted.size_px or saved.recipe.data.size_px
        if size_px < SMALLEST_SIDE_PX:
            raise SettingsError(
                f"size is {size_px} px; {saved.recipe.name} paints drawn cracks, which takes "
                f"{SMALLEST_SIDE_PX} px or more, such as --size 256x256"
            )
        drawn = saved.recipe.data.model_copy(update={"drawn": 1.0, "size_px": size_px})
        self.recipe, self.wanted = (
            saved.recipe.model_copy(update={"seed": wanted.seed, "data": drawn}),
            wanted,
        )
        self.backgrounds = gather_photos(saved.recipe, wanted.data)
        self.scenes = PaintedScenes(self.recipe, self.backgrounds, _NETWORKS)
        self.generator, _ = build_conditional(saved.recipe)
        self.generator.load_state_dict(saved.weights)
        self.generator.eval()

    def files(self, number: int) -> tuple[str, ...]:
        """Name photo and mask."""
        return f"images/generated_{number:05d}.jpg", f"masks/generated_{number:05d}.png"

    @torch.no_grad()
    def make(self, first: int) -> list[Picture]:
        """Make a block."""
        numbers = range(first, first + _BLOCK)
        photos, _, asked, _ = default_collate([self.scenes[number] for number in numbers])
        rngs = (np.random.default_rng((self.wanted.seed, number, 1)) for number in numbers)
        noises = [draw_noise(rng, 1, self.recipe) for rng in rngs]
        style, shifts = (
            torch.cat([getattr(noise, name) for noise in noises]) for name in ("style", "shifts")
        )
        painted = as_photos(self.generator(Scene(photos, asked), Noise(style, shifts)))
        return [(photo, mask) for photo, mask in zip(painted, asked[:, 1].numpy() > 0)]

    def write_tables(self, out: Path) -> None:
        """Write ``groups.csv`` with the photo beneath each picture."""
        rows = []
        for number in range(self.wanted.count):
            sample = self.scenes.chosen(number)[1]
            file = Path(self.files(number)[0]).name
            rows.append((file, f"{sample.source}/{sample.group}", sample.source, sample.image.name))
        write_table(out / "groups.csv", ("file", "group", "source", "background"), rows)


MAKERS: dict[str, Callable[[SavedGenerator, Wanted], Maker]] = {
    "dcgan": PlainMaker,
    "conditional": PairMaker,
}
"""By ``model.net``."""


def _check_count(out: Path, count: int) -> None:
    """Refuse to list fewer pictures than there are."""
    found = [_NAME.fullmatch(path.stem) for path in out.glob("*/generated_*")]
    if any(int(name[1]) >= count for name in found if name):
        raise OutputError(f"{out} holds more than {count} pictures of this set; choose another --out")


def _missing(out: Path, maker: Maker, count: int) -> set[int]:
    """Tell the pictures of which a file is not there."""
    return {
        number for number in range(count) if not all((out / file).is_file() for file in maker.files(number))
    }


def _make(
    missing: Collection[int], maker: Maker, count: int, on_photo: OnPhoto | None
) -> Iterator[tuple[int, Picture]]:
    """Make the pictures that are missing, and tell of all as if they were made."""
    for first in range(0, count, _BLOCK):
        numbers = range(first, min(first + _BLOCK, count))
        if any(number in missing for number in numbers):
            made = zip(numbers, maker.make(first))
            yield from ((number, picture) for number, picture in made if number in missing)
        if on_photo is not None:
            on_photo(numbers[-1] + 1, count)


def _write_picture(out: Path, files: Sequence[str], picture: Picture) -> None:
    for file, pixels in zip(files, picture):
        if pixels is not None:
            write_image(out / file, pixels, jpeg_quality=_JPEG_QUALITY)
