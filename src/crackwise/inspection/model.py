"""Run an exported model: one ONNX file that takes uint8 RGB, gives probability and carries its card.

OpenVINO is the engine; ONNX Runtime is the second, for machines on which OpenVINO has no device.
"""

import hashlib
import json
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from pydantic import ValidationError

from crackwise.arrays import Levels, ProbabilityMap, Rgb
from crackwise.errors import MissingExtraError, ModelError
from crackwise.inspection.card import Card, ModelCard
from crackwise.inspection.settings import Precision
from crackwise.levels import to_levels
from crackwise.tiles import Blend, TileGrid
from crackwise.zooms import at_size

CARD_KEY = "crackwise_card"
SHIPPED = ("crackwise-base", "crackwise-small")
"""Models that come with the package, by name; the first is the default."""

_SHAPES_KEPT = 4  # compiled networks, one per tile shape; a folder of small photos can have many shapes

EngineName = Literal["openvino", "onnxruntime"]
Accept = Callable[[int, ProbabilityMap], None]
AnyCard = TypeVar("AnyCard", bound=Card)


class Engine(Protocol):
    """Runs one network."""

    @property
    def precision(self) -> str:
        """The arithmetic in use."""

    @property
    def software(self) -> tuple[str, str]:
        """Name and version of what computes."""

    def run(self, tiles: Iterable[tuple[int, Rgb]], shape: tuple[int, int], accept: Accept) -> None:
        """Predict every tile of ``shape``; call ``accept(number, probability)`` in the order of the tiles.

        A probability is (h, w), or () where the network gives one for the whole tile.
        """


class CrackModel:
    """A model ready to run, with its card.

    Parameters
    ----------
    path
        The ONNX file, or the name of a shipped model.
    precision
        ``auto`` is bf16 where the processor multiplies matrices in it (AMX), else fp32.
    engine
        What runs it.

    Raises
    ------
    ModelError
        If the file is missing, is no ONNX model or has no card, or if bf16 is asked for where the processor
        or the engine does not compute in it.
    MissingExtraError
        If the engine is not installed.
    """

    def __init__(self, path: Path, precision: Precision = "auto", engine: EngineName = "openvino") -> None:
        content = read_model(path)
        self.path = path
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.card = read_card(content, path)
        self.engine: Engine = ENGINES[engine](content, precision)

    @property
    def precision(self) -> str:
        """The arithmetic in use: ``fp32`` or ``bf16``, or ``int8`` where the file says so for most of it."""
        return "int8" if self.card.precision == "int8" else self.engine.precision

    def predict(self, photo: Rgb, *, tile_px: int, overlap_px: int) -> ProbabilityMap:
        """Predict a photo of any size by tiles, or brought to the one size that the model was trained on.

        Returns
        -------
        (H, W) float32 in [0, 1].
        """
        if self.card.fit_px is not None:
            side_px = max(self.card.fit_px)
            return at_size(self.card.fit_px, photo, lambda seen: self._by_tiles(seen, side_px, 0))
        return self._by_tiles(photo, tile_px, overlap_px)

    def predict_levels(self, photo: Rgb, *, tile_px: int, overlap_px: int) -> Levels:
        """Predict as :meth:`predict`, in levels (H, W): a quarter of the memory."""
        if self.card.fit_px is not None:
            return to_levels(self.predict(photo, tile_px=tile_px, overlap_px=overlap_px))
        grid = self._grid(photo, tile_px, overlap_px)
        blend = Blend(grid)
        self.engine.run(grid.cut(photo), grid.tile_shape, blend.add)
        return blend.levels()

    def _by_tiles(self, photo: Rgb, tile_px: int, overlap_px: int) -> ProbabilityMap:
        grid = self._grid(photo, tile_px, overlap_px)
        total = np.zeros(grid.shape, np.float32)
        self.engine.run(grid.cut(photo), grid.tile_shape, lambda number, p: grid.add(total, number, p))
        return total

    def _grid(self, photo: Rgb, tile_px: int, overlap_px: int) -> TileGrid:
        shape = photo.shape[0], photo.shape[1]
        return TileGrid(shape, tile_px=tile_px, overlap_px=overlap_px, stride_px=self.card.stride_px)


