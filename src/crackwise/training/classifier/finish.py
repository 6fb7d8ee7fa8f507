"""What the training of a classifier leaves when it is done: scores, curves, samples, model file, result."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from crackwise.arrays import Rgb
from crackwise.data.sheet import Cell, Row, draw_sheet
from crackwise.errors import CrackwiseError
from crackwise.files import sha256_of, write_image, write_json
from crackwise.score.scoresfile import Tool
from crackwise.score.verdictsfile import verdicts_json
from crackwise.training.classifier.calibration import probability_of
from crackwise.training.classifier.export import export_classifier, make_classifier_card
from crackwise.training.classifier.judged import (
    Calibrated,
    Judged,
    Weighed,
    figures_of,
    together,
    truth_of,
    weigh,
)
from crackwise.training.classifier.sources import SourceTiles, Tile, choose_some
from crackwise.training.cost import count_parameters
from crackwise.training.curves import Panels, plot_curves
from crackwise.training.environment import device_name
from crackwise.training.export import Release
from crackwise.training.folder import Folders
from crackwise.training.runfiles import BEST_FILE, MODEL_FILE, RESULT_FILE, SCORES_FILE
from crackwise.training.trainer import Ended

SCHEMA_VERSION = 1

PANELS: Panels = (
    ("cross-entropy", {"loss": "training", "val_loss": "validation"}),
    ("area under the ROC curve", {"auc": "AUC"}),
    ("accuracy, at 0.5", {"accuracy": "accuracy"}),
    ("balanced accuracy, at 0.5", {"balanced_accuracy": "balanced accuracy"}),
)

_STEPS = "steps (validation tiles)"
_SHOWN = 6
_RELEASE = Release(version="0.1.0", licence="not stated", encoder="not stated", limits="not stated")


Show: TypeAlias = Callable[[Weighed, Path], None]
"""Shows what was weighed; the second is the run folder."""


def finish_classifier(folders: Folders, ended: Ended, show: Show | None = None) -> dict[str, Any]:
    """Calibrate and score the best checkpoint, draw curves and samples, export, write the result.

    Before the result, ``show`` is called.

    Returns
    -------
    What ``result.json`` says.
    """
    sys.stderr.write(f"trained {ended.steps:,} steps; writing scores, pictures and {MODEL_FILE}\n")
    weighed = weigh(folders)
    run = weighed.run
    write_json(folders.run / SCORES_FILE, _scores(folders.run, weighed))
    write_image(folders.run / "curves.png", plot_curves(folders.run, run.recipe.name, PANELS, _STEPS))
    write_image(folders.run / "samples.png", draw_samples(weighed))
    _export(weighed, folders.run / MODEL_FILE)
    if show is not None:
        show(weighed, folders.run)
    result = {
        "schema_version": SCHEMA_VERSION,
        "task": run.recipe.task,
        "name": run.recipe.name,
        "steps": ended.steps,
        "best_step": run.step,
        "best_value": ended.best_value,
        "stopped_early": ended.stopped_early,
        "seconds": round(ended.seconds, 1),
        "parameters": count_parameters(weighed.net),
        **asdict(weighed.chosen),
        "tiles": {source.recipe.name: _counts(source) for source in weighed.sources},
        "notes": list(weighed.notes),
        "device": device_name(),
    }
    write_json(folders.run / RESULT_FILE, result)
    return result


def tool_of(folder: Path, weighed: Weighed) -> Tool:
    """Say who judged: the best checkpoint of a run folder."""
    run = weighed.run
    facts = {"recipe": run.recipe.name, "step": run.step, **asdict(weighed.chosen)}
    return Tool("run", folder.resolve().name, sha256_of(folder / BEST_FILE), facts)


def draw_samples(weighed: Weighed) -> Rgb:
    """Show validation tiles with their probability, drawn by a hash; at last those that are most wrong."""
    run, chosen, everything = weighed.run, weighed.chosen, weighed.validation
    rows = [
        _row(one.name, choose_some(one.tiles, _SHOWN, run.recipe.seed), one, chosen)
        for one in weighed.judged
        if one.part == "validation"
    ]
    probability = probability_of(everything.margins, chosen.temperature)
    wrong = np.abs(probability - truth_of(everything.tiles))
    worst = [everything.tiles[number] for number in np.argsort(-wrong, kind="stable")[:_SHOWN]]
    rows.append(_row("furthest from the truth", worst, everything, chosen))
    title = (
        f"{run.recipe.name}: validation tiles after {run.step:,} steps, cracked from {chosen.threshold:.3g}"
    )
    return draw_sheet(rows, title)


def _row(head: str, tiles: Sequence[Tile], judged: Judged, chosen: Calibrated) -> Row:
    probability = probability_of(judged.margins, chosen.temperature)
    cells = [
        Cell(
            tile.read(),
            f"{tile.label}\n{'cracked' if tile.is_cracked else 'sound'}, "
            f"probability {probability[judged.tiles.index(tile)]:.3f}",
        )
        for tile in tiles
    ]
    return Row(head, tuple(cells))


def _scores(folder: Path, weighed: Weighed) -> dict[str, Any]:
    """Give the figures of every source and of all together, part by part."""
    judged, chosen = weighed.judged, weighed.chosen
    parts = [part for part in ("validation", "test") if any(one.part == part for one in judged)]
    sets = (*judged, *(together(judged, part) for part in parts))
    return verdicts_json(
        tool_of(folder, weighed),
        [{"name": one.name, "part": one.part} | figures_of(one, chosen) for one in sets],
    )


def _counts(source: SourceTiles) -> dict[str, dict[str, int]]:
    """Count cracked and sound tiles of each part."""
    parts = {"train": source.training, "validation": source.validation, "test": source.test}
    return {
        part: {"cracked": int(truth_of(tiles).sum()), "sound": int((~truth_of(tiles)).sum())}
        for part, tiles in parts.items()
        if tiles
    }


def _export(weighed: Weighed, out: Path) -> None:
    """Export; a network that cannot be is no reason to lose the training."""
    release = replace(_RELEASE, encoder=weighed.run.recipe.model.encoder_weights)
    try:
        export_classifier(weighed, make_classifier_card(weighed, release), out)
    except CrackwiseError as error:
        sys.stderr.write(f"warning: no {out.name}: {error}\n")
