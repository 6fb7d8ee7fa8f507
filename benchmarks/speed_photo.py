"""Draw the photo that benchmarks/speed.py times: ``python benchmarks/speed_photo.py OUT MEGAPIXELS SEED``."""

import math
import sys
from pathlib import Path

import numpy as np

from crackwise.data.draw import DrawSettings, draw_scene
from crackwise.data.draw.files import JPEG_QUALITY
from crackwise.files import write_image


def main() -> None:
    out, megapixels, seed = Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    width_px = 4 * round(math.sqrt(megapixels * 1e6 * 4 / 3) / 4)
    settings = DrawSettings(
        width_px * 3 // 4,
        width_px,
        "concrete",
        crack_count=3,
        pattern="branched",
        crack_width_px=(width_px / 500, width_px / 250),
        camera="sharp",
    )
    scene = draw_scene(settings, np.random.default_rng(seed))
    write_image(out, scene.photo, jpeg_quality=JPEG_QUALITY)


if __name__ == "__main__":
    main()
