"""How dark cracks are: by which share the middle of wide labelled cracks is darker than the surface.

What `crackwise.crack.slot` assumes of a crack whose depth cannot be seen (`DEPTH_SHARE`, `DEPTH_SPREAD`), and
what `width_cases` draws from, come from the column "darkest quarter": the opening, and not its broken rim.

    PYTHONPATH=src:benchmarks python benchmarks/crack_depth.py --data DATA/open
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from crackwise.data.dataset import Sample, list_samples

SETS = ("uavcrack", "kaggle_uav", "sut_crack", "roboflow_qlrkm")
MOST_PHOTOS = 200  # of each set
HALF_WIDTH_PX = 3.5
LEAST_PIXELS = 40


def depth_of(sample: Sample) -> tuple[float, float] | None:
    """Median and 75th percentile of the darkness of a photo's wide crack, None without one."""
    image = sample.read_image()
    mask = sample.read_mask(image.shape).astype(np.uint8)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    distance = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    middle = (distance > HALF_WIDTH_PX) & (distance > 0.75 * cv2.dilate(distance, np.ones((9, 9))))
    beside = cv2.dilate(mask, np.ones((31, 31))) - cv2.dilate(mask, np.ones((7, 7)))
    weight = cv2.GaussianBlur(beside.astype(np.float32), (0, 0), 9)
    surface = cv2.GaussianBlur(grey * beside, (0, 0), 9) / (weight + 1e-3)
    chosen = middle & (weight > 0.05)
    if chosen.sum() < LEAST_PIXELS:
        return None
    share = (1 - grey / np.maximum(surface, 1))[chosen]
    return float(np.median(share)), float(np.quantile(share, 0.75))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the open sets")
    folder = parser.parse_args().data
    print("| set | cracks | middle, median | darkest quarter: mean | standard deviation | 10 % to 90 % |")
    print("|---|---|---|---|---|---|")
    found: dict[str, np.ndarray] = {}
    for name in SETS:
        samples = list_samples(folder / name)
        depths = [depth_of(sample) for sample in samples[:: max(1, len(samples) // MOST_PHOTOS)]]
        found[name] = np.array([depth for depth in depths if depth is not None])
    for name, depths in [*found.items(), ("all", np.concatenate(list(found.values())))]:
        low, high = np.quantile(depths[:, 1], (0.1, 0.9))
        darkest = f"{depths[:, 1].mean():.2f} | {depths[:, 1].std():.2f} | {low:.2f} to {high:.2f}"
        print(f"| {name} | {len(depths)} | {np.median(depths[:, 0]):.2f} | {darkest} |")


if __name__ == "__main__":
    main()
