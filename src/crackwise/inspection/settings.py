"""What a user can choose about an inspection; all of it is recorded in the result."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from crackwise.inspection.card import ModelCard

Precision = Literal["auto", "fp32", "bf16"]


class Settings(BaseModel):
    """Choices of one inspection; None means what the model card says.

    Parameters
    ----------
    threshold
        Upper level of the hysteresis, (0, 1). The lower level keeps the card's ratio to it, and below the
        card's own level so does the least confidence, or a lower threshold would find less.
    min_area_px, min_length_px, min_confidence
        Marks smaller, shorter or less certain than this are not cracks.
    tile_px, overlap_px
        Side and overlap of the tiles.
    zooms
        How many times larger a small photo is looked at, 1 for as it is; predictions are averaged.
    axis_deg
        Direction of the road or beam in the photo, 0 along a row, counter-clockwise; decides whether a crack
        is called longitudinal or transverse.
    precision
        Arithmetic of the inference; ``auto`` is bf16 where the processor has matrix units (AMX), else fp32.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    threshold: float | None = Field(default=None, gt=0, lt=1)
    min_area_px: int | None = Field(default=None, ge=0)
    min_length_px: float | None = Field(default=None, ge=0)
    min_confidence: float | None = Field(default=None, ge=0, le=1)
    tile_px: int | None = Field(default=None, gt=0)
    overlap_px: int | None = Field(default=None, ge=0)
    zooms: tuple[float, ...] | None = Field(default=None, min_length=1)
    axis_deg: float = Field(default=0.0, ge=-180, le=180)
    precision: Precision = "auto"

    def resolved(self, card: ModelCard) -> "ResolvedSettings":
        """Fill what was left open from the model card."""
        high = self.threshold or card.threshold_high
        confidence = card.min_confidence * min(1.0, high / card.threshold_high)
        return ResolvedSettings(
            threshold_high=high,
            threshold_low=min(high, high * card.threshold_low / card.threshold_high),
            min_area_px=card.min_area_px if self.min_area_px is None else self.min_area_px,
            min_length_px=card.min_length_px if self.min_length_px is None else self.min_length_px,
            min_confidence=confidence if self.min_confidence is None else self.min_confidence,
            tile_px=self.tile_px or card.tile_px,
            overlap_px=card.overlap_px if self.overlap_px is None else self.overlap_px,
            zooms=self.zooms or card.zooms,
            zooms_up_to_megapixels=card.zooms_up_to_megapixels,
            axis_deg=self.axis_deg,
            precision=self.precision,
        )


class ResolvedSettings(BaseModel):
    """Settings with every value stated, as used."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold_high: float
    threshold_low: float
    min_area_px: int
    min_length_px: float
    min_confidence: float
    tile_px: int
    overlap_px: int
    zooms: tuple[float, ...] = (1.0,)
    zooms_up_to_megapixels: float = 0.0
    axis_deg: float = 0.0
    precision: Precision


class MeasuringSettings(BaseModel):
    """What decides the measurement of a given mask, as used; nothing is thresholded or left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    axis_deg: float = 0.0


DEFAULTS = Settings()
