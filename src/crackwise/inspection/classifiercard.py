"""The card inside a model file that says whether there is a crack, but not where."""

from typing import Literal

from pydantic import Field

from crackwise.inspection.card import Card


class ClassifierCard(Card):
    """What has to be known to run a classifier and to trust it.

    A photo is cut into tiles of ``tile_px`` that overlap by ``overlap_px``; with ``tile_px`` 0 it is taken
    whole. Each is brought to ``size_px``, width and height, and gets a probability, calibrated on validation
    groups. From ``threshold`` on a tile counts as cracked; it was chosen on validation groups as well.
    """

    task: Literal["classification"] = "classification"
    size_px: tuple[int, int]
    tile_px: int = Field(ge=0)
    overlap_px: int = Field(ge=0)
    threshold: float = Field(gt=0, lt=1)
    temperature: float = Field(gt=0, description="divides the logits inside the graph, chosen on validation")
