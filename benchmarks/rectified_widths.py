"""Do the intervals of a rectified photo hold the widths of cracks near and far? Print a table.

    PYTHONPATH=src:tests python benchmarks/rectified_widths.py

Drawn planes with cracks of known width, tilted, seen by a pinhole camera, rectified by the true homography:
nothing but the measuring of widths can err. No photo is read. A crack is held whose median interval, or whose
"finer than", holds its width.
"""

import itertools
from collections.abc import Iterator

import crackwise
from crackwise.arrays import CrackMask, Rgb
from crackwise.photo import Photo
from crackwise.scale import Scale
from obliquephotos import MM_PER_PX, Tilted

TILTS_DEG = (0.0, 15.0, 30.0, 40.0)
WIDTHS_MM = (0.2, 0.3, 0.45, 0.6, 0.8, 1.0)
BLURS_PX = (0.7, 1.2)


def main() -> None:
    """Print a line for each tilt."""
    print("| tilt | cracks | held, % | of them only finer than, % | held by the rectified pixels, % |")
    print("|---|---|---|---|---|")
    for tilt_deg in TILTS_DEG:
        as_taken, as_rectified = [], []
        for seed, (width_mm, blur_px) in enumerate(itertools.product(WIDTHS_MM, BLURS_PX)):
            plane = Tilted(tilt_deg, width_mm, blur_px, seed)
            photo, mask = plane.rectified(), plane.mask()
            as_taken += outcomes(photo, mask, width_mm)
            as_rectified += outcomes(photo.pixels, mask, width_mm)
        finer = as_taken.count("finer")
        shares = (share(as_taken.count("held") + finer, as_taken), share(finer, as_taken))
        before = share(as_rectified.count("held") + as_rectified.count("finer"), as_rectified)
        print(f"| {tilt_deg:.0f}° | {len(as_taken)} | {shares[0]} | {shares[1]} | {before} |")


def share(count: int, outcomes: list[str]) -> str:
    """Give a share in per cent."""
    return f"{100 * count / len(outcomes):.0f}"


def outcomes(photo: Photo | Rgb, mask: CrackMask, width_mm: float) -> Iterator[str]:
    """Compare each crack with the truth."""
    for crack in crackwise.measure(photo, mask, scale=Scale(MM_PER_PX, "marker", 0.0)).cracks:
        if crack.is_measurable:
            low, high = crack.width_median_range_mm
            yield "held" if low <= width_mm <= high else "missed"
        else:
            yield "finer" if width_mm <= crack.finer_than_mm else "missed"


if __name__ == "__main__":
    main()
