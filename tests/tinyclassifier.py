"""A classifier's training of seconds: drawn tiles in a folder per class, a small encoder, fp32."""

from pathlib import Path

import numpy as np

from crackwise.data.draw import DrawSettings, draw_scene
from crackwise.files import write_image
from crackwise.recipe import ClassifierRecipe, parse_any

TEXT = """
task = "classification"
name = "tiny"
[data]
size_px = [48, 32]
tile_px = 64
crack_px = 8
augment = "strong"
balance = "sampling"
validation_share = 0.4
sources = [{ name = "walls", licence = "CC0", source = "drawn here" }]
[model]
encoder = "tu-test_efficientnet"
encoder_weights = "none"
hidden = [8]
dropout = 0.2
[train]
steps = 4
batch = 4
validate_every = 2
warmup_steps = 0
schedule = "constant"
precision = "32-true"
"""


def tiny_classifier(*overrides: str) -> ClassifierRecipe:
    """Give the recipe with keys changed."""
    recipe = parse_any(TEXT, "tiny", overrides)
    assert isinstance(recipe, ClassifierRecipe)
    return recipe


def write_tiles(root: Path, cracked: int, sound: int, side_px: int = 64) -> Path:
    """Draw square photos of concrete with and without a crack, a folder each."""
    for folder, photos in (("crack", cracked), ("nocrack", sound)):
        for number in range(photos):
            rng = np.random.default_rng((number, folder == "crack"))
            count = int(folder == "crack")
            settings = DrawSettings(side_px, side_px, crack_count=count, crack_width_px=(3.0, 5.0))
            write_image(root / folder / f"{number:03d}.jpg", draw_scene(settings, rng).photo)
    return root
