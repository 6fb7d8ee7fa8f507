"""How many real labels do drawn and painted pairs replace? Less and less of the open sets, with and without.

Run it in the root of the repository, a run at a time or all that are missing:

    PYTHONPATH=src python benchmarks/fewer_labels.py --data DATA --weights WEIGHTS --runs RUNS
    PYTHONPATH=src python benchmarks/fewer_labels.py --table

Each run trains the network of ``crackwise-base`` on 1, 10 or 100 % of the open sets but one and is judged on
photos of that one. At the end come runs that leave no set out and are judged, once, on the public benchmark.
What a run needs besides, drawn scenes and painted pairs, is made first and kept in RUNS. A finished run is a
file in ``docs/generation``; one that is there is not trained again.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pages import finished, mean_and_each, read_options, write_finished, write_tables
from results import SCORED_ON, score_photos, set_folder

if TYPE_CHECKING:
    from crackwise.score.judge import PhotoSet

RESULTS = Path("docs/generation")
PAGE = Path("docs/generation.md")

COMMAND = "python benchmarks/fewer_labels.py --data DATA --weights WEIGHTS --runs RUNS"
STEPS, BATCH, CROP_PX = 1000, 8, 128
JUDGED_PHOTOS = 100
"""Of the set left out at most, one after the other by a hash of their names."""

SOURCES = {
    "uavcrack": 'name="uavcrack", weight=2.0, labels="fat"',
    "kaggle_uav": 'name="kaggle_uav", weight=1.5',
    "sut_crack": 'name="sut_crack", weight=2.0',
    "roboflow_qlrkm": 'name="roboflow_qlrkm", weight=3.0, labels="fat"',
}
SOUND = 'name="metu", kind="negatives", folder="nocrack", weight=0.5'
WEIGHT = 6.0
"""Of drawn scenes or painted pairs: about as many crops as of the photos."""

DRAWN = f'name="drawn", kind="drawn", count=1200, size="448-640", weight={WEIGHT}, training_only=true'
PAINTED_STEPS, PAINTED_PAIRS = 800, 600

SHOWN = {"iou_mean": "IoU of the set left out", "centreline_f1_2px": "centreline F1, 2 px", "ods": "ODS*"}
LOOKS = {"nothing": ("#0072b2", "o"), "drawn": ("#d55e00", "s"), "painted": ("#009e73", "^")}
SHIFT = 1.12
"""By which the dots of arms stand beside each other on the logarithmic axis."""


@dataclass(frozen=True, slots=True)
class Case:
    """One training: what share of the labels, what beside them, which set is left out; empty: none."""

    percent: int
    beside: str
    seed: int
    left_out: str

    @property
    def name(self) -> str:
        return f"labels-{self.percent}-{self.beside}-{self.seed}-without-{self.left_out or 'none'}"

    @property
    def judged_on(self) -> tuple[str, ...]:
        return (self.left_out,) if self.left_out else SCORED_ON


def all_cases() -> dict[str, Case]:
    """Name every training of the experiment."""
    plan = [(percent, beside, 0) for percent in (10, 1, 100) for beside in ("nothing", "drawn")]
    plan += [(10, beside, seed) for seed in (1, 2) for beside in ("nothing", "drawn")]
    plan += [(10, "painted", seed) for seed in (0, 1, 2)]
    cases = [Case(*one, left_out) for one in plan for left_out in SOURCES]
    cases += [Case(*one, "") for one in plan if one[2] == 0]
    return {case.name: case for case in cases}


def overrides(case: Case) -> tuple[str, ...]:
    """Give the keys that turn ``crackwise-base`` into a run of the experiment."""
    share = f"share={case.percent / 100}"
    sources = [f"{{{text}, {share}}}" for name, text in SOURCES.items() if name != case.left_out]
    sources.append(f"{{{SOUND}, {share}}}")
    if case.beside == "drawn":
        sources.append(f"{{{DRAWN}}}")
    if case.beside == "painted":
        sources.append(f'{{name="{painted_name(case)}", weight={WEIGHT}, training_only=true}}')
    return (
        f"data.sources=[{', '.join(sources)}]",
        f"data.crop_px={CROP_PX}",
        f"train.steps={STEPS}",
        f"train.batch={BATCH}",
        "train.validate_every=250",
        f"seed={case.seed}",
    )


def painted_name(case: Case) -> str:
    return f"painted-{case.seed}-without-{case.left_out or 'none'}"


def painter_overrides(case: Case) -> tuple[str, ...]:
    """Give the keys of the generator: it learns from the very labels of the run that it paints for."""
    sources = [
        f"{{{text}, share={case.percent / 100}}}" for name, text in SOURCES.items() if name != case.left_out
    ]
    budget = (f"data.size_px={CROP_PX}", f"train.steps={PAINTED_STEPS}", f"seed={case.seed}")
    return (f"data.sources=[{', '.join(sources)}]", *budget)


def main() -> None:
    options = read_options(__doc__, all_cases())
    if options.table:
        write_tables(PAGE, {"labels": table()})
        draw_plot(PAGE.with_name("images") / "fewer-labels.png")
        return
    data = linked(options.data, options.runs / "data")
    for name, case in all_cases().items():
        if options.row in {None, name} and not (RESULTS / f"{name}.json").is_file():
            finish_case(case, data, options)


def linked(data: Path, folder: Path) -> Path:
    """Make a folder that holds the open sets as links, so that painted pairs can stand beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*SOURCES, "metu"):
        link = folder / name
        if not link.exists():
            found = set_folder(data, name) if name in SOURCES else set_folder(data, "sut_crack").parent / name
            link.symlink_to(found.resolve(), target_is_directory=True)
    return folder


