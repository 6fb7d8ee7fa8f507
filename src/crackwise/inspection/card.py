"""The card that travels inside every model file: what the model is, was trained on and scored."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class TrainingSet(BaseModel):
    """One source of training data with its licence, as its publisher states it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    images: int = Field(ge=0)
    licence: str
    source: str


class Card(BaseModel):
    """What every model file says of itself, whatever it is for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
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


class ModelCard(Card):
    """What has to be known to run a model and to trust it.

    ``threshold_high`` and ``threshold_low`` are the two levels of the hysteresis; ``min_area_px``,
    ``min_length_px`` and ``min_confidence`` say which marks are kept as cracks. All were chosen on
    validation groups. Photos of up to ``zooms_up_to_megapixels`` are looked at scaled by each of ``zooms``,
    larger ones as they are. ``seen`` says how the photos looked that it was trained on, see
    :mod:`crackwise.inspection.appearance`; empty where nobody noted it.
    """

    task: Literal["segmentation"] = "segmentation"
    tile_px: int = Field(gt=0, description="tile side that inference uses by default")
    stride_px: int = Field(gt=0, description="height and width of an input must be multiples of this")
    overlap_px: int = Field(ge=0, description="overlap of neighbouring tiles")
    threshold_high: float = Field(gt=0, lt=1)
    threshold_low: float = Field(gt=0, lt=1)
    min_area_px: int = Field(ge=0)
    min_length_px: float = Field(ge=0)
    min_confidence: float = Field(ge=0, le=1)
    fit_px: tuple[int, int] | None = Field(
        default=None, description="width and height to which every photo is brought instead of cut into tiles"
    )
    zooms: tuple[float, ...] = (1.0,)
    zooms_up_to_megapixels: float = Field(default=0.0, ge=0)
    seen: dict[str, tuple[float, float]] = Field(default={}, description="figures of its photos, by name")
