"""A run folder made by hand: photos drawn with OpenCV, records whose figures are stated and not measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from crackwise.arrays import CrackMask, Rgb
from crackwise.crack.measurements import CrackMeasurement, PhotoSummary
from crackwise.crack.network import Branch, CrackNetwork
from crackwise.files import write_image
from crackwise.inspection.card import ModelCard, TrainingSet
from crackwise.inspection.record import BranchRecord, InspectionRecord, NetworkRecord
from crackwise.inspection.settings import ResolvedSettings
from crackwise.report.overlay import draw_overlay
from crackwise.report.zoom import draw_zoom
from crackwise.scale import Scale
from tinymodel import tiny_card

SETTINGS = ResolvedSettings(
    threshold_high=0.6, threshold_low=0.3, min_area_px=40, min_length_px=20, min_confidence=0.5, tile_px=448,
    overlap_px=64, precision="fp32",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A straight crack from (row, col) to (row, col) of a stated width."""

    start: tuple[int, int]
    end: tuple[int, int]
    width_px: int


@dataclass(frozen=True)
class Drawn:
    """A photo with straight cracks and all that an inspection would say about it."""

    photo: Rgb
    mask: CrackMask
    network: CrackNetwork
    record: InspectionRecord


def draw(
    name: str, lines: Sequence[Line], *, shape: tuple[int, int] = (300, 400), scale: Scale | None = None
) -> Drawn:
    """Draw dark lines on grey; number them in the order given."""
    grain = np.random.default_rng(1).normal(150, 6, (*shape, 1)).clip(0, 255).astype(np.uint8)
    photo = np.repeat(grain, 3, axis=2)
    label = np.zeros(shape, np.int32)
    for number, line in enumerate(lines, start=1):
        cv2.line(label, line.start[::-1], line.end[::-1], number, line.width_px)
    photo[label > 0] = 40
    cracks = tuple(_measurement(number, line, label, scale) for number, line in enumerate(lines, start=1))
    network = _network(lines)
    return Drawn(photo, label > 0, network, _record(name, shape, scale, cracks, network))


def _measurement(number: int, line: Line, label: np.ndarray, scale: Scale | None) -> CrackMeasurement:
    rows, cols = np.nonzero(label == number)
    length_px = float(np.hypot(*np.subtract(line.end, line.start)))
    mm = (
        (lambda value, power=1: None)
        if scale is None
        else lambda value, power=1: value * scale.mm_per_px**power
    )
    return CrackMeasurement(
        crack=number,
        length_px=length_px,
        width_mean_px=float(line.width_px),
        width_median_px=float(line.width_px),
        width_p95_px=float(line.width_px),
        width_max_px=float(line.width_px),
        widest_row=(line.start[0] + line.end[0]) // 2,
        widest_col=(line.start[1] + line.end[1]) // 2,
        area_px=len(rows),
        orientation_deg=float(
            np.degrees(np.arctan2(line.start[0] - line.end[0], line.end[1] - line.start[1]))
        )
        % 180,
        branches=1,
        confidence=0.9,
        top=int(rows.min()),
        left=int(cols.min()),
        bottom=int(rows.max()) + 1,
        right=int(cols.max()) + 1,
        length_mm=mm(length_px),
        width_mean_mm=mm(line.width_px),
        width_median_mm=mm(line.width_px),
        width_p95_mm=mm(line.width_px),
        width_max_mm=mm(line.width_px),
        area_mm2=mm(len(rows), 2),
    )


def _network(lines: Sequence[Line]) -> CrackNetwork:
    branches = []
    for number, line in enumerate(lines):
        points = 1 + int(max(np.abs(np.subtract(line.end, line.start)).max(), 1))
        path = np.linspace(line.start, line.end, points)
        branches.append(Branch(2 * number, 2 * number + 1, path, np.full(points, float(line.width_px))))
    nodes = np.array([point for line in lines for point in (line.start, line.end)], float).reshape(-1, 2)
    return CrackNetwork(nodes, tuple(branches), np.arange(1, len(lines) + 1))