def finish_case(case: Case, data: Path, options: argparse.Namespace) -> None:
    """Train one run, judge it on the set left out, and write its file."""
    from crackwise.recipe import load_recipe
    from crackwise.training.folder import Folders
    from crackwise.training.run import train

    if case.beside == "painted":
        paint(case, data, options)
    sys.stderr.write(f"{case.name}: training\n")
    run = options.runs / case.name
    recipe = load_recipe("crackwise-base", overrides(case))
    train(recipe, Folders(data, run, options.weights, options.runs / f"drawn-labels-{case.seed}"))
    write_finished(RESULTS, case.name, content_of(case, run, options.data))


def content_of(case: Case, run: Path, data: Path) -> dict[str, Any]:

    result = json.loads((run / "result.json").read_text("utf-8"))
    return {
        "run": case.name,
        "percent": case.percent,
        "beside": case.beside,
        "seed": case.seed,
        "left_out": case.left_out,
        "overrides": list(overrides(case)),
        "command": f"{COMMAND} --row {case.name}",
        "result": result,
        "environment": json.loads((run / "environment.json").read_text("utf-8")),
        "judged": {name: score_photos(run, judged_photos(data, name)) for name in case.judged_on},
    }


def judged_photos(data: Path, name: str) -> "PhotoSet":
    """Choose the photos of a set left out; the public benchmark comes whole. Fat labels stay as they are."""
    import zlib
    from dataclasses import replace

    from crackwise.data.folder import read_folder
    from crackwise.score.judge import with_truth

    found = with_truth(name, read_folder(set_folder(data, name)))
    if name in SCORED_ON:
        return found
    ranked = sorted(found.photos, key=lambda photo: zlib.crc32(photo.file.encode()))
    return replace(found, photos=tuple(sorted(ranked[:JUDGED_PHOTOS], key=lambda photo: photo.file)))


def paint(case: Case, data: Path, options: argparse.Namespace) -> None:
    """Train the generator of pairs on the labels of a run, and let it paint."""
    import subprocess

    from crackwise.recipe import GeneratorRecipe, load_any
    from crackwise.training.folder import Folders
    from crackwise.training.generation.run import train_generator

    folder = data / painted_name(case)
    if (folder / "provenance.json").is_file():
        return
    run = options.runs / f"painter-{painted_name(case)}"
    recipe = load_any("crackwise-pairs", painter_overrides(case))
    assert isinstance(recipe, GeneratorRecipe)
    train_generator(recipe, Folders(data, run, options.weights))
    subprocess.run([sys.executable, "-m", "crackwise", *paint_command(case, run, data)], check=True)