def shipped_model(name: str = SHIPPED[0]) -> Path:
    """Give the path of a model that comes with the package."""
    return Path(str(resources.files("crackwise") / "weights" / f"{name}.onnx"))


def load_model(
    path: Path | str | None = None, precision: Precision = "auto", engine: EngineName = "openvino"
) -> CrackModel:
    """Load a model file, a shipped model by its name, or the shipped default.

    Raises
    ------
    ModelError, MissingExtraError
        As :class:`CrackModel`.
    """
    return CrackModel(Path(path) if path else shipped_model(), precision, engine)


def read_card(content: bytes, path: Path) -> ModelCard:
    """Read the card out of an ONNX file's metadata.

    Raises
    ------
    ModelError
        If the content is no ONNX model, has no card, the card is not valid, or it is that of a classifier.
    """
    text = card_text(content, path)
    if task_of(text) == "classification":
        raise ModelError(
            f"{path} is a classifier, which says whether there is a crack but not where; "
            "use crackwise classify --model, with --truth to judge it"
        )
    return validated(ModelCard, text, path)


def card_text(content: bytes, path: Path) -> str:
    """Give the card of an ONNX file as it is stored, JSON.

    Raises
    ------
    ModelError
        If the content is no ONNX model or has no card.
    """
    try:
        model = onnx.load_from_string(content)
    except DecodeError as error:
        raise ModelError(f"{path} is not an ONNX model; give a file that crackwise export wrote") from error
    cards = [entry.value for entry in model.metadata_props if entry.key == CARD_KEY]
    if not cards:
        raise ModelError(f"{path} has no crackwise card; export it with: crackwise export RUN --out FILE")
    return str(cards[0])


def task_of(card: str) -> str:
    """Tell what a model is for, before its card is read as one of a kind."""
    try:
        return str(json.loads(card).get("task", ""))
    except (ValueError, AttributeError):
        return ""


def validated(kind: type[AnyCard], text: str, path: Path) -> AnyCard:
    """Read a card as one of a kind.

    Raises
    ------
    ModelError
        If something in it is missing, unknown or impossible.
    """
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise ModelError(
            f"{path}: its card is not valid at {where}: {fault['msg']}; export it again"
        ) from error


class OpenVinoEngine:
    """OpenVINO on the CPU: a network per tile shape, several tiles in flight."""

    def __init__(self, content: bytes, precision: Precision) -> None:
        self._core = _core()
        self._content = content
        can_bf16 = "BF16" in self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        self.precision = precision if precision != "auto" else ("bf16" if has_amx() else "fp32")
        if self.precision == "bf16" and not can_bf16:
            raise ModelError("this processor does not compute in bf16; choose --precision fp32")
        self._compiled: dict[tuple[int, int], Any] = {}
        self._lock = threading.Lock()

    @property
    def software(self) -> tuple[str, str]:
        """Name and version of OpenVINO."""
        return "openvino", metadata.version("openvino")

    def run(self, tiles: Iterable[tuple[int, Rgb]], shape: tuple[int, int], accept: Accept) -> None:
        """Predict with as many tiles in flight as the processor has streams.

        Requests are asked in turn instead of calling back: a callback that ends after its compiled model
        is dropped waits for the interpreter's lock while the interpreter waits for it.
        """
        with self._lock:  # one photo at a time fills the processor
            compiled = self._compile(shape)
            count = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
            idle = deque(compiled.create_infer_request() for _ in range(count))
            busy: deque[tuple[int, Any]] = deque()
            for number, tile in tiles:
                if not idle:
                    idle.append(_finish(busy, accept))
                request = idle.popleft()
                request.start_async({0: np.ascontiguousarray(tile[None])})
                busy.append((number, request))
            while busy:
                _finish(busy, accept)

    def _compile(self, shape: tuple[int, int]) -> Any:
        if shape not in self._compiled:
            while len(self._compiled) >= _SHAPES_KEPT:
                del self._compiled[next(iter(self._compiled))]
            model = self._core.read_model(self._content)
            model.reshape([1, *shape, 3])
            hint = {"bf16": "bf16", "fp32": "f32"}[self.precision]
            options = {"INFERENCE_PRECISION_HINT": hint, "PERFORMANCE_HINT": "THROUGHPUT"}
            self._compiled[shape] = self._core.compile_model(model, "CPU", options)
        return self._compiled[shape]