def _record(
    name: str,
    shape: tuple[int, int],
    scale: Scale | None,
    cracks: tuple[CrackMeasurement, ...],
    network: CrackNetwork,
) -> InspectionRecord:
    branches = [
        BranchRecord(start=b.start, end=b.end, crack=int(owner), path=b.path, width_px=b.width_px)
        for b, owner in zip(network.branches, network.crack_of_branch)
    ]
    return InspectionRecord(
        photo=name,
        stem=name.rsplit(".", 1)[0],
        height_px=shape[0],
        width_px=shape[1],
        taken_at="2024-05-17T10:32:08",
        camera="Nikon D850",
        latitude_deg=47.376912,
        longitude_deg=-8.541694,
        scale=scale,
        model="crackwise-base 0.1.0 (sha256 0123abcd)",
        settings=SETTINGS,
        precision="fp32",
        inspected_share=1.0,
        summary=_summary(shape, scale, cracks),
        cracks=cracks,
        network=NetworkRecord(nodes=network.nodes.tolist(), branches=branches),
        versions={"crackwise": "0.1.0", "openvino": "2026.1"},
    )


def _summary(
    shape: tuple[int, int], scale: Scale | None, cracks: tuple[CrackMeasurement, ...]
) -> PhotoSummary:
    area_px = sum(crack.area_px for crack in cracks)
    length_px = sum(crack.length_px for crack in cracks)
    density = length_px / (shape[0] * shape[1])
    return PhotoSummary(
        crack_count=len(cracks),
        total_length_px=length_px,
        crack_area_px=area_px,
        crack_area_share=area_px / (shape[0] * shape[1]),
        density_per_px=density,
        width_max_px=max((crack.width_max_px for crack in cracks), default=None),
        total_length_mm=None if scale is None else length_px * scale.mm_per_px,
        width_max_mm=None
        if scale is None or not cracks
        else max(c.width_max_px for c in cracks) * scale.mm_per_px,
        density_m_per_m2=None if scale is None else density / scale.mm_per_px * 1000,
    )


def write_run(folder: Path, drawings: Sequence[Drawn]) -> list[InspectionRecord]:
    """Write masks, overlays and zooms as `crackwise inspect` does; return the records."""
    for drawn in drawings:
        record = drawn.record
        write_image(folder / "masks" / f"{record.stem}.png", drawn.mask)
        overlay = draw_overlay(drawn.photo, drawn.mask, drawn.network, record.cracks)
        write_image(folder / "overlays" / f"{record.stem}.jpg", overlay)
        if record.cracks:
            widest = max(record.cracks, key=lambda crack: crack.width_max_px)
            zoom = draw_zoom(drawn.photo, drawn.mask, widest, drawn.network, scale=record.scale)
            write_image(folder / "zooms" / f"{record.stem}.jpg", zoom)
    return [drawn.record for drawn in drawings]


CARD = tiny_card(
    training_data=(
        TrainingSet(name="open cracks", images=1234, licence="CC BY 4.0", source="doi:10.0/example"),
    ),
    scores={"IoU": 0.71},
    limits="not for asphalt at night",
)


@pytest.fixture
def card() -> ModelCard:
    return CARD


@pytest.fixture
def drawings() -> list[Drawn]:
    """Two cracked photos and one without, at 0.2 mm per pixel."""
    scale = Scale(0.2)
    return [
        draw("pier/west.jpg", [Line((40, 20), (40, 320), 9), Line((100, 30), (280, 210), 3)], scale=scale),
        draw("pier/east.jpg", [Line((20, 200), (250, 200), 5)], scale=scale),
        draw("sound.jpg", [], scale=scale),
    ]


@pytest.fixture
def records(tmp_path: Path, drawings: list[Drawn]) -> list[InspectionRecord]:
    """The records of a run folder at tmp_path."""
    return write_run(tmp_path, drawings)


@pytest.fixture
def make_photo() -> Callable[..., Drawn]:
    return draw


@pytest.fixture
def make_run() -> Callable[..., list[InspectionRecord]]:
    return write_run


@pytest.fixture
def with_crack() -> Callable[..., InspectionRecord]:
    """Give a record in which some figures of one crack are others."""

    def changed(record: InspectionRecord, number: int, **figures: object) -> InspectionRecord:
        cracks = tuple(replace(c, **figures) if c.crack == number else c for c in record.cracks)
        return record.model_copy(update={"cracks": cracks})

    return changed


@pytest.fixture
def make_line() -> type[Line]:
    return Line
