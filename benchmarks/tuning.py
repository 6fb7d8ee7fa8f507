"""What labelled photos of one's own bring, beside the shipped model as it is: the table of docs/training.md.

Run it in the root of the repository::

    PYTHONPATH=src python benchmarks/tuning.py --data DATA --weights WEIGHTS --runs RUNS

One's own photos are played by ``masonry``: brick walls, of which the shipped model has seen none. A third of
its scenes, chosen by a hash of their names, is for training and for choosing checkpoint and threshold; the
others are judged, by the shipped model as it is, by ``crackwise-tuned``, and by as many steps of the same
network from an ImageNet encoder. A training that is done is not done again.
"""

import argparse
import zlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from results import set_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crackwise.data.folder import SetPhoto
    from crackwise.score.judge import PhotoSet

SET = "masonry"
SHARE = 3  # one scene of so many
CROP_PX = 224  # the size of its photos
RECIPES = {
    "as shipped": ("", ()),
    "trained on, `crackwise-tuned`": ("crackwise-tuned", ()),
    "as many steps from an ImageNet encoder": (
        "crackwise-tuned",
        ("train.start_from=", "model.encoder_weights=mobilenetv2_100_imagenet.safetensors"),
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help=f"folder that holds {SET}, at any depth")
    parser.add_argument("--weights", type=Path, required=True, help="folder of encoder weights")
    parser.add_argument("--runs", type=Path, required=True, help="folder for the run folders")
    options = parser.parse_args()
    from crackwise.data.folder import read_folder
    from crackwise.score.judge import with_truth

    folder = set_folder(options.data, SET)
    whole = with_truth(SET, read_folder(folder))
    own = [photo for photo in whole.photos if zlib.crc32(photo.group.encode()) % SHARE == 0]
    judged = replace(whole, photos=tuple(photo for photo in whole.photos if photo not in own))
    data = options.runs / "data"
    link(own, data / "own")
    scenes = len({photo.group for photo in own})
    print(f"own: {len(own)} photos of {scenes} scenes; judged: {len(judged.photos)}")
    print("| model | IoU | centreline F1, 2 px |\n|---|---|---|", flush=True)
    for number, (name, (recipe, changes)) in enumerate(RECIPES.items()):
        run = options.runs / str(number)
        model = trained(recipe, changes, data, options.weights, run) if recipe else None
        print(f"| {name} | {' | '.join(figures(model, judged))} |", flush=True)


def link(photos: "Sequence[SetPhoto]", out: Path) -> None:
    """Make a set of labelled photos of another, as links."""
    from crackwise.data.table import write_table

    for photo in photos:
        assert photo.mask is not None
        for path in (photo.image, photo.mask):
            target = out / path.parent.name / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                target.symlink_to(path.resolve())
    write_table(out / "groups.csv", ("file", "group"), [(photo.image.name, photo.group) for photo in photos])


def trained(recipe: str, changes: tuple[str, ...], data: Path, weights: Path, run: Path) -> Path:
    """Train a recipe on one's own photos; give its model file."""
    from crackwise.recipe import load_recipe
    from crackwise.training.export import Release, export_run
    from crackwise.training.folder import Folders
    from crackwise.training.run import train

    sources = 'data.sources=[{name="own"}]'
    train(load_recipe(recipe, (sources, f"data.crop_px={CROP_PX}", *changes)), Folders(data, run, weights))
    model = run / "exported.onnx"
    if not model.is_file():
        export_run(Folders(data, run), model, Release("0.0.0", "not for use", "not stated", "a measurement"))
    return model


def figures(model: Path | None, photos: "PhotoSet") -> list[str]:
    """Judge what a user would get: the masks of a model file with the settings of its card."""
    from crackwise.cli.judged import of_model
    from crackwise.score.evaluation import evaluate_set
    from crackwise.score.judge import JudgeSettings

    judged = of_model(model)
    settings = JudgeSettings(judged.threshold, ("pixels", "tolerance"))
    scores = evaluate_set(photos, judged.predict, settings, judged.operation).scores
    shown = (scores["iou_mean"], scores["centreline_f1_2px"])
    return [f"{one.value:.3f} ({one.low:.3f}–{one.high:.3f})" for one in shown]


if __name__ == "__main__":
    main()
