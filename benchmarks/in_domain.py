"""Judge our own network on DeepCrack after a training on DeepCrack, beside the published figures of that set.

Run it in the root of the repository:

    crackwise train crackwise-research --data DATA/research --weights WEIGHTS --out RUNS/crackwise-research
    PYTHONPATH=src python benchmarks/in_domain.py --data DATA --runs RUNS
    PYTHONPATH=src python benchmarks/in_domain.py --table

The file goes to ``docs/results/in-domain``, the table into ``docs/results.md``. Published figures have the
threshold that is best on the test photos, and crops of the same scenes in both parts; so both thresholds
stand here, and the test part with and without those scenes. None of the scenes was trained on.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pages import finished, read_options, write_finished, write_tables
from results import PAGE, RESULTS, interval_cell, intervals, set_folder

if TYPE_CHECKING:
    from pathlib import Path

    from crackwise.cli.judged import Judged
    from crackwise.score.judge import PhotoSet

RECIPE = "crackwise-research"
FOLDER = RESULTS / "in-domain"
TEST_PART = "deepcrack_test"
SHARED_SCENES = ("11142", "11216", "11236", "11289")
"""Groups of the test part of which the training part holds photos too."""

FIGURES = {
    "dice_pooled": "F1 pooled",
    "iou_with_background_pooled": "mean IoU with background, pooled",
    "iou_mean": "IoU per photo",
    "cliou_4px": "clIoU",
    "centreline_f1_2px": "centreline F1, 2 px",
}


def main() -> None:
    options = read_options(__doc__, (RECIPE,))
    if options.table:
        write_tables(PAGE, {"in-domain": _table()})
        return
    from crackwise.cli.judged import of_run
    from crackwise.training.judged import remembering

    run = options.runs / RECIPE
    judged = of_run(run)
    judged = replace(judged, predict=remembering(judged.predict))
    content = {
        "recipe": RECIPE,
        "command": f"crackwise train {RECIPE} --data DATA/research --weights WEIGHTS --out RUNS/{RECIPE}",
        "benchmark": "python benchmarks/in_domain.py --data DATA --runs RUNS",
        "result": json.loads((run / "result.json").read_text("utf-8")),
        "environment": json.loads((run / "environment.json").read_text("utf-8")),
        "rows": [row for photos in _parts(options.data) for row in _judge(judged, photos)],
    }
    write_finished(FOLDER, RECIPE, content)


def _parts(data: "Path") -> Iterator["PhotoSet"]:
    from crackwise.data.folder import read_folder
    from crackwise.score.judge import with_truth

    whole = with_truth("all photos", read_folder(set_folder(data, TEST_PART)))
    yield whole
    apart = tuple(photo for photo in whole.photos if photo.group not in SHARED_SCENES)
    yield replace(whole, name="without the shared scenes", photos=apart)


def _judge(judged: "Judged", photos: "PhotoSet") -> Iterator[dict[str, Any]]:
    """Judge at the threshold from validation, then at the one that is best on these very photos."""
    from crackwise.cli.judged import with_threshold
    from crackwise.score.evaluation import best_threshold, evaluate_set, stack_of
    from crackwise.score.judge import JudgeSettings

    for chosen_on in ("validation", "these photos"):
        settings = JudgeSettings(judged.threshold, ("pixels", "thresholds", "tolerance"))
        found = evaluate_set(photos, judged.predict, settings, judged.operation)
        yield {
            "photos": len(found.tallies),
            "of": photos.name,
            "threshold": judged.threshold,
            "chosen_on": chosen_on,
            "scores": intervals({name: found.scores[name] for name in FIGURES}),
        }
        judged = with_threshold(judged, best_threshold(stack_of(found.tallies)), "")


def _table() -> list[str]:
    found = finished(FOLDER, RECIPE)
    if found is None:
        return ["Not trained yet."]
    head = ("photos", "threshold", *FIGURES.values())
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for row in found["rows"]:
        mark = "" if row["chosen_on"] == "validation" else ", **optimistic**"
        cells = (
            f"{row['photos']}, {row['of']}",
            f"{row['threshold']:g}, from {row['chosen_on']}{mark}",
            *(interval_cell(row, name) for name in FIGURES),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


if __name__ == "__main__":
    main()
