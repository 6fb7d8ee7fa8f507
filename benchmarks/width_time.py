"""Time the widths of a drawn 12 MP photo: a dozen winding cracks, some 45,000 profiles.

PYTHONPATH=src python benchmarks/width_time.py
"""

import time

import cv2
import numpy as np

from crackwise.crack.network import trace
from crackwise.crack.widths import measure_widths

H, W, CRACKS = 3000, 4000, 12
REPEATS = 3


def main() -> None:
    rng = np.random.default_rng(0)
    lines = np.zeros((H, W), np.uint8)
    along = np.linspace(0, 1, 400)
    for number in range(CRACKS):
        rows = 200 + number * 220 + 60 * np.sin(6 * along + number)
        points = np.stack([100 + 3800 * along, rows], axis=1).round().astype(np.int32)
        cv2.polylines(lines, [points], False, 255, int(rng.integers(3, 9)))
    blurred = cv2.GaussianBlur(lines, (0, 0), 1.2) / 255
    photo = np.clip(170 - 100 * blurred + rng.normal(0, 5, (H, W)), 0, 255).astype(np.uint8)
    network = trace(lines > 0)
    profiles = sum(len(branch.path) for branch in network.branches)
    best = [np.inf, np.inf]
    for _ in range(REPEATS):
        wall, used = time.perf_counter(), time.process_time()
        measure_widths(photo, lines > 0, network)
        taken = time.perf_counter() - wall, time.process_time() - used
        best = [min(old, new) for old, new in zip(best, taken)]
    print(f"{profiles} profiles: {best[0]:.2f} s, {best[1]:.2f} s of processor time (best of {REPEATS})")


if __name__ == "__main__":
    main()
