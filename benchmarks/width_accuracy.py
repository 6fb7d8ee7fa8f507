"""Widths, intervals and lengths of drawn cracks against their truth: point 1 of docs/widths.md.

Run it in the root of the repository: ``PYTHONPATH=src python benchmarks/width_accuracy.py --per-band 40``

Each crack is measured with its true mask and with the mask widened by a disk of 1 and of 2 px. A point is
scored in the band of its true opening; where a branch opens into another there is no truth, and nothing is
scored.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from width_baselines import MASK_BASELINES, Estimate, Mask
from width_cases import BANDS_PX, cases_of_band
from width_truth import DrawnWidth, draw, fattened

Estimator = Callable[[NDArray[np.uint8], Mask], Estimate]
FATNESS_PX = (0, 1, 2)
POOLED_PX = (("below 2.5", 0.0, 2.5), ("from 2.5", 2.5, np.inf))
STRAY_PX = 3.0
"""A point farther than this and a quarter of the opening from the true centreline lies on no crack."""


def crackwise_of_photo(photo: NDArray[np.uint8], mask: Mask) -> Estimate:
    """`crackwise.measure`: grey values of the photo, the mask says where to look."""
    import crackwise

    measured = crackwise.measure(photo, mask)
    branches = measured.network.branches
    fields = ("path", "width_px", "low_px", "high_px")
    path, width, low, high = (np.concatenate([getattr(b, field) for b in branches]) for field in fields)
    return Estimate(path, width, low, high, sum(crack.length_px for crack in measured.cracks))


def crackwise_of_mask(photo: NDArray[np.uint8], mask: Mask) -> Estimate:
    """`trace` and `measure` of the mask alone."""
    from crackwise.crack.measure import measure
    from crackwise.crack.network import trace

    network = trace(mask)
    path = np.concatenate([branch.path for branch in network.branches])
    width = np.concatenate([branch.width_px for branch in network.branches])
    length_px = sum(crack.length_px for crack in measure(network, mask))
    return Estimate.without_interval(path, width, length_px)


ESTIMATORS: dict[str, Estimator] = {
    "crackwise": crackwise_of_photo,
    "crackwise, mask only": crackwise_of_mask,
    **MASK_BASELINES,
}


@dataclass(frozen=True, slots=True)
class Scored:
    """The points of many cracks, and the error of length of each crack.

    ``true_px``, ``width_px``, ``low_px``, ``high_px`` are (Q,); ``stray`` is the number of points off the
    crack; ``mean_error_px`` and ``length_error`` have one entry a crack: the size of the error of its mean
    width over the points with a width, and the error of its length as a share.
    """

    true_px: NDArray[np.float64]
    width_px: NDArray[np.float64]
    low_px: NDArray[np.float64]
    high_px: NDArray[np.float64]
    stray: int
    mean_error_px: NDArray[np.float64]
    length_error: NDArray[np.float64]

    @classmethod
    def of(cls, estimate: Estimate, drawn: DrawnWidth) -> "Scored":
        """Score one crack."""
        true, distance = drawn.width_at(estimate.points)
        is_stray = distance > STRAY_PX + np.nan_to_num(true) / 4
        kept = np.isfinite(true) & ~is_stray
        true, width = true[kept], estimate.width_px[kept]
        error = width - true
        mean = abs(float(error[np.isfinite(error)].mean())) if np.isfinite(error).any() else np.nan
        length = np.nan if estimate.length_px is None else estimate.length_px / drawn.length_px - 1
        bounds = estimate.low_px[kept], estimate.high_px[kept]
        return cls(true, width, *bounds, int(is_stray.sum()), np.array([mean]), np.array([length]))

    @classmethod
    def together(cls, parts: list["Scored"]) -> "Scored":
        """Pool several cracks."""

        def pooled(name: str) -> NDArray[np.float64]:
            return np.concatenate([getattr(part, name) for part in parts])

        points = [pooled(name) for name in ("true_px", "width_px", "low_px", "high_px")]
        stray = sum(part.stray for part in parts)
        return cls(*points, stray, pooled("mean_error_px"), pooled("length_error"))


def main() -> None:
    options = _options()
    scored: dict[tuple[str, int, int], list[Scored]] = {}
    for band, drawn in drawn_cracks(options.per_band, options.seed, is_camera=options.camera):
        for by_px in FATNESS_PX:
            mask = fattened(drawn.mask, by_px)
            for name in options.estimators:
                scored.setdefault((name, by_px, band), []).append(
                    Scored.of(ESTIMATORS[name](drawn.photo, mask), drawn)
                )
    for name in options.estimators:
        print(f"\n### {name}\n\n{_HEADER}")
        for by_px in FATNESS_PX:
            parts = [scored[name, by_px, band] for band in range(len(BANDS_PX))]
            print("\n".join(_rows(by_px, parts)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--per-band", type=int, default=40, help="cracks drawn for each band of widths")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--camera", action="store_true", help="blur light, and store it along the sRGB curve")
    parser.add_argument("--estimators", nargs="+", choices=ESTIMATORS, default=list(ESTIMATORS))
    return parser.parse_args()


def drawn_cracks(per_band: int, seed: int, *, is_camera: bool = False) -> Iterator[tuple[int, DrawnWidth]]:
    """Draw all cracks; those of a band do not depend on how many another has."""
    for band, limits in enumerate(BANDS_PX):
        rng = np.random.default_rng((seed, band))
        for number, case in enumerate(cases_of_band(limits, per_band, rng), 1):
            print(f"\rband {limits[0]:g}–{limits[1]:g} px: {number} of {per_band}  ", end="", file=sys.stderr)
            yield band, draw(replace(case, is_camera=is_camera), rng)
    print(file=sys.stderr)


_HEADER = (
    "| mask | true opening, px | points | no width, % | median error, px | 95 % | bias "
    "| 90 % interval covers, % | cracks | error of a crack's mean width, px: median | 95 % "
    "| error of length, %: median | 95 % |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|"
)


def _rows(by_px: int, parts: list[list[Scored]]) -> list[str]:
    """A row for each band: points by their own opening, cracks by the opening that they were drawn with."""
    everything = Scored.together([one for part in parts for one in part])
    mask = f"{by_px} px fat" if by_px else "true"
    rows = []
    for (low, high), part in zip(BANDS_PX, parts):
        chosen = (everything.true_px >= low) & (everything.true_px < high + (high == BANDS_PX[-1][1]))
        label = f"{low:g}–{high:g}"
        rows.append(_row(mask, label, everything, chosen, Scored.together(part)))
    for label, low, high in POOLED_PX:
        chosen = (everything.true_px >= low) & (everything.true_px < high)
        within = [part for band, part in zip(BANDS_PX, parts) if low <= band[0] < high]
        cracks = Scored.together([one for part in within for one in part])
        rows.append(_row(mask, label, everything, chosen, cracks))
    rows.append(_row(mask, "all", everything, np.ones(len(everything.true_px), np.bool_), everything))
    return rows


def _row(mask: str, label: str, points: Scored, chosen: NDArray[np.bool_], cracks: Scored) -> str:
    true, width = points.true_px[chosen], points.width_px[chosen]
    low, high = points.low_px[chosen], points.high_px[chosen]
    known, bounded = np.isfinite(width), np.isfinite(low)
    error = (width - true)[known]
    covered = (low <= true)[bounded] & (true <= high)[bounded]
    cells = [
        mask,
        label,
        str(len(true)),
        _number(100 * (1 - known.mean()) if len(known) else np.nan, 1),
        *_median_and_95(np.abs(error), 2),
        _number(error.mean() if len(error) else np.nan, 2, "+"),
        _number(100 * covered.mean() if len(covered) else np.nan, 1),
        str(len(cracks.length_error)),
        *_median_and_95(cracks.mean_error_px, 2),
        *_median_and_95(100 * np.abs(cracks.length_error), 2),
    ]
    return f"| {' | '.join(cells)} |"


def _median_and_95(values: NDArray[np.float64], digits: int) -> list[str]:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return ["–", "–"]
    return [_number(float(np.percentile(finite, share)), digits) for share in (50, 95)]


def _number(value: float, digits: int, sign: str = "") -> str:
    return f"{value:{sign}.{digits}f}" if np.isfinite(value) else "–"


if __name__ == "__main__":
    main()
