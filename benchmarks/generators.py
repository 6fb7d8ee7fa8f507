"""Train the generators, the DCGAN as its source says and for longer, and say how real their photos are.

Run it in the root of the repository, a row at a time or all that are missing:

    PYTHONPATH=src python benchmarks/generators.py --data DATA --weights WEIGHTS --runs RUNS --row iitb-dcgan
    PYTHONPATH=src python benchmarks/generators.py --data DATA --weights WEIGHTS --runs RUNS
    PYTHONPATH=src python benchmarks/generators.py --table

A finished row is a file in ``docs/generation``, and of a DCGAN a sheet in ``docs/images``; it is not trained
again.
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
TILES: dict[str, tuple[str, ...]] = {
    "iitb-dcgan": (SOURCE,),
    "iitb-dcgan-10000": (
        SOURCE,
        "train.epochs=0",
        "train.steps=10000",
        "train.save_every=250",
        "train.precision=bf16-mixed",
    ),
}
"""Keys of ``iitb-dcgan``; its photos are compared with those that it learnt from."""

REAL = "real"
"""Half of the real photos against the other half: what a perfect generator would reach."""

REAL_CROPS, DRAWN, PAINTED = "real-crops", "drawn", "crackwise-pairs"
PAIRS: dict[str, tuple[str, ...]] = {REAL_CROPS: (), DRAWN: (), PAINTED: ("train.precision=bf16-mixed",)}
"""What gives photo and mask together; compared with crops as ``crackwise-pairs`` learns from."""

PHOTOS = 800


def main() -> None:
    options = read_options(__doc__, (REAL, *TILES, *PAIRS))
    if options.table:
        write_tables(PAGE, {"generators": tile_table(), "pairs": pair_table()})
        return
    for name in (REAL, *TILES, *PAIRS):
        if options.row in {None, name} and not (RESULTS / f"generator-{name}.json").is_file():
            finish_row(name, options)


def finish_row(name: str, options: argparse.Namespace) -> None:
    """Train a row, write as many photos as there are real ones, judge them, and write the file of the row."""
    made, generated, real = (pair_row if name in PAIRS else tile_row)(name, options)
    judged = options.runs / f"{name}-realism"
    words = ("--real", real, "--weights", options.weights, "--features", "mobilenetv2", "--out", judged)
    crackwise("realism", generated, *words, "--overwrite")  # of a run that was cut off
    scores = json.loads((judged / "scores.json").read_text("utf-8"))
    row = {"row": name, "command": f"{COMMAND} --row {name}"}
    write_finished(RESULTS, f"generator-{name}", row | made | {"realism": scores})


def tile_row(name: str, options: argparse.Namespace) -> tuple[dict[str, Any], Path, Path]:
    """Train a DCGAN and let it write; give what is said of it, its photos, and the real ones."""
    metu = metu_in(options.data)
    if name == REAL:
        return {}, *halves(metu / "crack", options.runs / "halves")
    run, generated = options.runs / name, options.runs / f"{name}-photos"
    made = trained("iitb-dcgan", TILES[name], metu.parent, run)
    crackwise("generate", run, "--n", PHOTOS, "--seed", 1, "--out", generated)
    write_sheet(run, IMAGES / f"generated-{name}.jpg")
    return made, generated, metu / "crack"


def pair_row(name: str, options: argparse.Namespace) -> tuple[dict[str, Any], Path, Path]:
    """Draw or paint pairs, or take other real crops; give what is said of them, them, and the real ones."""
    data = metu_in(options.data).parent
    others, real = crops(data, options.runs / "crops")
    if name == REAL_CROPS:
        return {}, others, real
    generated = options.runs / f"{name}-photos"
    words = ("--n", PHOTOS, "--size", "256x256", "--seed", 1, "--out", generated)
    if name == DRAWN:
        crackwise("generate", DRAWN, *words)
        return {}, generated / "images", real
    run = options.runs / name
    made = trained(PAINTED, PAIRS[name], data, run)
    crackwise("generate", run, "--data", data, *words)
    return made, generated / "images", real


def trained(recipe: str, changes: tuple[str, ...], data: Path, run: Path) -> dict[str, Any]:
    """Train a row, or go on with it, and read what the training left."""
    from crackwise.recipe import load_any
    from crackwise.training.folder import Folders
    from crackwise.training.generation.run import train_generator

    train_generator(load_any(recipe, changes), Folders(data, run))
    logs = sorted(run.glob("log-*/metrics.csv"), key=lambda path: int(path.parent.name.removeprefix("log-")))
    rounds = [row for log in logs for row in csv.DictReader(log.read_text("utf-8").splitlines())]
    return {
        "overrides": list(changes),
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


def crops(data: Path, folder: Path) -> tuple[Path, Path]:
    """Cut twice as many crops as are judged, as ``crackwise-pairs`` sees them: every other one a part."""
    from crackwise.files import write_image
    from crackwise.recipe import load_any
    from crackwise.training.generation.photos import gather_photos
    from crackwise.training.generation.scenes import TRAINING_MASKS, PaintedScenes

    recipe = load_any(PAINTED, ())
    scenes = PaintedScenes(recipe, gather_photos(recipe, data), TRAINING_MASKS)
    parts = (folder / "a", folder / "b")
    for number in range(2 * PHOTOS):
        path = parts[number % 2] / f"{number:04}.png"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_image(path, scenes.scene(number).photo)
    return parts


def write_sheet(run: Path, picture: Path) -> None:
    """Keep the last sheet of samples, small enough for a page."""
    sheet = cv2.imread(str(max((run / "samples").glob("step-*.png"))))
    cv2.imwrite(str(picture), sheet, [cv2.IMWRITE_JPEG_QUALITY, 88])


def crackwise(*words: object) -> None:
    subprocess.run([sys.executable, "-m", "crackwise", *map(str, words)], check=True)


def tile_table() -> list[str]:
    lines = [
        "| photos | steps | minutes | D(x), D(G(z)) at the end | FID | KID | precision | recall | copies |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    titles = {REAL: "the other half of the real ones"} | {name: f"`{name}`" for name in TILES}
    for name, title in titles.items():
        found = finished(RESULTS, f"generator-{name}")
        cells = ["not trained yet", *[""] * 7] if found is None else [*told(found), *realism(found)]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return lines


def pair_table() -> list[str]:
    lines = ["| photos | steps | minutes | FID | KID | precision | recall | copies |", f"|{'---|' * 8}"]
    titles = {REAL_CROPS: "other real crops", DRAWN: "drawn", PAINTED: f"painted, `{PAINTED}`"}
    for name, title in titles.items():
        found = finished(RESULTS, f"generator-{name}")
        cells = ["not trained yet", *[""] * 6] if found is None else [*told(found)[:2], *realism(found)]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return lines


def told(found: Mapping[str, Any]) -> list[str]:
    """Give steps, minutes and the last beliefs of the discriminator, where there was a training."""
    if "result" not in found:
        return ["", "", ""]
    last, result = found["last_round"], found["result"]
    beliefs = f"{float(last['d_real']):.2f}, {float(last['d_fake']):.2f}"
    return [f"{result['steps']:,}", f"{result['seconds'] / 60:.0f}", beliefs]


def realism(found: Mapping[str, Any]) -> list[str]:
    scores = found["realism"]["scores"]
    shown = [f"{scores['fid']:.1f}", f"{scores['kid']:.3f} ± {scores['kid_spread']:.3f}"]
    return [*shown, *(f"{scores[name]:.2f}" for name in ("precision", "recall", "copies"))]


if __name__ == "__main__":
    main()
