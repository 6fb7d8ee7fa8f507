"""How time and memory grow with the photo, and how busy the cores are: a table of docs/speed.md.

Run it in the root of the repository::

    PYTHONPATH=src python benchmarks/growth.py --megapixels 1 4 16 64 256

One drawn scene of a megapixel is mirrored until it has the size, so that every megapixel holds as much crack.
Each photo is inspected in a process of its own, from the file to measurements; with ``--write`` mask,
overlay, zoom and record are written, too, as ``crackwise inspect`` does. A TIFF is tiled, not compressed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import tifffile

from crackwise.arrays import Rgb
from crackwise.data.draw import DrawSettings, draw_scene
from crackwise.files import write_image
from peak import peak_mib, watch_kept_mib

SIDE_PX = 1000
TILE_PX = 512
HEADER = (
    "| megapixels | s | s per MP | cores busy | peak memory, MiB | bytes a pixel above the smallest "
    "| of it kept, MiB | bytes a pixel |\n|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one photo took, from its file to measurements, with a model that is loaded and compiled.

    Of the peak memory ``kept_mib`` is what the system cannot drop when others need room: no pages of files.
    """

    wall_s: float
    processor_s: float
    peak_mib: float
    kept_mib: float

    def line(self, megapixels: int, smallest: tuple[int, "Cost"]) -> str:
        """Write a row of the table."""
        cores = os.cpu_count() or 1
        row = f"| {megapixels} | {self.wall_s:.1f} | {self.wall_s / megapixels:.2f} "
        row += f"| {self.processor_s / self.wall_s / cores:.0%} "
        more_px = 1e6 * (megapixels - smallest[0])
        for mib, of_smallest in (
            (self.peak_mib, smallest[1].peak_mib),
            (self.kept_mib, smallest[1].kept_mib),
        ):
            row += f"| {mib:.0f} | {f'{2**20 * (mib - of_smallest) / more_px:.1f}' if more_px else ''} "
        return f"{row}|"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--megapixels", type=int, nargs="+", default=[1, 4, 16, 64], help="powers of 4")
    parser.add_argument("--format", default="jpg", help="of the photo: jpg, png or tif")
    parser.add_argument("--write", action="store_true", help="write what crackwise inspect writes, too")
    parser.add_argument("--model", type=Path, help="model file; default: the shipped one")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(asdict(inspected(options.one, options.model, options.write))))
        return
    settings = DrawSettings(SIDE_PX, SIDE_PX, "concrete", crack_count=1, crack_width_px=(3, 6))
    scene = draw_scene(settings, np.random.default_rng(0)).photo
    print(HEADER)
    smallest = None
    for megapixels in options.megapixels:
        with tempfile.TemporaryDirectory() as folder:
            photo = Path(folder) / f"photo.{options.format}"
            write_photo(photo, mirrored(scene, round(np.sqrt(megapixels))))
            cost = in_a_process(photo, options.model, options.write)
        smallest = smallest or (megapixels, cost)
        print(cost.line(megapixels, smallest), flush=True)


def mirrored(photo: Rgb, times: int) -> Rgb:
    """Give a photo so many times in each direction, every second one mirrored."""
    reach = (times - 1) * SIDE_PX
    return np.asarray(cv2.copyMakeBorder(photo, 0, reach, 0, reach, cv2.BORDER_REFLECT), np.uint8)


def write_photo(path: Path, pixels: Rgb) -> None:
    """Write a photo by its suffix."""
    if path.suffix == ".tif":
        tifffile.imwrite(path, pixels, photometric="rgb", tile=(TILE_PX, TILE_PX))
    else:
        write_image(path, pixels)


def in_a_process(photo: Path, model: Path | None, writes: bool) -> Cost:
    """Inspect a photo in a process of its own."""
    command = [sys.executable, __file__, "--one", str(photo)]
    command += ["--model", str(model)] if model else []
    command += ["--write"] if writes else []
    return Cost(**json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout))


def inspected(path: Path, model: Path | None, writes: bool) -> Cost:
    """Load the model, compile it on an empty photo, then time the photo."""
    from crackwise.inspection.inspect import inspect_photo
    from crackwise.inspection.model import load_model
    from crackwise.inspection.sources import Source
    from crackwise.photo import photo_of, read_photo
    from crackwise.report.run import write_artefacts

    loaded = load_model(model)
    inspect_photo(photo_of(np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8)), loaded)
    wall_s, processor_s = time.perf_counter(), time.process_time()
    with watch_kept_mib() as kept_mib:
        inspection = inspect_photo(read_photo(path, max_megapixels=np.inf), loaded)
        if writes:
            write_artefacts(inspection, Source(path, path.name, path.stem, path.parent), path.parent / "run")
    wall_s, processor_s = time.perf_counter() - wall_s, time.process_time() - processor_s
    return Cost(wall_s, processor_s, peak_mib(), max(kept_mib))


if __name__ == "__main__":
    main()
