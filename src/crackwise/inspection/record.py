"""An inspection without its pixels: what ``json/<stem>.json`` holds, and what all tables are made from."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, computed_field, model_validator

from crackwise.crack.measure import CrackMeasurement, PhotoSummary
from crackwise.inspection.settings import MeasuringSettings, ResolvedSettings
from crackwise.inspection.shown import Shown
from crackwise.scale import Scale

PhotoVerdict = Literal["cracked", "no crack found"]

MASK_GIVEN = "mask given"
"""Stands for the model where the mask came from elsewhere or was corrected by hand."""


class BranchRecord(BaseModel):
    """One branch: node numbers, the crack it belongs to, centreline (row, col) and width per point, px.

    ``low_px`` and ``high_px`` are the ends of the 90 % interval of each width, ``method`` indices into
    `crackwise.crack.widths.METHODS`; empty when only a mask was measured.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: int
    end: int
    crack: int
    path: list[tuple[float, float]]
    width_px: list[float | None]
    low_px: list[float | None] = []
    high_px: list[float | None] = []
    method: list[int] = []


class NetworkRecord(BaseModel):
    """The graph of all cracks of one photo; nodes as (row, col) px."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nodes: list[tuple[float, float]]
    branches: list[BranchRecord]


class InspectionRecord(BaseModel):
    """One photo's result, readable again with ``InspectionRecord.model_validate_json``.

    ``photo`` is the path relative to the root that the user named, with ``/``; ``stem`` is where its
    artefacts lie: ``masks/<stem>.png``, ``overlays/<stem>.jpg``, ``zooms/<stem>.jpg``, ``json/<stem>.json``.
    ``warnings`` are sentences about how the photo was measured, such as on a missing marker card. ``model``
    is name and version, or MASK_GIVEN; then the settings are MeasuringSettings and ``precision`` is ``none``.
    ``photo_bytes`` and ``photo_modified_ns`` are size and time of the photo's file, by which a photo that was
    replaced is known, ``mask_sha256`` the hash of ``masks/<stem>.png`` as written, by which a mask that
    was edited is known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    photo: str
    stem: str
    height_px: int
    width_px: int
    taken_at: str | None
    camera: str | None
    latitude_deg: float | None
    longitude_deg: float | None
    scale: Scale | None
    model: str
    settings: ResolvedSettings | MeasuringSettings
    precision: str
    inspected_share: float
    summary: PhotoSummary
    cracks: tuple[CrackMeasurement, ...]
    network: NetworkRecord
    versions: dict[str, str]
    warnings: tuple[Shown, ...] = ()
    photo_bytes: int | None = None
    photo_modified_ns: int | None = None
    mask_sha256: str | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def verdict(self) -> PhotoVerdict:
        """Whether the photo is cracked; it follows from the cracks, which are those that are drawn."""
        return "cracked" if self.cracks else "no crack found"

    @model_validator(mode="before")
    @classmethod
    def _without_verdict(cls, values: Any) -> Any:
        """Pass over the verdict of a stored record: it is said anew, also for those that have none yet."""
        if isinstance(values, dict):
            return {name: value for name, value in values.items() if name != "verdict"}
        return values

    @property
    def is_mask_given(self) -> bool:
        """True when the cracks were drawn or corrected by a user and not found by a model."""
        return self.model == MASK_GIVEN
