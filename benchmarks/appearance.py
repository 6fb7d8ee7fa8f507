"""How often a photo is said to be unlike those of a training: of other sets, and of other things.

Run it in the root of the repository::

    PYTHONPATH=src python benchmarks/appearance.py --data DATA --others FOLDER

DATA holds ``open/`` and ``research/``. The ranges are those of the shipped model; of its own sources, each
is judged by the ranges of the others too. FOLDER holds pictures of anything but surfaces, such as the
``data`` folder of scikit-image. The public benchmark is left alone. At the end: whether what is called unlike
is done worse, by the verdicts on the case photos that ``docs/cases.md`` lists.
"""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from crackwise.arrays import Rgb
from crackwise.errors import PhotoError
from crackwise.inspection.appearance import Ranges, typical_ranges, unlike
from crackwise.inspection.model import load_model
from crackwise.photo import read_photo

OWN = ("uavcrack", "kaggle_uav", "sut_crack", "roboflow_qlrkm", "metu")
OTHERS = ("deepcrack_train", "masonry", "toshimickey", "cases")
MOST = 200
CASES = Path(__file__).parents[1] / "docs" / "cases.md"
KINDS = {
    "pure crack": "pure_crack",
    "noise": "crack_noise",
    "moss": "crack_with_moss",
    "crack-like": "like_crack",
    "large scene": "crack_in_large_context",
    "no crack": "noncrack",
}
"""What the page calls them, and how their files begin."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of open/ and research/")
    parser.add_argument("--others", type=Path, help="folder of pictures of other things")
    options = parser.parse_args()
    seen = load_model().card.seen
    own = {name: read_some(options.data / "open" / name) for name in OWN}
    print(
        "| set | photos | called unlike, ranges of the model | of all other sources |",
        "|---|---|---|---|",
        sep="\n",
    )
    for name, photos in own.items():
        rest = typical_ranges(photo for other, some in own.items() if other != name for photo in some)
        print(f"| {name} | {len(photos)} | {share(photos, seen)} | {share(photos, rest)} |")
    folders = [options.data / "research" / name for name in OTHERS]
    for folder in [*folders, *([options.others] if options.others else [])]:
        photos = read_some(folder)
        print(f"| {folder.name} | {len(photos)} | {share(photos, seen)} | |")
    print(f"\nnot right, or something false beside it, of the case photos: {on_cases(options.data, seen)}")


def read_some(folder: Path) -> list[Rgb]:
    """Read at most so many photos below a folder, evenly, without its masks; what is none is left out."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and "masks" not in path.parts]
    photos = []
    for path in files[:: max(1, -(-len(files) // MOST))]:
        try:
            photos.append(read_photo(path).pixels)
        except PhotoError:
            continue
    return photos


def share(photos: Sequence[Rgb], seen: Ranges) -> str:
    return f"{sum(unlike(photo, seen, 'it') is not None for photo in photos) / len(photos):.0%}"


def on_cases(data: Path, seen: Ranges) -> str:
    """Count the case photos on which the shipped model was not judged right and nothing else."""
    right = right_cases()
    wrong: dict[bool, list[bool]] = {True: [], False: []}
    for path in sorted((data / "research" / "cases").glob("*.jpg")):
        warned = unlike(read_photo(path).pixels, seen, "it") is not None
        wrong[warned].append(path.stem not in right)
    counts = {warned: f"{sum(each)} of {len(each)}" for warned, each in wrong.items()}
    return f"{counts[True]} called unlike, {counts[False]} others"


def right_cases() -> set[str]:
    """Read the photos that ``docs/cases.md`` calls right, without a false alarm, as stems of their files."""
    row = re.compile(r"\| ([a-z -]+) \| ([\d ]+) \| right[^|]*\| \|")
    found = map(row.fullmatch, CASES.read_text("utf-8").splitlines())
    return {f"{KINDS[one[1]]}_{number}" for one in found if one for number in one[2].split()}


if __name__ == "__main__":
    main()
