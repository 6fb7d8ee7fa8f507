"""An inspection without its pixels: what ``json/<stem>.json`` holds, and what all tables are made from."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import DTypeLike, NDArray
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    ValidationInfo,
    computed_field,
    field_validator,
    model_validator,
)

from crackwise.arrays import Floats, Ints
from crackwise.crack.measurements import CrackMeasurement, PhotoSummary
from crackwise.crack.network import Branch, CrackNetwork
from crackwise.crack.select import PossibleCrack
from crackwise.inspection.settings import MeasuringSettings, ResolvedSettings
from crackwise.inspection.shown import Shown
from crackwise.scale import Scale

PhotoVerdict = Literal["cracked", "no crack found"]

MASK_GIVEN = "mask given"
"""Stands for the model where the mask came from elsewhere or was corrected by hand."""


def _numbers(values: Any, dtype: DTypeLike = np.uint8) -> NDArray[Any]:
    try:
        return np.array(values, dtype)
    except (TypeError, OverflowError) as error:
        raise ValueError(str(error)) from error


def _column(values: Any) -> Floats:
    return _numbers(values, np.float64)


def _points(values: Any) -> Floats:
    points = _column(values)
    if points.size and points.shape[1:] != (2,):
        raise ValueError("expected row and col of each point")
    return points.reshape(-1, 2)


def _listed(values: Floats) -> list[Any]:
    """As in JSON, which has no NaN."""
    objects = values.astype(object)
    objects[~np.isfinite(values)] = None
    return list(objects.tolist())


def _thinned(path: Floats) -> Floats:
    """Keep points of a path (P, 2) so that none left out lies a pixel beside it."""
    points = path.round().astype(np.int32)
    return np.asarray(cv2.approxPolyDP(points[:, None], 0.8, closed=False)[:, 0], float)


def _alike(mine: Sequence[Floats], its: Sequence[Floats]) -> bool:
    return len(mine) == len(its) and all(np.array_equal(*pair) for pair in zip(mine, its))


# arrays, not lists, which take five times the memory in a run of thousands of photos
Points: TypeAlias = Annotated[Floats, BeforeValidator(_points), PlainSerializer(_listed)]
Column: TypeAlias = Annotated[Floats, BeforeValidator(_column), PlainSerializer(_listed)]
Numbers: TypeAlias = Annotated[
    Ints, BeforeValidator(_numbers), PlainSerializer(lambda values: values.tolist())
]


class BranchRecord(BaseModel):
    """One branch: node numbers, the crack it belongs to, centreline (P, 2) as row, col and width (P,), px.

    ``low_px`` and ``high_px`` (P,) are the ends of the 90 % interval of each width, ``method`` indices into
    `crackwise.crack.widths.METHODS`; (0,) when only a mask was measured. What is not known is NaN.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    start: int
    end: int
    crack: int
    path: Points
    width_px: Column
    low_px: Column = np.empty(0)
    high_px: Column = np.empty(0)
    method: Numbers = np.empty(0, np.uint8)

    @classmethod
    def of(cls, branch: Branch, crack: int) -> "BranchRecord":
        """Keep a branch of a crack, to 0.01 px."""
        unknown = np.empty(0)
        return cls(
            start=branch.start,
            end=branch.end,
            crack=crack,
            path=branch.path.round(2),
            width_px=branch.width_px.round(2),
            low_px=unknown if branch.low_px is None else branch.low_px.round(2),
            high_px=unknown if branch.high_px is None else branch.high_px.round(2),
            method=np.empty(0, np.uint8) if branch.method is None else branch.method,
        )

    def __eq__(self, other: object) -> bool:
        """Compare all columns; NaN is like NaN."""
        if not isinstance(other, BranchRecord):
            return NotImplemented
        columns = ((getattr(self, name), getattr(other, name)) for name in BranchRecord.model_fields)
        return all(np.array_equal(mine, its, equal_nan=True) for mine, its in columns)


