"""Widths of masks that people drew, two ways: point 3 of docs/widths.md.

Run it in the root of the repository: ``PYTHONPATH=src python benchmarks/width_masks.py --data DIR``

DIR holds ``masks/`` of one set, ``deepcrack_test`` say. The mask is taken for the truth. The widths of
`trace(mask)` are set against an orthogonal projection as a textbook has it, at the nearest pixel of its
skeleton, and the mean widths of each crack against each other. Points that differ by more than 1 px are
sorted by the first cause that fits: a fork or end of the skeleton nearby, normals that differ, an edge that
is ragged there.

Q points where both give a width.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crackwise.crack.network import Branch, trace
from width_baselines import Floats, Mask, Skeleton, projected_widths

NEAREST_PX = 1.5
"""A point of ours and a pixel of the skeleton farther apart than this are not compared."""

MIN_POINTS = 20
"""Cracks with fewer compared points are left out of the table of cracks."""

LARGE_PX = 1.0
BANDS_PX = ((0.0, 2.5), (2.5, 5.0), (5.0, 10.0), (10.0, 20.0), (20.0, np.inf))
CAUSES = (
    "fork or end of the skeleton within one width",
    "normals more than 15° apart",
    "ragged edge: projected widths within 3 px differ by more than 2 px",
    "none of these",
)


@dataclass(frozen=True, slots=True)
class Compared:
    """The points of one mask where both give a width.

    ``ours_px``, ``theirs_px`` (Q,) widths; ``cause`` (Q,) index into CAUSES of the first that fits; ``crack``
    (Q,) number of the region.
    """

    ours_px: Floats
    theirs_px: Floats
    cause: NDArray[np.intp]
    crack: NDArray[np.intp]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of one set, with masks/")
    options = parser.parse_args()
    compared = [compare(mask) for mask in _masks(options.data)]
    ours = np.concatenate([part.ours_px for part in compared])
    theirs = np.concatenate([part.theirs_px for part in compared])
    print(f"{len(compared)} masks\n\n{_HEADER}")
    for low, high in BANDS_PX:
        chosen = (theirs >= low) & (theirs < high)
        label = f"points, {low:g}–{high:g} px" if np.isfinite(high) else f"points, ≥ {low:g} px"
        print(_row(label, ours[chosen] - theirs[chosen]))
    print(_row("points, all", ours - theirs))
    print(_row("mean of each crack", _differences_of_cracks(compared)))
    print(_causes(np.abs(ours - theirs), np.concatenate([part.cause for part in compared])))


def compare(mask: Mask) -> Compared:
    """Take the widths of one mask both ways."""
    branches = [branch for branch in trace(mask).branches if len(branch.path) > 2]
    skeleton = Skeleton.of(mask)
    if not branches or not len(skeleton.points):
        return Compared(*(np.zeros(0),) * 2, *(np.zeros(0, np.intp),) * 2)
    path = np.concatenate([branch.path for branch in branches])
    ours = np.concatenate([branch.width_px for branch in branches])
    normals, pixels = skeleton.normals(), skeleton.points
    theirs = projected_widths(mask, skeleton, normals)
    distance, nearest = cKDTree(pixels).query(path)
    both = (distance <= NEAREST_PX) & np.isfinite(ours) & np.isfinite(theirs[nearest])
    cosine = np.abs((np.concatenate([_normals(b) for b in branches]) * normals[nearest]).sum(axis=1))
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    crack = labels[tuple(pixels[nearest[both]].astype(int).T)].astype(np.intp)
    fits = np.stack(
        [
            _is_near_node(skeleton, 2 * skeleton.distance_px)[nearest],
            cosine < np.cos(np.radians(15)),
            _is_ragged(pixels, theirs)[nearest],
            np.ones(len(path), np.bool_),
        ]
    )
    return Compared(ours[both], theirs[nearest[both]], fits.argmax(axis=0)[both], crack)


def _masks(folder: Path) -> Iterator[Mask]:
    paths = sorted((folder / "masks").glob("*.png"))
    if not paths:
        sys.exit(f"{folder / 'masks'} has no PNG files; give --data a folder with masks/")
    for number, path in enumerate(paths, 1):
        print(f"\r{number} of {len(paths)} masks", end="", file=sys.stderr)
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if grey is None:
            sys.exit(f"{path} cannot be read as an image; replace it")
        yield grey >= 128
    print(file=sys.stderr)


def _normals(branch: Branch) -> Floats:
    tangent = np.gradient(branch.path, axis=0)
    normal: Floats = np.stack([tangent[:, 1], -tangent[:, 0]], axis=1) / np.hypot(*tangent.T)[:, None]
    return normal


def _is_near_node(skeleton: Skeleton, reach_px: Floats) -> NDArray[np.bool_]:
    """True for pixels within their own reach of an end or fork of the skeleton."""
    nodes = skeleton.points[skeleton.neighbours != 2]
    if not len(nodes):
        return np.zeros(len(skeleton.points), np.bool_)
    return cKDTree(nodes).query(skeleton.points)[0] <= reach_px


def _is_ragged(pixels: Floats, widths: Floats) -> NDArray[np.bool_]:
    near = cKDTree(pixels).query_ball_point(pixels, 3)
    spread = [np.nanmax(w) - np.nanmin(w) if np.isfinite(w := widths[i]).any() else 0.0 for i in near]
    return np.array(spread) > 2


def _differences_of_cracks(compared: list[Compared]) -> Floats:
    differences = []
    for part in compared:
        for crack in np.unique(part.crack):
            chosen = part.crack == crack
            if chosen.sum() >= MIN_POINTS:
                differences.append(part.ours_px[chosen].mean() - part.theirs_px[chosen].mean())
    return np.array(differences)


_HEADER = (
    "| what | number | mean difference, px | median of its size | 95 % | share above 1 px, % |\n"
    "|---|---|---|---|---|---|"
)


def _row(label: str, difference: Floats) -> str:
    if not len(difference):
        return f"| {label} | 0 | – | – | – | – |"
    size = np.abs(difference)
    median, high = np.percentile(size, (50, 95))
    share = 100 * (size > LARGE_PX).mean()
    return f"| {label} | {len(size)} | {difference.mean():+.2f} | {median:.2f} | {high:.2f} | {share:.1f} |"


def _causes(size: Floats, cause: NDArray[np.intp]) -> str:
    large = cause[size > LARGE_PX]
    lines = [f"\nPoints that differ by more than {LARGE_PX:g} px, by the first cause that fits:\n"]
    lines += ["| cause | of these points, % | of all points, % |", "|---|---|---|"]
    for number, name in enumerate(CAUSES):
        shares = [100 * float((some == number).mean()) if len(some) else 0.0 for some in (large, cause)]
        lines.append(f"| {name} | {shares[0]:.0f} | {shares[1]:.0f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
