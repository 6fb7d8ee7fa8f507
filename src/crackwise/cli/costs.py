"""What the networks cost that ``crackwise compare`` puts side by side."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from crackwise.cli.compared import Compared
from crackwise.cli.extras import has_torch
from crackwise.errors import CrackwiseError

if TYPE_CHECKING:
    from crackwise.arrays import Rgb
    from crackwise.inspection.timing import Work
    from crackwise.nets.cracknet import CrackNet
    from crackwise.report.comparison_facts import Cost


def costs_of(compared: Sequence[Compared], rounds: int) -> "tuple[Cost, ...]":
    """Count and time the networks; those that are timed take turns, all in one run."""
    from crackwise.inspection.timing import TILES, noise_tiles, time_side_by_side
    from crackwise.report.comparison_facts import Cost

    costs = [
        Cost(one.parameters, _gflop(one), file_mb=one.model.stat().st_size / 1e6 if one.model else None)
        for one in compared
    ]
    tiles = noise_tiles()
    works = [_work(one, tiles) for one in compared] if rounds else []
    known = [(place, *work) for place, work in enumerate(works) if work is not None]
    timings = time_side_by_side([work for *_, work in known], rounds) if known else ()
    for (place, engine, _), timing in zip(known, timings):
        tile_ms = timing.median_ms / TILES
        costs[place] = replace(costs[place], tile_ms=tile_ms, ratio=timing.ratio, engine=engine)
    return tuple(costs)


def timing_text(rounds: int) -> str:
    """Say how the time was taken; empty where it was not."""
    from crackwise.inspection.timing import SIDE_PX, TILES, cores

    if not rounds:
        return ""
    cores_text = "1 core" if cores() == 1 else f"{cores()} cores"
    rounds_text = "1 round" if rounds == 1 else f"{rounds} rounds"
    return (
        f"milliseconds for a tile of {SIDE_PX}×{SIDE_PX} px in fp32 on this machine, {cores_text}; a model "
        "that sees whole photos takes it for one and brings it to its own size; "
        f"all took turns, {TILES} tiles a turn, median of {rounds_text} after one to warm up. The ratio to "
        "the first is the median of the ratios of each round. Machines are noisy: other work on one moves "
        "the milliseconds, and the ratio less"
    )


def _gflop(compared: Compared) -> float | None:
    """Count the arithmetic of a network; None where it cannot be built."""
    net = _net(compared)
    if net is None:
        return None
    from crackwise.training.cost import FLOP_SIDE_PX, count_flop

    W, H = compared.fit_px or (FLOP_SIDE_PX, FLOP_SIDE_PX)
    return count_flop(net, (H, W)) / 1e9


def _work(compared: Compared, tiles: "Sequence[Rgb]") -> "tuple[str, Work] | None":
    """Give the engine and the work to be timed; None where there is nothing to run."""
    from crackwise.inspection.timing import model_work

    if compared.model is not None:
        return "OpenVINO fp32", model_work(compared.model, tiles)
    net = _net(compared)
    if net is None:
        return None
    from crackwise.training.cost import eager_work

    return "PyTorch fp32", eager_work(net, tiles, compared.fit_px)


def _net(compared: Compared) -> "CrackNet | None":
    """Build a network; None without PyTorch, without its recipe, or where this release lacks its parts."""
    if compared.recipe is None or not has_torch():
        return None
    from crackwise.training.cost import untrained_net

    try:
        return untrained_net(compared.recipe)
    except CrackwiseError:
        return None
