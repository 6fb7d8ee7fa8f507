"""The systems that benchmarks/speed.py compares: each goes from a file to finished measurements.

``Ours`` runs the exported model. The PyTorch systems share everything with it but the network's engine:
reading, tiles, blending, measuring. Their weights are not loaded, since these do not change the time of the
network; so that their measuring does the same work as ours, the probabilities that ours found replace theirs,
outside the clock.
"""

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np

from crackwise.arrays import Levels, ProbabilityMap, Rgb
from crackwise.inspection.card import ModelCard
from crackwise.inspection.inspect import Inspection, find_in_map, inspect_photo
from crackwise.inspection.model import CrackModel, EngineName, has_amx, shipped_model
from crackwise.inspection.settings import DEFAULTS, Precision
from crackwise.inspection.sources import Source
from crackwise.levels import to_levels
from crackwise.photo import read_photo
from crackwise.recipe import parse_recipe
from crackwise.report.run import write_artefacts
from crackwise.tiles import TileGrid

STOCK_TILE_PX = 448
STOCK_STRIDE_PX = 32
IMAGENET_MEAN, IMAGENET_STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)  # grey levels


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of each stage."""

    decode_s: float
    inference_s: float
    measure_s: float


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is told.

    Parameters
    ----------
    system
        Key of ``SYSTEMS``.
    photo, model
        Files; ``model`` None is the shipped one.
    folder
        For what is written; holds ``reference.f32``, the probabilities of the first system.
    card
        The model card as JSON, for systems that do not read the model file.
    batch, in_bf16
        Tiles in a batch of PyTorch at its best, and whether it is under autocast to bf16.
    stock_tiles
        Tiles that the stock network is timed on.
    """

    system: str
    photo: str
    folder: str
    model: str | None = None
    card: str = ""
    batch: int = 1
    in_bf16: bool = False
    stock_tiles: int = 4

    @property
    def reference(self) -> Path:
        """Where the probabilities of the first system lie."""
        return Path(self.folder) / "reference.f32"


class TimedModel(CrackModel):
    """A model that notes how long its last prediction took."""

    inference_s = 0.0

    def predict_levels(self, photo: Rgb, *, tile_px: int, overlap_px: int) -> Levels:
        start = time.perf_counter()
        levels = super().predict_levels(photo, tile_px=tile_px, overlap_px=overlap_px)
        self.inference_s = time.perf_counter() - start
        return levels


class Ours:
    """The exported model as ``crackwise inspect`` runs it."""

    def __init__(self, job: Job, precision: Precision, engine: EngineName) -> None:
        self.job = job
        self.model = TimedModel(Path(job.model) if job.model else shipped_model(), precision, engine)
        self.inspection: Inspection | None = None
        rest = self.model.engine.precision
        self.note = f"int8, the rest in {rest}" if self.model.precision == "int8" else rest
        self.card = self.model.card.model_dump_json()

    def run(self) -> Times:
        self.inspection = None  # of the run before; it would count in the peak memory
        start = time.perf_counter()
        photo = read_photo(self.job.photo)
        decoded = time.perf_counter()
        self.inspection = inspect_photo(photo, self.model)
        inspect_s = time.perf_counter() - decoded
        return Times(decoded - start, self.model.inference_s, inspect_s - self.model.inference_s)

    def keep_reference(self) -> None:
        assert self.inspection is not None
        self.inspection.probability.tofile(self.job.reference)

    def write(self) -> float:
        """Write mask, overlay, zoom and record; return the seconds."""
        assert self.inspection is not None
        out, photo = Path(self.job.folder) / "run", Path(self.job.photo)
        start = time.perf_counter()
        write_artefacts(self.inspection, Source(photo, photo.name, photo.stem, photo.parent), out)
        return time.perf_counter() - start


class Eager:
    """The recipe's network in eager PyTorch fp32."""

    def __init__(self, job: Job, card: ModelCard) -> None:
        import torch

        self.job = job
        self.settings = DEFAULTS.resolved(card)
        self.stride_px = card.stride_px
        self.net = self.build(card).eval()
        self.note = f"fp32, {torch.get_num_threads()} threads"
        self.card = ""

    def build(self, card: ModelCard) -> Any:
        from crackwise.nets.build import build_net

        return build_net(parse_recipe(card.recipe, "the card", ("model.encoder_weights=none",)).model)

    def run(self) -> Times:
        start = time.perf_counter()
        photo = read_photo(self.job.photo)
        decoded = time.perf_counter()
        probability, inference_s = self.infer(photo.pixels)
        self._take_reference(probability)
        before = time.perf_counter()
        find_in_map(to_levels(probability), self.settings)
        return Times(decoded - start, inference_s, time.perf_counter() - before)

    def infer(self, pixels: Rgb) -> tuple[ProbabilityMap, float]:
        """Predict the photo; return its probabilities and the seconds."""
        start = time.perf_counter()
        grid = self.grid(pixels)
        total = np.zeros(grid.shape, np.float32)
        self.predict(grid.cut(pixels), grid, total)
        return total, time.perf_counter() - start

    def grid(self, pixels: Rgb) -> TileGrid:
        tile_px, overlap_px = self.settings.tile_px, self.settings.overlap_px
        H, W = pixels.shape[:2]
        return TileGrid((H, W), tile_px=tile_px, overlap_px=overlap_px, stride_px=self.stride_px)

    def predict(self, tiles: Iterable[tuple[int, Rgb]], grid: TileGrid, total: ProbabilityMap) -> None:
        """Predict as the loop is usually written: a tile at a time, contiguous NCHW, ``no_grad``."""
        import torch

        with torch.no_grad():
            for number, tile in tiles:
                planes = np.ascontiguousarray(tile.transpose(2, 0, 1)).astype(np.float32)
                logits = self.net(torch.from_numpy(planes).unsqueeze(0))
                grid.add(total, number, torch.sigmoid(logits).squeeze().cpu().numpy())

    def _take_reference(self, probability: ProbabilityMap) -> None:
        with self.job.reference.open("rb") as file:
            file.readinto(memoryview(probability).cast("B"))  # type: ignore[attr-defined]


