"""Widths, lengths and time beside peers from the registry: point 4 of docs/widths.md.

Each peer runs in its own environment, which this script is told of by name. Run it in the root of the
repository::

    python -m venv peers/crackenpy && peers/crackenpy/bin/pip install crackenpy==0.1.81
    python -m venv peers/skan && peers/skan/bin/pip install skan==0.13.1
    PYTHONPATH=src python benchmarks/peers.py \\
        --python crackenpy=peers/crackenpy/bin/python skan=peers/skan/bin/python

The cracks are those of `width_accuracy.py`, each with its true mask and with one that is 1 px too fat all
round; scored are the mean width and the length that each tool gives for a crack. The time is that of a drawn
12 MP photo. Models are not compared: a peer measures the same mask, and crackenpy needs neither PyTorch nor
weights for it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from width_accuracy import ESTIMATORS, drawn_cracks
from width_baselines import Estimate, Mask
from width_cases import BANDS_PX
from width_truth import DrawnWidth, fattened

Figures = dict[str, float]
FATNESS_PX = (0, 1)
OURS = ("crackwise", "crackwise, mask only")
H, W = 3000, 4000
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
}


@dataclass(frozen=True, slots=True)
class Photo:
    """What is measured: a photo, a mask of it, and the true figures."""

    name: str
    band: int
    by_px: int
    pixels: NDArray[np.uint8]
    mask: Mask
    width_px: float
    length_px: float

    @classmethod
    def of(cls, drawn: DrawnWidth, band: int, number: int, by_px: int) -> "Photo":
        mask = fattened(drawn.mask, by_px)
        name = f"{band}-{number:04d}-{by_px}"
        return cls(name, band, by_px, drawn.photo, mask, drawn.width_mean_px, drawn.length_px)


def main() -> None:
    options = _options()
    peers = dict(pair.split("=", 1) for pair in options.python)
    photos = [
        Photo.of(drawn, band, number, by_px)
        for number, (band, drawn) in enumerate(drawn_cracks(options.per_band, options.seed))
        for by_px in FATNESS_PX
    ]
    large = _large_photo(np.random.default_rng(options.seed))
    if photos:
        results = {name: _measure_here(ESTIMATORS[name], photos) for name in options.ours}
        results |= {name: _measure_there(name, python, photos) for name, python in peers.items()}
        print(_accuracy(photos, results), flush=True)
    times = {name: _measure_here(ESTIMATORS[name], [large] * options.repeats) for name in options.ours}
    times |= {name: _measure_there(name, python, [large] * options.repeats) for name, python in peers.items()}
    print(_times(times, options.ours[0]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", nargs="+", default=[], metavar="PEER=PYTHON", help="crackenpy and skan")
    parser.add_argument("--ours", nargs="+", choices=OURS, default=list(OURS))
    parser.add_argument(
        "--per-band", type=int, default=20, help="cracks drawn for each band of widths; 0: time only"
    )
    parser.add_argument("--repeats", type=int, default=3, help="of the 12 MP photo; the fastest counts")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def _measure_here(
    estimator: Callable[[NDArray[np.uint8], Mask], Estimate], photos: Iterable[Photo]
) -> list[Figures]:
    cv2.setNumThreads(1)
    results = []
    for photo in photos:
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        estimate = estimator(photo.pixels, photo.mask)
        times = {"wall_s": time.perf_counter() - wall_s, "cpu_s": time.process_time() - cpu_s}
        known = estimate.width_px[np.isfinite(estimate.width_px)]
        width_px = float(known.mean()) if len(known) else float("nan")
        results.append({"width_px": width_px, "length_px": estimate.length_px or float("nan"), **times})
    return results


def _measure_there(peer: str, python: str, photos: list[Photo]) -> list[Figures]:
    """Hand the masks to the peer as PNG files and read its figures, in order."""
    worker = Path(__file__).with_name("peers_worker.py")
    with tempfile.TemporaryDirectory() as folder:
        names = [f"{number:06d}" for number in range(len(photos))]
        for name, photo in zip(names, photos):
            cv2.imwrite(str(Path(folder, f"{name}.png")), photo.mask.astype(np.uint8) * 255)
        out = Path(folder, "figures.json")
        command = [python, "-W", "ignore", str(worker), peer, folder, str(out)]
        subprocess.run(command, check=True, env=os.environ | ONE_THREAD, stdout=sys.stderr)
        figures = json.loads(out.read_text(encoding="utf-8"))
    return [figures[name] for name in names]


def _large_photo(rng: np.random.Generator) -> Photo:
    """12 MP with eight wandering cracks of 3 to 14 px, blurred and with grain."""
    canvas = np.zeros((H, W), np.uint8)
    for thickness in (3, 4, 5, 6, 8, 10, 12, 14):
        heading = rng.uniform(0, np.pi) + np.cumsum(rng.normal(0, 0.1, 220))
        steps = 8 * np.stack([np.cos(heading), np.sin(heading)], axis=1)
        points = rng.uniform(0.2, 0.8, 2) * (W, H) + np.cumsum(steps, axis=0)
        cv2.polylines(canvas, [np.rint(points).astype(np.int32)], False, 1, thickness)
    light = 180 - 90 * cv2.GaussianBlur(canvas.astype(np.float32), (0, 0), 1.0)
    light += 4 * rng.standard_normal((H, W), np.float32)
    grey = np.clip(np.rint(light), 0, 255).astype(np.uint8)
    return Photo("12 MP", 0, 0, np.repeat(grey[..., None], 3, axis=2), canvas > 0, np.nan, np.nan)


def _accuracy(photos: list[Photo], results: dict[str, list[Figures]]) -> str:
    lines = [
        "| mask | opening drawn, px | cracks | tool | error of mean width, px: median | mean | 95 % "
        "| error of length, %: median | 95 % |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for by_px in FATNESS_PX:
        for band in [*range(len(BANDS_PX)), None]:
            chosen = [i for i, p in enumerate(photos) if p.by_px == by_px and band in (p.band, None)]
            label = "all" if band is None else "{:g}–{:g}".format(*BANDS_PX[band])
            for tool, figures in results.items():
                cells = _errors([photos[i] for i in chosen], [figures[i] for i in chosen])
                mask = f"{by_px} px fat" if by_px else "true"
                lines.append(f"| {mask} | {label} | {len(chosen)} | {tool} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _errors(photos: list[Photo], figures: list[Figures]) -> list[str]:
    width = np.abs([f["width_px"] - p.width_px for f, p in zip(figures, photos)])
    length = 100 * np.abs([f["length_px"] / p.length_px - 1 for f, p in zip(figures, photos)])
    of_width = np.nanmedian(width), np.nanmean(width), np.nanpercentile(width, 95)
    of_length = np.nanmedian(length), np.nanpercentile(length, 95)
    return [f"{value:.2f}" for value in (*of_width, *of_length)]


def _times(times: dict[str, list[Figures]], reference: str) -> str:
    lines = [
        f"\n| tool | seconds for {H * W / 1e6:.0f} MP, as it runs | processor seconds "
        f"| processor seconds, against {reference} |",
        "|---|---|---|---|",
    ]
    best = {tool: [min(f[key] for f in runs) for key in ("wall_s", "cpu_s")] for tool, runs in times.items()}
    for tool, (wall_s, cpu_s) in best.items():
        ratio = cpu_s / best[reference][1]
        lines.append(f"| {tool} | {wall_s:.2f} | {cpu_s:.2f} | {ratio:.1f} × |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
