"""A training of seconds: drawn photos, a net of a few thousand weights, no batch norm, fp32."""

from crackwise.recipe import Recipe, parse_recipe

TEXT = """
name = "tiny"
[data]
crop_px = 32
validation_share = 0.3
validation_images = 2
sources = [{ name = "walls" }]
[model]
net = "plain_unet"
levels = 2
first_filters = 4
norm = "none"
[train]
steps = 4
batch = 2
validate_every = 2
warmup_steps = 0
schedule = "constant"
loss = "bce"
precision = "32-true"
photometric = "plain"
"""


def tiny(*overrides: str) -> Recipe:
    """Give the recipe with keys changed."""
    return parse_recipe(TEXT, "tiny", overrides)
