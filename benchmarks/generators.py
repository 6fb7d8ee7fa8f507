"""Train the DCGAN as its source says and for longer, and say how real its photos are.

Run it in the root of the repository, a row at a time or all that are missing:

    PYTHONPATH=src python benchmarks/generators.py --data DATA --weights WEIGHTS --runs RUNS --row iitb-dcgan
    PYTHONPATH=src python benchmarks/generators.py --data DATA --weights WEIGHTS --runs RUNS
    PYTHONPATH=src python benchmarks/generators.py --table

A finished row is a file in ``docs/generation`` and a sheet in ``docs/images``; it is not trained again.
"""

import argparse
import csv
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2

from few_cracks import metu_in
from pages import finished, read_options, write_finished, write_tables

RESULTS = Path("docs/generation")
IMAGES = Path("docs/images")
PAGE = Path("docs/generation.md")
COMMAND = "python benchmarks/generators.py --data DATA --weights WEIGHTS --runs RUNS"

SOURCE = 'data.sources=[{name="metu/crack", licence="CC BY 4.0", source="Özgenel, Mendeley 5y9wdsg2zt.2"}]'
ROWS: dict[str, tuple[str, ...]] = {
    "iitb-dcgan": (SOURCE,),
    "iitb-dcgan-10000": (
        SOURCE,
        "train.epochs=0",
        "train.steps=10000",
        "train.save_every=250",
        "train.precision=bf16-mixed",
    ),
}
REAL = "real"
"""Half of the real photos against the other half: what a perfect generator would reach."""

PHOTOS = 800
FIGURES = ("fid", "kid", "precision", "recall", "copies")


def main() -> None:
    options = read_options(__doc__, (REAL, *ROWS))
    if options.table:
        write_tables(PAGE, {"generators": table()})
        return
    for name in (REAL, *ROWS):
        if options.row in {None, name} and not (RESULTS / f"generator-{name}.json").is_file():
            finish_row(name, options)


def finish_row(name: str, options: argparse.Namespace) -> None:
    """Train a row, write as many photos as there are real ones, judge them, and write the file of the row."""
    metu = metu_in(options.data)
    row = {"row": name, "command": f"{COMMAND} --row {name}"}
    if name == REAL:
        generated, real = halves(metu / "crack", options.runs / "halves")
    else:
        run, generated, real = options.runs / name, options.runs / f"{name}-photos", metu / "crack"
        row |= trained(name, metu.parent, run)
        crackwise("generate", run, "--n", PHOTOS, "--seed", 1, "--out", generated)
        write_sheet(run, IMAGES / f"generated-{name}.jpg")
    judged = options.runs / f"{name}-realism"
    words = ("--real", real, "--weights", options.weights, "--features", "mobilenetv2", "--out", judged)
    crackwise("realism", generated, *words)
    scores = json.loads((judged / "scores.json").read_text("utf-8"))
    write_finished(RESULTS, f"generator-{name}", row | {"realism": scores})


def trained(name: str, data: Path, run: Path) -> dict[str, Any]:
    """Train a row, or go on with it, and read what the training left."""
    from crackwise.recipe import load_any
    from crackwise.training.folder import Folders
    from crackwise.training.generation.run import train_generator

    train_generator(load_any("iitb-dcgan", ROWS[name]), Folders(data, run))
    logs = sorted(run.glob("log-*/metrics.csv"), key=lambda path: int(path.parent.name.removeprefix("log-")))
    rounds = [row for log in logs for row in csv.DictReader(log.read_text("utf-8").splitlines())]
    return {
        "overrides": list(ROWS[name]),
        "result": json.loads((run / "result.json").read_text("utf-8")),
        "environment": json.loads((run / "environment.json").read_text("utf-8")),
        "first_round": rounds[0],
        "last_round": rounds[-1],
    }


def halves(photos: Path, folder: Path) -> tuple[Path, Path]:
    """Link every other photo into one folder, the rest into a second one."""
    parts = (folder / "a", folder / "b")
    for number, photo in enumerate(sorted(photos.glob("*.jpg"))):
        link = parts[number % 2] / photo.name
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.exists():
            link.symlink_to(photo.resolve())
    return parts


def write_sheet(run: Path, picture: Path) -> None:
    """Keep the last sheet of samples, small enough for a page."""
    sheet = cv2.imread(str(max((run / "samples").glob("step-*.png"))))
    cv2.imwrite(str(picture), sheet, [cv2.IMWRITE_JPEG_QUALITY, 88])


def crackwise(*words: object) -> None:
    subprocess.run([sys.executable, "-m", "crackwise", *map(str, words)], check=True)


def table() -> list[str]:
    lines = [
        "| photos | steps | minutes | D(x), D(G(z)) at the end | FID | KID | precision | recall | copies |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name in (REAL, *ROWS):
        found = finished(RESULTS, f"generator-{name}")
        cells = ["not trained yet", *[""] * 7] if found is None else told(found)
        lines.append(f"| {title(name)} | {' | '.join(cells)} |")
    return lines


def title(name: str) -> str:
    return "the other half of the real ones" if name == REAL else f"`{name}`"


def told(found: Mapping[str, Any]) -> list[str]:
    scores = found["realism"]["scores"]
    how = ["", "", ""]
    if "result" in found:
        last, result = found["last_round"], found["result"]
        how = [
            f"{result['steps']:,}",
            f"{result['seconds'] / 60:.0f}",
            f"{float(last['d_real']):.2f}, {float(last['d_fake']):.2f}",
        ]
    shown = [f"{scores['fid']:.1f}", f"{scores['kid']:.3f} ± {scores['kid_spread']:.3f}"]
    return [*how, *shown, *(f"{scores[name]:.2f}" for name in FIGURES[2:])]


if __name__ == "__main__":
    main()
