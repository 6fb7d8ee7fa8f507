"""How often the 90 % intervals of whole cracks hold the truth: mean, median, 95th percentile and maximum.

The truth is that of the true openings at the points where a width was measured, so that only measuring is
judged and not where cracks are left out.

    PYTHONPATH=src:benchmarks python benchmarks/width_cracks.py --per-band 20
"""

import argparse

import numpy as np

import crackwise
from crackwise.inspection.inspect import Inspection
from width_accuracy import STRAY_PX, drawn_cracks
from width_cases import BANDS_PX
from width_truth import DrawnWidth, fattened

FIGURES = {
    "mean": np.mean,
    "median": np.median,
    "p95": lambda width: np.quantile(width, 0.95),
    "max": np.max,
}


def covered(drawn: DrawnWidth, measured: Inspection) -> list[bool]:
    """Whether each figure of the longest crack lies in its interval."""
    path, width = (
        np.concatenate([getattr(branch, name) for branch in measured.network.branches])
        for name in ("path", "width_px")
    )
    true, distance = drawn.width_at(path)
    kept = np.isfinite(true) & np.isfinite(width) & (distance < STRAY_PX + np.nan_to_num(true) / 4)
    ranges = [getattr(measured.cracks[0], f"width_{name}_range_px") for name in FIGURES]
    truths = [float(figure(true[kept])) for figure in FIGURES.values()]
    return [low <= truth <= high for truth, (low, high) in zip(truths, ranges)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--per-band", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--camera", action="store_true", help="blur light, and store it along the sRGB curve")
    options = parser.parse_args()
    found: dict[int, list[list[bool]]] = {band: [] for band in range(len(BANDS_PX))}
    for band, drawn in drawn_cracks(options.per_band, options.seed, is_camera=options.camera):
        for by_px in (0, 1):
            measured = crackwise.measure(drawn.photo, fattened(drawn.mask, by_px))
            if measured.cracks[0].width_mean_range_px is not None:
                found[band].append(covered(drawn, measured))
    print("| true opening, px | cracks and masks | mean, % | median, % | 95th percentile, % | maximum, % |")
    print("|---|---|---|---|---|---|")
    everything = [one for part in found.values() for one in part]
    rows = [(f"{low:g}–{high:g}", found[band]) for band, (low, high) in enumerate(BANDS_PX)]
    for name, part in [*rows, ("all", everything)]:
        shares = " | ".join(f"{100 * share:.0f}" for share in np.mean(part, axis=0))
        print(f"| {name} | {len(part)} | {shares} |")


if __name__ == "__main__":
    main()
