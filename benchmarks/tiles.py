"""Compare tiles with the whole photo, and bf16 with fp32, in what a model predicts: the tables of the docs.

Run it in the root of the repository: ``PYTHONPATH=src python benchmarks/tiles.py --model FILE``. The
whole photo goes through the network in one piece, which takes memory in proportion to it.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crackwise.arrays import Floats, ProbabilityMap, Rgb
from crackwise.crack.mask import find_cracks
from crackwise.data.draw import draw_scene, random_settings
from crackwise.data.draw.files import parse_size
from crackwise.errors import ModelError
from crackwise.inspection.model import CrackModel, load_model
from crackwise.inspection.settings import DEFAULTS, ResolvedSettings
from crackwise.levels import to_levels
from crackwise.photo import read_photo

PERCENTILE = 99.9
HEADER = (
    "| photo | tiled − whole, fp32: max | 99.9 % "
    "| bf16 − fp32, tiled: max | 99.9 % | mask px that change, % |\n"
    "|---|---|---|---|---|---|"
)


@dataclass(frozen=True, slots=True)
class Differences:
    """Of one photo; those of bf16 are None where the processor does not compute in it.

    Parameters
    ----------
    tiles, bf16
        (max, 99.9th percentile) of the absolute difference in probability.
    changed_px
        Pixels that are in the mask of one precision only.
    mask_px
        Pixels of the fp32 mask.
    """

    tiles: tuple[float, float]
    bf16: tuple[float, float] | None
    changed_px: int
    mask_px: int


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, help="model file; default: the shipped one")
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2, 3], help="of the drawn scenes")
    parser.add_argument("--size", default="3000x2000", help="of the drawn scenes, width x height")
    parser.add_argument("--photos", type=Path, nargs="*", default=[], help="files to compare as well")
    options = parser.parse_args()
    fp32, bf16 = load_model(options.model, "fp32"), _bf16(options.model)
    settings = DEFAULTS.resolved(fp32.card)
    print(f"{fp32.card.name} {fp32.card.version}, sha256 {fp32.sha256[:12]}; ", end="")
    print(f"tiles of {settings.tile_px} px, overlap {settings.overlap_px} px\n\n{HEADER}", flush=True)
    found = []
    for name, pixels in _photos(options):
        found.append(_compare(pixels, fp32, bf16, settings))
        print(_row(name, [found[-1]]), flush=True)
    print(_row("worst of all", found))


def _bf16(path: Path | None) -> CrackModel | None:
    try:
        return load_model(path, "bf16")
    except ModelError as error:
        print(f"left out: {error}\n")
        return None


def _photos(options: argparse.Namespace) -> Iterator[tuple[str, Rgb]]:
    shape = parse_size(options.size).smallest
    for seed in options.seeds:
        rng = np.random.default_rng(seed)
        scene = draw_scene(random_settings(rng, shape), rng)
        yield f"seed {seed}, {scene.surface}, {len(scene.cracks)} cracks", scene.photo
    for path in options.photos:
        yield path.name, read_photo(path).pixels


def _compare(
    pixels: Rgb, fp32: CrackModel, bf16: CrackModel | None, settings: ResolvedSettings
) -> Differences:
    tiled = _tiled(pixels, fp32, settings)
    tiles = _sizes(tiled, _whole(pixels, fp32))
    if bf16 is None:
        return Differences(tiles, None, 0, 0)
    rounded = _tiled(pixels, bf16, settings)
    mask, rounded_mask = (
        find_cracks(
            to_levels(probability),
            high=settings.threshold_high,
            low=settings.threshold_low,
            min_area_px=settings.min_area_px,
        ).mask()
        for probability in (tiled, rounded)
    )
    return Differences(tiles, _sizes(tiled, rounded), int((mask ^ rounded_mask).sum()), int(mask.sum()))


def _tiled(pixels: Rgb, model: CrackModel, settings: ResolvedSettings) -> ProbabilityMap:
    return model.predict(pixels, tile_px=settings.tile_px, overlap_px=settings.overlap_px)


def _whole(pixels: Rgb, model: CrackModel) -> ProbabilityMap:
    """Predict with one tile that holds the whole photo."""
    stride_px = model.card.stride_px
    side_px = -(-max(pixels.shape) // stride_px) * stride_px
    return model.predict(pixels, tile_px=side_px, overlap_px=0)


def _sizes(first: Floats, second: Floats) -> tuple[float, float]:
    difference = np.abs(first - second)
    return float(difference.max()), float(np.percentile(difference, PERCENTILE))


def _row(name: str, found: list[Differences]) -> str:
    tiles = [f"{max(each.tiles[i] for each in found):.2g}" for i in (0, 1)]
    rounded = [each.bf16 for each in found if each.bf16]
    bf16 = [f"{max(each[i] for each in rounded):.2g}" if rounded else "–" for i in (0, 1)]
    shares = [100 * each.changed_px / each.mask_px for each in found if each.mask_px]
    changed = f"{max(shares):.2f}" if shares else "–"
    return f"| {name} | {' | '.join([*tiles, *bf16, changed])} |"


if __name__ == "__main__":
    main()
