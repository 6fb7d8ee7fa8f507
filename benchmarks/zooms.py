"""What looking at several sizes is worth on validation photos: as they are, halved, enlarged around a crack.

Mean over the labelled sources of the shipped recipe; threshold 0.5 and no other limit.

    PYTHONPATH=src python benchmarks/zooms.py --data DATA/open --drawn DRAWN
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from crackwise.crack.mask import find_cracks
from crackwise.inspection.model import load_model
from crackwise.recipe import load_recipe
from crackwise.score.metrics import Counts, centreline_counts, iou
from crackwise.training.calibrate import Case, read_cases
from crackwise.training.sources import gather
from crackwise.zooms import Zooms

FACTORS = ((1.0,), (1.0, 2.0), (0.5, 1.0, 2.0), (0.5, 1.0))
VIEWS = ("as they are", "at half size", "at triple size")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the open sets")
    parser.add_argument("--drawn", type=Path, required=True, help="folder with drawn scenes, or for them")
    parser.add_argument("--model", type=Path, help="model file; default: the shipped one")
    parser.add_argument("--most", type=int, default=14, help="photos of each source")
    options = parser.parse_args()
    model = load_model(options.model)
    sources = [
        source
        for source in gather(load_recipe("crackwise-base"), options.data, options.drawn)
        if source.recipe.kind != "negatives"
    ]
    print(f"{model.card.name} {model.card.version}, centreline F1 at 2 px / IoU\n")
    print("| sizes | " + " | ".join(VIEWS) + " |\n|---|" + "---|" * len(VIEWS))
    for factors in FACTORS:
        zooms = Zooms(factors, up_to_megapixels=100)

        def predict(photo: np.ndarray, zooms: Zooms = zooms) -> np.ndarray:
            return zooms.predict(photo, lambda seen: model.predict(seen, tile_px=512, overlap_px=64))

        cases = [case for source in sources for case in read_cases(predict, source, options.most)]
        cells = [f"{f1:.3f} / {overlap:.3f}" for f1, overlap in scores(cases)]
        print(f"| {', '.join(f'{factor:g}' for factor in factors)} | {' | '.join(cells)} |", flush=True)


def scores(cases: list[Case]) -> Iterator[tuple[float, float]]:
    """Pooled centreline F1 and mean IoU of each view, photos without cracks left out."""
    for view in VIEWS:
        chosen = [case for case in cases if _view(case) == view and not case.is_clean]
        masks = [find_cracks(case.levels, high=0.5, low=0.5, min_area_px=30).mask() for case in chosen]
        counts = sum(
            (centreline_counts(mask, case.line | case.unknown, 2) for case, mask in zip(chosen, masks)),
            Counts(),
        )
        yield counts.f1, float(np.mean([iou(m & ~case.unknown, case.line) for case, m in zip(chosen, masks)]))


def _view(case: Case) -> str:
    return next((view for view in VIEWS[1:] if case.set_name.endswith(view)), VIEWS[0])


if __name__ == "__main__":
    main()
