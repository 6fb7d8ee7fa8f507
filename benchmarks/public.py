"""Score a model on the public benchmark, full-size photos, settings from the model card.

The benchmark is never trained or tuned on: run this once per landed model, in the root of the repository::

    PYTHONPATH=src python benchmarks/public.py --data DIR --model FILE --log docs/benchmark-log.md

DIR holds ``deepcrack_test``, ``cfd`` and ``noncrack``, each with ``images/`` and, but the last, ``masks/``.
"""

import argparse
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from crackwise.arrays import Rgb
from crackwise.data.folder import SetPhoto, read_folder
from crackwise.files import write_text
from crackwise.inspection.inspect import inspect_photo
from crackwise.inspection.model import CrackModel, load_model
from crackwise.photo import read_photo
from crackwise.score.bootstrap import Bootstrap
from crackwise.score.evaluation import Evaluation, Operation, evaluate_set
from crackwise.score.judge import JudgeSettings, with_truth
from crackwise.score.tally import LARGE_COMPONENT_PX, Prediction

CRACKED = ("deepcrack_test", "cfd")
SOUND = "noncrack"
FIGURES = {
    "IoU": "iou_mean",
    "F1": "dice_pooled",
    "cl-F1 2 px": "centreline_f1_2px",
    "cl-F1 5 px": "centreline_f1_5px",
    "mask F1 2 px": "mask_f1_2px",
    "clIoU": "cliou_4px",
}
OPERATION = Operation("the mask that crackwise inspect reports", None, "validation")
SETTINGS = JudgeSettings(protocols=("pixels", "tolerance"), bootstrap=Bootstrap(samples=0))
INTRODUCTION = f"""# Benchmark log

One row per landed model, run once, never tuned on; made with `benchmarks/public.py`. Full-size photos,
settings from the model card. IoU: per image, mean, empty/empty = 1. F1: pixels, pooled. cl-F1: precision and
recall of skeleton pixels within the stated distance, pooled. Mask F1 2 px: as F1, pixels within 2 px count.
clIoU: both skeletons dilated by a disk of 4 px, Jaccard, pooled. `noncrack`: share of the area marked; share
of the photos with a row in `cracks.csv` (false crack); share of the photos with a marked component above
{LARGE_COMPONENT_PX} px of area.
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the three sets")
    parser.add_argument("--model", type=Path, help="model file; default: the shipped one")
    parser.add_argument("--log", type=Path, help="Markdown file to append the row to")
    options = parser.parse_args()
    model = load_model(options.model)
    judged = {name: _evaluated(options.data / name, model) for name in (*CRACKED, SOUND)}
    row = {**_origin(model), **_figures(judged)}
    print(_header(row), _line(list(row.values())), sep="\n")
    if options.log:
        _append(options.log, row)


def _evaluated(folder: Path, model: CrackModel) -> Evaluation:
    def predict(photo: SetPhoto, _pixels: Rgb) -> Prediction:
        inspection = inspect_photo(read_photo(photo.image), model)
        return Prediction(inspection.levels, inspection.mask, len(inspection.cracks))

    photos = read_folder(folder)
    if folder.name == SOUND:
        photos = [replace(photo, mask=None, label="no crack") for photo in photos]
    found = evaluate_set(
        with_truth(folder.name, photos),
        predict,
        SETTINGS,
        OPERATION,
        lambda done, total: _say(f"{folder.name} {done} of {total}"),
    )
    if found.failures:
        sys.exit(f"{folder.name}/{found.failures[0].file} cannot be judged: {found.failures[0].reason}")
    return found


def _origin(model: CrackModel) -> dict[str, str]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "revision": _revision(),
        "model": f"{model.card.name} {model.card.version}",
        "sha256": model.sha256[:12],
        "precision": model.precision,
    }


def _figures(judged: Mapping[str, Evaluation]) -> dict[str, str]:
    cracked = {
        f"{name} {label}": f"{judged[name].scores[figure].value:.3f}"
        for name in CRACKED
        for label, figure in FIGURES.items()
    }
    alarms = judged[SOUND].scores
    large = alarms["false_large_share"].value
    return cracked | {
        f"{SOUND} area, %": f"{100 * alarms['false_area_share'].value:.3f}",
        f"{SOUND} false crack, % of photos": f"{100 * alarms['false_crack_share'].value:.1f}",
        f"{SOUND} above {LARGE_COMPONENT_PX} px, % of photos": f"{100 * large:.1f}",
        "photos": " + ".join(str(len(one.tallies)) for one in judged.values()),
    }


def _revision() -> str:
    """Short git revision of this checkout, marked when it has changes that are not committed."""
    try:
        revision = _git("rev-parse", "--short=12", "HEAD")
        return f"{revision}+changes" if _git("status", "--porcelain", "--untracked-files=no") else revision
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(Path(__file__).parent), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _append(log: Path, row: dict[str, str]) -> None:
    header = _header(row)
    text = log.read_text(encoding="utf-8") if log.is_file() else f"{INTRODUCTION}\n{header}\n"
    if header not in text:
        sys.exit(f"{log} has a table with other columns; move it away, the row above was not written")
    write_text(log, f"{text.rstrip()}\n{_line(list(row.values()))}\n")


def _header(row: dict[str, str]) -> str:
    return f"{_line(list(row))}\n{_line(['---'] * len(row))}"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _say(text: str) -> None:
    print(f"\r{text}", end="\n" if text.split()[1] == text.split()[-1] else "", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
