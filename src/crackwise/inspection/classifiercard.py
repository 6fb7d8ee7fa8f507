"""The card inside a model file that says whether there is a crack, but not where."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from crackwise.inspection.card import TrainingSet


class ClassifierCard(BaseModel):
    """What has to be known to run a classifier and to trust it.

    A photo is cut into tiles of ``tile_px`` that overlap by ``overlap_px``; with ``tile_px`` 0 it is taken
    whole. Each is brought to ``size_px``, width and height, and gets a probability, calibrated on validation
    groups. From ``threshold`` on a tile counts as cracked; it was chosen on validation groups as well.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    task: Literal["classification"] = "classification"
    size_px: tuple[int, int]
    tile_px: int = Field(ge=0)
    overlap_px: int = Field(ge=0)
    threshold: float = Field(gt=0, lt=1)
    temperature: float = Field(gt=0, description="divides the logits inside the graph, chosen on validation")
    precision: Literal["fp32", "fp16", "bf16", "int8"] = Field(description="type of the stored weights")
    parameters: int = Field(ge=0)
    training_data: tuple[TrainingSet, ...]
    encoder: str = Field(description="pre-trained encoder, its source and licence")
    recipe: str = Field(description="the recipe as resolved, TOML")
    steps: int = Field(ge=0, description="optimiser steps of the training")
    scores: dict[str, float] = Field(description="figures on validation groups, by name")
    licence: str
    crackwise_version: str
    trained_on: str = Field(description="date of export, ISO 8601")
    limits: str = Field(description="what the model was not made for")
