"""Train the classifiers and score all alike: on tiles of the set they know, and on sets never seen.

Run it in the root of the repository, a row at a time or all that are missing:

    PYTHONPATH=src python benchmarks/classifiers.py --data DATA --weights WEIGHTS --runs RUNS
    PYTHONPATH=src python benchmarks/classifiers.py --table

A finished row is a file in ``docs/classification``; it is not trained again. ``--table`` writes the table of
``docs/classification.md`` from these files, and beside them what ``crackwise inspect`` says of the same whole
photos without cracks (``--row inspect``).
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from few_cracks import figures, judged
from pages import finished, read_options, write_finished, write_tables
from results import SCORED_ON, set_folder

RESULTS = Path("docs/classification")
PAGE = Path("docs/classification.md")
COMMAND = "python benchmarks/classifiers.py --data DATA --weights WEIGHTS --runs RUNS"

MOBILENET = (
    "model.encoder=tu-mobilenetv2_100",
    "model.encoder_weights=mobilenetv2_100_imagenet.safetensors",
    "model.channels=rgb",
    "model.input_mean=[127.5,127.5,127.5]",
    "model.input_std=[127.5,127.5,127.5]",
)
METU = ('data.sources=[{name="metu"}]', "data.test_share=0.2")


@dataclass(frozen=True, slots=True)
class Row:
    """One training: a recipe, what is changed in it, and what must be said of it."""

    recipe: str
    changes: tuple[str, ...]
    said: str


ROWS = {
    "iitb-resnet50-b": Row(
        "iitb-resnet50", (*METU, *MOBILENET), "(b) frozen MobileNetV2 instead of ResNet-50"
    ),
    "iitb-resnet50-a": Row(
        "iitb-resnet50",
        (*METU, "model.encoder_weights=none", "model.frozen_encoder=false"),
        "(a) ResNet-50 from scratch, not frozen",
    ),
    "crackwise-tiles": Row(
        "crackwise-tiles", ("train.steps=800", "data.test_share=0.1"), "short: 800 of 2,000 steps"
    ),
}
INSPECT = "inspect"
SOURCE_ELSEWHERE = {
    "its first set": {"accuracy": "0.993", "f1": "0.99", "roc_auc": "0.99"},
    "its second set": {"accuracy": "0.820", "f1": "0.77", "roc_auc": "0.59"},
}
"""What the document of ``iitb-resnet50`` reports of its own classifier on two sets that it had not seen."""


ELSEWHERE = ("precision", "recall", "f1", "accuracy", "roc_auc", "calibration_error")


def main() -> None:
    options = read_options(__doc__, (*ROWS, INSPECT))
    if options.table:
        write_tables(PAGE, {"classifiers": table(), "elsewhere": elsewhere()})
        return
    for name in (*ROWS, INSPECT):
        if options.row in {None, name} and not is_done(name):
            content = inspected(options.data) if name == INSPECT else finish_row(name, options)
            write_finished(RESULTS, name, {"row": name, "command": f"{COMMAND} --row {name}", **content})


def is_done(name: str) -> bool:
    """Tell whether a row has its file; that of ``crackwise inspect`` must be of the shipped model."""
    found = finished(RESULTS, name)
    return found is not None and (name != INSPECT or found["model"] == shipped())


def shipped() -> str:
    """Name the shipped model and its version."""
    from crackwise.inspection.model import load_model

    card = load_model().card
    return f"{card.name} {card.version}"


def finish_row(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """Train one row and judge it."""
    from crackwise.inspection.classifier import load_classifier
    from crackwise.recipe import ClassifierRecipe, load_any
    from crackwise.training.classifier.run import train_classifier
    from crackwise.training.folder import Folders

    row, run = ROWS[name], options.runs / name
    recipe = load_any(row.recipe, row.changes)
    assert isinstance(recipe, ClassifierRecipe)
    sys.stderr.write(f"{name}: training\n")
    data = set_folder(options.data, "sut_crack").parent
    drawn = options.runs / "drawn-tiles"
    train_classifier(recipe, Folders(data, run, options.weights, drawn))
    classifier = load_classifier(run / "model.onnx")
    return {
        "recipe": row.recipe,
        "overrides": list(row.changes),
        "result": json.loads((run / "result.json").read_text("utf-8")),
        "environment": json.loads((run / "environment.json").read_text("utf-8")),
        "own": figures(classifier, own_test(recipe, data, drawn, classifier)),
        **judged(classifier, options.data),
    }


def own_test(recipe: Any, data: Path, drawn: Path, classifier: Any) -> Any:
    """Look at the test part of the sets that the classifier was trained on."""
    import numpy as np

    from crackwise.score.verdicts import Verdicts
    from crackwise.training.classifier.sources import gather_tiles

    tiles = [tile for source in gather_tiles(recipe, data, drawn) for tile in source.test]
    probability = classifier.probabilities(tile.read() for tile in tiles)
    truth = np.array([tile.is_cracked for tile in tiles])
    return Verdicts(tuple(tile.label for tile in tiles), truth, probability)


def inspected(data: Path) -> dict[str, Any]:
    """Count the photos without cracks in which ``crackwise inspect`` reports one."""
    from crackwise.data.dataset import read_negatives
    from crackwise.inspection.inspect import inspect_photo
    from crackwise.inspection.model import load_model
    from crackwise.photo import read_photo

    model = load_model()
    folder = set_folder(data, "noncrack") / "images"
    found = [
        len(inspect_photo(read_photo(sample.image), model).cracks)
        for sample in read_negatives(folder, "noncrack")
    ]
    return {
        "model": shipped(),
        "noncrack": {"photos": len(found), "called_cracked": sum(count > 0 for count in found)},
    }


def table() -> list[str]:
    """One row for each classifier, and one for ``crackwise inspect``."""
    sets = " | ".join(f"AUC, balanced accuracy on {name}" for name in SCORED_ON)
    lines = [
        f"| row | parameters | steps | own test part: accuracy, F1, AUC | {sets} | noncrack called cracked |",
        f"|{'---|' * (5 + len(SCORED_ON))}",
    ]
    for name, row in ROWS.items():
        found = finished(RESULTS, name)
        if found is None:
            lines.append(f"| {row.recipe}, {row.said} | not trained yet {'| ' * (4 + len(SCORED_ON))}|")
            continue
        own = found["own"]
        cells = [
            f"{found['result']['parameters']:,}",
            f"{found['result']['steps']:,}",
            f"{own['accuracy']:.3f}, {own['f1']:.3f}, {own['roc_auc']:.3f}",
            *(
                f"{one['roc_auc']:.3f}, {one['balanced_accuracy']:.3f}"
                for one in (found["sets"][name] for name in SCORED_ON)
            ),
            alarms_text(found),
        ]
        lines.append(f"| [{row.recipe}](classification/{name}.json), {row.said} | {' | '.join(cells)} |")
    found = finished(RESULTS, INSPECT)
    told = alarms_text(found) if found else "not run yet"
    who = found["model"] if found else "crackwise-base"
    lines.append(f"| `crackwise inspect` with {who} {'| ' * (3 + len(SCORED_ON))}| {told} |")
    return lines


def elsewhere() -> list[str]:
    """What each classifier says of sets that it never saw, beside what the source reports of its own."""
    lines = [
        "| row | tiles of | cracked: called so, not | sound: called cracked, not | precision | recall | F1 "
        "| accuracy | AUC | calibration error |",
        f"|{'---|' * 10}",
    ]
    for name, said in SOURCE_ELSEWHERE.items():
        figures = f"{said['f1']} | {said['accuracy']} | {said['roc_auc']}"
        lines.append(f"| the source, ResNet-50 with ImageNet weights | {name} | | | | | {figures} | |")
    for row, found in ((row, finished(RESULTS, row)) for row in ROWS):
        for name in SCORED_ON if found else ():
            one = found["sets"][name]
            right, missed, wrong, sound = confusion(one)
            figures = " | ".join(f"{one[key]:.3f}" for key in ELSEWHERE)
            lines.append(f"| {row} | {name} | {right:,}, {missed:,} | {wrong:,}, {sound:,} | {figures} |")
    return lines


def confusion(one: dict[str, Any]) -> tuple[int, int, int, int]:
    """Count TP, FN, FP and TN from what a file keeps: counts, recall and accuracy to four digits."""
    right = round(one["recall"] * one["cracked"])
    sound = round(one["accuracy"] * one["tiles"]) - right
    return right, one["cracked"] - right, one["tiles"] - one["cracked"] - sound, sound


def alarms_text(found: dict[str, Any]) -> str:
    wrong, photos = (found["noncrack"][key] for key in ("called_cracked", "photos"))
    return f"{wrong} of {photos} ({wrong / photos:.0%})"


if __name__ == "__main__":
    main()
