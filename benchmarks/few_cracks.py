"""Do generated or drawn cracks help a classifier that has few? Forty cracked tiles, 760 sound ones.

Run it in the root of the repository, a run at a time or all that are missing:

    PYTHONPATH=src python benchmarks/few_cracks.py --data DATA --weights WEIGHTS --runs RUNS
    PYTHONPATH=src python benchmarks/few_cracks.py --table

Every run has the same steps. Tiles of the public sets are cracked or sound by their masks; a run is judged on
them once, at its end. A finished run is a file in ``docs/generation``; it is not trained again.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pages import finished, mean_and_each, read_options, write_finished, write_tables
from results import SCORED_ON, set_folder

if TYPE_CHECKING:
    from crackwise.inspection.classifier import Classifier
    from crackwise.score.verdicts import Verdicts

RESULTS = Path("docs/generation")
PAGE = Path("docs/generation.md")
COMMAND = "python benchmarks/few_cracks.py --data DATA --weights WEIGHTS --runs RUNS"

CRACKED, SOUND, MADE = 40, 760, 720
STEPS, BATCH, SIZE_PX, SEEDS = 300, 32, 128, (0, 1, 2)
TILE_PX, CRACK_PX = 128, 64
"""Of the public sets: what is cracked shows at least so many crack pixels, not in its border alone."""

DCGAN_STEPS = 2000
ARMS = ("nothing", "classical", "dcgan", "drawn")


@dataclass(frozen=True, slots=True)
class Case:
    """One training: what helps it, and the seed of tiles and training."""

    arm: str
    seed: int

    @property
    def name(self) -> str:
        return f"few-{self.arm}-{self.seed}"


def all_cases() -> dict[str, Case]:
    cases = [Case(arm, seed) for seed in SEEDS for arm in ARMS]
    return {case.name: case for case in cases}


def overrides(case: Case) -> tuple[str, ...]:
    """Give the keys that turn ``crackwise-tiles`` into a run of the experiment."""
    sources = [f'{{name="{tiles_name(case.seed)}"}}']
    if case.arm == "dcgan":
        sources.append(f'{{name="{made_name(case.seed)}", training_only=true}}')
    if case.arm == "drawn":
        counts = f"count=700, cracked={MADE}, sound={MADE}"
        sources.append(f'{{name="drawn", kind="drawn", {counts}, training_only=true}}')
    return (
        f"data.sources=[{', '.join(sources)}]",
        f"data.size_px=[{SIZE_PX}, {SIZE_PX}]",
        "data.tile_px=227",
        f"data.augment={'classical' if case.arm == 'classical' else 'none'}",
        "data.balance=sampling",
        "data.validation_share=0.2",
        f"train.steps={STEPS}",
        "train.epochs=0",
        f"train.batch={BATCH}",
        "train.validate_every=100",
        "train.patience=0",
        "train.precision=32-true",
        f"seed={case.seed}",
    )


def tiles_name(seed: int) -> str:
    return f"few-tiles-{seed}"


def made_name(seed: int) -> str:
    return f"dcgan-tiles-{seed}"


def main() -> None:
    options = read_options(__doc__, all_cases())
    if options.table:
        write_tables(PAGE, {"few cracks": table()})
        draw_plot(PAGE.with_name("images") / "few-cracks.png")
        return
    for name, case in all_cases().items():
        if options.row in {None, name} and not (RESULTS / f"{name}.json").is_file():
            finish_case(case, options)


def finish_case(case: Case, options: argparse.Namespace) -> None:
    """Train one run, judge it, and write its file."""
    from crackwise.inspection.classifier import load_classifier
    from crackwise.recipe import load_any
    from crackwise.training.classifier.run import train_classifier
    from crackwise.training.folder import Folders

    made = options.runs / "data"
    choose_tiles(case.seed, options.data, made)
    if case.arm == "dcgan":
        generate(case.seed, made, options)
    sys.stderr.write(f"{case.name}: training\n")
    run = options.runs / case.name
    recipe = load_any("crackwise-tiles", overrides(case))
    train_classifier(recipe, Folders(made, run, options.weights, options.runs / f"drawn-few-{case.seed}"))
    classifier = load_classifier(run / "model.onnx")
    content = {
        "run": case.name,
        "arm": case.arm,
        "seed": case.seed,
        "command": f"{COMMAND} --row {case.name}",
        "overrides": list(overrides(case)),
        "result": json.loads((run / "result.json").read_text("utf-8")),
        "environment": json.loads((run / "environment.json").read_text("utf-8")),
        **judged(classifier, options.data),
    }
    write_finished(RESULTS, case.name, content)


def choose_tiles(seed: int, data: Path, made: Path) -> None:
    """Link the few cracked and the many sound tiles of a seed into a folder for each class."""
    folder = made / tiles_name(seed)
    if folder.is_dir():
        return
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    metu = metu_in(data)
    for word, count in (("crack", CRACKED), ("nocrack", SOUND)):
        (unfinished / word).mkdir(parents=True)
        photos = sorted((metu / word).glob("*.jpg"))
        for photo in random.Random(seed).sample(photos, count):
            (unfinished / word / photo.name).symlink_to(photo.resolve())
    unfinished.rename(folder)


def metu_in(data: Path) -> Path:
    """Find the folder of ``metu`` at any depth."""
    return next(path for path in sorted(data.rglob("metu")) if (path / "nocrack").is_dir())


def generate(seed: int, made: Path, options: argparse.Namespace) -> None:
    """Train the DCGAN on the cracked tiles that the classifier is trained on, and no other."""
    from crackwise.recipe import load_any
    from crackwise.training.classifier.sources import gather_tiles
    from crackwise.training.folder import Folders
    from crackwise.training.generation.run import train_generator

    folder = made / made_name(seed)
    if (folder / "provenance.json").is_file():
        return
    [source] = gather_tiles(load_any("crackwise-tiles", overrides(Case("nothing", seed))), made, made)
    cracks = made / f"few-cracks-{seed}"
    cracks.mkdir(exist_ok=True)
    for tile in source.training:
        link = cracks / tile.photo.image.name
        if tile.is_cracked and not link.exists():
            link.symlink_to(tile.photo.image.resolve())
    changes = (f'data.sources=[{{name="{cracks.name}"}}]', "train.epochs=0", f"train.steps={DCGAN_STEPS}")
    recipe = load_any("iitb-dcgan", (*changes, f"seed={seed}"))
    run = options.runs / f"dcgan-{seed}"
    train_generator(recipe, Folders(made, run))
    command = [sys.executable, "-m", "crackwise", "generate", run, "--out", folder, "--n", MADE]
    subprocess.run([*map(str, command), "--seed", str(seed)], check=True)


def judged(classifier: "Classifier", data: Path) -> dict[str, Any]:
    """Judge a classifier on tiles of the public sets, of each and of both, and on photos without cracks."""
    found = {name: verdicts_of(classifier, data, name) for name in SCORED_ON}
    pooled = together([*found.values()])
    return {
        "sets": {name: figures(classifier, one) for name, one in found.items()},
        "pooled": figures(classifier, pooled),
        "noncrack": false_alarms(classifier, data),
    }


def verdicts_of(classifier: "Classifier", data: Path, name: str) -> "Verdicts":
    """Look at every tile of a set that its mask calls cracked or sound."""
    import numpy as np

    from crackwise.data.dataset import list_samples
    from crackwise.data.labelledtiles import even_windows, verdict_of_mask
    from crackwise.score.verdicts import Verdicts

    names, truth, tiles = [], [], []
    for sample in list_samples(set_folder(data, name)):
        photo = sample.read_image()
        mask = sample.read_mask(photo.shape)
        for window in even_windows(mask.shape, TILE_PX):
            verdict = verdict_of_mask(mask[window.slices], CRACK_PX)
            if verdict is not None:
                names.append(f"{sample.image.name} at {window.top}, {window.left}")
                truth.append(verdict)
                tiles.append(photo[window.slices])
    return Verdicts(tuple(names), np.array(truth), classifier.probabilities(tiles))


def together(parts: "list[Verdicts]") -> "Verdicts":
    import numpy as np

    from crackwise.score.verdicts import Verdicts

    return Verdicts(
        tuple(name for part in parts for name in part.names),
        np.concatenate([part.cracked for part in parts]),
        np.concatenate([part.probability for part in parts]),
    )


def figures(classifier: "Classifier", verdicts: "Verdicts") -> dict[str, Any]:
    from crackwise.score.verdicts import judge_verdicts

    scores = judge_verdicts(verdicts, classifier.card.threshold)
    shown = ("accuracy", "balanced_accuracy", "roc_auc", "average_precision", "calibration_error")
    rounded = {name: round(float(getattr(scores, name)), 4) for name in shown}
    crack = {"precision": scores.crack.precision, "recall": scores.crack.recall, "f1": scores.crack.f1}
    counts = {"tiles": len(verdicts.names), "cracked": int(verdicts.cracked.sum())}
    return counts | rounded | {name: round(value or 0.0, 4) for name, value in crack.items()}


def false_alarms(classifier: "Classifier", data: Path) -> dict[str, Any]:
    """Count the photos without cracks of which at least one tile is called cracked."""
    from crackwise.data.dataset import read_negatives

    folder = set_folder(data, "noncrack") / "images"
    highest = [classifier.look(sample.read_image()).highest for sample in read_negatives(folder, "noncrack")]
    wrong = sum(value >= classifier.card.threshold for value in highest)
    return {"photos": len(highest), "called_cracked": wrong}


def table() -> list[str]:
    """One row for each arm; means over the seeds and each seed."""
    sets = " | ".join(f"AUC within {name}" for name in SCORED_ON)
    lines = [
        f"| beside the 40 | {sets} | AUC of both together | photos of noncrack called cracked |",
        f"|{'---|' * (3 + len(SCORED_ON))}",
    ]
    for arm in ARMS:
        found = [one for seed in SEEDS if (one := finished(RESULTS, Case(arm, seed).name))]
        if len(found) < len(SEEDS):
            told = [f"{len(found)} of {len(SEEDS)} trained", *[""] * (1 + len(SCORED_ON))]
        else:
            told = [mean_and_each([one["sets"][name]["roc_auc"] for one in found]) for name in SCORED_ON]
            told.append(mean_and_each([one["pooled"]["roc_auc"] for one in found]))
            alarms = [one["noncrack"]["called_cracked"] / one["noncrack"]["photos"] for one in found]
            told.append(f"{sum(alarms) / len(alarms):.0%} ({', '.join(f'{one:.0%}' for one in alarms)})")
        lines.append(f"| {arm} | {' | '.join(told)} |")
    return lines


def draw_plot(path: Path) -> None:
    """Draw the AUC of each arm on each set: a dot a seed, a line at their mean."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.6, 3.2), layout="constrained")
    for axes, name in zip(figure.subplots(1, len(SCORED_ON), sharey=True), SCORED_ON):
        for place, arm in enumerate(ARMS):
            found = [one for seed in SEEDS if (one := finished(RESULTS, Case(arm, seed).name))]
            values = [one["sets"][name]["roc_auc"] for one in found]
            axes.plot([place] * len(values), values, "o", color="#0072b2", ms=6, alpha=0.75)
            if values:
                axes.hlines(sum(values) / len(values), place - 0.3, place + 0.3, color="#d55e00", lw=2.5)
        axes.set(title=f"tiles of {name}", xlim=(-0.6, len(ARMS) - 0.4))
        axes.set_xticks(range(len(ARMS)), ARMS)
        axes.grid(axis="y", alpha=0.3)
        axes.label_outer()
    figure.axes[0].set_ylabel("ROC AUC: a dot a seed, a line their mean")
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
