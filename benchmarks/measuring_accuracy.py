"""Measure drawn cracks of known length and width: the accuracy table of docs/lengths.md.

Run it in the root of the repository: ``PYTHONPATH=src:tests python benchmarks/measuring_accuracy.py``
"""

import argparse

import numpy as np

from crackwise.crack.measure import measure
from crackwise.crack.network import trace
from crackwise.crack.sections import EdgeMap
from drawn import Points, arc, draw_crack, straight, wave

LENGTH_IN_WIDTHS = 20
SHAPES = ("straight", "arc", "wave", "tapered")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--widths", type=float, nargs="+", default=[3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30])
    parser.add_argument("--angle-step", type=int, default=5, help="degrees between the angles, 0 to 179")
    parser.add_argument("--seed", type=int, default=0, help="of the position between the pixels")
    parser.add_argument(
        "--edge", choices=("mask", "coverage"), default="mask", help="what the edge is taken from"
    )
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    angles = range(0, 180, options.angle_step)
    print(
        "| shape | width, px | cracks | length error, %: median | 95 % | max "
        "| width error, px: median | 95 % | max | most branches |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    everything = []
    for shape in SHAPES:
        for width_px in options.widths:
            errors = np.array([_errors(shape, width_px, angle, options.edge, rng) for angle in angles])
            everything.append(errors)
            print(_row(shape, f"{width_px:g}", errors), flush=True)
    print(_row("all", "", np.concatenate(everything)))


def _errors(
    shape: str, width_px: float, angle_deg: float, edge: str, rng: np.random.Generator
) -> tuple[float, float, int]:
    """Length error in %, error of the mean width in px, and the number of branches (1 is right)."""
    line, width = _crack(shape, width_px, angle_deg)
    drawn = draw_crack(line, width, phase=tuple(rng.random(2)))
    network = trace(drawn.mask, edge=EdgeMap(drawn.coverage) if edge == "coverage" else None)
    cracks = measure(network, drawn.mask)
    length_error = 100 * (sum(crack.length_px for crack in cracks) / drawn.length_px - 1)
    pieces = sum(crack.branches for crack in cracks)
    return abs(length_error), abs(cracks[0].width_mean_px - drawn.width_mean_px), pieces


def _crack(shape: str, width_px: float, angle_deg: float) -> tuple[Points, np.ndarray]:
    length_px = LENGTH_IN_WIDTHS * width_px
    lines = {
        "straight": lambda: straight(length_px, angle_deg),
        "arc": lambda: arc(length_px, 10 * width_px, angle_deg),
        "wave": lambda: wave(length_px, 1.5 * width_px, 12 * width_px, angle_deg),
        "tapered": lambda: straight(length_px, angle_deg),
    }
    line = lines[shape]()
    ends = (0.6, 1.4) if shape == "tapered" else (1, 1)
    return line, width_px * np.linspace(*ends, len(line))


def _row(shape: str, width: str, errors: np.ndarray) -> str:
    figures = [
        f"{figure(errors[:, i]):.2f}" for i in (0, 1) for figure in (np.median, _percentile_95, np.max)
    ]
    return f"| {shape} | {width} | {len(errors)} | {' | '.join(figures)} | {int(errors[:, 2].max())} |"


def _percentile_95(values: np.ndarray) -> float:
    return float(np.percentile(values, 95))


if __name__ == "__main__":
    main()
