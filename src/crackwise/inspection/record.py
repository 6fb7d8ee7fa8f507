"""An inspection without its pixels: what ``json/<stem>.json`` holds, and what all tables are made from."""

from pydantic import BaseModel, ConfigDict

from crackwise.crack.measure import CrackMeasurement, PhotoSummary
from crackwise.inspection.settings import ResolvedSettings
from crackwise.scale import Scale


class BranchRecord(BaseModel):
    """One branch: node numbers, the crack it belongs to, centreline (row, col) and width per point, px."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: int
    end: int
    crack: int
    path: list[tuple[float, float]]
    width_px: list[float | None]


class NetworkRecord(BaseModel):
    """The graph of all cracks of one photo; nodes as (row, col) px."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nodes: list[tuple[float, float]]
    branches: list[BranchRecord]


class InspectionRecord(BaseModel):
    """One photo's result, readable again with ``InspectionRecord.model_validate_json``.

    ``photo`` is the path relative to the root that the user named, with ``/``; ``stem`` is where its
    artefacts lie: ``masks/<stem>.png``, ``overlays/<stem>.jpg``, ``zooms/<stem>.jpg``, ``json/<stem>.json``.
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
    settings: ResolvedSettings
    precision: str
    inspected_share: float
    summary: PhotoSummary
    cracks: tuple[CrackMeasurement, ...]
    network: NetworkRecord
    versions: dict[str, str]