class NetworkRecord(BaseModel):
    """The graph of all cracks of one photo; nodes as (row, col) px."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nodes: list[tuple[float, float]]
    branches: list[BranchRecord]

    @classmethod
    def of(cls, network: CrackNetwork) -> "NetworkRecord":
        """Keep a network, to 0.01 px."""
        branches = zip(network.branches, network.crack_of_branch)
        return cls(
            nodes=[(round(float(row), 2), round(float(col), 2)) for row, col in network.nodes],
            branches=[BranchRecord.of(branch, int(crack)) for branch, crack in branches],
        )

    def network(self) -> CrackNetwork:
        """Give the network back, without the intervals of its widths."""
        return CrackNetwork(
            np.array(self.nodes).reshape(-1, 2),
            tuple(Branch(one.start, one.end, one.path, one.width_px) for one in self.branches),
            np.array([one.crack for one in self.branches], np.int64),
        )


class StruckCrack(BaseModel):
    """A crack that a user took out of a record by hand, with all that is needed to put it back.

    ``counts`` are its pixels in the mask as COCO's run lengths, ``reason`` is the user's own words,
    ``struck_at`` an ISO 8601 time. Its number stays its own: the cracks beside it keep theirs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    crack: CrackMeasurement
    branches: list[BranchRecord]
    counts: list[int]
    reason: Shown
    struck_at: str


class PossibleRecord(BaseModel):
    """What may be a crack but is counted nowhere; its branches, each (P, 2) as row, col px."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    length_px: float
    confidence: float | None
    width_px: float
    paths: tuple[Points, ...]

    @classmethod
    def of(cls, possible: PossibleCrack) -> "PossibleRecord":
        """Keep it, to a pixel."""
        paths = tuple(_thinned(path) for path in possible.paths)
        return cls(
            length_px=possible.length_px,
            confidence=possible.confidence,
            width_px=round(possible.width_px, 2),
            paths=paths,
        )

    def __eq__(self, other: object) -> bool:
        """Compare all figures and points."""
        if not isinstance(other, PossibleRecord):
            return NotImplemented
        same = self.model_dump(exclude={"paths"}) == other.model_dump(exclude={"paths"})
        return same and _alike(self.paths, other.paths)


class InspectionRecord(BaseModel):
    """One photo's result, readable again with ``InspectionRecord.model_validate_json``.

    ``photo`` is the path relative to the root that the user named, with ``/``; ``stem`` is where its
    artefacts lie: ``masks/<stem>.png``, ``overlays/<stem>.jpg``, ``zooms/<stem>.jpg``, ``json/<stem>.json``.
    ``warnings`` are sentences about how the photo was measured, such as on a missing marker card; the first
    ``scale_warnings`` of them are about the scale (None in records of before they were counted). ``model`` is
    name and version, or MASK_GIVEN; then the settings are MeasuringSettings and ``precision`` is ``none``.
    ``photo_bytes`` and ``photo_modified_ns`` are size and time of the photo's file, by which a photo that was
    replaced is known, ``mask_sha256`` the hash of ``masks/<stem>.png`` as written, by which a mask that
    was edited is known. ``given_sha256`` is the hash of a given mask's file and of what else decided its
    figures, by which it is not measured twice. ``possible`` are marks that are too short or too
    doubtful for the settings, longest first; they are drawn with dashes and counted nowhere. ``struck`` are
    the cracks that a user took out, by number: they are in no other field, but the nodes of the network keep
    their places.
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
    scale_warnings: int | None = None
    photo_bytes: int | None = None
    photo_modified_ns: int | None = None
    mask_sha256: str | None = None
    given_sha256: str | None = None
    possible: tuple[PossibleRecord, ...] = ()
    struck: tuple[StruckCrack, ...] = ()

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

    @field_validator("cracks")
    @classmethod
    def _with_ranges(
        cls, cracks: tuple[CrackMeasurement, ...], info: ValidationInfo
    ) -> tuple[CrackMeasurement, ...]:
        """Add the intervals of length and area, which follow from the scale, to a record that has none."""
        scale: Scale | None = info.data.get("scale")
        if scale is None or scale.relative_error is None:
            return cracks
        return tuple(
            replace(
                crack,
                length_range_mm=crack.length_range_mm or scale.length_range_mm(crack.length_px),
                area_range_mm2=crack.area_range_mm2 or scale.area_range_mm2(crack.area_px),
            )
            for crack in cracks
        )

    @property
    def is_mask_given(self) -> bool:
        """True when the cracks were drawn or corrected by a user and not found by a model."""
        return self.model == MASK_GIVEN