def paint_command(case: Case, run: Path, data: Path) -> list[str]:
    """Give the words that let a generator paint, other masks for each seed."""
    words = ["generate", str(run), "--out", str(data / painted_name(case)), "--data", str(data)]
    return [*words, "--n", str(PAINTED_PAIRS), "--size", "256x256", "--seed", str(case.seed)]


def table() -> list[str]:
    """One row for every share and what was beside it: means over the sets left out and the finished seeds."""
    public = " | ".join(f"{name} IoU" for name in SCORED_ON)
    lines = [
        f"| real labels | beside them | seeds | {' | '.join(SHOWN.values())} | {public} |",
        f"|{'---|' * (3 + len(SHOWN) + len(SCORED_ON))}",
    ]
    for percent, beside in arms():
        seeds, done = seeds_of(percent, beside), by_seed(percent, beside)
        told = [f"{len(done)} of {len(seeds)}"]
        told += [mean_and_seeds([mean_over_sets(own, name) for own in done.values()]) for name in SHOWN]
        told += _public(Case(percent, beside, 0, ""))
        lines.append(f"| {percent} % | {beside} | {' | '.join(told)} |")
    return lines


def _public(case: Case) -> list[str]:
    found = finished(RESULTS, case.name)
    if found is None:
        return [""] * len(SCORED_ON)
    return [f"{found['judged'][name]['scores']['iou_mean']['value']:.3f}" for name in SCORED_ON]


def arms() -> list[tuple[int, str]]:
    """Give every share of the labels with what was beside it."""
    return sorted({(case.percent, case.beside) for case in all_cases().values()})


def seeds_of(percent: int, beside: str) -> list[int]:
    cases = all_cases().values()
    return sorted({case.seed for case in cases if (case.percent, case.beside) == (percent, beside)})


def by_seed(percent: int, beside: str) -> dict[int, list[dict[str, Any]]]:
    """Give the files of each seed of which every run with a set left out is done."""
    found = {
        seed: [one for name in SOURCES if (one := finished(RESULTS, Case(percent, beside, seed, name).name))]
        for seed in seeds_of(percent, beside)
    }
    return {seed: own for seed, own in found.items() if len(own) == len(SOURCES)}


def mean_over_sets(found: Sequence[dict[str, Any]], name: str) -> float:
    """Average a figure over the runs of a seed, each judged on the set that it left out."""
    return sum(value_of(one, name) for one in found) / len(found)


def value_of(found: Mapping[str, Any], name: str) -> float:
    return float(found["judged"][found["left_out"]]["scores"][name]["value"])


def mean_and_seeds(values: Sequence[float]) -> str:
    """Give the mean over the seeds, then each where there are several."""
    if not values:
        return ""
    return mean_and_each(values) if len(values) > 1 else f"{values[0]:.3f}"


def draw_plot(path: Path) -> None:
    """Draw the IoU and the centreline F1 over the share of the labels: a dot a set, a line their mean."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.6, 3.6), layout="constrained")
    for axes, name in zip(figure.subplots(1, 2), ("iou_mean", "centreline_f1_2px")):
        for place, (beside, (colour, marker)) in enumerate(LOOKS.items()):
            points = {}
            for percent in (percent for percent, other in arms() if other == beside):
                runs = [one for own in by_seed(percent, beside).values() for one in own]
                shifted = percent * SHIFT ** (place - 1)
                if runs:
                    points[shifted] = mean_over_sets(runs, name)
                axes.plot([shifted] * len(runs), [value_of(one, name) for one in runs], marker,
                          color=colour, ms=4, alpha=0.4)  # fmt: skip
            if points:
                axes.plot(points.keys(), points.values(), f"{marker}-", color=colour, ms=8, label=beside)
        axes.set(xscale="log", xlabel="labels, %", title=SHOWN[name])
        axes.set_xticks([1, 10, 100], ["1", "10", "100"])
        axes.minorticks_off()
        axes.grid(axis="y", alpha=0.3)
    figure.legend(*figure.axes[0].get_legend_handles_labels(), title="beside them", loc="outside right upper")
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
