"""Trainings of generators that take seconds: drawn photos of 32 or 64 px, networks of four filters."""

from pathlib import Path

import numpy as np

from crackwise.data.draw import draw_mask, random_settings
from crackwise.files import write_image
from crackwise.recipe import GeneratorRecipe, parse_any

TEXT = """
task = "generation"
name = "tiny"
[data]
size_px = {size}
workers = 0
sources = [{{ name = "walls", kind = "{kind}", licence = "CC0", source = "drawn" }}]
[model]
net = "{net}"
latent = 3
generator_filters = 4
discriminator_filters = 4
band_px = 2
[train]
steps = 4
batch = 3
save_every = 2
"""


def tiny_plain(*overrides: str) -> GeneratorRecipe:
    """Give the recipe of a DCGAN, with keys changed."""
    return _parsed(TEXT.format(size=32, kind="photos", net="dcgan"), overrides)


def tiny_pairs(*overrides: str) -> GeneratorRecipe:
    """Give the recipe of a generator of pairs, with keys changed."""
    return _parsed(TEXT.format(size=64, kind="masks", net="conditional"), overrides)


def write_walls(data: Path, count: int = 5) -> None:
    """Write grey walls with dark cracks, 96 × 80 px, as photos in ``walls`` and as a set with masks."""
    for number in range(count):
        rng = np.random.default_rng(number)
        mask = np.zeros((80, 96), bool)
        while not mask.any():
            settings = random_settings(rng, mask.shape)
            mask = draw_mask(settings, rng)
        photo = np.repeat(rng.integers(120, 200, (80, 96, 1), dtype=np.uint8), 3, axis=2)
        photo[mask] = 20
        write_image(data / "walls" / f"wall{number}.png", photo)
        write_image(data / "walls" / "images" / f"wall{number}.png", photo)
        write_image(data / "walls" / "masks" / f"wall{number}.png", mask)


def _parsed(text: str, overrides: tuple[str, ...]) -> GeneratorRecipe:
    recipe = parse_any(text, "tiny", overrides)
    assert isinstance(recipe, GeneratorRecipe)
    return recipe
