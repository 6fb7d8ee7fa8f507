"""Widths of real cracks with reference widths, from single grey-value profiles.

Nothing is fitted to them: only ``intensities`` and ``mean_res`` are read. Beside it: half-depth width, Otsu
width, 2 x distance transform of the Otsu mask, and the best constants in px and in mm (which see the truth).

    python benchmarks/width_profiles.py --data DATA/research
"""

import argparse
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from crackwise.crack.profile import ProfileWidth, profile_width
from crackwise.errors import SettingsError
from width_baselines import best_constant, half_depth, otsu, twice_distance

SETS = ("bridge_s", "indoors")
SMALLEST, LARGEST = 0.03, 1.0  # mm per px of rows that are kept


def read(folder: Path) -> list[tuple[float, float, np.ndarray]]:
    """(reference width mm, mm per px, intensities) of every valid file."""
    rows = []
    for path in sorted(folder.glob("*.csv")):
        lines = path.read_text(encoding="utf-8").splitlines()
        names = [name.strip() for name in lines[0].split(",")]
        facts = dict(zip(names, (float(value) for value in lines[1].split(","))))
        if SMALLEST < facts["mean_res"] < LARGEST:
            rows.append((facts["width_m"], facts["mean_res"], np.array(lines[3].split(","), float)))
    return rows


ESTIMATORS: dict[str, Callable[[np.ndarray], float]] = {
    "half-depth": half_depth,
    "Otsu": otsu,
    "2 x distance transform": twice_distance,
}


def told(rows: list[tuple[float, float, np.ndarray]]) -> Iterator[tuple[tuple, ProfileWidth]]:
    """Give the rows whose width `profile_width` tells; it refuses dips wider than 15 px."""
    for row in rows:
        with suppress(SettingsError):
            yield row, profile_width(row[2])


def table(name: str, everything: list[tuple[float, float, np.ndarray]]) -> None:
    rows, widths = zip(*told(everything))
    reference = np.array([row[0] for row in rows])
    scale = np.array([row[1] for row in rows])
    ours = np.array(widths)
    found = {"crackwise": ours[:, 0]}
    found |= {key: np.array([estimate(row[2]) for row in rows]) for key, estimate in ESTIMATORS.items()}
    found["best constant, px"] = np.full(len(rows), best_constant(reference / scale))
    found["best constant, mm"] = best_constant(reference) / scale
    refused = len(everything) - len(rows)
    left_out = f", {refused} more refused as too wide" if refused else ""
    print(f"\n{name}: {len(rows)} profiles, median {np.median(reference / scale):.2f} px{left_out}\n")
    print("| estimator | MAE, px | MAE, mm | bias, px | correlation |\n|---|---|---|---|---|")
    for key, width in found.items():
        error = np.nan_to_num(width) - reference / scale
        fit = (
            "-" if "constant" in key else f"{np.corrcoef(np.nan_to_num(width) * scale, reference)[0, 1]:.2f}"
        )
        mae_px, mae_mm = np.abs(error).mean(), np.abs(error * scale).mean()
        print(f"| {key} | {mae_px:.3f} | {mae_mm:.4f} | {error.mean():+.2f} | {fit} |")
    inside = (ours[:, 1] * scale <= reference) & (reference <= ours[:, 2] * scale)
    print(f"\n90 % interval covers {100 * inside.mean():.1f} %\n")
    print("| reference, mm | profiles | bias, mm | MAE, mm | covered, % |\n|---|---|---|---|---|")
    for width in np.unique(reference):
        chosen = reference == width
        error = ours[chosen, 0] * scale[chosen] - width
        figures = f"{error.mean():+.3f} | {np.abs(error).mean():.3f} | {100 * inside[chosen].mean():.0f}"
        print(f"| {width:.2f} | {chosen.sum()} | {figures} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds width_profiles/")
    folder = parser.parse_args().data / "width_profiles"
    for name in SETS:
        table(name, read(folder / name))


if __name__ == "__main__":
    main()
