"""Draw the example photos that ship with the package, with their truth.

Run from the root of the repository::

    python benchmarks/draw_examples.py
"""

import json
from pathlib import Path

import numpy as np

from crackwise.data.draw import DrawSettings, draw_scene
from crackwise.data.draw.files import truth_of
from crackwise.files import write_image, write_text

FOLDER = Path(__file__).parents[1] / "src" / "crackwise" / "examples"
MM_PER_PX = 0.25
JPEG_QUALITY = 85
SEEDS = {
    "asphalt": 35,
    "brick": 28,
    "concrete_branched": 34,
    "concrete_sound": 27,
    "plaster_branched": 21,
}
SCENES = {
    "asphalt": DrawSettings(
        1200, 1600, "asphalt", pattern="branched", crack_width_px=(9, 14), camera="sharp"
    ),
    "brick": DrawSettings(1200, 1600, "brick", pattern="single", crack_width_px=(5, 8), camera="sharp"),
    "concrete_branched": DrawSettings(
        1200, 1600, "concrete", pattern="branched", crack_width_px=(7, 10), camera="sharp"
    ),
    "concrete_sound": DrawSettings(
        1200, 1600, "concrete", 0, marks=("formwork lines", "joints", "tie holes"), camera="sharp"
    ),
    "plaster_branched": DrawSettings(
        1200, 1600, "plaster", pattern="crossing", crack_width_px=(4, 6), camera="sharp"
    ),
}


def main() -> None:
    truth = {}
    for name, settings in SCENES.items():
        scene = draw_scene(settings, np.random.default_rng(SEEDS[name]))
        write_image(FOLDER / f"{name}.jpg", scene.photo, jpeg_quality=JPEG_QUALITY)
        truth[f"{name}.jpg"] = truth_of(scene)
    described = {"mm_per_px": MM_PER_PX, "photos": truth}
    write_text(FOLDER / "truth.json", json.dumps(described, indent=1) + "\n")
    print(f"{len(truth)} photos in {FOLDER}")


if __name__ == "__main__":
    main()
