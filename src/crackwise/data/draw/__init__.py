"""Procedural crack photos with exactly known centreline, width and mask."""

from crackwise.data.draw.cracks import DrawnCrack
from crackwise.data.draw.files import write_drawn
from crackwise.data.draw.paths import CrackStyle, Stroke
from crackwise.data.draw.render import coverage_of, mask_of
from crackwise.data.draw.scene import DrawnScene, draw_mask, draw_scene
from crackwise.data.draw.settings import DrawSettings, random_settings

__all__ = [
    "CrackStyle",
    "DrawSettings",
    "DrawnCrack",
    "DrawnScene",
    "Stroke",
    "coverage_of",
    "draw_mask",
    "draw_scene",
    "mask_of",
    "random_settings",
    "write_drawn",
]
