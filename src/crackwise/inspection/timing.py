"""How long tools take on this machine, measured side by side."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from crackwise.arrays import Rgb
from crackwise.inspection.model import Engine, load_model

SIDE_PX = 512
"""Of the tiles that are timed."""

TILES = 4
"""Predicted in one turn: the engine works on several at a time, as ``crackwise inspect`` lets it."""

Work: TypeAlias = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of one turn, median over the rounds, and the median of the ratios to the first work."""

    median_ms: float
    ratio: float


def time_side_by_side(works: Sequence[Work], rounds: int) -> tuple[Timing, ...]:
    """Time works in turn, round by round, so that a slow moment of the machine meets all of them.

    The order differs from round to round, since the threads of one engine still spin when the next begins.

    Parameters
    ----------
    works
        At least one; each runs once before it is timed.
    rounds
        At least 1.
    """
    for work in works:
        work()
    rng = np.random.default_rng(0)
    seconds = np.empty((rounds, len(works)))
    for turns in seconds:
        for place in rng.permutation(len(works)):
            turns[place] = _duration_s(works[place])
    ratios = seconds / seconds[:, :1]
    medians = zip(np.median(seconds, axis=0), np.median(ratios, axis=0))
    return tuple(Timing(float(1000 * median_s), float(ratio)) for median_s, ratio in medians)


def model_work(path: Path, tiles: Sequence[Rgb]) -> Work:
    """Give the work of predicting tiles of one shape with an exported model, in fp32.

    A model that sees whole photos brings each to its own size, one after the other.

    Raises
    ------
    ModelError
        If the file is no model with a card.
    """
    model = load_model(path, "fp32")
    if model.card.fit_px is None:
        return engine_work(model.engine, tiles)

    def work() -> None:
        for tile in tiles:
            model.predict(tile, tile_px=model.card.tile_px, overlap_px=model.card.overlap_px)

    return work


def engine_work(engine: Engine, tiles: Sequence[Rgb]) -> Work:
    """Give the work of predicting tiles of one shape with a model that is loaded."""
    numbered = list(enumerate(tiles))
    height, width = tiles[0].shape[:2]
    return lambda: engine.run(numbered, (height, width), lambda _number, _probability: None)


def noise_tiles(count: int = TILES, side_px: int = SIDE_PX) -> tuple[Rgb, ...]:
    """Make tiles of noise; the time of a network does not depend on what it sees."""
    rng = np.random.default_rng(0)
    return tuple(rng.integers(0, 256, (side_px, side_px, 3), dtype=np.uint8) for _ in range(count))


def cores() -> int:
    """Count the processor cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        return os.cpu_count() or 1


def _duration_s(work: Work) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
