"""Draw the figure of docs/widths.md: what a width is, and what a photo shows of it.

PYTHONPATH=src:benchmarks python benchmarks/width_figure.py --out docs/images/width.png
"""

import argparse
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import cv2
import numpy as np
from matplotlib import pyplot as plt
from scipy.special import ndtr

import crackwise
from width_cases import Case
from width_truth import draw

WIDTH_PX, BLUR_PX, DEPTH, SURFACE = 5.0, 1.2, 95.0, 180.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    case = Case("straight", WIDTH_PX, angle_deg=55, blur_px=BLUR_PX, depth=DEPTH, background=SURFACE, grain=3)
    drawn = draw(case, np.random.default_rng(4))
    branch = crackwise.measure(drawn.photo, drawn.mask).network.branches[0]
    middle = len(branch.path) // 2
    figure, (photo, profile) = plt.subplots(1, 2, figsize=(10.5, 4.2), layout="constrained")
    _close_up(photo, drawn.photo, branch.path, middle)
    _profile(profile, drawn.photo, branch, middle)
    figure.savefig(parser.parse_args().out, dpi=130)


def _across(path: np.ndarray, middle: int) -> tuple[np.ndarray, np.ndarray]:
    tangent = path[middle + 8] - path[middle - 8]
    tangent = tangent / np.hypot(*tangent)
    return path[middle], np.array([tangent[1], -tangent[0]])


def _close_up(axes: plt.Axes, pixels: np.ndarray, path: np.ndarray, middle: int) -> None:
    point, normal = _across(path, middle)
    row, col = np.rint(point).astype(int)
    axes.imshow(pixels, cmap="gray", interpolation="nearest")
    axes.set(xlim=(col - 17, col + 17), ylim=(row + 12, row - 12), xticks=[], yticks=[])
    axes.plot(path[:, 1], path[:, 0], "--", color="#e69f00", lw=1.5, label="centreline")
    for side in (-1, 1):
        edge = path + side * WIDTH_PX / 2 * normal
        axes.plot(edge[:, 1], edge[:, 0], color="#56b4e9", lw=2, label="edges" if side == 1 else None)
    ends = point + np.array([[-9.0], [9.0]]) * normal
    axes.plot(ends[:, 1], ends[:, 0], color="white", lw=1.2, label="normal")
    width = point + np.array([[-WIDTH_PX / 2], [WIDTH_PX / 2]]) * normal
    axes.annotate(
        "", width[1, ::-1], width[0, ::-1], arrowprops={"arrowstyle": "<->", "color": "#d55e00", "lw": 2.5}
    )
    axes.legend(loc="lower left", fontsize=9, framealpha=0.9)
    axes.set_title(
        "the width is the opening between the edges,\nperpendicular to the centreline", fontsize=10
    )


def _profile(axes: plt.Axes, pixels: np.ndarray, branch: object, middle: int) -> None:
    point, normal = _across(branch.path, middle)
    x = np.arange(-10, 11)
    places = (point + x[:, None] * normal).astype(np.float32)
    cols, rows = places[:, 1:], places[:, :1]
    grey = cv2.remap(np.ascontiguousarray(pixels[..., 0]), cols, rows, cv2.INTER_CUBIC).ravel()
    fine, half = np.linspace(-10, 10, 500), WIDTH_PX / 2
    blurred = ndtr((fine + half) / BLUR_PX) - ndtr((fine - half) / BLUR_PX)
    edges, levels = [-10, -half, half, 10], [SURFACE, SURFACE - DEPTH, SURFACE, SURFACE]
    axes.step(edges, levels, where="post", color="#56b4e9", lw=2, label="the crack: a slot")
    axes.plot(fine, SURFACE - DEPTH * blurred, color="#e69f00", lw=2, label="the slot, blurred")
    axes.plot(x, grey, "o", color="black", ms=5, label="grey values in the photo")
    low, width, high = (float(getattr(branch, name)[middle]) for name in ("low_px", "width_px", "high_px"))
    axes.annotate("", (half, SURFACE - DEPTH / 2), (-half, SURFACE - DEPTH / 2),
                  arrowprops={"arrowstyle": "<->", "color": "#d55e00", "lw": 2.5})  # fmt: skip
    axes.set(xlabel="distance along the normal, px", ylabel="grey level")
    axes.set_title(
        f"true {WIDTH_PX:.2f} px, measured {width:.2f} px (90 %: {low:.2f} to {high:.2f})", fontsize=10
    )
    axes.legend(fontsize=9, loc="center left")
    axes.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    main()