class EagerBest(Eager):
    """The same at its best: channels_last, ``inference_mode``, all threads, batches of tiles, maybe bf16."""

    def __init__(self, job: Job, card: ModelCard) -> None:
        import torch

        torch.set_num_threads(cores())
        super().__init__(job, card)
        self.net = self.net.to(memory_format=torch.channels_last)
        self.batch, self.in_bf16 = job.batch, job.in_bf16
        self.note = f"{'bf16' if job.in_bf16 else 'fp32'}, {cores()} threads, batches of {job.batch}"

    def predict(self, tiles: Iterable[tuple[int, Rgb]], grid: TileGrid, total: ProbabilityMap) -> None:
        import torch

        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=self.in_bf16):
            for group in _batches(tiles, self.batch):
                # pixels lie channels last already: seen as NCHW, nothing is moved
                pixels = torch.from_numpy(np.stack([tile for _, tile in group])).permute(0, 3, 1, 2)
                found = torch.sigmoid(self.net(pixels.float()).float()).numpy()
                for (number, _), probability in zip(group, found):
                    grid.add(total, number, probability)

    def best_way(self, batches: tuple[int, ...], repeats: int = 3) -> tuple[int, bool]:
        """Find batch and arithmetic that take the least time on the first tiles of the photo, interleaved."""
        from crackwise.training.precision import fastest_precision

        pixels = read_photo(self.job.photo).pixels
        grid = self.grid(pixels)
        tiles = list(islice(grid.cut(pixels), max(batches)))
        total = np.zeros(grid.shape, np.float32)
        in_bf16 = (False, True) if fastest_precision() == "bf16-mixed" else (False,)
        ways = list(product(batches, in_bf16))
        spent: dict[tuple[int, bool], list[float]] = {way: [] for way in ways}
        for _ in range(repeats):
            for way in ways:
                self.batch, self.in_bf16 = way
                start = time.perf_counter()
                self.predict(tiles, grid, total)
                spent[way].append(time.perf_counter() - start)
        return min(ways, key=lambda way: min(spent[way]))


class Stock(Eager):
    """U-Net/VGG16 of segmentation_models_pytorch in eager fp32, timed on some tiles and scaled up."""

    def __init__(self, job: Job, card: ModelCard) -> None:
        super().__init__(job, card)
        self.note += f", timed on {job.stock_tiles} tiles and scaled"

    def build(self, card: ModelCard) -> Any:
        import segmentation_models_pytorch as smp

        from crackwise.nets.cracknet import CrackNet

        return CrackNet(smp.Unet("vgg16", encoder_weights=None), IMAGENET_MEAN, IMAGENET_STD)

    def grid(self, pixels: Rgb) -> TileGrid:
        """Tiles without overlap: the fewest, in favour of the stock network."""
        H, W = pixels.shape[:2]
        return TileGrid((H, W), tile_px=STOCK_TILE_PX, overlap_px=0, stride_px=STOCK_STRIDE_PX)

    def infer(self, pixels: Rgb) -> tuple[ProbabilityMap, float]:
        grid = self.grid(pixels)
        total = np.zeros(grid.shape, np.float32)
        chosen = list(islice(grid.cut(pixels), self.job.stock_tiles))
        start = time.perf_counter()
        self.predict(chosen, grid, total)
        return total, (time.perf_counter() - start) * len(grid) / len(chosen)


def build(job: Job) -> Ours | Eager:
    """Load the system that a job names."""
    if job.system in ENGINE_OF_OURS:
        return Ours(job, *ENGINE_OF_OURS[job.system])
    return EAGER[job.system](job, ModelCard.model_validate_json(job.card))


ENGINE_OF_OURS: dict[str, tuple[Precision, EngineName]] = {
    "ours": ("auto", "openvino"),
    "ours_other": ("fp32" if has_amx() else "bf16", "openvino"),
    "ours_int8": ("auto", "openvino"),
    "ours_small": ("auto", "openvino"),
    "ours_onnxruntime": ("fp32", "onnxruntime"),
}
EAGER: dict[str, type[Eager]] = {"eager": Eager, "eager_best": EagerBest, "stock": Stock}


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _batches(tiles: Iterable[tuple[int, Rgb]], size: int) -> Iterator[list[tuple[int, Rgb]]]:
    remaining = iter(tiles)
    while group := list(islice(remaining, size)):
        yield group
