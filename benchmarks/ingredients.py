"""What each ingredient of ``crackwise-base`` is worth on photos of a source that it was not trained on.

Run it in the root of the repository, a run at a time or all that are missing:

    PYTHONPATH=src python benchmarks/ingredients.py --data DATA --weights WEIGHTS --runs RUNS
    PYTHONPATH=src python benchmarks/ingredients.py --table

Each run leaves one ingredient away, or adds one that came later, and one source of photos out, on which it is
judged at the end: a source with exact labels, at the threshold of the validation groups of the others. All
have the same steps, seed and, but for what is left away, photos. A finished run is a file in
``docs/ingredients``; one that is there is not trained again.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fewer_labels import BATCH, CROP_PX, SOUND, SOURCES, STEPS, judged_photos, linked
from pages import finished, mean_and_each, read_options, write_finished, write_tables
from results import score_photos

RESULTS = Path("docs/ingredients")
PAGE = Path("docs/models.md")
COMMAND = "python benchmarks/ingredients.py --data DATA --weights WEIGHTS --runs RUNS"

DRAWN = 'name="drawn", kind="drawn", count=1200, size="448-640", weight=4.5, training_only=true'
JUDGED_ON = ("sut_crack", "kaggle_uav")
FIGURES = ("iou_mean", "centreline_f1_2px", "ods")


@dataclass(frozen=True, slots=True)
class Change:
    """What a run has otherwise than all others: sources left away, how labels count, keys of the recipe."""

    words: str
    without: tuple[str, ...] = ()
    thins_labels: bool = True
    keys: Mapping[str, Any] = field(default_factory=dict)


CHANGES = {
    "all": Change("all of them"),
    "drawn": Change("without drawn scenes", without=("drawn",)),
    "sound": Change("without sound photos (`metu`)", without=("metu",)),
    "qlrkm": Change("without `roboflow_qlrkm`, whose licence is the weakest", without=("roboflow_qlrkm",)),
    "thin": Change("fat labels as they are", thins_labels=False),
    "line": Change("without the recall per length", keys={"train.loss": "bce_dice"}),
    "light": Change("plain changes of light instead of strong ones", keys={"train.photometric": "plain"}),
    "encoder": Change("encoder from scratch", keys={"model.encoder_weights": "none"}),
    "average": Change("with averaged weights (0.995)", keys={"train.average": 0.995}),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One training: what is changed, and the source that is left out."""

    change: str
    left_out: str

    @property
    def name(self) -> str:
        return f"ingredient-{self.change}-without-{self.left_out}"


def all_cases() -> dict[str, Case]:
    """Name every training; a source at a time, so that a row is complete early."""
    cases = [Case(change, left_out) for change in CHANGES for left_out in JUDGED_ON]
    return {case.name: case for case in cases}


def overrides(case: Case) -> tuple[str, ...]:
    """Give the keys that turn ``crackwise-base`` into a run of the experiment."""
    change = CHANGES[case.change]
    texts = {**SOURCES, "metu": SOUND, "drawn": DRAWN}
    kept = [text for name, text in texts.items() if name not in {case.left_out, *change.without}]
    if not change.thins_labels:
        kept = [text.replace(', labels="fat"', "") for text in kept]
    keys = {
        "data.crop_px": CROP_PX,
        "train.steps": STEPS,
        "train.batch": BATCH,
        "train.validate_every": 250,
        **change.keys,
    }
    sources = ", ".join(f"{{{text}}}" for text in kept)
    return (f"data.sources=[{sources}]", *(f"{key}={value}" for key, value in keys.items()))


def main() -> None:
    options = read_options(__doc__, all_cases())
    if options.table:
        write_tables(PAGE, {"ingredients": table()})
        return
    data = linked(options.data, options.runs / "data")
    for name, case in all_cases().items():
        if options.row in {None, name} and not (RESULTS / f"{name}.json").is_file():
            finish_case(case, data, options)


def finish_case(case: Case, data: Path, options: argparse.Namespace) -> None:
    """Train one run, judge it on the source left out, and write its file."""
    from crackwise.recipe import load_recipe
    from crackwise.training.folder import Folders
    from crackwise.training.run import train

    sys.stderr.write(f"{case.name}: training\n")
    run = options.runs / case.name
    recipe = load_recipe("crackwise-base", overrides(case))
    train(recipe, Folders(data, run, options.weights, options.runs / "drawn-labels-0"))
    content = {
        "run": case.name,
        "change": case.change,
        "left_out": case.left_out,
        "overrides": list(overrides(case)),
        "command": f"{COMMAND} --row {case.name}",
        "result": json.loads((run / "result.json").read_text("utf-8")),
        "environment": json.loads((run / "environment.json").read_text("utf-8")),
        "judged": score_photos(run, judged_photos(options.data, case.left_out)),
    }
    write_finished(RESULTS, case.name, content)


def table() -> list[str]:
    """One row for each change: the mean over the sources left out, then each of them."""
    lines = [
        "| ingredients | IoU of the source left out | centreline F1, 2 px | ODS* |",
        f"|{'---|' * (1 + len(FIGURES))}",
    ]
    for name, change in CHANGES.items():
        found = [one for source in JUDGED_ON if (one := finished(RESULTS, Case(name, source).name))]
        if len(found) < len(JUDGED_ON):
            told = [f"{len(found)} of {len(JUDGED_ON)} trained", *[""] * (len(FIGURES) - 1)]
        else:
            told = [
                mean_and_each([one["judged"]["scores"][key]["value"] for one in found]) for key in FIGURES
            ]
        lines.append(f"| {change.words} | {' | '.join(told)} |")
    return lines


if __name__ == "__main__":
    main()
