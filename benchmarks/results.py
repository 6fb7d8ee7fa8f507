"""Train every segmentation system on the same photos with the same budget, and score all alike.

Run it in the root of the repository, a row at a time or all that are missing:

    PYTHONPATH=src python benchmarks/results.py --data DATA --weights WEIGHTS --runs RUNS --row unige-unet
    PYTHONPATH=src python benchmarks/results.py --data DATA --weights WEIGHTS --runs RUNS
    PYTHONPATH=src python benchmarks/results.py --table

A finished row is a file in ``docs/results``; one that is there is not trained again. ``--table`` writes the
tables of ``docs/results.md`` from these files. An interrupted row goes on where it stopped.
"""

import argparse
import json
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pages import finished, read_options, write_finished, write_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crackwise.score.bootstrap import Value
    from crackwise.score.judge import PhotoSet

STEPS, BATCH, CROP_PX = 1500, 8, 256
TRAINED_ON, SCORED_ON = "deepcrack_train", ("deepcrack_test", "cfd")
SHARED_SCENES = ("11142", "11158", "11187", "11289")
"""Groups of deepcrack_train that lie in deepcrack_test too, by ``crackwise data check`` of both."""

RESULTS = Path("docs/results")
PAGE = Path("docs/results.md")
SCRATCH = ("model.encoder_weights=none",)
MOBILENET = (
    "model.encoder=tu-mobilenetv2_100",
    "model.encoder_weights=mobilenetv2_100_imagenet.safetensors",
    "model.input_mean=[127.5,127.5,127.5]",
    "model.input_std=[127.5,127.5,127.5]",
)
FIGURES = (
    "iou_mean",
    "dice_mean",
    "dice_pooled",
    "precision_pooled",
    "recall_pooled",
    "centreline_f1_2px",
    "cliou_4px",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One training: a recipe, what is changed in it besides the budget, and what must be said of it."""

    recipe: str
    changes: tuple[str, ...] = ()
    said: str = ""
    source: str = ""
    label: str = ""
    """How the table calls it, where that is not the recipe's name."""


A = "(a) encoder from scratch, not the source's system"
B = "(b) same head on the MobileNetV2 encoder with ImageNet weights, not the source's system"
VGG = "khanhha: IoU 0.4687 ± 0.2217, Dice 0.6033 ± 0.2382 on its own test part of 12 sets"
RESNET = "khanhha: IoU 0.3861 ± 0.2123, Dice 0.5188 ± 0.2538 on the same"
COURSE = "none stated"
PSP = "no figure; “high recall, marks some background too”"
CSBSR = "CSBSR repository: IoU_max {}, on 4×-degraded photos of khanhha's set"

ROWS: dict[str, Row] = {
    "unige-unet": Row(
        "unige-unet",
        source="validation IoU 0.498 (plain BCE 0.495; best of its nine 0.514) on CrackSeg9k, 400×400",
    ),
    "course-cnn": Row("course-cnn", source=COURSE),
    "course-cnn-dropout": Row("course-cnn-dropout", source=COURSE),
    "course-transfer-b": Row("course-transfer", MOBILENET, B, COURSE),
    "crackwise-base": Row("crackwise-base", source="ours, beside the nine: zero-shot figures in models.md"),
    "crackwise-tuned": Row(
        "crackwise-tuned", source="ours: goes on from the shipped model, which saw no photo of these sets"
    ),
    "khanhha-unet-b": Row(
        "khanhha-unet-vgg16",
        MOBILENET,
        f"{B}; the same network for both rows",
        "of neither encoder: see their rows (a)",
        "khanhha-unet-vgg16 and -resnet101",
    ),
    "pspnet-resnet18-b": Row("pspnet-resnet18", MOBILENET, B, PSP),
    "pspnet-resnet18-a": Row("pspnet-resnet18", SCRATCH, A, PSP),
    "segformer-a": Row("segformer", SCRATCH, A, "none of the nine; named as a modern one"),
    "segformer-b": Row("segformer", MOBILENET, B, "as above"),
    "course-transfer-a": Row(
        "course-transfer",
        (*SCRATCH, "model.frozen_encoder=false"),
        "(a) encoder from scratch and unfrozen, not the source's system",
        COURSE,
    ),
    "hrnet-ocr-a": Row("hrnet-ocr", SCRATCH, A, CSBSR.format("0.553 (W48)")),
    "csbsr-b": Row("csbsr", MOBILENET, f"{B}; scored on photos that it degrades 4×", CSBSR.format("0.573")),
    "csbsr-a": Row("csbsr", SCRATCH, f"{A}; scored on photos that it degrades 4×", CSBSR.format("0.573")),
    "khanhha-unet-resnet101-a": Row("khanhha-unet-resnet101", SCRATCH, A, RESNET),
    "khanhha-densenet": Row("khanhha-densenet", source="left blank by its author"),
    "iitb-unet": Row(
        "iitb-unet",
        source="test Dice 0.698, mean IoU 0.619 (training 0.753, 0.613) on its own photos, 240×160",
    ),
    "crackformer": Row("crackformer", source=CSBSR.format("0.469")),
    "khanhha-unet-vgg16-a": Row("khanhha-unet-vgg16", SCRATCH, A, VGG),
}
"""The lightest first."""

ONE_CROP = ("train.batch=1",)
SHORTENED: dict[str, Row] = {
    f"one-crop-{name}": Row(name, ONE_CROP, "one crop a step", ROWS[name].source)
    for name in ("unige-unet", "course-cnn", "crackformer", "khanhha-densenet", "iitb-unet")
}
"""Three systems whose rows take 10 hours and more without a GPU or AMX, with an eighth of the crops. The two
before them have their row: the difference says what the seven eighths are worth."""

SLIM, SEEDS = "unige-unet", (0, 1, 2)
BASE = "khanhha-unet-vgg16"
SHORT = ("train.steps=1000", "data.crop_px=128")
"""Of three ablations: a sixth of the pixels of a row, so that thirty trainings take hours and not days."""

WHOLE = ("train.steps=1000", "train.batch=2", "data.crop_px=[544, 384]")
CUT = ("train.steps=1000", "train.batch=6")
"""Of the ablation of augmentation: whole photos, or crops of as many pixels a step within 6 %."""

ABLATIONS: dict[str, dict[str, Row]] = {
    "loss": {
        "plain BCE": Row(SLIM, (*SHORT, "train.loss=bce")),
        "frequency-weighted BCE": Row(SLIM, SHORT),
        "Dice": Row(SLIM, (*SHORT, "train.loss=dice")),
        "boundary combo": Row(SLIM, (*SHORT, "train.loss=boundary_combo")),
    },
    "dropout": {
        "none": Row("course-cnn", SHORT),
        "0.2": Row("course-cnn-dropout", (*SHORT, "model.dropout=0.2")),
        "0.5": Row("course-cnn-dropout", (*SHORT, "model.dropout=0.5")),
    },
    "transfer": {
        "from scratch": Row(BASE, (*SHORT, MOBILENET[0], "model.encoder_weights=none", *MOBILENET[2:])),
        "ImageNet, trained on": Row(BASE, (*SHORT, *MOBILENET)),
        "ImageNet, frozen": Row(BASE, (*SHORT, *MOBILENET, "model.frozen_encoder=true")),
    },
    "augmentation": {
        "none": Row("course-cnn", (*WHOLE, "data.augment=none")),
        "classical, five steps": Row("course-cnn", (*WHOLE, "data.augment=classical")),
        "strong": Row("course-cnn", CUT),
    },
}


def main() -> None:
    options = read_options(__doc__, all_rows())
    if options.table:
        tables = {
            "rows": _row_table(ROWS),
            "shortened": _row_table(SHORTENED),
            "ablations": _ablation_tables(),
        }
        write_tables(PAGE, tables)
        return
    chosen = all_rows()
    if options.row:
        chosen = {options.row: chosen[options.row]}
    for name, (row, seed) in chosen.items():
        if not (RESULTS / f"{name}.json").is_file():
            finish_row(name, row, seed, options)


def all_rows() -> dict[str, tuple[Row, int]]:
    """Name every training: the rows, the shortened ones, then each ablation with each seed."""
    found = {name: (row, 0) for name, row in (ROWS | SHORTENED).items()}
    for ablation, cases in ABLATIONS.items():
        seeds = SEEDS[:1] if ablation == "augmentation" else SEEDS
        for case, row in cases.items():
            found |= {ablation_name(ablation, case, seed): (row, seed) for seed in seeds}
    return found


def ablation_name(ablation: str, case: str, seed: int) -> str:
    words = case.lower().replace(",", "").replace(" ", "-")
    return f"ablation-{ablation}-{words}-{seed}"


def overrides(row: Row, seed: int) -> tuple[str, ...]:
    """Give the keys that make a recipe comparable: same photos, same crops, same budget."""
    left_out = ", ".join(f'"{group}"' for group in SHARED_SCENES)
    budget = (
        f"train.steps={STEPS}",
        "train.epochs=0",
        "train.patience=0",
        "data.validation_images=32",
        f"train.batch={BATCH}",
        "train.accumulate=1",
        "train.validate_every=250",
        f"data.crop_px={CROP_PX}",
        "data.parts=",
        "data.validation_share=0.15",
        f'data.sources=[{{name="{TRAINED_ON}", leave_out=[{left_out}]}}]',
        f"seed={seed}",
    )
    augment = (
        () if any(change.startswith("data.augment") for change in row.changes) else ("data.augment=strong",)
    )
    return (*budget, *augment, *OURS.get(row.recipe, ()), *row.changes)


KHANHHA = ("train.optimiser=adamw", "train.learning_rate=0.0003", "train.schedule=late-cosine")
OURS = {
    "khanhha-unet-vgg16": KHANHHA,
    "khanhha-unet-resnet101": KHANHHA,
    "khanhha-densenet": (*KHANHHA[:1], "train.learning_rate=0.001", *KHANHHA[2:]),
}
"""The source states no optimiser; its code's SGD at 0.001 hardly moves from scratch in 1,500 steps."""


def finish_row(name: str, row: Row, seed: int, options: argparse.Namespace) -> None:
    """Train one row, score it, and write its file."""
    from crackwise.recipe import load_recipe
    from crackwise.training.folder import Folders
    from crackwise.training.run import train

    run = options.runs / name
    changes = overrides(row, seed)
    recipe = load_recipe(row.recipe, changes)
    sys.stderr.write(f"{name}: training\n")
    train(recipe, Folders(set_folder(options.data, TRAINED_ON).parent, run, options.weights))
    result = json.loads((run / "result.json").read_text("utf-8"))
    command = ["crackwise", "train", row.recipe, "--data", "DATA", "--weights", "WEIGHTS", "--out", "RUN"]
    command += [word for change in changes for word in ("--set", change)]
    content: dict[str, Any] = {
        "row": name,
        "recipe": row.recipe,
        "seed": seed,
        "command": shlex.join(command),
        "benchmark": f"python benchmarks/results.py --data DATA --weights WEIGHTS --runs RUNS --row {name}",
        "threads": int(os.environ.get("OMP_NUM_THREADS", "0")) or os.cpu_count(),
        "result": result,
        "gflop": gflop(row, seed),
        "environment": json.loads((run / "environment.json").read_text("utf-8")),
        "validation": _validation(run),
        "sets": {one: score(run, options.data, one) for one in SCORED_ON},
    }
    write_finished(RESULTS, name, content)


def gflop(row: Row, seed: int) -> float:
    """Count billions of operations for a photo of 256 × 256 px; a multiply-add is two."""
    from crackwise.recipe import load_recipe
    from crackwise.training.cost import count_flop, untrained_net

    recipe = load_recipe(row.recipe, overrides(row, seed))
    return round(count_flop(untrained_net(recipe.model)) / 1e9, 2)


def _validation(run: Path) -> dict[str, float]:
    [only] = json.loads((run / "scores.json").read_text("utf-8"))["sets"]
    return {name: only["scores"][name]["value"] for name in FIGURES if name in only["scores"]}


def score(run: Path, data: Path, name: str) -> dict[str, Any]:
    """Judge a run on one public set, untouched, at the threshold chosen on validation."""
    from crackwise.data.folder import read_folder
    from crackwise.score.judge import with_truth

    return score_photos(run, with_truth(name, read_folder(set_folder(data, name))))


def set_folder(data: Path, name: str) -> Path:
    """Find a set by its name, at any depth."""
    found = [path for path in sorted(data.rglob(name)) if (path / "images").is_dir()]
    if not found:
        sys.exit(f"there is no {name}/images below {data}; see docs/public-sets.md")
    return found[0]


def score_photos(run: Path, photos: "PhotoSet") -> dict[str, Any]:
    """Judge a run at the threshold chosen on validation."""
    from crackwise.cli.judged import of_run
    from crackwise.score.evaluation import evaluate_set
    from crackwise.score.judge import JudgeSettings

    judged = of_run(run)
    protocols = ("pixels", "thresholds", "tolerance")
    found = evaluate_set(photos, judged.predict, JudgeSettings(judged.threshold, protocols), judged.operation)
    figures = {key: value for key, value in found.scores.items() if key in {*FIGURES, "ods", "ois", "ap"}}
    return {
        "photos": len(found.tallies),
        "names_sha256": found.names_sha256,
        "scores": intervals(figures),
        "standard_deviations": {key: round(value, 4) for key, value in found.deviations.items()},
    }


def intervals(figures: "Mapping[str, Value]") -> dict[str, dict[str, float | None]]:
    """Give those figures that have a value, with their intervals, as a file keeps them."""
    return {
        key: {"value": round(one.value, 4), "low": _round(one.low), "high": _round(one.high)}
        for key, one in figures.items()
        if one.value is not None
    }


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _row_table(rows: "Mapping[str, Row]") -> list[str]:
    lines = [
        "| row | parameters | GFLOP | hours | best step | validation IoU | deepcrack_test IoU ± std "
        "| F1 pooled | ODS* | clIoU | cfd IoU ± std | ODS* | clIoU | the source's own figure |",
        f"|{'---|' * 14}",
    ]
    for name, row in rows.items():
        said = f"{row.label or row.recipe}{f' {row.said[:3]}' if row.said.startswith('(') else ''}"
        found = finished(RESULTS, name)
        if found is None:
            missing = "shortened: below" if f"one-crop-{name}" in SHORTENED else "not trained yet"
            lines.append(f"| {said} | {missing} {'| ' * 11}| {row.source} |")
            continue
        near, far = (found["sets"][one] for one in SCORED_ON)
        cells = (
            f"{found['result']['parameters']:,}",
            f"{found['gflop']:.2f}",
            f"{found['result']['seconds'] / 3600:.2f}",
            f"{found['result']['best_step']:,}",
            f"{found['validation']['iou_mean']:.3f}",
            _spread(near, "iou_mean"),
            interval_cell(near, "dice_pooled"),
            interval_cell(near, "ods"),
            interval_cell(near, "cliou_4px"),
            _spread(far, "iou_mean"),
            interval_cell(far, "ods"),
            interval_cell(far, "cliou_4px"),
            row.source,
        )
        lines.append(f"| [{said}](results/{name}.json) | {' | '.join(cells)} |")
    return lines


def interval_cell(found: dict[str, Any], name: str) -> str:
    """Write a figure of a file with its interval."""
    one = found["scores"][name]
    return f"{one['value']:.3f} ({one['low']:.3f}–{one['high']:.3f})"


def _spread(found: dict[str, Any], name: str) -> str:
    deviation = found["standard_deviations"][name.removesuffix("_mean")]
    return f"{found['scores'][name]['value']:.3f} ± {deviation:.3f}"


def _ablation_tables() -> list[str]:
    lines = []
    for ablation, cases in ABLATIONS.items():
        lines += [
            "",
            f"**{ablation}**",
            "",
            "| case | seeds | deepcrack_test IoU | cfd IoU | recall / precision |",
        ]
        lines.append("|---|---|---|---|---|")
        lines += [_case(ablation, case) for case in cases]
    return lines[1:]


def _case(ablation: str, case: str) -> str:
    found = [one for seed in SEEDS if (one := finished(RESULTS, ablation_name(ablation, case, seed)))]
    if not found:
        return f"| {case} | not trained yet | | | |"
    means = [[one["sets"][name]["scores"]["iou_mean"]["value"] for one in found] for name in SCORED_ON]
    texts = [f"{sum(values) / len(values):.3f} ({', '.join(f'{v:.3f}' for v in values)})" for values in means]
    near = [one["sets"]["deepcrack_test"]["scores"] for one in found]
    recall, precision = (
        sum(one[name]["value"] for one in near) / len(near) for name in ("recall_pooled", "precision_pooled")
    )
    return f"| {case} | {len(found)} | {' | '.join(texts)} | {recall:.3f} / {precision:.3f} |"


if __name__ == "__main__":
    main()
