"""How well ``crackwise capture`` foretells what ``crackwise inspect`` then says of the finest width.

    PYTHONPATH=src python benchmarks/capture.py --data DATA/open

For photos of the open sets: the smallest measurable width as blur and grain of the whole photo say, divided
by what the measured cracks say.
"""

import argparse
import random
from pathlib import Path

import numpy as np

from crackwise.inspection.capture import look_at_capture
from crackwise.inspection.inspect import inspect_photo
from crackwise.inspection.model import load_model
from crackwise.photo import read_photo

SETS = ("sut_crack", "kaggle_uav", "roboflow_qlrkm", "uavcrack")
PHOTOS, SEED = 40, 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the open sets")
    data = parser.parse_args().data
    print("| set | photos | median ratio | 10 % to 90 % |\n|---|---|---|---|", flush=True)
    model, every = load_model(), []
    for name in SETS:
        files = sorted((data / name / "images").glob("*.jpg"))
        ratios = []
        for path in random.Random(SEED).sample(files, PHOTOS):
            photo = read_photo(path)
            told, seen = look_at_capture(photo.pixels), inspect_photo(photo, model).summary.smallest_width_px
            if told and seen:
                ratios.append(told.smallest_width_px / seen)
        every += ratios
        print(row(name, ratios), flush=True)
    print(row("all", every))


def row(name: str, ratios: list[float]) -> str:
    low, middle, high = np.quantile(ratios, [0.1, 0.5, 0.9])
    return f"| {name} | {len(ratios)} | {middle:.2f} | {low:.2f} to {high:.2f} |"


if __name__ == "__main__":
    main()
