"""Time the search for duplicates beside a plain loop: the table of the docs.

Run it in the root of the repository: ``PYTHONPATH=src python benchmarks/duplicates.py --count 2000``.
Without ``--data`` it cuts photos of 448 px from larger drawn scenes. The plain loop is what one writes
first: one thread, a 64-bit average hash of each photo, compared with each earlier one. It finds whole copies
only, and calls smooth surfaces alike.
"""

import argparse
import multiprocessing
import platform
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from crackwise.data.dataset import IMAGE_SUFFIXES
from crackwise.data.draw import draw_scene, random_settings
from crackwise.data.duplicates import NamedPhoto, cluster, find_duplicates
from crackwise.files import write_image
from peak import peak_mib

SIDE_PX = 448
TILES_EACH_WAY = 3
HASH_BITS_APART = 5
HEADER = (
    "| search | photos | threads | wall, s | images/s | CPU, ms/image | peak memory, MB | pairs | groups |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One search, run in a process of its own."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    kinds: Counter[str]
    group_count: int


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="folder of photos, searched below as well; default: drawn")
    parser.add_argument("--count", type=int, default=500, help="of photos")
    parser.add_argument("--workers", type=int, default=2, help="threads")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = _photos(options.data, options.count) if options.data else _drawn(Path(folder), options.count)
        print(f"{platform.machine()}, {multiprocessing.cpu_count()} CPUs, OpenCV {cv2.__version__}, ", end="")
        print(f"numpy {np.__version__}, {options.data or 'drawn photos, seed 0'}\n\n{HEADER}", flush=True)
        for name, search, workers in (
            ("plain loop", plain_loop, 1),
            ("find_duplicates", with_threads, 1),
            ("find_duplicates", with_threads, options.workers),
        ):
            print(_row(name, len(paths), workers, _alone(search, paths, workers)), flush=True)


def plain_loop(paths: list[Path], _workers: int) -> tuple[Counter[str], int]:
    """Compare average hashes, one photo at a time."""
    hashes: list[np.ndarray] = []
    pairs = 0
    for path in paths:
        small = cv2.resize(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), (8, 8), interpolation=cv2.INTER_AREA)
        own = (small > small.mean()).ravel()
        pairs += sum(int((own != other).sum()) <= HASH_BITS_APART for other in hashes)
        hashes.append(own)
    return Counter({"alike": pairs}), 0


def with_threads(paths: list[Path], workers: int) -> tuple[Counter[str], int]:
    """Run the search of the package and cluster its pairs."""
    pairs = find_duplicates([NamedPhoto(str(path), path) for path in paths], workers=workers)
    groups = cluster(pairs, [str(path) for path in paths])
    return Counter(pair.kind for pair in pairs), len(set(groups.values()))


def _alone(search: Callable[[list[Path], int], object], paths: list[Path], workers: int) -> Measured:
    """Run in a fresh process, so that its peak memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (search, paths, workers))


def _measured(
    search: Callable[[list[Path], int], tuple[Counter[str], int]], paths: list[Path], workers: int
) -> Measured:
    cv2.setNumThreads(1)  # OpenCV's own threads would blur what ``workers`` does
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    kinds, group_count = search(paths, workers)
    wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    return Measured(wall_s, cpu_s, peak_mib(), kinds, group_count)


def _photos(folder: Path, count: int) -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES)
    return found[:count]


def _drawn(folder: Path, count: int) -> list[Path]:
    """Cut scenes into photos that share no pixel."""
    rng, paths, side_px = np.random.default_rng(0), [], TILES_EACH_WAY * SIDE_PX
    while len(paths) < count:
        photo = draw_scene(random_settings(rng, (side_px, side_px)), rng).photo
        for row in range(0, side_px, SIDE_PX):
            for col in range(0, side_px, SIDE_PX):
                paths.append(folder / f"{len(paths):06d}.jpg")
                write_image(paths[-1], photo[row : row + SIDE_PX, col : col + SIDE_PX])
    return paths[:count]


def _row(name: str, count: int, workers: int, found: Measured) -> str:
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(found.kinds.items())) or "0"
    return (
        f"| {name} | {count} | {workers} | {found.wall_s:.1f} | {count / found.wall_s:.1f} "
        f"| {1000 * found.cpu_s / count:.1f} | {found.peak_mb:.0f} | {kinds} | {found.group_count or '–'} |"
    )


if __name__ == "__main__":
    main()
