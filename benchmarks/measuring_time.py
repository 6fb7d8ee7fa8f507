"""Time the way from a 12 MP probability map to measurements: the table of docs/lengths.md.

Run it in the root of the repository: ``PYTHONPATH=src python benchmarks/measuring_time.py``
"""

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import cv2
import numpy as np

from crackwise.arrays import Levels
from crackwise.crack.mask import find_cracks
from crackwise.crack.measure import measure
from crackwise.crack.network import trace
from crackwise.levels import to_levels

H, W = 3000, 4000


def main() -> None:
    cv2.setNumThreads(1)
    rng = np.random.default_rng(0)
    contents = {"cracks": _cracks(rng), "specks": _specks(rng), "short pieces": _pieces(rng), "disc": _disc()}
    print("| content | cracks | `find_cracks` s | `trace` s | `measure` s |\n|---|---|---|---|---|")
    for name, levels in contents.items():
        regions, find_s = _timed(lambda p=levels: find_cracks(p, high=0.6, low=0.4, min_area_px=20))
        network, trace_s = _timed(lambda r=regions: trace(r))
        cracks, measure_s = _timed(lambda n=network, r=regions, p=levels: measure(n, r, levels=p))
        print(f"| {name} | {len(cracks)} | {find_s:.2f} | {trace_s:.2f} | {measure_s:.2f} |", flush=True)


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Processor time, which other programs on the machine disturb less."""
    before = time.process_time()
    return work(), time.process_time() - before


def _cracks(rng: np.random.Generator) -> Levels:
    canvas = np.zeros((H, W), np.uint8)
    for _ in range(10):
        heading = rng.uniform(0, np.pi) + np.cumsum(rng.normal(0, 0.15, 250))
        steps = 6 * np.stack([np.cos(heading), np.sin(heading)], axis=1)
        points = np.rint(rng.uniform(0.1, 0.9, 2) * (W, H) + np.cumsum(steps, axis=0)).astype(int)
        for start, end in pairwise(points):
            thickness = int(max(2, 8 + rng.normal(0, 1.5)))
            cv2.line(canvas, start.tolist(), end.tolist(), 1, thickness)
    return _soft(canvas)


def _specks(rng: np.random.Generator) -> Levels:
    canvas = np.zeros((H, W), np.uint8)
    for _ in range(5000):
        centre = rng.integers(10, (W - 10, H - 10)).tolist()
        axes = rng.integers(2, 9, 2).tolist()
        cv2.ellipse(canvas, centre, axes, float(rng.uniform(0, 180)), 0, 360, 1, -1)
    return _soft(canvas)


def _pieces(rng: np.random.Generator) -> Levels:
    canvas = np.zeros((H, W), np.uint8)
    for _ in range(5000):
        start = rng.integers(40, (W - 40, H - 40))
        cv2.line(canvas, start.tolist(), (start + rng.integers(-30, 30, 2)).tolist(), 1, 3)
    return _soft(canvas)


def _disc() -> Levels:
    return _soft(cv2.circle(np.zeros((H, W), np.uint8), (W // 2, H // 2), 1400, 1, -1))


def _soft(canvas: np.ndarray) -> Levels:
    return to_levels(cv2.GaussianBlur(canvas.astype(np.float32), (0, 0), 1))


if __name__ == "__main__":
    main()