@cache
def _core() -> Any:
    """Give the one core of this process, which is kept; a process forked from it cannot use OpenVINO.

    OpenVINO lays an alternate signal stack under the thread that makes a core, and puts back the one before
    when the core goes. Of several cores that go in another order than they came, a stack stays in use that is
    not there any more, and the next signal, such as Ctrl-C or the end of a child, kills the process.

    At its import OpenVINO tells its makers over the network that it is used, with an identifier that it keeps
    in the user's home, unless the package for that is not there.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino.Core()


def has_amx() -> bool:
    """Tell whether the processor has matrix units for bf16, as Linux reports it.

    AVX-512 alone does not count: without AMX, bf16 took 1.5 times as long as fp32 (docs/speed.md).
    """
    try:
        return "amx_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False


def _finish(busy: deque[tuple[int, Any]], accept: Accept) -> Any:
    """Wait for the oldest request, hand on its prediction, give the request back."""
    number, request = busy.popleft()
    request.wait()
    accept(number, request.get_output_tensor().data[0])
    return request


class OnnxRuntimeEngine:
    """ONNX Runtime in fp32, on the CPU or an NVIDIA device where its package has one."""

    precision = "fp32"

    def __init__(self, content: bytes, precision: Precision) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingExtraError("the engine onnxruntime", "onnxruntime") from error
        if precision == "bf16":
            raise ModelError("the engine onnxruntime computes in fp32 only; choose --precision fp32")
        self.software = ("onnxruntime", str(onnxruntime.__version__))  # of onnxruntime-gpu too
        self._session = onnxruntime.InferenceSession(content, providers=onnxruntime.get_available_providers())

    def run(self, tiles: Iterable[tuple[int, Rgb]], shape: tuple[int, int], accept: Accept) -> None:
        """Predict tile by tile."""
        del shape  # the session takes any
        name = self._session.get_inputs()[0].name
        for number, tile in tiles:
            accept(number, self._session.run(None, {name: np.ascontiguousarray(tile[None])})[0][0])


ENGINES: dict[EngineName, Callable[[bytes, Precision], Engine]] = {
    "openvino": OpenVinoEngine,
    "onnxruntime": OnnxRuntimeEngine,
}


def read_model(path: Path) -> bytes:
    """Read a model file, or a shipped model by its name, unless a file of that name is there.

    Raises
    ------
    ModelError
        If it is missing, cannot be read or is a folder.
    """
    if path.is_dir():
        inside = path / "model.onnx"
        file = f"the file {inside}" if inside.is_file() else "a .onnx file"
        raise ModelError(
            f"the model {path} is a folder; give {file}, or judge a run folder by crackwise evaluate --run "
            f"{path}"
        )
    try:
        return (shipped_model(str(path)) if is_shipped(path) else path).read_bytes()
    except OSError as error:
        known = ", ".join(SHIPPED)
        raise ModelError(
            f"the model {path} cannot be read: {error.strerror}; check --model: a file, {known}"
        ) from error


def is_shipped(path: Path) -> bool:
    """Tell whether a path is the name of a shipped model, and no file."""
    return str(path) in SHIPPED and not path.exists()
