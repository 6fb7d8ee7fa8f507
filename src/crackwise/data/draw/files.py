"""Drawn scenes on disk, in the canonical layout of a data set."""

import math
import os
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from crackwise.data.draw.scene import DrawnScene, draw_scene
from crackwise.data.draw.settings import CLEAN_SHARE, random_settings
from crackwise.data.stream import OnPhoto, each_photo
from crackwise.data.table import write_table
from crackwise.errors import SettingsError
from crackwise.files import new_folder, write_image, write_json
from crackwise.scale import Scale

JPEG_QUALITY = 92

_PIXELS_AT_ONCE = 16_000_000
"""Of the scenes that are being drawn; one takes some 120 bytes a pixel."""


_LEAST_PX = 16


@dataclass(frozen=True, slots=True)
class SizeRange:
    """Smallest and largest size (H, W) of the photos to draw."""

    smallest: tuple[int, int]
    largest: tuple[int, int]

    def pick(self, rng: np.random.Generator) -> tuple[int, int]:
        """Draw a size, both sides independently."""
        height, width = (int(rng.integers(low, high + 1)) for low, high in zip(self.smallest, self.largest))
        return height, width


def parse_size(text: str) -> SizeRange:
    """Read ``640x480`` (width x height) or ``448-640`` (each side anywhere between).

    Raises
    ------
    SettingsError
        If the text has another form.
    """
    match = re.fullmatch(r"\s*(\d{1,5})\s*([x×-])\s*(\d{1,5})\s*", text)
    if match is None:
        raise SettingsError(
            f"size {text!r} is not understood; write width x height, 512x512, or a range, 448-640"
        )
    first, second = int(match[1]), int(match[3])
    if min(first, second) < _LEAST_PX:
        raise SettingsError(f"size {text!r} is too small; expected {_LEAST_PX} px or more a side")
    if match[2] == "-":
        low, high = sorted((first, second))
        return SizeRange((low, low), (high, high))
    return SizeRange((second, first), (second, first))


def write_drawn(
    out: Path,
    count: int,
    size: str = "512x512",
    seed: int = 0,
    *,
    clean_share: float = CLEAN_SHARE,
    mm_per_px: float | None = None,
    on_scene: OnPhoto | None = None,
) -> None:
    """Draw scenes and write them as a data set.

    Writes ``images/*.jpg``, ``masks/<stem>.png`` (0 and 255), ``groups.csv`` (each photo is its own group)
    and ``truth.json`` (seed, size and share without cracks; per photo: surface, cracks with length and width
    in px). Scene number i depends on the seed and on i only.

    Parameters
    ----------
    out
        New or empty folder; it appears when everything is drawn.
    count
        Number of scenes.
    size
        See `parse_size`.
    seed
        0 or more.
    clean_share
        Share of the scenes without a crack; 1 gives hard negatives only.
    mm_per_px
        Scale to note in ``truth.json``; the drawing does not depend on it.
    on_scene
        Called with (done, total).

    Raises
    ------
    OutputError
        As :func:`crackwise.files.new_folder`.
    SettingsError
        If the size or the count is impossible.
    """
    sizes = parse_size(size)
    scale = None if mm_per_px is None else Scale(mm_per_px)
    if count < 1 or seed < 0:
        raise SettingsError(
            f"count is {count} and seed is {seed}; expected at least 1 scene and a seed of 0 or more"
        )
    at_once = max(1, min(os.cpu_count() or 1, _PIXELS_AT_ONCE // math.prod(sizes.largest)))
    with new_folder(out) as folder:
        write = partial(_write_scene, folder, sizes, seed, clean_share)
        truth = dict(each_photo(write, range(count), on_scene, workers=at_once))
        write_table(folder / "groups.csv", ("file", "group"), [(name, Path(name).stem) for name in truth])
        drawn = {"seed": seed, "size": size, "clean_share": clean_share}
        described = drawn | {"mm_per_px": scale.mm_per_px if scale else None, "photos": truth}
        write_json(folder / "truth.json", described)


def _write_scene(
    folder: Path, sizes: SizeRange, seed: int, clean_share: float, number: int
) -> tuple[str, dict[str, Any]]:
    """Write one scene with its mask; give the name of the photo and what is true about it."""
    rng = np.random.default_rng([seed, number])
    scene = draw_scene(random_settings(rng, sizes.pick(rng), clean_share), rng)
    name = f"drawn_{number:05d}"
    write_image(folder / "images" / f"{name}.jpg", scene.photo, jpeg_quality=JPEG_QUALITY)
    write_image(folder / "masks" / f"{name}.png", scene.mask)
    return f"{name}.jpg", truth_of(scene)


def truth_of(scene: DrawnScene) -> dict[str, Any]:
    """List what is true about a scene, ready for JSON; lengths and widths in px, rounded to 0.01."""
    return {
        "surface": str(scene.surface),
        "cracks": [
            {
                "length_px": round(crack.length_px, 2),
                "width_mean_px": round(crack.width_mean_px, 2),
                "width_max_px": round(crack.width_max_px, 2),
                "width_max_along_px": round(crack.width_max_along_px, 2),
                "branches": len(crack.branches),
            }
            for crack in scene.cracks
        ],
    }
